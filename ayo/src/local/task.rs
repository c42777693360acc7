//! `LocalTask`: what waits for a task of a borrowing scope.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::kind::Keeper;
use super::woken::Woken;
use crate::cancel::Reason;
use crate::cancel::domain::Node;
use crate::outcome::Outcome;
use crate::scope::core::Core;
use crate::site::Who;
use crate::task::Cancelled;
use crate::task::cell::Cell;
use crate::task::deliver::{Deliver, drop_unread};
use crate::task::work::{Verdict, settle};

/// A task of a borrowing scope; awaits to its value, as [`Task`](crate::Task) does. The value may borrow, too.
///
/// Dropping it does nothing to the task.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let words = ["one".to_owned(), "three".to_owned()];
/// let longest = ayo::scope!(local => |run| {
///     let word = run << async { words.iter().max_by_key(|word| word.len()) };
///     word.await?
/// }).await?;
/// assert_eq!(longest, Some(&words[1]));
/// # Ok(()) }
/// ```
///
/// # Cancel safety
/// Awaiting `&mut task` may be cut and done again: the value stays until it is read.
pub struct LocalTask<V> {
    end: End<V>,
    core: Arc<Core>,
    pub(super) entry: Handle,
    keeper: Option<Keeper<V>>,
    /// A limited scope was told that somebody waits for it.
    waits: bool,
}

/// Where the task is in the queue.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(super) woken: Arc<Woken>,
    pub(super) slot: u32,
    pub(super) id: u32,
}

impl Handle {
    /// Asks this task alone to end. One that has not run yet hears of it by its first poll.
    pub(crate) fn cancel(&self, core: &Core, reason: Reason) {
        core.domain().request_one(self.id, reason);
        self.woken.wake(self.slot);
    }
}

enum End<V> {
    Cell(Arc<Cell<Result<V, Cancelled>>>),
    /// It was never started.
    Never(Box<Cancelled>),
    /// It was cancelled, and so is whoever waits for it.
    Cut(Box<Cancelled>),
    Read,
}

impl<V> Unpin for LocalTask<V> {}

impl<V> LocalTask<V> {
    pub(super) fn new(
        cell: Arc<Cell<Result<V, Cancelled>>>,
        core: Arc<Core>,
        entry: Handle,
        keeper: Option<Keeper<V>>,
    ) -> Self {
        Self { end: End::Cell(cell), core, entry, keeper, waits: false }
    }

    /// The task of a scope that takes none any more.
    pub(super) fn never(core: Arc<Core>, woken: Arc<Woken>, reason: Reason) -> Self {
        let end = End::Never(Box::new(Cancelled::new(reason)));
        Self { end, core, entry: Handle { woken, slot: u32::MAX, id: 0 }, keeper: None, waits: false }
    }

    /// Asks this task alone to end, which is no failure. Awaiting the handle waits for its clean-up.
    pub fn cancel(&self) {
        self.cancel_with(Reason::Asked);
    }

    /// [`cancel`](Self::cancel) with a reason, for traces and for whoever awaits the handle.
    pub fn cancel_with(&self, reason: impl Into<Reason>) {
        if !self.is_finished() {
            self.entry.cancel(&self.core, reason.into());
        }
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.end {
            End::Cell(cell) => cell.is_done(),
            End::Never(_) | End::Cut(_) | End::Read => true,
        }
    }

    /// Its number in its scope, in the order of spawning, from 1; 0 for one that was never started.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.entry.id
    }
}

impl<V> Future for LocalTask<V> {
    type Output = Result<V, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let result = match &this.end {
            End::Cell(cell) => match cell.poll(cx) {
                Poll::Ready(result) => result.unwrap_or(Err(Cancelled::new(Reason::Dropped))),
                Poll::Pending => {
                    this.waits |= this.core.wait_for_task(this.entry.id, true, cx);
                    return Poll::Pending;
                }
            },
            End::Never(cancelled) | End::Cut(cancelled) => Err(Cancelled::clone(cancelled)),
            End::Read => panic!("a `LocalTask` was polled after it had given its value"),
        };
        match result {
            Err(cancelled) if !cancelled.failed() && this.core.cancels_running_code() => {
                this.end = End::Cut(Box::new(cancelled));
                Poll::Pending
            }
            result => {
                this.end = End::Read;
                Poll::Ready(result)
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl<V> crate::race::Handle for LocalTask<V> {
    fn request(&self) {
        self.cancel();
    }

    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).poll(cx).map(drop)
    }
}

impl<V> Drop for LocalTask<V> {
    /// A value that nobody reads is one of the scope's results, if it collects them.
    fn drop(&mut self) {
        if self.waits {
            self.core.waits_no_more(self.entry.id);
        }
        if let End::Cell(cell) = &self.end
            && let Some((Ok(value), _)) = cell.close()
            && let Some(keep) = self.keeper
        {
            keep(&self.core, self.entry.id, value);
        }
    }
}

impl<V> fmt::Debug for LocalTask<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTask")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// To a handle's cell, if there is a handle; what nobody reads may be kept.
pub(super) struct ToLocal<V> {
    pub(super) cell: Option<Arc<Cell<Result<V, Cancelled>>>>,
    pub(super) keeper: Option<Keeper<V>>,
}

impl<O: Outcome> Deliver<O> for ToLocal<O::Value> {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl Fn() -> Who) {
        let result = settle(verdict, core, &who);
        let unread = match &self.cell {
            Some(cell) => cell.put(result),
            None => Some(result),
        };
        match (unread, self.keeper) {
            (Some(Ok(value)), Some(keep)) => keep(core, who().label.id, value),
            (Some(Ok(value)), None) => drop_unread(value, core, who),
            _ => {}
        }
    }
}
