//! How a task can end, as its handle tells it.

use std::fmt;
use std::sync::Arc;

use crate::BoxError;
use crate::cancel::Reason;
use crate::error::{Error, TaskInfo};
use crate::panic::Panic;
use crate::scope::core::Core;

/// A task has no value: it was cancelled, or it failed and its scope has the error.
#[derive(Clone, Debug)]
pub struct Cancelled {
    reason: Reason,
    failed: bool,
}

impl Cancelled {
    /// How its text begins.
    pub(crate) const PREFIX: &str = "the task was cancelled";

    pub(crate) fn new(reason: Reason) -> Self {
        Self { reason, failed: false }
    }

    pub(crate) fn after_failure() -> Self {
        Self { reason: Reason::Failed, failed: true }
    }

    /// Whether the task itself failed. What with is the scope's to tell.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Why it was cancelled.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failed {
            f.write_str("the task failed; its scope has the error")
        } else {
            write!(f, "{}: {}", Self::PREFIX, self.reason)
        }
    }
}

impl std::error::Error for Cancelled {}

/// Why an [`Attempt`](crate::Attempt) has no value.
#[derive(Debug)]
pub enum TaskError<E> {
    /// The task returned this error.
    Failed(E),
    /// The task panicked.
    Panicked(Panic),
    /// The task was cancelled.
    Cancelled(Cancelled),
}

impl<E: Into<BoxError>> TaskError<E> {
    /// Contains an error that nobody will read. A cancellation is none.
    pub(crate) fn contain(self, core: &Arc<Core>, task: Option<TaskInfo>) {
        let error = match self {
            Self::Failed(error) => Error::failed(error.into()),
            Self::Panicked(panic) => Error::panicked(&panic),
            Self::Cancelled(_) => return,
        };
        core.contain(error.of_task(task));
    }
}

impl<E: fmt::Display> fmt::Display for TaskError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(panic) => panic.fmt(f),
            Self::Cancelled(cancelled) => cancelled.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for TaskError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked(_) | Self::Cancelled(_) => None,
        }
    }
}

impl<E: Into<BoxError>> From<TaskError<E>> for Error {
    /// For an `E` that is no [`std::error::Error`] itself, and so does not go on by `?` in the body of a scope: an
    /// `anyhow::Error`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let end = ayo::scope!(|run| {
    ///     let attempt = run.attempt(async { anyhow::bail!("in vain"); #[allow(unreachable_code)] Ok::<(), anyhow::Error>(()) });
    ///     attempt.await.map_err(ayo::Error::from)?;
    /// }).await;
    /// assert_eq!(end.unwrap_err().to_string(), "in vain");
    /// # }
    /// ```
    fn from(error: TaskError<E>) -> Self {
        match error {
            TaskError::Failed(error) => Self::failed(error.into()),
            TaskError::Panicked(panic) => Self::panicked(&panic),
            TaskError::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

#[cfg(any(feature = "tracing", feature = "testing"))]
impl crate::cancel::domain::Fault {
    /// As an error in the books, for where no scope is left.
    #[cfg_attr(not(any(feature = "tracing", feature = "testing")), allow(dead_code))]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Error(error) => error.to_string(),
            Self::Panic(payload) => format!("panicked: {}", Panic::text(&**payload)),
        }
    }
}
