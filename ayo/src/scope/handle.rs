//! `Scope`: the handle that starts tasks and steers them.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Shl;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::core::Core;
use super::spawn::{Order, TaskFuture};
use crate::cancel::domain::{Marks, Node};
use crate::cancel::note::On;
use crate::cancel::{Listening, Reason, ambient};
use crate::duration::{IntoDuration, checked};
use crate::outcome::Outcome;
use crate::task::{Attempt, Task, TaskBuilder};

/// A scope that keeps no values: the ordinary one.
#[derive(Debug)]
pub enum Discard {}

/// A scope that keeps the values of type `T` of its tasks: `scope!(collect => …)`.
#[derive(Debug)]
pub struct Collect<T>(PhantomData<fn() -> T>);

/// Whether a scope of this kind takes tasks with values of type `V`.
#[diagnostic::on_unimplemented(
    message = "this scope collects other values than `{V}`",
    label = "a task with a value of type `{V}`",
    note = "all tasks of a collecting scope have one type of value; start others on `run.as_scope()`"
)]
pub trait Collects<V> {
    /// Whether it keeps them.
    #[doc(hidden)]
    const KEEPS: bool;
}

impl<V> Collects<V> for Discard {
    const KEEPS: bool = false;
}

impl<T> Collects<T> for Collect<T> {
    const KEEPS: bool = true;
}

/// A handle of a running scope: cheap to clone, and free to travel, so that tasks can start tasks beside them.
///
/// # Example
/// ```
/// use ayo::{Scope, scope};
/// use std::pin::Pin;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// fn walk(run: Scope, depth: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///     Box::pin(async move {
///         for _ in 0..depth {
///             run.spawn(walk(run.clone(), depth - 1));
///         }
///     })
/// }
///
/// scope!(|run| { run << walk(run.clone(), 5); }).await
/// # }
/// ```
#[repr(transparent)]
pub struct Scope<C = Discard> {
    core: Arc<Core>,
    kind: PhantomData<fn() -> C>,
}

impl<C> Scope<C> {
    pub(crate) fn of(core: Arc<Core>) -> Self {
        Self { core, kind: PhantomData }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The plain handle of a collecting scope: what is started through it is not collected.
    #[must_use]
    pub fn as_scope(&self) -> &Scope {
        // SAFETY: `Scope<C>` is `repr(transparent)` over `Arc<Core>` for every `C`, which is only a phantom.
        unsafe { &*std::ptr::from_ref(self).cast::<Scope>() }
    }

    /// Starts a task, as soon as the limit allows. `run << future` is the same.
    ///
    /// On a scope that is cancelled or has ended the future is dropped unpolled, and the handle says so.
    ///
    /// # Panics
    /// Where there is no Tokio runtime.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<<F::Out as Outcome>::Value>
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        self.core.spawn(future, Order::plain().keep(<C as Collects<<F::Out as Outcome>::Value>>::KEEPS))
    }

    /// The same as [`spawn`](Self::spawn).
    #[track_caller]
    pub fn asap<F>(&self, future: F) -> Task<<F::Out as Outcome>::Value>
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        self.spawn(future)
    }

    /// Starts a task whose error goes to the handle alone and cancels nobody.
    #[track_caller]
    pub fn attempt<F>(&self, future: F) -> Attempt<<F::Out as Outcome>::Value, <F::Out as Outcome>::Error>
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
    {
        self.core.attempt(future, Order::plain())
    }

    /// A task with options: `run.task(beat()).name("beat").background().start()`.
    #[track_caller]
    pub fn task<F>(&self, future: F) -> TaskBuilder<'_, C, F>
    where
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
    {
        TaskBuilder::new(self, future, Order::plain())
    }

    /// Starts a task whose future is made only when its turn comes, so that one in line is just the closure.
    #[track_caller]
    pub fn spawn_with<M, F>(&self, make: M) -> Task<<F::Out as Outcome>::Value>
    where
        M: FnOnce() -> F + Send + 'static,
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        self.core.spawn(
            super::deferred::Deferred::new(make),
            Order::plain().keep(<C as Collects<<F::Out as Outcome>::Value>>::KEEPS),
        )
    }

    /// Asks everything in the scope to clean up and end, its body too.
    ///
    /// What it reaches is polled once more, so that work that is just done counts as done; what is still pending after
    /// that, and has nothing to clean up, is dropped there. It is no error if the body had reached its end.
    pub fn cancel(&self) {
        self.core.request(&Reason::Asked);
    }

    /// [`cancel`](Self::cancel) with a reason, for errors and traces.
    pub fn cancel_with(&self, reason: impl Into<Reason>) {
        self.core.request(&reason.into());
    }

    /// Whether the scope was asked to end, by `cancel`, a failure, a time-out or from above.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.core.marks().requested()
    }

    /// Asks politely: nothing is dropped and spawning stays allowed; tasks see it and wind down. It reaches all
    /// scopes below, later ones too.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// let rounds = ayo::scope!(|run| {
    ///     let server = run.clone();
    ///     let rounds = run << async move {
    ///         let mut rounds = 0;
    ///         while !server.is_stopping() { rounds += 1; tokio::task::yield_now().await; }
    ///         rounds
    ///     };
    ///     tokio::task::yield_now().await;
    ///     run.stop();
    ///     rounds.await?
    /// }).await?;
    /// assert!(rounds > 0);
    /// # Ok(()) }
    /// ```
    pub fn stop(&self) {
        self.core.mark(Marks::STOPPING, &Reason::Asked);
    }

    /// Whether [`stop`](Self::stop) was called, here or on a scope above.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.core.settled_marks().has(Marks::STOPPING)
    }

    /// Waits until the scope is asked to [`stop`](Self::stop).
    ///
    /// # Cancel safety
    /// It holds nothing.
    pub fn stopping(&self) -> Stopping {
        Stopping { core: Arc::clone(&self.core), listening: Listening::default() }
    }

    /// Moves the time limit: from now, in seconds or as a `Duration`. It replaces `timeout` and `deadline`.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn set_timeout(&self, limit: impl IntoDuration) {
        let limit = checked(limit);
        self.move_deadline(Instant::now().checked_add(limit).map(|at| (at, limit)));
    }

    /// Takes the time limit away.
    pub fn clear_timeout(&self) {
        self.move_deadline(None);
    }

    fn move_deadline(&self, deadline: Option<(Instant, Duration)>) {
        self.core.books.with(|books| books.deadline = Some(deadline));
        self.core.domain().wake();
    }

    /// How many tasks have not ended: those in line, background ones and adopted scopes too.
    ///
    /// A task is counted until it has told its handle, so on a runtime with several threads one that was awaited may count for
    /// a moment more.
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.foreground.pending() + self.core.background.pending()
    }

    /// Whether every task has ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name, if one was given.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'static, str>> {
        self.core.settings.name.clone()
    }
}

