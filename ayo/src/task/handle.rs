//! `Task` and `Attempt`: what waits for a task.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::task::JoinHandle;

use super::cell::Cell;
use super::{Cancelled, TaskError};
use crate::BoxError;
use crate::cancel::Reason;
use crate::cancel::domain::Node;
use crate::coro::eager::Owned;
use crate::scope::core::Core;
use crate::scope::kept::Kept;
use crate::sync::lock;

/// A task of a scope; awaits to its value.
///
/// Dropping it does nothing to the task: the scope still waits for it. A task that failed says
/// [`Cancelled`] here, and its error is the scope's.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let sum = ayo::scope!(|run| {
///     let (a, b) = (run << async { 1 }, run << async { 2 });
///     a.await? + b.await?
/// }).await?;
/// assert_eq!(sum, 3);
/// # Ok(()) }
/// ```
///
/// # Cancel safety
/// Awaiting `&mut task` may be cut and done again: the value stays until it is read.
pub struct Task<V: Send + 'static>(Inner<V>);

/// What never had to be a task is told from the others first: it has nothing else to do with them, and there is nothing to
/// do when it is dropped.
enum Inner<V: Send + 'static> {
    /// It had ended when it was begun, with this value.
    Value(Option<V>),
    Handle(ManuallyDrop<Handle<V>>),
}

struct Handle<V: Send + 'static> {
    repr: Repr<V>,
    /// `None`: it has ended already, or is the handle's own.
    core: Option<Arc<Core>>,
    id: u32,
    /// On a collecting scope, and not read yet: dropping the handle leaves the value with the scope.
    keep: bool,
    /// A limited scope was told that somebody waits for it.
    waits: bool,
}

impl<V: Send + 'static> Unpin for Inner<V> {}

/// Where the value comes from.
pub(crate) enum Repr<V> {
    Tokio(JoinHandle<Result<V, Cancelled>>),
    Cell(Arc<Cell<Result<V, Cancelled>>>),
    /// It is the handle's own: begun without a scope around.
    Owned(Box<Mutex<dyn Owned<V>>>),
    /// It had ended when it was begun, with this value.
    Value(Option<V>),
    /// Or without one.
    Failed(Box<Cancelled>),
    /// It had panicked then, without a scope around.
    Panicked(Box<Mutex<Box<dyn Any + Send>>>),
    /// It was never started.
    Never(Box<Cancelled>),
    /// It was cancelled, and so is whoever waits for it.
    Cut(Box<Cancelled>),
    Read,
}

