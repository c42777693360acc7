//! Options of a scope.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::core::{Core, OnError, Settings};
use super::future::{BodyError, Plan, ScopeFuture};
use super::handle::{AsScope, Collect, Discard, Scope};
use super::limit::Limiter;
use super::open::OpenScope;
use super::report::Keeps;
use crate::BoxError;
use crate::duration::{IntoDuration, checked};
use crate::error::Error;
use crate::timeline::{self, TimelineFile};

/// A scope by method calls: what [`scope!`](crate::scope!) is made of.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let sum = ayo::scope().max_concurrency(2).timeout(12).run(async |run| {
///     let (a, b) = (run.spawn(async { 1 }), run.spawn(async { 2 }));
///     Ok::<_, ayo::BoxError>(a.await? + b.await?)
/// }).await?;
/// assert_eq!(sum, 3);
/// # Ok(()) }
/// ```
#[track_caller]
pub fn scope() -> ScopeBuilder {
    ScopeBuilder {
        name: None,
        max_concurrency: None,
        recursive: false,
        timeout: None,
        deadline: None,
        supervise: false,
        eager: false,
        on_error: None,
        cancel_timeout: None,
        timeline: None,
        parent: None,
        location: Location::caller(),
        kind: PhantomData,
    }
}

/// Options of a scope, made by [`scope()`].
#[must_use = "a scope starts with `.run(…)` or `.open()`"]
pub struct ScopeBuilder<C = Discard> {
    name: Option<Cow<'static, str>>,
    max_concurrency: Option<usize>,
    recursive: bool,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    supervise: bool,
    eager: bool,
    on_error: Option<OnError>,
    cancel_timeout: Option<Duration>,
    timeline: Option<timeline::File>,
    parent: Option<Arc<Core>>,
    location: &'static Location<'static>,
    kind: PhantomData<fn() -> C>,
}

