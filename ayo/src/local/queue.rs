//! The ready queue: entries in the order in which they will be polled. The body is one of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::thread::{self, ThreadId};

use super::kind::{Guarded, Kind};
use super::woken::Woken;

/// The body's place.
pub(super) const BODY: u32 = 0;

/// What handles and the future of one borrowing scope share.
pub(super) struct Queue<'env, K: Kind> {
    pub(super) woken: Arc<Woken>,
    state: K::Guarded<State<K::Child<'env>>>,
}

struct State<T> {
    ready: VecDeque<u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    current: Option<u32>,
    /// Where it is being polled.
    thread: Option<ThreadId>,
    /// Children on their way to the future.
    coming: Vec<(u32, T)>,
    is_closed: bool,
    /// Kept for its memory.
    woken: Vec<u32>,
}

struct Entry {
    /// The number of the task; 0 of the body.
    id: u32,
    is_live: bool,
    is_ready: bool,
}

impl<'env, K: Kind> Queue<'env, K> {
    /// A queue with the body in it, ready to run.
    pub(super) fn new() -> Self {
        let state = State {
            ready: VecDeque::from([BODY]),
            entries: vec![Entry { id: 0, is_live: true, is_ready: true }],
            free: Vec::new(),
            current: None,
            thread: None,
            coming: Vec::new(),
            is_closed: false,
            woken: Vec::new(),
        };
        Self { woken: Arc::default(), state: Guarded::new(state) }
    }

    /// Looks at the queue with everybody in it who was woken.
    #[inline]
    fn with<R>(&self, look: impl FnOnce(&mut State<K::Child<'env>>) -> R) -> R {
        self.state.with(|state| {
            state.take_woken(&self.woken);
            look(state)
        })
    }

    /// A place for a task that is to come; `None`: the scope is over.
    pub(super) fn reserve(&self) -> Option<u32> {
        self.with(|state| {
            if state.is_closed {
                return None;
            }
            Some(state.free.pop().unwrap_or_else(|| {
                state.entries.push(Entry { id: 0, is_live: false, is_ready: false });
                u32::try_from(state.entries.len() - 1).expect("fewer than 2^32 tasks at once")
            }))
        })
    }

    /// The task of a place has this number, and may be woken from now on.
    pub(super) fn occupy(&self, slot: u32, id: u32) {
        self.with(|state| state.occupy(slot, id));
    }

    /// The task for a place, with its number; it comes back if the scope is over.
    pub(super) fn enter(
        &self,
        slot: u32,
        id: u32,
        child: K::Child<'env>,
        turn: Turn,
    ) -> Option<K::Child<'env>> {
        let late = self.with(|state| {
            if state.is_closed {
                return Some(child);
            }
            state.occupy(slot, id);
            state.coming.push((slot, child));
            match turn {
                Turn::Later => {}
                Turn::Last => state.make_ready(slot, None),
                Turn::At(position) => state.make_ready(slot, Some(position)),
            }
            None
        });
        if !matches!(turn, Turn::Later) {
            self.woken.nudge();
        }
        late
    }

    /// Lets a place go. A wake that was for it finds nobody there, since whoever comes next takes in the woken first.
    #[inline]
    pub(super) fn leave(&self, slot: u32) {
        self.state.with(|state| {
            let Some(entry) = state.entries.get_mut(slot as usize) else { return };
            entry.is_live = false;
            if std::mem::take(&mut entry.is_ready) {
                state.ready.retain(|ready| *ready != slot);
            }
            if slot != BODY {
                state.free.push(slot);
            }
        });
    }

