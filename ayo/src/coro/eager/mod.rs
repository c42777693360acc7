//! `eager`: a task whose first part runs at the call.

mod alone;
mod begin;
mod rest;
mod shelf;

use std::panic::Location;

use crate::outcome::Outcome;
use crate::scope::handle::{Collects, Scope};
use crate::scope::spawn::{Order, TaskFuture};
use crate::task::Task;

pub(crate) use alone::Owned;
pub(crate) use begin::{attempt, spawn, start};

/// Runs `future` at once, up to its first suspension; what is left goes on as a task of the scope around (asynkit's `eager`).
///
/// A future that does not suspend never becomes a task: then the call costs about as much as an `.await`, and the handle has
/// the value already. What goes wrong comes out of the handle and goes to the scope, as with any task, and not out of the
/// call. `#[ayo::eager]` makes all calls of a function so.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// # use std::{cell::RefCell, sync::Mutex};
/// static LOG: Mutex<Vec<&str>> = Mutex::new(Vec::new());
/// let log = |event| LOG.lock().unwrap().push(event);
///
/// ayo::scope!(|_| {
///     log("a");
///     let task = ayo::eager(async move {
///         log("1");
///         tokio::task::yield_now().await;
///         log("2");
///     });
///     log("b");
///     tokio::task::yield_now().await;
///     log("c");
///     task.await?;
/// }).await?;
/// assert_eq!(*LOG.lock().unwrap(), ["a", "1", "b", "2", "c"]);
/// # Ok(()) }
/// ```
///
/// In a scope with `max_concurrency` the first part takes no place, and the rest stands at the head of the line. Without a
/// scope around, the handle owns the rest: awaiting it runs it, dropping it cancels it. Then an error is traced, and a panic
/// comes out of the `.await`.
///
/// # Panics
/// Where the future suspends in a scope and there is no Tokio runtime.
///
/// # Cancel safety
/// As [`Task`].
#[track_caller]
#[inline]
pub fn eager<F>(future: F) -> Task<<F::Out as Outcome>::Value>
where
    F: TaskFuture + Send + 'static,
    F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
{
    begin::around(future, Location::caller())
}

impl<C> Scope<C> {
    /// Runs `future` at once, up to its first suspension; what is left goes on as a task: [`eager`] on this scope.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(|run| {
    ///     let task = run.eager(async { 5 });
    ///     assert!(task.is_finished() && run.is_empty(), "there was nothing to wait for");
    ///     assert_eq!(task.await?, 5);
    /// }).await
    /// # }
    /// ```
    #[track_caller]
    #[inline]
    pub fn eager<F>(&self, future: F) -> Task<<F::Out as Outcome>::Value>
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        spawn(self.core(), future, Order::plain().keep(<C as Collects<<F::Out as Outcome>::Value>>::KEEPS))
    }
}