impl<C: Keeps> ScopeBuilder<C> {
    /// At most `limit` tasks run at once; the others wait, first come first served. Background tasks do not count.
    ///
    /// A task that waits for the handle of another one lends its place to that one, should it still stand in line: the two run
    /// in turns, as if the future of the second had been awaited in the first. So a full scope cannot deadlock on itself. It
    /// is the same for code in a scope within the task, or in a task of that scope, and for whatever waits for handles: `all`,
    /// `map`, `for_each`, [`start`](crate::Scope::start), [`timeout`](crate::timeout()), [`gather`](crate::gather),
    /// [`race`](crate::race), `select!`, `join!`. Of several handles that one task waits for at once, the tasks come to its place
    /// one after the other.
    ///
    /// The place is lent to nobody else, so a task can always go on when it stops waiting, and a scope within a task does not
    /// void the limit. If it does go on before the other one has ended (by a time-out, say, or since `start`'s task is ready),
    /// both keep to the one place until they have ended. What a task waits for in any other way, such as a channel, is not
    /// seen: tasks that need each other so must all have a place, or be [`background`](crate::TaskBuilder::background).
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// let sum = ayo::scope!(max_concurrency = 1 => |run| {
    ///     let scope = run.clone();
    ///     let outer = run << async move { scope.spawn(async { 1 }).await.map(|one| one + 1) };
    ///     outer.await?
    /// }).await?;
    /// assert_eq!(sum, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// At the caller, for 0.
    #[track_caller]
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        assert!(limit > 0, "`max_concurrency = 0` would let no task run");
        self.max_concurrency = Some(limit);
        self
    }

    /// The limit of [`max_concurrency`](Self::max_concurrency) is for the tasks of all scopes below this one, too: together at most
    /// so many run at once. A scope below that has a `max_concurrency` of its own keeps to that instead.
    ///
    /// A task that waits for a scope within it lends its place to the tasks of that scope.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// # async fn fetch(_: u32) {}
    /// ayo::scope!(max_concurrency = 10, recursive => |run| {
    ///     for _ in 0..100 {
    ///         run << ayo::scope!(|inner| {
    ///             for n in 0..100 { inner << fetch(n); }     // ten of all ten thousand at once
    ///         });
    ///     }
    /// }).await
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller of `run` or `open`, without `max_concurrency`.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Cuts the body and the tasks after this time (seconds, or a `Duration`), counted from the first poll.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn timeout(mut self, limit: impl IntoDuration) -> Self {
        self.timeout = Some(checked(limit));
        self
    }

    /// Cuts the body and the tasks at this moment; the tighter of `timeout` and `deadline` holds.
    pub fn deadline(mut self, at: Instant) -> Self {
        self.deadline = Some(at);
        self
    }

    /// A name for the tree, errors and traces.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// This name, if it has none.
    pub(crate) fn or_name(mut self, name: &'static str) -> Self {
        self.name.get_or_insert(Cow::Borrowed(name));
        self
    }

    /// A task's failure does not cancel the others; it is contained.
    pub fn supervise(mut self) -> Self {
        self.supervise = true;
        self
    }

    /// Each task runs at once, up to its first suspension, when it is started (asynkit's `EagerTaskGroup`): see
    /// [`eager`](crate::eager()).
    pub fn eager(mut self) -> Self {
        self.eager = true;
        self
    }

    /// Called with each error that does not bubble; without it they are traced and kept in the report.
    pub fn on_error(mut self, hear: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Box::new(hear));
        self
    }

    /// How long clean-up may take (seconds, or a `Duration`), counted from the request; what is left after that is
    /// dropped by force, and reported as [`Abandoned`](crate::ErrorKind::Abandoned). Without it a scope waits as long
    /// as clean-up takes. A task that never suspends cannot be dropped, and is waited for all the same.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn cancel_timeout(mut self, limit: impl IntoDuration) -> Self {
        self.cancel_timeout = Some(checked(limit));
        self
    }

    /// Writes what happens in the scope and below it to this file, in the trace event format, which
    /// [Perfetto](https://ui.perfetto.dev) shows: scopes, tasks, what they wait for, cancellations, clean-up. See
    /// `docs/timeline.md`. It needs the feature `timeline`.
    ///
    /// The file is made when the scope begins, and written when all of it has ended, in whatever way. If that fails, a
    /// warning is traced (or printed, where nobody listens), and the scope is none the worse.
    pub fn timeline(mut self, file: impl TimelineFile) -> Self {
        self.timeline = file.into_file();
        self
    }

    /// Hangs the scope below that one instead of the one around it (traio's `fork`): it ends with
    /// [`Cancelled`](crate::ErrorKind::Cancelled) when that one is cancelled, and does not start if it is dead.
    pub fn parent(mut self, scope: &(impl AsScope + ?Sized)) -> Self {
        self.parent = Some(Arc::clone(scope.scope().core()));
        self
    }

    /// Keeps the values of the tasks, for `report().results`.
    pub fn collect<T>(self) -> ScopeBuilder<Collect<T>> {
        ScopeBuilder {
            name: self.name,
            max_concurrency: self.max_concurrency,
            recursive: self.recursive,
            timeout: self.timeout,
            deadline: self.deadline,
            supervise: self.supervise,
            eager: self.eager,
            on_error: self.on_error,
            cancel_timeout: self.cancel_timeout,
            timeline: self.timeline,
            parent: self.parent,
            location: self.location,
            kind: PhantomData,
        }
    }

    /// Says that the scope was made there.
    #[cfg(feature = "testing")]
    pub(crate) fn located(mut self, site: &'static Location<'static>) -> Self {
        self.location = site;
        self
    }

    /// Makes the scope; nothing runs yet.
    #[track_caller]
    pub(crate) fn prepare(self) -> (Scope<C>, Plan) {
        let limiter = self.max_concurrency.map(|limit| Arc::new(Limiter::new(limit, self.recursive)));
        assert!(
            limiter.is_some() || !self.recursive,
            "`recursive` says how far `max_concurrency` reaches: set that, too"
        );
        let settings = Settings {
            name: self.name,
            supervise: self.supervise,
            eager: self.eager,
            on_error: self.on_error,
            cancel_timeout: self.cancel_timeout,
            timeline: self.timeline,
            location: self.location,
        };
        let plan = Plan::new(self.timeout, self.deadline, self.parent);
        (Scope::of(Core::new(settings, limiter, C::store())), plan)
    }

    /// The scope with this body. It does nothing until it is awaited.
    ///
    /// # Errors
    /// Awaited, it gives the first failure of a task or of the body, a time-out, or that it was cancelled.
    #[track_caller]
    pub fn run<B, R, E>(self, body: B) -> ScopeFuture<impl Future<Output = Result<R, BodyError>>, R, C>
    where
        B: AsyncFnOnce(&Scope<C>) -> Result<R, E>,
        E: Into<BoxError>,
    {
        let (scope, plan) = self.prepare();
        let core = Arc::clone(scope.core());
        let body = async move { body(&scope).await.map_err(BodyError::from) };
        ScopeFuture::new(core, plan, body)
    }
}

impl ScopeBuilder {
    /// A scope without a block: it runs until it is awaited, or dropped, which cancels it.
    ///
    /// # Panics
    /// At the caller, outside of a Tokio runtime.
    #[track_caller]
    pub fn open(self) -> OpenScope {
        OpenScope::new(self)
    }
}

impl<C> fmt::Debug for ScopeBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeBuilder")
            .field("name", &self.name)
            .field("max_concurrency", &self.max_concurrency)
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