impl<V> Repr<V> {
    /// Of what has ended.
    #[inline]
    pub(crate) fn of(result: Result<V, Cancelled>) -> Self {
        match result {
            Ok(value) => Self::Value(Some(value)),
            Err(cancelled) => Self::Failed(Box::new(cancelled)),
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        match self {
            Self::Tokio(join) => join.is_finished(),
            Self::Cell(cell) => cell.is_done(),
            Self::Owned(owned) => lock(owned).has_ended(),
            Self::Value(_)
            | Self::Failed(_)
            | Self::Panicked(_)
            | Self::Never(_)
            | Self::Cut(_)
            | Self::Read => true,
        }
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<V, Cancelled>> {
        let result = match self {
            Self::Tokio(join) => {
                ready!(Pin::new(join).poll(cx)).unwrap_or(Err(Cancelled::new(Reason::RuntimeGone)))
            }
            Self::Cell(cell) => ready!(cell.poll(cx)).unwrap_or(Err(Cancelled::new(Reason::RuntimeGone))),
            Self::Never(cancelled) | Self::Cut(cancelled) => Err(Cancelled::clone(cancelled)),
            Self::Owned(owned) => {
                ready!(owned.get_mut().unwrap_or_else(PoisonError::into_inner).poll(cx))
            }
            Self::Failed(cancelled) => Err(Cancelled::clone(cancelled)),
            Self::Value(value) => match value.take() {
                Some(value) => Ok(value),
                None => self.misread(),
            },
            Self::Panicked(_) | Self::Read => self.misread(),
        };
        *self = Self::Read;
        Poll::Ready(result)
    }

    /// There is no value, or none any more.
    #[cold]
    fn misread(&mut self) -> ! {
        match std::mem::replace(self, Self::Read) {
            Self::Panicked(payload) => {
                resume_unwind(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            _ => read_already(),
        }
    }
}

#[cold]
fn read_already() -> ! {
    panic!("a `Task` was polled after it had given its value")
}

impl<V: Send + 'static> Task<V> {
    pub(crate) fn new(repr: Repr<V>, core: Arc<Core>, id: u32, keep: bool) -> Self {
        Self::of(Handle { repr, core: Some(core), id, keep, waits: false })
    }

    /// A task that never had to be one.
    #[inline]
    pub(crate) fn done(result: Result<V, Cancelled>) -> Self {
        match result {
            Ok(value) => Self(Inner::Value(Some(value))),
            Err(_) => Self::unowned(Repr::of(result)),
        }
    }

    /// The task of no scope.
    #[inline]
    pub(crate) fn unowned(repr: Repr<V>) -> Self {
        Self::of(Handle { repr, core: None, id: 0, keep: false, waits: false })
    }

    fn of(handle: Handle<V>) -> Self {
        Self(Inner::Handle(ManuallyDrop::new(handle)))
    }

    /// The task of a scope that takes none any more.
    pub(crate) fn never(core: Arc<Core>, reason: Reason) -> Self {
        Self::new(Repr::Never(Box::new(Cancelled::new(reason))), core, 0, false)
    }

    /// Asks this task alone to end, which is no failure. Awaiting the handle waits for its clean-up.
    ///
    /// One that is still in line for a place is looked for there and dropped, which takes longer the longer the line is.
    pub fn cancel(&self) {
        self.cancel_with(Reason::Asked);
    }

    /// [`cancel`](Self::cancel) with a reason, for traces and for whoever awaits the handle.
    pub fn cancel_with(&self, reason: impl Into<Reason>) {
        let Inner::Handle(handle) = &self.0 else { return };
        match (&handle.repr, &handle.core) {
            (Repr::Tokio(join), Some(core)) if !join.is_finished() => {
                core.domain().request_one(handle.id, reason.into())
            }
            (Repr::Cell(cell), Some(core)) => core.cancel_job(cell, handle.id, &reason.into()),
            (Repr::Owned(owned), _) => lock(owned).cancel(reason.into()),
            _ => {}
        }
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Inner::Value(_) => true,
            Inner::Handle(handle) => handle.repr.is_finished(),
        }
    }

    /// Its number in its scope, in the order of spawning, from 1; 0 for one that was never started.
    #[must_use]
    pub fn id(&self) -> u32 {
        match &self.0 {
            Inner::Value(_) => 0,
            Inner::Handle(handle) => handle.id,
        }
    }
}

impl<V: Send + 'static> Future for Task<V> {
    type Output = Result<V, Cancelled>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Inner::Value(value) => Poll::Ready(Ok(value.take().unwrap_or_else(|| read_already()))),
            Inner::Handle(handle) => handle.poll(cx),
        }
    }
}

impl<V: Send + 'static> Drop for Task<V> {
    #[inline]
    fn drop(&mut self) {
        if let Inner::Handle(handle) = &mut self.0 {
            drop_handle(handle);
        }
    }
}

/// Apart, so that what never had to be a task is dropped in line.
#[inline(never)]
fn drop_handle<V: Send + 'static>(handle: &mut ManuallyDrop<Handle<V>>) {
    // SAFETY: its `Task` is being dropped, and this is called there alone: nobody uses it again.
    unsafe { ManuallyDrop::drop(handle) };
}

impl<V: Send + 'static> Handle<V> {
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<V, Cancelled>> {
        let Poll::Ready(result) = self.repr.poll(cx) else {
            self.suspend(cx);
            return Poll::Pending;
        };
        self.keep = false;
        match result {
            Err(cancelled) if !cancelled.failed() && self.is_cut() => {
                self.repr = Repr::Cut(Box::new(cancelled));
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }

    /// The running code waits for the task: its place is the task's, if that has none.
    #[inline]
    fn suspend(&mut self, cx: &Context<'_>) {
        let Some(core) = &self.core else { return };
        self.waits |= core.wait_for_task(self.id, matches!(self.repr, Repr::Cell(_)), cx);
    }

    /// Whether what cancelled the task has cancelled the running code too.
    fn is_cut(&self) -> bool {
        self.core.as_ref().is_some_and(|core| core.cancels_running_code())
    }

    /// A value that nobody reads is kept by a collecting scope, and is gone before any other scope ends.
    fn leave(&mut self, core: &Arc<Core>) {
        if self.waits {
            core.waits_no_more(self.id);
        }
        let repr = std::mem::replace(&mut self.repr, Repr::Read);
        if self.keep
            && let Some(kept) = Kept::<V>::of(core)
        {
            kept.leave(self.id, repr);
            return;
        }
        match repr {
            Repr::Tokio(join) if std::mem::needs_drop::<V>() && !join.is_finished() => {
                if let Some(_open) = core.keep_open() {
                    core.unread.leave(join, core);
                }
            }
            Repr::Cell(cell) => drop(cell.close()),
            _ => {}
        }
    }
}

impl<V: Send + 'static> Drop for Handle<V> {
    #[inline]
    fn drop(&mut self) {
        if let Some(core) = self.core.take() {
            self.leave(&core);
        }
    }
}

