//! How a future becomes a task of a scope.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use super::core::Core;
use super::kept::Kept;
use crate::cancel::Reason;
use crate::cancel::domain::Fault;
use crate::coro::eager;
use crate::inherit::inherit;
use crate::outcome::Outcome;
use crate::panic::caught;
use crate::probe::{self, Wait};
use crate::site::{Extra, Label, Since, Traits, Who};
use crate::task::cell::Cell;
use crate::task::child::Child;
use crate::task::deliver::{ByJoinHandle, Deliver, ToAttempt, ToNobody, ToTask};
use crate::task::handle::{Reach, Repr};
use crate::task::job::{Handled, Single};
use crate::task::spawn::spawn;
use crate::task::{Attempt, Cancelled, Task, TaskError};

/// What a scope can start: a future.
///
/// It is implemented for every `Future`; it stands in the signatures for the sake of a clear compile error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future, so a scope cannot start it",
    label = "not a future",
    note = "call the `async fn`: `run << fetch();` and not `run << fetch;`",
    note = "wrap other code in a block: `run << async move {{ … }};`"
)]
pub trait TaskFuture: Future<Output = Self::Out> {
    /// What the future comes to: its `Output`, by a name that leads the compiler to the message above.
    type Out;
}

#[diagnostic::do_not_recommend]
impl<F: Future + ?Sized> TaskFuture for F {
    type Out = F::Output;
}

/// What is said of a task when it is spawned.
pub(crate) struct Order {
    pub(crate) traits: Traits,
    pub(crate) location: &'static Location<'static>,
    pub(crate) extra: Option<Box<Extra>>,
    /// What it inherits, where that is not the caller's.
    pub(super) handed: Option<Arc<Extra>>,
    /// A value that nobody reads is one of the scope's results.
    pub(crate) keep: bool,
}

impl Order {
    #[track_caller]
    #[inline]
    pub(crate) fn plain() -> Self {
        Self::at(Location::caller())
    }

    #[inline]
    pub(crate) fn at(location: &'static Location<'static>) -> Self {
        Self { traits: Traits::default(), location, extra: None, handed: None, keep: false }
    }

    /// For what inherits from code that ran before.
    pub(crate) fn handed(location: &'static Location<'static>, handed: Option<Arc<Extra>>) -> Self {
        Self { handed, ..Self::at(location) }
    }

    #[must_use]
    pub(crate) fn with(self, traits: Traits) -> Self {
        Self { traits, ..self }
    }

    #[inline]
    pub(crate) fn keep(self, keep: bool) -> Self {
        Self { keep, ..self }
    }

    /// The label of a future that is admitted under this number, and whatever only few tasks have.
    #[inline]
    pub(crate) fn label<F>(self, id: u32, since: Since) -> (Label, Option<Arc<Extra>>) {
        let Self { traits, location, extra, handed, .. } = self;
        let label = Label { id, traits, since, location, type_name: std::any::type_name::<F> };
        (label, handed.or_else(|| inherit(extra)))
    }

    /// The same in one.
    pub(crate) fn who<F>(self, id: u32, since: Since) -> Who {
        let (label, extra) = self.label::<F>(id, since);
        Who { label, extra }
    }
}

impl Core {
    /// Whether a task that came now would be started.
    #[inline]
    pub(crate) fn takes_tasks(&self) -> bool {
        !self.marks().requested() && !self.foreground.is_closed()
    }

    /// Why it would not.
    pub(crate) fn reason_for_none(&self) -> Reason {
        if self.marks().requested() { self.reason() } else { Reason::Ended }
    }

    /// Counts a task in, or says why there are no more.
    #[inline]
    pub(crate) fn admit(&self, traits: Traits) -> Result<u32, Reason> {
        if self.marks().requested() {
            return Err(self.reason());
        }
        if !traits.has(Traits::BACKGROUND) {
            return self.foreground.enter().ok_or(Reason::Ended);
        }
        if !self.background.hold() {
            return Err(Reason::Ended);
        }
        self.foreground.number().ok_or_else(|| {
            self.task_ended(Traits::BACKGROUND);
            Reason::Ended
        })
    }

    /// Whether a task with such traits has to stand in line.
    fn in_line(&self, traits: Traits) -> bool {
        !traits.has(Traits::BACKGROUND) && self.limiter().is_some()
    }

    /// Drops a future that was not admitted. Its destructor is not the caller's to suffer from.
    pub(crate) fn refuse<F>(&self, future: F) {
        if let Err(payload) = caught(|| drop(future)) {
            self.fail(Fault::Panic(payload), None, false);
        }
    }

    /// What a task carries that begins now.
    #[inline]
    pub(crate) fn begin_task<F>(
        self: &Arc<Self>,
        order: Order,
        id: u32,
        wait: Wait,
    ) -> (Label, Option<Arc<Extra>>) {
        let (label, extra) = order.label::<F>(id, self.since());
        (label, probe::task_begins(self, label, extra, wait))
    }

