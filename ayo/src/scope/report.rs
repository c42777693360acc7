//! What a scope came to, in full.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::core::{Core, hear_safely};
use super::handle::{Collect, Discard};
use super::kept::{Kept, Store};
use crate::cancel::domain::{Above, Fault, Node, report};
use crate::error::{Error, ErrorKind};
use crate::panic::Panic;
use crate::trace;

/// What a scope came to: its value, its error, and what neither holds.
///
/// # Example
/// ```
/// use ayo::scope;
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let report = scope!(collect, timeout = 1 => |run| {
///     run << async { 1 };
///     run << async { tokio::time::sleep(std::time::Duration::from_secs(9)).await; 2 };
///     "body"
/// }).report().await;
/// assert!(report.timed_out());
/// assert_eq!(report.value, Some("body"), "the body had ended before");
/// assert_eq!(report.results, [1]);
/// # }
/// ```
#[must_use = "a report holds the scope's error; `into_result()` gives it"]
#[non_exhaustive]
pub struct Report<R, C: Keeps = Discard> {
    /// What the body came to, if it reached its end.
    pub value: Option<R>,
    /// The values of the tasks, in the order of spawning and without holes: of a collecting scope.
    pub results: C::Results,
    /// The first failure, with later ones as its `others()`.
    pub error: Option<Error>,
    /// Errors that did not bubble, the first 1,024; see [`contained_beyond`](Self::contained_beyond). Those that
    /// went to `on_error` are not here.
    pub contained: Vec<Error>,
    /// How many contained errors there was no room for.
    pub contained_beyond: u64,
    /// From the first poll to the end.
    pub elapsed: Duration,
    panic: Option<Panic>,
    asked: bool,
    core: Arc<Core>,
}

/// What kind of results a scope has: [`Discard`] none, [`Collect`] a `Vec`.
pub trait Keeps: Sized {
    /// The type of [`Report::results`].
    type Results: Default;

    /// Where dropped handles leave their results.
    #[doc(hidden)]
    fn store() -> Option<Box<dyn Store>>;

    /// Gathers the results of tasks that have all ended.
    #[doc(hidden)]
    fn gather(store: Option<&dyn Store>, into: &mut Self::Results, cx: &mut Context<'_>) -> Poll<()>;
}

impl Keeps for Discard {
    type Results = ();

    fn store() -> Option<Box<dyn Store>> {
        None
    }

    fn gather(_: Option<&dyn Store>, (): &mut (), _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl<T: Send + 'static> Keeps for Collect<T> {
    type Results = Vec<T>;

    fn store() -> Option<Box<dyn Store>> {
        Some(Box::new(Kept::<T>::new()))
    }

    fn gather(store: Option<&dyn Store>, into: &mut Vec<T>, cx: &mut Context<'_>) -> Poll<()> {
        match store.and_then(|store| (store as &dyn Any).downcast_ref::<Kept<T>>()) {
            Some(kept) => kept.poll_into(into, cx),
            None => Poll::Ready(()),
        }
    }
}

impl<R, C: Keeps> Report<R, C> {
    /// The end of a scope, from its books.
    pub(crate) fn conclude(core: Arc<Core>, value: Option<R>, results: C::Results) -> Self {
        let books = core.books.close().map(|books| *books).unwrap_or_default();
        let mut failures = books.failures.into_iter();
        let error = match (books.abandoned, failures.next()) {
            (Some(abandoned), first) => Some(abandoned.beside(first.into_iter().chain(failures))),
            (None, Some(first)) => Some(first.beside(failures)),
            (None, None) if value.is_none() => Some(Error::cancelled(&core.reason())),
            (None, None) => None,
        };
        let asked = core.domain().reason().is_some_and(|reason| reason.is_asked());
        Self {
            value,
            results,
            error,
            contained: books.contained,
            contained_beyond: books.overflow,
            elapsed: core.age(),
            panic: books.panic,
            asked,
            core,
        }
    }

    /// Whether the time was up.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.has(ErrorKind::TimedOut)
    }

    /// Whether it was cancelled: by `cancel()`, from above, or by the end of its `main` task.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.has(ErrorKind::Cancelled) || (self.error.is_none() && self.asked)
    }

    /// Whether anything panicked.
    pub(crate) fn panicked(&self) -> bool {
        self.panic.is_some()
    }

    /// There is nothing to tell but that it was cancelled.
    pub(crate) fn is_only_cancelled(&self) -> bool {
        self.error.as_ref().is_some_and(|error| !worth_telling(error))
    }

    /// The first error, or what led to a clean-up that was cut off, is of this kind.
    fn has(&self, kind: ErrorKind) -> bool {
        self.error.as_ref().is_some_and(|error| {
            let abandoned = error.kind() == ErrorKind::Abandoned;
            error.kind() == kind
                || (abandoned && error.others().first().is_some_and(|led| led.kind() == kind))
        })
    }

    /// What awaiting the scope gives: its error, else its value. A panic goes on here; errors beside it go to
    /// `on_error` and to the traces.
    ///
    /// # Errors
    /// The scope's error.
    ///
    /// # Panics
    /// With the first panic of a task or of the body.
    pub fn into_result(self) -> Result<R, Error> {
        if let Some(panic) = self.panic {
            if let Some(error) = self.error {
                tell_beside_panic(&self.core, error);
            }
            panic.resume();
        }
        match (self.error, self.value) {
            (Some(error), _) => Err(error),
            (None, Some(value)) => Ok(value),
            (None, None) => unreachable!("a scope without a value has an error"),
        }
    }

    /// Traces what went wrong, for where nobody is left to tell.
    pub(crate) fn trace(self) {
        if let Some(error) = self.error.filter(worth_telling) {
            trace::contained(&error);
        }
    }

    /// Hands everything that went wrong to the scope above, where control will not return.
    pub(crate) fn hand_up(self, above: &Above) {
        if let Some(panic) = self.panic {
            if let Some(error) = self.error {
                tell_beside_panic(&self.core, error);
            }
            report(above, Fault::Panic(panic.into_payload()));
        } else if let Some(error) = self.error.filter(worth_telling) {
            report(above, Fault::Error(error.into()));
        }
    }
}

/// Whether an error is more than the news that the scope was cancelled.
fn worth_telling(error: &Error) -> bool {
    error.kind() != ErrorKind::Cancelled || !error.others().is_empty()
}

/// All errors but the first panic, which goes on by itself.
fn tell_beside_panic(core: &Core, error: Error) {
    let mut all = error.apart();
    if let Some(panic) = all.iter().position(|error| error.kind() == ErrorKind::Panicked) {
        all.remove(panic);
    }
    for beside in &all {
        if let Some(hear) = &core.settings.on_error {
            hear_safely(&**hear, beside);
        }
        trace::contained(beside);
    }
}

impl<R: fmt::Debug, C: Keeps<Results: fmt::Debug>> fmt::Debug for Report<R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("value", &self.value)
            .field("results", &self.results)
            .field("error", &self.error)
            .field("contained", &self.contained)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
