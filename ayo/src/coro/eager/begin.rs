//! The first part of a task, and what becomes of the rest.

use std::any::Any;
use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::alone::Alone;
use super::rest::Rest;
use super::shelf;
use crate::BoxError;
use crate::cancel::ambient::{self, Ambient, Around};
use crate::cancel::domain::Node;
use crate::cancel::note::On;
use crate::coro::coroutine::Coroutine;
use crate::outcome::Outcome;
use crate::scope::core::Core;
use crate::scope::spawn::Order;
use crate::site::{Traits, Who};
use crate::task::cell::Cell;
use crate::task::deliver::{Deliver, ToAttempt};
use crate::task::handle::{Reach, Repr};
use crate::task::work::{Verdict, settle};
use crate::task::{Attempt, Cancelled, Task, TaskError};

/// A scope as the code that runs, borrowed.
struct InScope<'a>(&'a Arc<Core>);

impl Ambient for InScope<'_> {
    fn node(&self, _: Around<'_>) -> Arc<dyn Node> {
        self.0.as_node()
    }

    fn nearest(&self, _: Around<'_>) -> Arc<dyn Node> {
        self.0.as_node()
    }

    fn is_requested(&self, _: Around<'_>) -> bool {
        self.0.marks().requested()
    }

    /// What it waits for is not the caller's to note.
    fn waits(&self, _: &On<'_>) -> bool {
        true
    }
}

/// How far the first part came.
enum First<F: Future> {
    Ended(F::Output),
    Panicked(Box<dyn Any + Send>),
    Suspended(Coroutine<F>),
}

/// Runs the first part.
#[inline]
fn first<F: Future + 'static>(future: F) -> First<F> {
    let mut coroutine = shelf::filled(future);
    match coroutine.begin() {
        Ok(Poll::Pending) => First::Suspended(coroutine),
        Ok(Poll::Ready(output)) => {
            shelf::keep(coroutine);
            First::Ended(output)
        }
        Err(payload) => First::Panicked(payload),
    }
}

/// Starts a future in the scope around, if there is one.
#[inline]
pub(super) fn around<F, V>(future: F, location: &'static Location<'static>) -> Task<V>
where
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    if ambient::is_requested()
        && let Some(core) = refusing()
    {
        return refused(core, future);
    }
    match first(future) {
        First::Ended(output) => match output.into_result() {
            Ok(value) => Task::done(Ok(value)),
            Err(error) => failed::<F, _>(Err::<V, _>(error), location),
        },
        First::Panicked(payload) => panicked::<F, _>(payload, location),
        First::Suspended(coroutine) => suspended(coroutine, location),
    }
}

/// The scope around, if it takes no tasks since it was asked to end.
#[cold]
fn refusing() -> Option<Arc<Core>> {
    Core::current().filter(|core| core.marks().requested())
}

#[cold]
fn refused<F, V: Send + 'static>(core: Arc<Core>, future: F) -> Task<V> {
    core.refuse(future);
    Task::never(Arc::clone(&core), core.reason())
}

/// A panic before the first suspension: the scope's, or else the handle's.
#[cold]
fn panicked<F, V>(payload: Box<dyn Any + Send>, location: &'static Location<'static>) -> Task<V>
where
    F: Future<Output: Outcome<Value = V>>,
    V: Send + 'static,
{
    match Core::current() {
        Some(core) => book(&core, Verdict::<F::Output>::Panicked(payload), Order::at(location).of::<F>()),
        None => Task::unowned(Repr::Panicked(Box::new(Mutex::new(payload)))),
    }
}

/// The rest of it is a task of the scope around, or else the handle's.
#[cold]
fn suspended<F, V>(coroutine: Coroutine<F>, location: &'static Location<'static>) -> Task<V>
where
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    match Core::current() {
        Some(core) => rest(&core, coroutine, Order::at(location)),
        None => Task::unowned(Repr::Owned(Box::new(Mutex::new(Alone::new(coroutine))))),
    }
}

/// An error before the first suspension: the scope's, or else nobody's.
#[cold]
fn failed<F, V>(
    output: Result<V, <F::Output as Outcome>::Error>,
    location: &'static Location<'static>,
) -> Task<V>
where
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    match (Core::current(), output) {
        (Some(core), output) => book(&core, Verdict::Returned(output), Order::at(location).of::<F>()),
        (None, Ok(value)) => Task::done(Ok(value)),
        (None, Err(error)) => {
            super::alone::unheard(error);
            Task::done(Err(Cancelled::after_failure()))
        }
    }
}

