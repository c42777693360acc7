//! Options of a borrowing scope and of its tasks.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::body::LocalBody;
use super::handle::LocalScope;
use super::kind::{AnyThread, Kind, ThisThread};
use crate::BoxError;
use crate::duration::{IntoDuration, checked};
use crate::scope::future::{BodyError, Plan};
use crate::scope::spawn::Order;
use crate::scope::{Discard, Keeps, ScopeBuilder, ScopeFuture};
use crate::site::Traits;

/// A borrowing scope before its body: [`ScopeBuilder::local`] makes it, after all other options.
#[must_use = "a scope starts with `.run(…)`"]
pub struct LocalBuilder<K = ThisThread, C = Discard> {
    builder: ScopeBuilder<C>,
    kind: PhantomData<fn() -> K>,
}

impl<C: Keeps> ScopeBuilder<C> {
    /// A scope whose tasks borrow from around the block and run in the task that awaits it: `scope!(local => |run| ..)`.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// let total = std::cell::Cell::new(0);
    /// ayo::scope().max_concurrency(2).local().run(async |run| {
    ///     for n in 1..=4 {
    ///         run.spawn_ref(async { total.set(total.get() + 1) });
    ///     }
    ///     Ok::<_, ayo::BoxError>(())
    /// }).await?;
    /// assert_eq!(total.get(), 4);
    /// # Ok(()) }
    /// ```
    pub fn local(self) -> LocalBuilder<ThisThread, C> {
        LocalBuilder { builder: self, kind: PhantomData }
    }

    /// The same with tasks that are `Send`, so that the scope is too: `scope!(local = Send => |run| ..)`.
    pub fn local_send(self) -> LocalBuilder<AnyThread, C> {
        LocalBuilder { builder: self, kind: PhantomData }
    }
}

impl<K: Kind, C: Keeps> LocalBuilder<K, C> {
    /// Makes the scope; nothing runs yet.
    pub(crate) fn prepare<'env>(self) -> (Plan, LocalScope<'env, K, C>) {
        let (scope, plan) = self.builder.prepare();
        (plan, LocalScope::new(scope))
    }

    /// The scope with this body. It does nothing until it is awaited.
    ///
    /// # Errors
    /// Awaited, it gives the first failure of a task or of the body, a time-out, or that it was cancelled.
    pub fn run<'env, B, R, E>(
        self,
        body: B,
    ) -> ScopeFuture<LocalBody<'env, K, impl Future<Output = Result<R, BodyError>>, R>, R, C>
    where
        B: AsyncFnOnce(&LocalScope<'env, K, C>) -> Result<R, E>,
        E: Into<BoxError>,
    {
        let (plan, scope) = self.prepare();
        let handle = scope.clone();
        run(plan, &scope, async move { body(&handle).await.map_err(BodyError::from) })
    }
}

/// The future of a borrowing scope.
pub(crate) fn run<'env, K, C, B, R>(
    plan: Plan,
    scope: &LocalScope<'env, K, C>,
    body: B,
) -> ScopeFuture<LocalBody<'env, K, B, R>, R, C>
where
    K: Kind,
    C: Keeps,
{
    let core = Arc::clone(scope.core());
    let body = LocalBody::new(Arc::clone(&core), Arc::clone(&scope.queue), body);
    ScopeFuture::new(core, plan, body)
}

impl<K, C> fmt::Debug for LocalBuilder<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalBuilder").field(&self.builder).finish()
    }
}

/// A borrowing task before its start: made by [`LocalScope::task_ref`], or by `#[task(..)]` before a `<<`.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let beats = std::cell::Cell::new(0);
/// ayo::scope!(local => |run| {
///     run.task_ref().name("beat").background().spawn(async {
///         loop { beats.set(beats.get() + 1); ayo::checkpoint().await }
///     });
///     ayo::checkpoint().await;
/// }).await?;
/// assert!(beats.get() > 0);
/// # Ok(()) }
/// ```
#[must_use = "a task starts with `.spawn(future)`"]
pub struct LocalTaskBuilder<'a, 'env, K: Kind = ThisThread, C = Discard> {
    pub(super) scope: &'a LocalScope<'env, K, C>,
    pub(super) order: Order,
}

impl<K: Kind, C> LocalTaskBuilder<'_, '_, K, C> {
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

impl<K: Kind, C> fmt::Debug for LocalTaskBuilder<'_, '_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTaskBuilder")
            .field("name", &self.order.extra.as_ref().and_then(|extra| extra.name.as_ref()))
            .finish_non_exhaustive()
    }
}