    #[track_caller]
    #[inline]
    pub(crate) fn run_directly<F, D>(
        self: &Arc<Self>,
        future: F,
        deliver: D,
        id: u32,
        order: Order,
    ) -> tokio::task::JoinHandle<D::Out>
    where
        F: Future<Output: Outcome> + Send + 'static,
        D: Deliver<F::Output, Out: Send> + Send + 'static,
    {
        let (label, extra) = self.begin_task::<F>(order, id, Wait::Turn);
        let child = Child::new(future, deliver, Arc::clone(self), label, extra);
        spawn(self.runtime(), Child::name, child)
    }

    #[track_caller]
    fn put_in_line<F, D>(self: &Arc<Self>, future: F, deliver: D, id: u32, order: Order)
    where
        F: Future<Output: Outcome> + Send + 'static,
        D: Deliver<F::Output> + Handled + Send + 'static,
    {
        let begun = order.traits.has(Traits::BEGUN);
        let (label, extra) = self.begin_task::<F>(order, id, Wait::Place);
        let job = Single::new(future, deliver, label, extra);
        if begun { self.enqueue_ahead(job) } else { self.enqueue(job) }
    }

    /// Starts a task that nobody waits for but the scope.
    #[track_caller]
    #[inline]
    pub(crate) fn start<F>(self: &Arc<Self>, future: F, order: Order)
    where
        F: Future<Output: Outcome<Value: Send + 'static, Error: Send + 'static>> + Send + 'static,
    {
        if self.settings.eager && order.handed.is_none() {
            return eager::start(self, future, order);
        }
        if order.keep
            && let Some(kept) = Kept::of(self)
        {
            if let Ok((id, value)) = self.run(future, order) {
                kept.leave(id, value);
            }
            return;
        }
        match (self.admit(order.traits), self.in_line(order.traits)) {
            (Err(_), _) => self.refuse(future),
            (Ok(id), false) => drop(self.run_directly(future, ToNobody, id, order)),
            (Ok(id), true) => self.put_in_line(future, ToNobody, id, order),
        }
    }

    /// Starts a task with a handle for its value.
    #[track_caller]
    #[inline]
    pub(crate) fn spawn<F, V>(self: &Arc<Self>, future: F, order: Order) -> Task<V>
    where
        F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
        V: Send + 'static,
    {
        if self.settings.eager && order.handed.is_none() {
            return eager::spawn(self, future, order);
        }
        self.spawn_lazily(future, order)
    }

    /// The same, whatever the scope does with its tasks otherwise.
    #[track_caller]
    #[inline]
    pub(crate) fn spawn_lazily<F, V>(self: &Arc<Self>, future: F, order: Order) -> Task<V>
    where
        F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
        V: Send + 'static,
    {
        let keep = order.keep;
        match self.run(future, order) {
            Ok((id, value)) => Task::new(value, Arc::clone(self), id, keep),
            Err(reason) => Task::never(Arc::clone(self), reason),
        }
    }

    /// Starts a task whose value is asked for; a reason: it is not started.
    #[track_caller]
    #[inline]
    fn run<F, V>(self: &Arc<Self>, future: F, order: Order) -> Result<(u32, Repr<V>), Reason>
    where
        F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
        V: Send + 'static,
    {
        match (self.admit(order.traits), self.in_line(order.traits)) {
            (Err(reason), _) => {
                self.refuse(future);
                Err(reason)
            }
            (Ok(id), false) => Ok((id, Repr::Tokio(self.run_directly(future, ByJoinHandle, id, order)))),
            (Ok(id), true) => {
                let cell = Cell::<Result<V, Cancelled>>::new();
                self.put_in_line(future, ToTask(Arc::clone(&cell)), id, order);
                Ok((id, Repr::Cell(cell)))
            }
        }
    }

    /// Starts a task whose error is the handle's.
    #[track_caller]
    pub(crate) fn attempt<F, V, E>(self: &Arc<Self>, future: F, order: Order) -> Attempt<V, E>
    where
        F: Future<Output: Outcome<Value = V, Error = E>> + Send + 'static,
        V: Send + 'static,
        E: Into<crate::BoxError> + Send + 'static,
    {
        if self.settings.eager {
            return eager::attempt(self, future, order);
        }
        self.attempt_lazily(future, order)
    }

    /// The same, whatever the scope does with its tasks otherwise.
    #[track_caller]
    pub(crate) fn attempt_lazily<F, V, E>(self: &Arc<Self>, future: F, order: Order) -> Attempt<V, E>
    where
        F: Future<Output: Outcome<Value = V, Error = E>> + Send + 'static,
        V: Send + 'static,
        E: Into<crate::BoxError> + Send + 'static,
    {
        let cell = Cell::<Result<V, TaskError<E>>>::new();
        let deliver = ToAttempt(Arc::clone(&cell));
        let in_line = self.in_line(order.traits);
        let id = match (self.admit(order.traits), in_line) {
            (Err(reason), _) => {
                self.refuse(future);
                let _ = cell.put(Err(TaskError::Cancelled(Cancelled::new(reason))));
                0
            }
            (Ok(id), false) => {
                drop(self.run_directly(future, deliver, id, order));
                id
            }
            (Ok(id), true) => {
                self.put_in_line(future, deliver, id, order);
                id
            }
        };
        let reach = if in_line { Reach::InLine } else { Reach::Direct };
        Attempt::new(cell, Arc::clone(self), id, reach)
    }
}
