//! Borrowing scopes: children that borrow from around the block and run in the task that awaits it; their ready queue is open.
//!
//! # Invariants
//!
//! 1. **Ownership.** The children are owned by [`LocalBody`], which the scope's future owns. Handles hold a queue with the same
//!    lifetime `'env`, in which a child waits until the future takes it in. Whoever forgets the future forgets the children;
//!    whoever drops it drops them. No child is ever reached in another way, so there is nothing to be argued: there is
//!    no `unsafe` in this room, and the borrow checker sees all of it.
//! 2. **One book.** A child is a task of the scope's [`Core`](crate::scope::core::Core): counted, named, told and delivered by the
//!    same code as one that runs on Tokio. What differs is who polls it.
//! 3. **No lock around foreign code.** While a child is polled or dropped, nothing is locked and nothing borrowed: it may
//!    start others, cancel them and look at the queue.
//! 4. **One waker an entry.** A wake puts its entry into the queue once, and wakes the future unless that is polling. The body
//!    is an entry too: it waits its turn like the others, and nobody can starve it.

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
