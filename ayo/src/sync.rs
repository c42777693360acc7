//! The primitives that the domain tree is built on, in one place so that the loom suite
//! (`tests/loom.rs`) can compile the very same tree over loom's own.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};

/// Locks, whether or not a panic happened under the lock before: no invariant of ours is
/// ever half-made while foreign code runs.
#[inline]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
