//! Who was woken: the side of the ready queue that wakers reach, from any thread.

use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

use crate::sync::{AtomicBool, AtomicU32, Ordering, lock};

/// Entries that were woken and are not in the queue yet.
#[derive(Default)]
pub(super) struct Woken {
    /// Whether there are any, to be read without the lock.
    any: AtomicBool,
    /// Whether somebody polls: then whoever wakes an entry need not wake the future. Changed under the lock.
    polling: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    slots: Vec<u32>,
    /// Which slots are among them, one bit each.
    seen: Vec<u64>,
    /// Of whoever polls the scope; taken when it is woken.
    parent: Option<Waker>,
}

impl State {
    /// `false`: it is there already.
    #[inline]
    fn push(&mut self, slot: u32) -> bool {
        let (word, bit) = (slot as usize / 64, 1 << (slot % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        let is_new = self.seen[word] & bit == 0;
        if is_new {
            self.seen[word] |= bit;
            self.slots.push(slot);
        }
        is_new
    }
}

impl Woken {
    /// Puts an entry among the woken ones, and sees that the future is polled.
    #[inline]
    pub(super) fn wake(&self, slot: u32) {
        let parent = {
            let mut state = lock(&self.state);
            if !state.push(slot) {
                return;
            }
            self.any.store(true, Ordering::Release);
            if self.polling.load(Ordering::Relaxed) { None } else { state.parent.take() }
        };
        if let Some(parent) = parent {
            parent.wake();
        }
    }

    /// Sees that the future is polled: something came into the queue by another way.
    #[inline]
    pub(super) fn nudge(&self) {
        if self.polling.load(Ordering::Acquire) {
            return;
        }
        let parent = lock(&self.state).parent.take();
        if let Some(parent) = parent {
            parent.wake();
        }
    }

    /// Whether anybody was woken who is not in the queue yet.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Moves what was woken into `slots`, which is empty.
    pub(super) fn take(&self, slots: &mut Vec<u32>) {
        let mut state = lock(&self.state);
        std::mem::swap(&mut state.slots, slots);
        for slot in &*slots {
            state.seen[*slot as usize / 64] = 0; // whoever shares the word is among them
        }
        self.any.store(false, Ordering::Relaxed);
    }

    /// An entry that stands in the queue is polled anyway: it need not be put there again.
    pub(super) fn forget(&self, slot: u32) {
        let mut state = lock(&self.state);
        if let Some(at) = state.slots.iter().rposition(|woken| *woken == slot) {
            state.slots.remove(at);
            state.seen[slot as usize / 64] &= !(1 << (slot % 64));
        }
    }

    /// Somebody polls from now on.
    pub(super) fn begin(&self, parent: &Waker) {
        let parent = parent.clone();
        let old = {
            let mut state = lock(&self.state);
            self.polling.store(true, Ordering::Relaxed);
            state.parent.replace(parent)
        };
        drop(old);
    }

    /// Nobody polls any more. Whether somebody was woken meanwhile.
    pub(super) fn end(&self) -> bool {
        let state = lock(&self.state);
        self.polling.store(false, Ordering::Release);
        !state.slots.is_empty()
    }

    /// The end of the scope: nobody is woken any more.
    pub(super) fn close(&self) {
        let old = {
            let mut state = lock(&self.state);
            self.polling.store(true, Ordering::Relaxed);
            state.parent.take()
        };
        drop(old);
    }

    /// What wakes one entry. It goes with the place: who comes there next has the same.
    pub(super) fn waker(self: &Arc<Self>, slot: u32) -> Waker {
        Waker::from(Arc::new(Wakes { woken: Arc::clone(self), slot: AtomicU32::new(slot) }))
    }
}

struct Wakes {
    woken: Arc<Woken>,
    /// Changed only while nobody else has the waker.
    slot: AtomicU32,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.wake(self.slot.load(Ordering::Relaxed));
    }
}

/// A waker for those who are polled for the first time: one that ends by that, and has told nobody, leaves it for the next.
pub(super) struct Spare {
    wakes: Arc<Wakes>,
    waker: Waker,
}

impl Spare {
    pub(super) fn new(woken: &Arc<Woken>) -> Self {
        let wakes = Arc::new(Wakes { woken: Arc::clone(woken), slot: AtomicU32::new(u32::MAX) });
        Self { waker: Waker::from(Arc::clone(&wakes)), wakes }
    }

    /// The waker of this entry.
    #[inline]
    pub(super) fn of(&mut self, slot: u32) -> &Waker {
        if Arc::strong_count(&self.wakes) > 2 {
            *self = Self::new(&self.wakes.woken); // somebody has kept it, and wakes a place that may be another's by now
        }
        self.wakes.slot.store(slot, Ordering::Relaxed);
        &self.waker
    }

    /// Gives it away for good: to the entry that it was made out to.
    pub(super) fn give(&mut self) -> Waker {
        let next = Self::new(&self.wakes.woken);
        std::mem::replace(self, next).waker
    }
}
