//! Polite cancellation: the one mechanism under everything else.
//!
//! Rust cancels by dropping, and a drop cannot await. A [`Domain`](domain::Domain) closes that gap: whoever polls a
//! future *in* a domain learns that it is asked to end, and drops it only when nothing inside has clean-up left.
//!
//! # Invariants
//!
//! 1. **Level-triggered.** A mark (requested, forced, stopping) is set once and stays; a domain below has every
//!    mark that the one above had when it joined and gets every later one. Only a shield keeps requests out.
//! 2. **No lost wake.** A waker is stored before the marks are read; marks are set before wakers are taken. Both
//!    happen under the domain's lock, so one of the two sees the other.
//! 3. **Frames.** `frames` counts what must finish its part before the domain's future may be dropped: regions and
//!    scopes that are polled inside of it. Pending, requested, no frames: dropped, in its domain. Pending, forced:
//!    dropped at once.
//! 4. **No way back.** A frame that has cleaned up in a requested domain stays pending. What went wrong in it goes up
//!    by [`report`](domain::report).
//! 5. **Ambient.** The thread-local of [`ambient`] points to the domain around every poll and every drop of a
//!    domain's future, and at nothing of ours otherwise.
//! 6. **No stack, no quadratic cost.** Requests walk with a work list, a drop goes up in a loop, a mark enters a
//!    domain once, and a member is looked at once per mark.
//! 7. **Locks are leaves.** One domain's lock at a time; no foreign code under it.
//!
//! The idea of level-triggered cancellation and of shields is Trio's; the parts that differ come from Rust: a
//! future inside of a combinator is polled only if *its* waker fires, so a request wakes each domain's own.

pub(crate) mod ambient;
mod checkpoint;
pub(crate) mod domain;
pub(crate) mod grace;
mod members;
pub(crate) mod note;
#[cfg(test)]
mod note_tests;
mod reason;
pub(crate) mod region;
mod shield;
mod timeout;

pub(crate) use checkpoint::Listening;
pub use checkpoint::{CancelRequested, Checkpoint, cancelled, checkpoint};
pub use reason::Reason;
pub use shield::{Shield, shield};
pub use timeout::{Elapsed, MoveOnAfter, Timeout, move_on_after, timeout};
