//! `aside` and `aside_in`.

use std::sync::Arc;

use super::crew::UNNAMED;
use super::executor::{Executor, Job, Place};
use super::hold::Hold;
use super::work::{Answer, Work};
use crate::outcome::Outcome;
use crate::scope::spawn::Order;
use crate::scope::{Collects, Scope};
use crate::site::Traits;
use crate::task::Task;
use crate::task::cell::Cell;
use crate::task::handle::Repr;

/// What [`Scope::aside`] runs: a function or closure without parameters.
///
/// It is implemented for every `FnOnce()`; it stands in the signatures for the sake of a clear compile error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function without parameters, so it cannot run aside",
    label = "not a function",
    note = "write `run.aside(|| ..)` around code that blocks; a future is no such code, and is started by `run << future`"
)]
pub trait Blocking: FnOnce() -> Self::Out {
    /// What it returns.
    type Out;
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce() -> O, O> Blocking for F {
    type Out = O;
}

impl<C> Scope<C> {
    /// Runs a closure on a thread where it may block, as a task of this scope: the scope waits for it, and an error or a panic
    /// in it fails the scope.
    ///
    /// It inherits what a task does: the scope, context variables, the span. It takes no place under `max_concurrency`. The
    /// threads are Tokio's blocking ones, but a thread runs many closures one after the other, so that a short one costs
    /// little; there are as many threads as it takes for none to wait for a long one.
    ///
    /// Cancelled, a closure that has not begun is dropped. One that runs has to look, by
    /// [`blocking::check`](crate::blocking::check) and [`blocking::sleep`](crate::blocking::sleep); the scope waits for it. With a
    /// `cancel_timeout` it lets go of one that does not end in time, and reports it as
    /// [`Abandoned`](crate::ErrorKind::Abandoned) with its name and this line. Such a closure runs on; what it then returns is
    /// dropped, and an error of it goes to `on_error` or to the traces.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(|run| {
    ///     let text = run.aside(|| std::fs::read_to_string("Cargo.toml"));
    ///     assert!(text.await?.contains("ayo"));
    /// }).await
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller, where there is no Tokio runtime.
    #[track_caller]
    pub fn aside<F, O>(&self, f: F) -> Task<O::Value>
    where
        F: Blocking<Out = O> + Send + 'static,
        O: Outcome<Value: Send + 'static>,
        C: Collects<O::Value>,
    {
        let order = Order::plain();
        self.bring_aside(f, order, |work, is_held| {
            UNNAMED.of(self.core().runtime()).push(Job::new(work, is_held));
        })
    }

    /// The same on an executor: the [`Pool`](crate::Pool) of this name, or one at hand.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let database = ayo::Pool::named("database").threads(2).build()?;
    /// ayo::scope!(|run| {
    ///     run.aside_in("database", || println!("at most two at once"));
    ///     run.aside_in(&database, || println!("the same pool"));
    /// }).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If there is no pool of this name, the task fails, with the names that there are.
    ///
    /// # Panics
    /// At the caller, where there is no Tokio runtime.
    #[track_caller]
    pub fn aside_in<P, F, O>(&self, place: P, f: F) -> Task<O::Value>
    where
        P: Place,
        F: Blocking<Out = O> + Send + 'static,
        O: Outcome<Value: Send + 'static>,
        C: Collects<O::Value>,
    {
        let order = Order::plain();
        self.bring_aside(f, order, |work, is_held| match place.find() {
            Ok(executor) => {
                let _runtime = self.core().runtime().enter();
                executor.execute(Job::new(work, is_held));
            }
            Err(unknown) => work.fail(unknown.into()),
        })
    }

    /// Makes a task of a closure, and hands it to whoever runs it.
    #[track_caller]
    fn bring_aside<F, O>(
        &self,
        f: F,
        order: Order,
        hand_over: impl FnOnce(Arc<Work<F, O::Value>>, bool),
    ) -> Task<O::Value>
    where
        F: FnOnce() -> O + Send + 'static,
        O: Outcome<Value: Send + 'static>,
        C: Collects<O::Value>,
    {
        let core = self.core();
        let hold = Hold::if_paused(core.runtime());
        let id = match core.admit(Traits::default()) {
            Ok(id) => id,
            Err(reason) => {
                core.refuse(f);
                return Task::never(Arc::clone(core), reason);
            }
        };
        let answer: Answer<O::Value> = Cell::new();
        let is_held = hold.is_some();
        hand_over(Work::new(f, hold, core, id, order, &answer), is_held);
        Task::new(Repr::Cell(answer), Arc::clone(core), id, <C as Collects<O::Value>>::KEEPS)
    }
}
