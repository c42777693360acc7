//! Structured concurrency for Tokio.

mod cancel;
mod duration;
mod error;
mod outcome;
mod panic;
mod program;
mod scope;
mod site;
mod sync;
mod task;
mod trace;

#[doc(hidden)]
pub mod __private;

pub use cancel::{
    CancelRequested, Checkpoint, Elapsed, MoveOnAfter, Reason, Shield, Timeout, cancelled, checkpoint,
    move_on_after, shield, timeout,
};
pub use duration::{IntoDuration, InvalidDuration};
pub use error::{Error, ErrorKind, TaskInfo};
pub use outcome::{Outcome, Plain, Value};
pub use panic::Panic;
pub use program::MainOutput;
pub use scope::{
    AsScope, ByIterator, ByTuple, Collect, Collects, Discard, Keeps, OpenScope, Report, ReportFuture, Scope,
    ScopeBuilder, ScopeFuture, State, Stopping, TaskFuture, TaskSet, TaskTuple, Tasks, Tree, current, scope,
    spawn,
};
pub use task::{Attempt, Cancelled, Task, TaskBuilder, TaskError};

#[cfg(feature = "macros")]
pub use ayo_macros::{Plain, main, scope, scoped};

/// Any error in a box: what `?` in a `scope!` body converts into.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
