//! Options of one task.

use std::borrow::Cow;

use crate::duration::{IntoDuration, checked};
use crate::outcome::Outcome;
use crate::scope::handle::{Collects, Scope};
use crate::scope::spawn::{Order, TaskFuture};
use crate::site::Traits;
use crate::task::{Attempt, Task};

/// A task before its start: made by [`Scope::task`], or by `#[task(..)]` before a `<<` in macro bodies.
///
/// All options combine: `main` with `bubble(false)` ends the scope silently even on an error.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(|run| {
///     run.task(async { loop { tokio::task::yield_now().await } }).name("heartbeat").background().start();
///
///     #[task(name = "work")]
///     run << async { /* the scope ends with this one */ };
/// }).await
/// # }
/// ```
#[must_use = "a task starts with `.spawn()`, `.start()` or `.attempt()`"]
pub struct TaskBuilder<'a, C, F> {
    scope: &'a Scope<C>,
    future: F,
    order: Order,
}

impl<'a, C, F> TaskBuilder<'a, C, F> {
    pub(crate) fn new(scope: &'a Scope<C>, future: F, order: Order) -> Self {
        Self { scope, future, order }
    }

    /// Its name, for the tree, errors and traces; else that of the function.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.order.extra.get_or_insert_default().name = Some(name.into());
        self
    }

    /// The scope is cancelled when this task ends (traio's `master`).
    pub fn main(self) -> Self {
        self.with(Traits::MAIN)
    }

    /// `false`: its failure is contained, it does not cancel the scope.
    pub fn bubble(self, bubble: bool) -> Self {
        if bubble { self } else { self.with(Traits::CONTAINED) }
    }

    /// It does not hold the scope open, and takes no place: it is cancelled once only background tasks are left.
    pub fn background(self) -> Self {
        self.with(Traits::BACKGROUND)
    }

    /// How long its clean-up may take, in seconds or as a `Duration`; what is left after that is dropped by force,
    /// and reported as [`Abandoned`](crate::ErrorKind::Abandoned).
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn cancel_timeout(mut self, limit: impl IntoDuration) -> Self {
        self.order.extra.get_or_insert_default().cancel_timeout = Some(checked(limit));
        self
    }

    fn with(mut self, more: Traits) -> Self {
        self.order.traits = self.order.traits.with(more);
        self
    }
}

impl<C, F> TaskBuilder<'_, C, F>
where
    F: TaskFuture + Send + 'static,
    F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
{
    /// Starts it.
    #[track_caller]
    pub fn spawn(self) -> Task<<F::Out as Outcome>::Value>
    where
        C: Collects<<F::Out as Outcome>::Value>,
    {
        self.scope
            .core()
            .spawn(self.future, self.order.keep(<C as Collects<<F::Out as Outcome>::Value>>::KEEPS))
    }

    /// Starts it without a handle: the cheapest way.
    #[track_caller]
    pub fn start(self)
    where
        C: Collects<<F::Out as Outcome>::Value>,
    {
        self.scope
            .core()
            .start(self.future, self.order.keep(<C as Collects<<F::Out as Outcome>::Value>>::KEEPS));
    }

    /// Starts it; its error goes to the handle alone.
    #[track_caller]
    pub fn attempt(self) -> Attempt<<F::Out as Outcome>::Value, <F::Out as Outcome>::Error> {
        self.scope.core().attempt(self.future, self.order)
    }
}

/// What `#[task(..)]` ends in: the future comes after its options.
#[doc(hidden)]
impl<C> TaskBuilder<'_, C, ()> {
    #[track_caller]
    pub fn spawn_now<F>(self, future: F) -> Task<<F::Out as Outcome>::Value>
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        let keep = <C as Collects<<F::Out as Outcome>::Value>>::KEEPS;
        self.scope.core().spawn(future, self.order.keep(keep))
    }

    #[track_caller]
    pub fn start_now<F>(self, future: F)
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        let keep = <C as Collects<<F::Out as Outcome>::Value>>::KEEPS;
        self.scope.core().start(future, self.order.keep(keep));
    }
}

impl<C, F> std::fmt::Debug for TaskBuilder<'_, C, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskBuilder")
            .field("name", &self.order.extra.as_ref().and_then(|extra| extra.name.as_ref()))
            .finish_non_exhaustive()
    }
}