    /// Moves the children that are on their way into `coming`, and takes the next entry out of the queue.
    ///
    /// Whoever was woken stands behind those who are in it already, so only an empty queue has to ask for them.
    #[inline]
    pub(super) fn next(&self, coming: &mut Vec<(u32, K::Child<'env>)>) -> Option<u32> {
        self.state.with(|state| {
            state.hand_over(coming);
            if state.ready.is_empty() {
                state.take_woken(&self.woken);
            }
            state.current = state.ready.pop_front();
            let slot = state.current?;
            state.entries[slot as usize].is_ready = false;
            Some(slot)
        })
    }

    /// Whether the running code is polled by the future of this scope.
    pub(super) fn is_here(&self) -> bool {
        self.state.with(|state| state.thread == Some(thread::current().id()))
    }

    /// Makes everybody ready: they all have something to hear of.
    pub(super) fn wake_all(&self) {
        self.with(|state| {
            let slots = 0..u32::try_from(state.entries.len()).unwrap_or(u32::MAX);
            slots.for_each(|slot| state.make_ready(slot, None));
        });
    }

    /// This thread polls from now on.
    pub(super) fn begin(&self, parent: &Waker) {
        self.woken.begin(parent);
        self.state.with(|state| state.thread = Some(thread::current().id()));
    }

    /// Nobody polls any more. Whether somebody is left in the queue.
    pub(super) fn end(&self, coming: &mut Vec<(u32, K::Child<'env>)>) -> bool {
        let woken = self.woken.end();
        self.state.with(|state| {
            state.hand_over(coming);
            state.current = None;
            state.thread = None;
            woken || !state.ready.is_empty()
        })
    }

    /// The end of the scope. What was still on its way comes back.
    pub(super) fn close(&self) -> Vec<(u32, K::Child<'env>)> {
        self.woken.close();
        self.state.with(|state| {
            state.is_closed = true;
            state.ready.clear();
            state.entries.clear();
            state.current = None;
            std::mem::take(&mut state.coming)
        })
    }

    // --- What handles see -------------------------------------------------------------------------------------------

    pub(super) fn len(&self) -> usize {
        self.with(|state| state.ready.len())
    }

    pub(super) fn rotate(&self, by: isize) {
        self.with(|state| {
            let ready = &mut state.ready;
            if let Some(len) = isize::try_from(ready.len()).ok().filter(|len| *len > 0) {
                ready.rotate_right(by.rem_euclid(len).unsigned_abs());
            }
        });
    }

    pub(super) fn is_ready(&self, slot: u32, id: u32) -> bool {
        self.with(|state| state.entry(slot, id).is_some_and(|entry| entry.is_ready))
    }

    pub(super) fn is_blocked(&self, slot: u32, id: u32) -> bool {
        self.with(|state| {
            let is_current = state.current == Some(slot);
            state.entry(slot, id).is_some_and(|entry| !entry.is_ready && !is_current)
        })
    }

    /// Moves an entry that is in the queue; `false`: it is not.
    pub(super) fn reinsert(&self, slot: u32, id: u32, position: usize) -> bool {
        self.with(|state| {
            if !state.entry(slot, id).is_some_and(|entry| entry.is_ready) {
                return false;
            }
            state.ready.retain(|ready| *ready != slot);
            state.insert(slot, Some(position));
            true
        })
    }

    /// Puts the running entry back into the queue, if this is its thread. Then it wakes `waker`, for code that something else
    /// in the entry polls; that does not move the entry.
    pub(super) fn requeue_current(&self, position: Option<usize>, waker: &Waker) {
        let requeued = self.with(|state| {
            let current = state.current.filter(|_| state.thread == Some(thread::current().id()))?;
            state.make_ready(current, position);
            Some(current)
        });
        waker.wake_by_ref();
        if let Some(slot) = requeued {
            self.woken.forget(slot);
        }
    }

    /// The numbers of those in the queue, in its order.
    pub(super) fn runnable(&self) -> Vec<u32> {
        self.with(|state| state.ready.iter().map(|slot| state.entries[*slot as usize].id).collect())
    }

    /// The numbers of those that wait for something.
    pub(super) fn blocked(&self) -> Vec<u32> {
        self.with(|state| {
            let current = state.current;
            let entries = (0_u32..).zip(&state.entries);
            let blocked =
                entries.filter(|(slot, entry)| entry.is_live && !entry.is_ready && current != Some(*slot));
            blocked.map(|(_, entry)| entry.id).collect()
        })
    }

    pub(super) fn current(&self) -> Option<u32> {
        self.with(|state| {
            let entry = state.entries.get(state.current? as usize)?;
            entry.is_live.then_some(entry.id)
        })
    }
}

/// When a new entry has its turn.
#[derive(Clone, Copy)]
pub(super) enum Turn {
    /// When something wakes it.
    Later,
    /// Behind the others.
    Last,
    /// At this position.
    At(usize),
}

impl<T> State<T> {
    #[inline]
    fn take_woken(&mut self, from: &Woken) {
        if from.has_any() {
            self.take_in_woken(from);
        }
    }

    fn take_in_woken(&mut self, from: &Woken) {
        let mut woken = std::mem::take(&mut self.woken);
        from.take(&mut woken);
        for slot in woken.drain(..) {
            self.make_ready(slot, None);
        }
        self.woken = woken;
    }

    /// Moves the children that are on their way to where the future sees them.
    #[inline]
    fn hand_over(&mut self, coming: &mut Vec<(u32, T)>) {
        if self.coming.is_empty() {
            return;
        }
        if coming.is_empty() {
            std::mem::swap(coming, &mut self.coming);
        } else {
            coming.append(&mut self.coming);
        }
    }

    fn occupy(&mut self, slot: u32, id: u32) {
        if let Some(entry) = self.entries.get_mut(slot as usize) {
            (entry.id, entry.is_live) = (id, true);
        }
    }

    fn entry(&self, slot: u32, id: u32) -> Option<&Entry> {
        self.entries.get(slot as usize).filter(|entry| entry.is_live && entry.id == id)
    }

    /// Puts an entry into the queue, unless it is there already, or gone.
    #[inline]
    fn make_ready(&mut self, slot: u32, position: Option<usize>) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        if entry.is_live && !std::mem::replace(&mut entry.is_ready, true) {
            self.insert(slot, position);
        }
    }

    fn insert(&mut self, slot: u32, position: Option<usize>) {
        match position {
            None => self.ready.push_back(slot),
            Some(position) => self.ready.insert(position.min(self.ready.len()), slot),
        }
    }
}
