//! Who was woken: the side of the ready queue that wakers reach, from any thread.

use std::sync::{Arc, Mutex};
use std::task::{RawWakerVTable, Waker};

use crate::sync::{AtomicBool, AtomicPtr, Ordering, lock};
use crate::waker::{Lent, Part, lend, vtable};

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
    /// What wakers point to: [`Seats`] has them too, and nobody takes them away.
    chunks: Vec<Arc<[Seat]>>,
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
        let (chunk, place) = chunk_of(slot);
        let mut state = lock(&self.state);
        Waker::clone(&lend(&self.chunks(&mut state, chunk + 1)[chunk][place]))
    }

    /// At least so many chunks of seats.
    fn chunks<'a>(self: &Arc<Self>, state: &'a mut State, count: usize) -> &'a [Arc<[Seat]>] {
        for chunk in state.chunks.len()..count {
            let seat = |slot| Seat { slot, woken: AtomicPtr::new(Arc::as_ptr(self).cast_mut()) };
            state.chunks.push((first_of(chunk)..first_of(chunk + 1)).map(seat).collect());
        }
        &state.chunks
    }
}

/// Seats in the first chunk; each further one has twice as many as that before.
const FIRST: u32 = 8;

/// What the slots of a chunk begin with.
fn first_of(chunk: usize) -> u32 {
    FIRST.saturating_mul(1 << chunk) - FIRST
}

/// The chunk of a slot, and its place in there.
#[inline]
fn chunk_of(slot: u32) -> (usize, usize) {
    let behind = slot.saturating_add(FIRST);
    let chunk = behind.ilog2() - FIRST.ilog2();
    (chunk as usize, (behind - (FIRST << chunk)) as usize)
}

/// What the waker of an entry points to.
pub(super) struct Seat {
    slot: u32,
    woken: AtomicPtr<Woken>,
}

static VTABLE: RawWakerVTable = vtable::<Seat>();

// SAFETY: the address is written once, in `chunks`, which has it from the `Arc`. That keeps all chunks until it goes; elsewhere
// they are in `Seats` alone, which holds that `Arc` too and only lends them.
unsafe impl Part for Seat {
    type Whole = Woken;

    #[inline]
    fn whole(&self) -> *const Woken {
        self.woken.load(Ordering::Relaxed)
    }

    #[inline]
    fn wake(&self, whole: &Woken) {
        whole.wake(self.slot);
    }

    fn vtable() -> &'static RawWakerVTable {
        &VTABLE
    }
}

/// The seats of all entries, for whoever polls them: seen without a lock.
pub(super) struct Seats {
    chunks: Vec<Arc<[Seat]>>,
    woken: Arc<Woken>,
}

impl Seats {
    pub(super) fn new(woken: &Arc<Woken>) -> Self {
        Self { chunks: Vec::new(), woken: Arc::clone(woken) }
    }

    #[inline]
    fn of(&mut self, slot: u32) -> &Seat {
        let (chunk, place) = chunk_of(slot);
        if chunk >= self.chunks.len() {
            self.look(chunk);
        }
        &self.chunks[chunk][place]
    }

    #[cold]
    fn look(&mut self, chunk: usize) {
        self.chunks = self.woken.chunks(&mut lock(&self.woken.state), chunk + 1).to_vec();
    }

    /// The waker of an entry.
    #[inline]
    pub(super) fn waker(&mut self, slot: u32) -> Lent<'_> {
        lend(self.of(slot))
    }
}
