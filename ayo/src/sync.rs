//! The primitives that the domain tree is built on, in one place so that the loom suite
//! (`tests/loom.rs`) can compile the very same tree over loom's own, and `scripts/chaos` the whole crate over some that are
//! slow at random.

pub(crate) use std::sync::atomic::Ordering;
#[cfg(not(ayo_chaos))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(ayo_chaos)]
mod chaos;
#[cfg(ayo_chaos)]
pub(crate) use chaos::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};

/// Locks, whether or not a panic happened under the lock before: no invariant of ours is
/// ever half-made while foreign code runs.
#[inline]
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    #[cfg(ayo_chaos)]
    chaos::step();
    let guard = mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    #[cfg(ayo_chaos)]
    chaos::step();
    guard
}

/// On cache lines of its own: what threads write all the time, beside what others only read.
#[repr(align(128))]
#[derive(Default)]
pub(crate) struct Apart<T>(pub(crate) T);
