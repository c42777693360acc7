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
    entries: Vec<Entry<T>>,
    free: Vec<u32>,
    /// Children that have entered and not ended.
    children: usize,
    current: Option<u32>,
    /// Where it is being polled.
    thread: Option<ThreadId>,
    is_closed: bool,
    /// Kept for its memory.
    woken: Vec<u32>,
}

struct Entry<T> {
    /// The number of the task; 0 of the body.
    id: u32,
    is_live: bool,
    is_ready: bool,
    /// The task itself, unless it is being polled.
    child: Option<T>,
}

impl<T> Entry<T> {
    const FREE: Self = Self { id: 0, is_live: false, is_ready: false, child: None };
}

/// Whom the future polls next.
pub(super) struct Next<T> {
    pub(super) slot: u32,
    /// `None` of the body.
    pub(super) child: Option<T>,
}

/// The child that the future has polled last, on its way back to its place.
pub(super) type Polled<T> = Option<(u32, T)>;

impl<'env, K: Kind> Queue<'env, K> {
    /// A queue with the body in it, ready to run.
    pub(super) fn new() -> Self {
        let state = State {
            ready: VecDeque::from([BODY]),
            entries: vec![Entry { is_live: true, is_ready: true, ..Entry::FREE }],
            free: Vec::new(),
            children: 0,
            current: None,
            thread: None,
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
        self.with(|state| (!state.is_closed).then(|| state.free_slot()))
    }

    /// The task of a place has this number, and may be woken from now on.
    pub(super) fn occupy(&self, slot: u32, id: u32) {
        self.with(|state| {
            if !state.is_closed {
                state.occupy(slot, id);
            }
        });
    }

    /// The task for a place, or for any, with its number. Its place; or it comes back, if the scope is over.
    #[inline]
    pub(super) fn enter(
        &self,
        slot: Option<u32>,
        id: u32,
        child: K::Child<'env>,
        turn: Turn,
    ) -> Result<u32, K::Child<'env>> {
        let entered = self.with(|state| {
            if state.is_closed {
                return Err(child);
            }
            let slot = slot.unwrap_or_else(|| state.free_slot());
            state.occupy(slot, id).child = Some(child);
            state.children += 1;
            match turn {
                Turn::Later => {}
                Turn::Last => state.make_ready(slot, None),
                Turn::At(position) => state.make_ready(slot, Some(position)),
            }
            Ok(slot)
        });
        if !matches!(turn, Turn::Later) {
            self.woken.nudge();
        }
        entered
    }

    /// Lets a place go. A wake that was for it finds nobody there, since whoever comes next takes in the woken first.
    pub(super) fn leave(&self, slot: u32) {
        self.state.with(|state| state.leave(slot));
    }

    /// The same, of a child that the future has polled.
    #[inline]
    pub(super) fn ended(&self, slot: u32) {
        self.state.with(|state| {
            state.children -= 1;
            state.leave(slot);
        });
    }

    /// Puts back who was polled last, and takes the next entry out of the queue.
    ///
    /// Whoever was woken stands behind those who are in it already, so only an empty queue has to ask for them.
    #[inline]
    pub(super) fn next(&self, polled: &mut Polled<K::Child<'env>>) -> Option<Next<K::Child<'env>>> {
        self.state.with(|state| {
            state.put_back(polled);
            if state.ready.is_empty() {
                state.take_woken(&self.woken);
            }
            state.current = state.ready.pop_front();
            let slot = state.current?;
            let entry = &mut state.entries[slot as usize];
            entry.is_ready = false;
            Some(Next { slot, child: entry.child.take() })
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

    /// Nobody polls any more. Whether somebody is left in the queue, and whether there are children.
    pub(super) fn end(&self, polled: &mut Polled<K::Child<'env>>) -> (bool, bool) {
        let woken = self.woken.end();
        self.state.with(|state| {
            state.put_back(polled);
            state.current = None;
            state.thread = None;
            (woken || !state.ready.is_empty(), state.children > 0)
        })
    }

    /// The end of the scope. The children come back, to be dropped.
    pub(super) fn close(&self) -> impl Sized + use<'env, K> {
        self.woken.close();
        self.state.with(|state| {
            state.is_closed = true;
            state.ready.clear();
            state.current = None;
            std::mem::take(&mut state.entries)
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

    #[inline]
    fn put_back(&mut self, polled: &mut Polled<T>) {
        if let Some((slot, child)) = polled.take() {
            self.entries[slot as usize].child = Some(child);
        }
    }

    #[inline]
    fn free_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry::FREE);
            u32::try_from(self.entries.len() - 1).expect("fewer than 2^32 tasks at once")
        })
    }

    #[inline]
    fn occupy(&mut self, slot: u32, id: u32) -> &mut Entry<T> {
        let entry = &mut self.entries[slot as usize];
        (entry.id, entry.is_live) = (id, true);
        entry
    }

    #[inline]
    fn leave(&mut self, slot: u32) {
        let Some(entry) = self.entries.get_mut(slot as usize) else { return };
        entry.is_live = false;
        if std::mem::take(&mut entry.is_ready) {
            self.ready.retain(|ready| *ready != slot);
        }
        if slot != BODY {
            self.free.push(slot);
        }
    }

    fn entry(&self, slot: u32, id: u32) -> Option<&Entry<T>> {
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
