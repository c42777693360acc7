//! Why something was cancelled.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Why a scope or a task was cancelled; it shows up in [`Cancelled`](crate::Cancelled), in errors and in traces.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let end = ayo::scope!(|run| {
///     run.cancel_with("the user closed the window");
///     std::future::pending::<()>().await;
/// }).await;
/// assert_eq!(end.unwrap_err().to_string(), "cancelled: the user closed the window");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Reason(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Asked,
    Given(Arc<str>),
    Failed,
    TimedOut,
    Dropped,
    ParentEnded,
    Ended,
    MainEnded,
    OnlyBackground,
    RuntimeGone,
    Lost,
}

#[allow(non_upper_case_globals, reason = "they read as the variants they stand for")]
impl Reason {
    /// `cancel()` was called, without a reason.
    pub(crate) const Asked: Self = Self(Kind::Asked);
    /// A task or the body failed.
    pub(crate) const Failed: Self = Self(Kind::Failed);
    /// The time was up.
    pub(crate) const TimedOut: Self = Self(Kind::TimedOut);
    /// The future was dropped from outside.
    pub(crate) const Dropped: Self = Self(Kind::Dropped);
    /// The scope it was to hang below is cancelled or has ended.
    pub(crate) const ParentEnded: Self = Self(Kind::ParentEnded);
    /// The scope takes no tasks any more.
    pub(crate) const Ended: Self = Self(Kind::Ended);
    /// The scope's `main` task has ended.
    pub(crate) const MainEnded: Self = Self(Kind::MainEnded);
    /// Only background tasks were left.
    pub(crate) const OnlyBackground: Self = Self(Kind::OnlyBackground);
    /// Another future of the race was faster.
    pub(crate) const Lost: Self = Self(Kind::Lost);
    /// The runtime shut down under the task.
    pub(crate) const RuntimeGone: Self = Self(Kind::RuntimeGone);

    /// Whether somebody asked for it, as opposed to a failure, a time-out or the ordinary end.
    pub(crate) fn is_asked(&self) -> bool {
        matches!(self.0, Kind::Asked | Kind::Given(_) | Kind::ParentEnded | Kind::MainEnded)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Asked => "it was asked to",
            Kind::Given(text) => text,
            Kind::Failed => "a task of its scope failed",
            Kind::TimedOut => "its time was up",
            Kind::Dropped => "its future was dropped",
            Kind::ParentEnded => "the scope above it is cancelled or has ended",
            Kind::Ended => "its scope has ended",
            Kind::MainEnded => "the main task of its scope has ended",
            Kind::OnlyBackground => "only background tasks were left",
            Kind::Lost => "another one was faster",
            Kind::RuntimeGone => "the runtime shut down",
        })
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self(Kind::Given(text.into()))
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self(Kind::Given(text.into()))
    }
}

impl From<Cow<'_, str>> for Reason {
    fn from(text: Cow<'_, str>) -> Self {
        Self(Kind::Given(text.into()))
    }
}