impl<C> Clone for Scope<C> {
    fn clone(&self) -> Self {
        Self::of(Arc::clone(&self.core))
    }
}

impl<C> fmt::Debug for Scope<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("name", &self.core.settings.name)
            .field("tasks", &self.len())
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

macro_rules! shift_left {
    ($($scope:ty),*) => {
        $(impl<C, F> Shl<F> for $scope
        where
            F: TaskFuture + Send + 'static,
            F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
            C: Collects<<F::Out as Outcome>::Value>,
        {
            type Output = Task<<F::Out as Outcome>::Value>;

            #[track_caller]
            fn shl(self, future: F) -> Self::Output {
                self.spawn(future)
            }
        })*
    };
}

shift_left!(&Scope<C>, &&Scope<C>);

/// Whatever leads to a scope: `Scope`, a reference to one, an open scope.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "expected a `Scope` or `&Scope`",
    note = "what stands left of `<<`, or after `parent =`, is a scope: the name that the body has (`run`), or a clone of it"
)]
pub trait AsScope {
    /// What the scope keeps.
    type Kind;

    /// The handle.
    fn scope(&self) -> &Scope<Self::Kind>;
}

#[diagnostic::do_not_recommend]
impl<C> AsScope for Scope<C> {
    type Kind = C;

    fn scope(&self) -> &Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<S: AsScope + ?Sized> AsScope for &S {
    type Kind = S::Kind;

    fn scope(&self) -> &Scope<S::Kind> {
        (**self).scope()
    }
}

#[diagnostic::do_not_recommend]
impl<S: AsScope + ?Sized> AsScope for Arc<S> {
    type Kind = S::Kind;

    fn scope(&self) -> &Scope<S::Kind> {
        (**self).scope()
    }
}

/// The future of [`Scope::stopping`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Stopping {
    core: Arc<Core>,
    listening: Listening,
}

impl Stopping {
    /// Polls it on behalf of ayo: no code of the user's waits for it.
    pub(crate) fn poll_unnoted(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { core, listening } = self;
        listening.poll_with(|| Some(core.as_node()), Marks::STOPPING, cx)
    }
}

impl Future for Stopping {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.get_mut().poll_unnoted(cx);
        if polled.is_pending() {
            ambient::waits(On::STOP);
        }
        polled
    }
}

impl fmt::Debug for Stopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopping").finish_non_exhaustive()
    }
}

/// The innermost scope of the running code.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// async fn helper() -> bool { ayo::current().is_some() }
///
/// assert!(!helper().await);
/// assert!(ayo::scope!(|_| { helper().await }).await?);
/// # Ok(()) }
/// ```
#[must_use]
pub fn current() -> Option<Scope> {
    Core::current().map(Scope::of)
}

/// Starts a task in the innermost scope of the running code.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(|_| {
///     let task = ayo::spawn(async { 5 });
///     assert_eq!(task.await?, 5);
/// }).await
/// # }
/// ```
///
/// # Panics
/// At the caller, outside of every scope.
#[track_caller]
pub fn spawn<F>(future: F) -> Task<<F::Out as Outcome>::Value>
where
    F: TaskFuture + Send + 'static,
    F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
{
    let Some(core) = Core::current() else {
        panic!("`ayo::spawn` needs a scope around it: call it inside of `scope!` or `#[ayo::main]`")
    };
    core.spawn(future, Order::plain())
}
