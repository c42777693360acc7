//! Many things in one future: each is polled when it was woken, and no other.
//!
//! # Invariants
//!
//! 1. Each has a waker of its own. All of them together are one allocation, or two where they are many: a waker points to
//!    its [`One`], which knows the [`Common`] that it is part of and that keeps it where it is, and counts for one
//!    reference to that.
//! 2. `is_woken` says that one is on the pile or in the line, and on one of them once. Only who sets it may put it there,
//!    and only who has taken it off may clear it.
//! 3. The pile is everybody's: one is put on top, or all are taken, so that a place on it has one meaning. The line is the
//!    owner's: what it took from the pile, in the order of waking.
//! 4. Who puts the first one on the pile wakes the owner. Before the owner waits it leaves its waker, and looks at the pile
//!    after that: what it does not find there will wake it.

use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, RawWakerVTable, Waker};

use crate::sync::{AtomicBool, AtomicPtr, AtomicUsize, Mutex, Ordering, lock};
use crate::waker::{Part, lend, vtable};

/// Nobody's number.
const NOBODY: usize = usize::MAX;

/// So many need no allocation of their own: as many as a tuple has.
const FEW: usize = 12;

/// Which of them were woken.
pub(crate) struct Crowd {
    common: Arc<Common>,
    /// Who is first in the line.
    first: usize,
    /// Which of them are to be polled for the first time, ahead of the line. Nobody has their wakers.
    fresh: Range<usize>,
    /// What their numbers begin with.
    begin: usize,
}

struct Common {
    /// Of whoever polls the crowd.
    owner: Mutex<Option<Waker>>,
    /// Who is on top of the pile.
    pile: AtomicUsize,
    ones: Ones,
}

#[allow(clippy::large_enum_variant, reason = "it is in a box already, and one less is what this is for")]
enum Ones {
    /// Perhaps not as many.
    Few([One; FEW]),
    Many(Box<[One]>),
}

/// What a waker points to.
struct One {
    is_woken: AtomicBool,
    /// Below on the pile, or behind in the line.
    next: AtomicUsize,
    number: usize,
    /// What this is part of.
    common: AtomicPtr<Common>,
}

impl Crowd {
    /// All of them are to be polled, beginning with that one.
    pub(crate) fn new(size: usize, begin: usize) -> Self {
        let one = |number| One {
            is_woken: AtomicBool::new(false),
            next: AtomicUsize::new(NOBODY),
            number,
            common: AtomicPtr::new(std::ptr::null_mut()),
        };
        let ones = if size <= FEW {
            Ones::Few(std::array::from_fn(one))
        } else {
            Ones::Many((0..size).map(one).collect())
        };
        let common = Arc::new(Common { owner: Mutex::new(None), pile: AtomicUsize::new(NOBODY), ones });
        let address = Arc::as_ptr(&common).cast_mut();
        common.ones().iter().take(size).for_each(|one| one.common.store(address, Ordering::Relaxed));
        Self { common, first: NOBODY, fresh: 0..size, begin }
    }

    /// Polls those that were woken, with their numbers and wakers, until `poll` gives something. `None`: all were; who is
    /// woken from here on wakes whoever polls here.
    ///
    /// Each is polled once at most: one that wakes itself while it is polled has its next turn when the crowd has, or else
    /// the innermost of many crowds in crowds would have a turn for each subset of them.
    #[inline]
    pub(crate) fn poll_each<R>(
        &mut self,
        cx: &Context<'_>,
        mut poll: impl FnMut(usize, &mut Context<'_>) -> Option<R>,
    ) -> Option<R> {
        self.line_up();
        while let Some(number) = self.next() {
            let waker = lend(&self.common.ones()[number]);
            if let Some(found) = poll(number, &mut Context::from_waker(&waker)) {
                return Some(found);
            }
        }
        self.leave_waker(cx);
        if self.has_pile() {
            cx.waker().wake_by_ref();
        }
        None
    }

    /// The next one that is to be polled; it leaves the line.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        if let Some(place) = self.fresh.next() {
            let number = self.begin + place;
            let size = self.fresh.end;
            return Some(if number < size { number } else { number - size });
        }
        let number = self.first;
        let one = self.common.ones().get(number)?;
        self.first = one.next.load(Ordering::Relaxed);
        one.is_woken.swap(false, Ordering::AcqRel);
        Some(number)
    }

    /// Whether anybody was woken. Whoever was before the owner left its waker, and has not found it, is seen after that: they
    /// looked for it under the lock that it was left under.
    #[inline]
    fn has_pile(&self) -> bool {
        self.common.pile.load(Ordering::Acquire) != NOBODY
    }

    /// Takes the pile, if the line is through: who was woken first is first in the next one.
    #[inline]
    fn line_up(&mut self) {
        if self.first != NOBODY || !self.has_pile() {
            return;
        }
        let mut top = self.common.pile.swap(NOBODY, Ordering::AcqRel);
        while let Some(one) = self.common.ones().get(top) {
            let below = one.next.load(Ordering::Relaxed);
            one.next.store(self.first, Ordering::Relaxed);
            self.first = top;
            top = below;
        }
    }

    /// Who is woken wakes the code that polls here.
    fn leave_waker(&self, cx: &Context<'_>) {
        let old = {
            let owner = &mut *lock(&self.common.owner);
            match owner {
                Some(kept) if kept.will_wake(cx.waker()) => None,
                _ => owner.replace(cx.waker().clone()),
            }
        };
        drop(old);
    }

    /// All of them are to be polled.
    pub(crate) fn wake_all(&mut self) {
        self.fresh.start = self.fresh.end;
        for one in self.common.ones()[..self.fresh.end].iter().rev() {
            if !one.is_woken.swap(true, Ordering::AcqRel) {
                one.next.store(self.first, Ordering::Relaxed);
                self.first = one.number;
            }
        }
    }
}

impl Common {
    #[inline]
    fn ones(&self) -> &[One] {
        match &self.ones {
            Ones::Few(ones) => ones,
            Ones::Many(ones) => ones,
        }
    }

    /// Puts one on the pile, unless it waits for its turn already.
    fn wake(&self, one: &One) {
        if one.is_woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut top = self.pile.load(Ordering::Relaxed);
        loop {
            one.next.store(top, Ordering::Relaxed);
            match self.pile.compare_exchange_weak(top, one.number, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => top = now,
            }
        }
        if top == NOBODY {
            let owner = lock(&self.owner).take();
            if let Some(owner) = owner {
                owner.wake();
            }
        }
    }
}

static VTABLE: RawWakerVTable = vtable::<One>();

// SAFETY: `Crowd::new` writes the address, and nobody does after that. `Common` owns all of its parts, and gives them to those who
// hold it.
unsafe impl Part for One {
    type Whole = Common;

    fn whole(&self) -> *const Common {
        self.common.load(Ordering::Relaxed)
    }

    fn wake(&self, whole: &Common) {
        whole.wake(self);
    }

    fn vtable() -> &'static RawWakerVTable {
        &VTABLE
    }
}