/// Starts a future in this scope, with a handle.
#[inline]
pub(crate) fn spawn<F, V>(core: &Arc<Core>, future: F, order: Order) -> Task<V>
where
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    if !core.takes_tasks() {
        core.refuse(future);
        return Task::never(Arc::clone(core), core.reason_for_none());
    }
    match ambient::enter(&InScope(core), || first(future)) {
        First::Ended(output) if order.is_plain() => match output.into_result() {
            Ok(value) => Task::done(Ok(value)),
            Err(error) => book(core, Verdict::Returned(Err::<V, _>(error)), order.of::<F>()),
        },
        First::Ended(output) => book(core, Verdict::Returned(output), order.of::<F>()),
        First::Panicked(payload) => book(core, Verdict::<F::Output>::Panicked(payload), order.of::<F>()),
        First::Suspended(coroutine) => rest(core, coroutine, order),
    }
}

/// The same without a handle.
pub(crate) fn start<F>(core: &Arc<Core>, future: F, order: Order)
where
    F: Future<Output: Outcome<Value: Send + 'static, Error: Send + 'static>> + Send + 'static,
{
    drop(spawn(core, future, order));
}

/// Starts a future in this scope whose error is the handle's.
pub(crate) fn attempt<F, V, E>(core: &Arc<Core>, future: F, order: Order) -> Attempt<V, E>
where
    F: Future<Output: Outcome<Value = V, Error = E>> + Send + 'static,
    V: Send + 'static,
    E: Into<BoxError> + Send + 'static,
{
    if !core.takes_tasks() {
        return core.attempt_lazily(future, order); // which refuses it
    }
    let verdict = match ambient::enter(&InScope(core), || first(future)) {
        First::Ended(output) => Verdict::Returned(output),
        First::Panicked(payload) => Verdict::Panicked(payload),
        First::Suspended(coroutine) => return core.attempt_lazily(Rest(coroutine), order.of::<F>().begun()),
    };
    let cell = Cell::<Result<V, TaskError<E>>>::new();
    let traits = order.traits;
    let (id, who) = numbered(core, order.of::<F>());
    ToAttempt(Arc::clone(&cell)).deliver(verdict, core, || who.clone());
    if id != 0 {
        core.task_ended(traits);
    }
    Attempt::new(cell, Arc::clone(core), id, Reach::Direct)
}

/// Books how a task ended that never was one: it gets its number now.
#[cold]
fn book<O, V>(core: &Arc<Core>, verdict: Verdict<O>, order: Order) -> Task<V>
where
    O: Outcome<Value = V>,
    V: Send + 'static,
{
    let (traits, keep) = (order.traits, order.keep);
    let (id, who) = numbered(core, order);
    let result = settle(verdict, core, || who.clone());
    if id == 0 {
        return Task::done(result);
    }
    let task = Task::new(Repr::of(result), Arc::clone(core), id, keep);
    core.task_ended(traits);
    task
}

/// A number, and who it is; 0 in a scope that has ended meanwhile.
fn numbered(core: &Arc<Core>, order: Order) -> (u32, Who) {
    let id = core.admit(order.traits).unwrap_or(0);
    let (label, extra) = order.label::<()>(id, core.since());
    (id, Who { label, extra })
}

/// What is left goes on as a task.
#[cold]
fn rest<F, V>(core: &Arc<Core>, coroutine: Coroutine<F>, order: Order) -> Task<V>
where
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    core.spawn_lazily(Rest(coroutine), order.of::<F>().begun())
}

impl Order {
    /// Says what the task's name is of: not of what runs it.
    fn of<F>(mut self) -> Self {
        self.extra.get_or_insert_default().type_name = Some(std::any::type_name::<F>);
        self
    }

    fn begun(mut self) -> Self {
        self.traits = self.traits.with(Traits::BEGUN);
        self
    }

    /// Whether its end means nothing but its value.
    #[inline]
    fn is_plain(&self) -> bool {
        !self.keep && self.traits == Traits::default()
    }
}
