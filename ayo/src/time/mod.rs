//! Schedules: `after`, `at`, `every`, `cron`.
//!
//! A scope keeps its schedules in a [`Timetable`](timetable::Timetable), and one Tokio task, the
//! [`Driver`](driver::Driver), sleeps until the first of them is due. A schedule costs an entry in there and no timer of
//! its own; each tick is an ordinary task of the scope.
//!
//! # Invariants
//!
//! 1. **Counted.** A schedule is counted into its scope when it is made, and out when it is [over](entry::Due::Over):
//!    unscheduled, exhausted, stopped or cancelled. Its last tick is counted in before that.
//! 2. **One key.** `due` in a schedule's state is its key in the timetable, changed together with it under the state's lock.
//!    The driver takes an entry out by its key, and one that has another by then is not rung.
//! 3. **Locks.** A schedule's state, then the timetable; never the other way round. Neither is held while a task is
//!    started, a waker is woken, or anything of the user's runs.
//! 4. **The function.** It is called in its tick and nowhere else, and dropped in its scope once the schedule is over and no
//!    tick of it is left.
//! 5. **No drift.** The next moment is counted from the last *due* moment, not from when the tick ran.

pub(crate) mod callback;
#[cfg(feature = "cron")]
mod cron;
mod driver;
pub(crate) mod entry;
mod schedule;
mod tick;
pub(crate) mod timetable;
pub(crate) mod wall;
mod when;

pub use callback::{ByFuture, ByValue, Callback, TickOutput};
#[cfg(feature = "cron")]
pub use cron::{Cron, CronLine, InvalidCron};
pub use schedule::{Overrun, Schedule};
pub use when::{Moment, When};
