//! Borrowing scopes: children that borrow from around the block and run in the task that awaits it; their ready queue is open.
//!
//! # Invariants
//!
//! 1. **Ownership.** The children are in the queue, which has their lifetime `'env`, and which [`LocalBody`], that is in the scope's
//!    future, shares with the handles. Who polls a child takes it out for as long. Whoever forgets the future forgets the children;
//!    whoever drops it empties the queue for good, so a child that owns a handle is no cycle. No child is ever reached in another
//!    way, so there is nothing to be argued: the borrow checker sees all of it.
//! 2. **One book.** A child is a task of the scope's [`Core`](crate::scope::core::Core): counted, named, told and delivered by the
//!    same code as one that runs on Tokio. What differs is who polls it.
//! 3. **No lock around foreign code.** While a child is polled or dropped, nothing is locked and nothing borrowed: it may
//!    start others, cancel them and look at the queue.
//! 4. **One waker an entry.** A wake puts its entry into the queue once, and wakes the future unless that is polling. The body
//!    is an entry too: it waits its turn like the others, and nobody can starve it. Wakers belong to places, point into
//!    chunks of seats that stay where they are (`woken.rs`), and may outlive the scope; the one `unsafe` of this room says so.

mod body;
mod builder;
mod handle;
mod kind;
mod place;
mod queue;
mod schedule;
mod spawn;
mod task;
mod woken;

pub use body::LocalBody;
pub(crate) use builder::run;
pub use builder::{LocalBuilder, LocalTaskBuilder};
pub use handle::LocalScope;
pub use kind::{AnyThread, Keep, Kind, ThisThread};
pub use schedule::{Descend, NotRunnable, SleepInsert, SwitchTo};
pub use task::LocalTask;