impl<V> Unpin for Repr<V> {}

impl<V> Repr<V> {
    /// The value of a task that has ended: it is there at once, or within the moment that Tokio needs to store it.
    /// It takes nothing of Tokio's budget, since it does not wait for anybody.
    pub(crate) fn poll_kept(&mut self, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let polled = match self {
            Self::Tokio(join) => {
                Pin::new(&mut tokio::task::unconstrained(join)).poll(cx).map(|joined| joined.ok()?.ok())
            }
            other => return other.poll(cx).map(Result::ok),
        };
        if polled.is_ready() {
            *self = Self::Read;
        }
        polled
    }
}

impl<V: Send + 'static> fmt::Debug for Task<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// A task whose error is its handle's alone: awaits to its value, its error, its panic, or the news that it was
/// cancelled.
///
/// An error that nobody reads because the handle was dropped is contained: it goes to `on_error` or into the report.
///
/// # Example
/// ```
/// use ayo::TaskError;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let bad = ayo::scope!(|run| {
///     let number = run.attempt(async { "x".parse::<u8>() });
///     matches!(number.await, Err(TaskError::Failed(_)))
/// }).await?;
/// assert!(bad, "and the scope went on");
/// # Ok(()) }
/// ```
///
/// # Cancel safety
/// As [`Task`].
pub struct Attempt<V, E: Into<BoxError>> {
    cell: Arc<Cell<Result<V, TaskError<E>>>>,
    core: Arc<Core>,
    id: u32,
    reach: Reach,
    /// It was cancelled, and so is whoever waits for it.
    cut: Option<Cancelled>,
    /// A limited scope was told that somebody waits for it.
    waits: bool,
}

/// How a task hears that it alone is asked to end.
pub(crate) enum Reach {
    /// It runs directly on Tokio.
    Direct,
    /// It is or was in the line of a limited scope.
    InLine,
    /// It borrows, and is polled by its scope when this waker says so.
    Here(Waker),
}

impl<V, E: Into<BoxError>> Unpin for Attempt<V, E> {}

impl<V, E: Into<BoxError>> Attempt<V, E> {
    pub(crate) fn new(
        cell: Arc<Cell<Result<V, TaskError<E>>>>,
        core: Arc<Core>,
        id: u32,
        reach: Reach,
    ) -> Self {
        Self { cell, core, id, reach, cut: None, waits: false }
    }

    /// Asks this task alone to end.
    pub fn cancel(&self) {
        self.cancel_with(Reason::Asked);
    }

    /// [`cancel`](Self::cancel) with a reason.
    pub fn cancel_with(&self, reason: impl Into<Reason>) {
        if self.cell.is_done() {
            return;
        }
        let reason = reason.into();
        match &self.reach {
            Reach::InLine => self.core.cancel_job(&self.cell, self.id, &reason),
            Reach::Direct => self.core.domain().request_one(self.id, reason),
            Reach::Here(waker) => {
                self.core.domain().request_one(self.id, reason);
                waker.wake_by_ref();
            }
        }
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.cell.is_done()
    }

    /// Ready when the task has ended; its result stays.
    pub(crate) fn poll_finished(&self, cx: &Context<'_>) -> Poll<()> {
        self.cell.poll_done(cx)
    }

    /// Its number in its scope, in the order of spawning, from 1; 0 for one that was never started.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl<V, E: Into<BoxError>> Future for Attempt<V, E> {
    type Output = Result<V, TaskError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let result = match this.cut.take() {
            Some(cut) => Err(TaskError::Cancelled(cut)),
            None => {
                let Poll::Ready(result) = this.cell.poll(cx) else {
                    let in_line = !matches!(this.reach, Reach::Direct);
                    this.waits |= this.core.wait_for_task(this.id, in_line, cx);
                    return Poll::Pending;
                };
                result.expect("an `Attempt` was polled after it had given its result")
            }
        };
        match result {
            Err(TaskError::Cancelled(cancelled)) if this.core.cancels_running_code() => {
                this.cut = Some(cancelled);
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }
}

impl<V, E: Into<BoxError>> Drop for Attempt<V, E> {
    fn drop(&mut self) {
        if self.waits {
            self.core.waits_no_more(self.id);
        }
        if let Some((Err(error), task)) = self.cell.close() {
            error.contain(&self.core, task);
        }
    }
}

impl<V, E: Into<BoxError>> fmt::Debug for Attempt<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("id", &self.id)
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
