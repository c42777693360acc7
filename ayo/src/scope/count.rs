//! How many tasks hold a scope open: one word, so that a task costs it one atomic step in and one out.
//!
//! # Invariants
//! * The low bits count foreground tasks that have not ended. `CLOSED` is set only while they are zero, and never
//!   taken back; whoever counts himself in behind it counts himself out again and starts nothing.
//! * Whoever counts out the last one while `WAITING` is set has to wake the scope; the scope sets `WAITING` before
//!   it looks at the count.
//! * The high half numbers the tasks.

use crate::sync::{AtomicU64, Ordering};

const PENDING: u64 = (1 << 30) - 1;
const WAITING: u64 = 1 << 30;
const CLOSED: u64 = 1 << 31;
const NUMBER: u64 = 1 << 32;

pub(crate) struct Count(AtomicU64);

impl Count {
    #[inline]
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts a task in and numbers it, from 1; `None` if the scope is closed.
    #[inline]
    pub(crate) fn enter(&self) -> Option<u32> {
        self.add(1)
    }

    /// Numbers a task that does not hold the scope open.
    #[inline]
    pub(crate) fn number(&self) -> Option<u32> {
        self.add(0)
    }

    #[inline]
    fn add(&self, tasks: u64) -> Option<u32> {
        let old = self.0.fetch_add(NUMBER + tasks, Ordering::AcqRel);
        if old & CLOSED != 0 {
            self.0.fetch_sub(tasks, Ordering::AcqRel);
            return None;
        }
        Some(((old >> 32) as u32).wrapping_add(1))
    }

    /// Holds the scope open without a number; `false` if it is closed.
    #[inline]
    pub(crate) fn hold(&self) -> bool {
        let old = self.0.fetch_add(1, Ordering::AcqRel);
        if old & CLOSED != 0 {
            self.0.fetch_sub(1, Ordering::AcqRel);
        }
        old & CLOSED == 0
    }

    /// Counts one out; `true`: it was the last, and the scope waits to hear of it.
    #[inline]
    pub(crate) fn leave(&self) -> bool {
        let old = self.0.fetch_sub(1, Ordering::AcqRel);
        old & (PENDING | WAITING) == (WAITING | 1)
    }

    /// Closes the scope, or else sees to it that the last one out wakes it.
    #[inline]
    pub(crate) fn close_or_wait(&self) -> bool {
        if self.close() {
            return true;
        }
        self.0.fetch_or(WAITING, Ordering::AcqRel);
        self.close()
    }

    /// Whether the scope has nothing left to do but to wait for these.
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.load(Ordering::Acquire) & (CLOSED | WAITING) != 0
    }

    #[inline]
    pub(crate) fn pending(&self) -> usize {
        (self.0.load(Ordering::Acquire) & PENDING) as usize
    }

    /// Closes the scope, if nothing holds it open. One that is closed stays so, whoever looks in.
    #[inline]
    pub(crate) fn close(&self) -> bool {
        let mut now = self.0.load(Ordering::Acquire);
        if now & CLOSED != 0 {
            return true;
        }
        while now & PENDING == 0 {
            match self.0.compare_exchange_weak(now, now | CLOSED, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(changed) => now = changed,
            }
        }
        false
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }
}
