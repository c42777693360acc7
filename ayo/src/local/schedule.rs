//! The open ready queue: what asynkit does with asyncio's event loop, for the entries of one borrowing scope.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::handle::LocalScope;
use super::kind::{AnyThread, Keep, Kind, ThisThread};
use super::queue::{Queue, Turn};
use super::task::LocalTask;
use crate::outcome::Outcome;
use crate::scope::spawn::{Order, TaskFuture};

impl<'env, K: Kind, C> LocalScope<'env, K, C> {
    /// How many entries wait for their turn: tasks that could run, and the body if it could.
    #[must_use]
    pub fn ready_len(&self) -> usize {
        self.queue.len()
    }

    /// Turns the queue: to the right if positive, so that the last one comes to its head.
    pub fn rotate(&self, by: isize) {
        self.queue.rotate(by);
    }

    /// Lets others have their turn, and stands in the queue at this position meanwhile: 0 runs next, one beyond the end last.
    ///
    /// # Cancel safety
    /// It holds nothing.
    pub fn sleep_insert(&self, position: usize) -> SleepInsert<'env, K> {
        SleepInsert { queue: Arc::clone(&self.queue), position: Some(position) }
    }

    /// Moves a task that is in the queue to this position.
    ///
    /// # Errors
    /// [`NotRunnable`], if it is not in the queue.
    pub fn reinsert<V>(&self, task: &LocalTask<V>, position: usize) -> Result<(), NotRunnable> {
        let (slot, id) = self.place_of(task).ok_or(NotRunnable)?;
        if self.queue.reinsert(slot, id, position) { Ok(()) } else { Err(NotRunnable) }
    }

    /// Runs this task next, and goes on when its own turn comes: at the end of the queue, or where
    /// [`insert_pos`](SwitchTo::insert_pos) says.
    ///
    /// # Errors
    /// [`NotRunnable`], if it is not in the queue.
    ///
    /// # Cancel safety
    /// It holds nothing.
    pub fn switch_to<V>(&self, task: &LocalTask<V>) -> SwitchTo<'env, K> {
        let to = self.place_of(task);
        SwitchTo { queue: Arc::clone(&self.queue), to, position: None, has_switched: false }
    }

    /// Whether the task waits for something.
    #[must_use]
    pub fn is_blocked<V>(&self, task: &LocalTask<V>) -> bool {
        self.place_of(task).is_some_and(|(slot, id)| self.queue.is_blocked(slot, id))
    }

    /// Whether the task is in the queue.
    #[must_use]
    pub fn is_runnable<V>(&self, task: &LocalTask<V>) -> bool {
        self.place_of(task).is_some_and(|(slot, id)| self.queue.is_ready(slot, id))
    }

    /// The numbers of the entries in the queue, in its order; the body is 0.
    #[must_use]
    pub fn runnable(&self) -> Vec<u32> {
        self.queue.runnable()
    }

    /// The numbers of the entries that wait for something; the body is 0.
    #[must_use]
    pub fn blocked(&self) -> Vec<u32> {
        self.queue.blocked()
    }

    /// The number of the entry that runs; the body is 0.
    #[must_use]
    pub fn running(&self) -> Option<u32> {
        self.queue.current()
    }

    /// Where a task of this scope is.
    fn place_of<V>(&self, task: &LocalTask<V>) -> Option<(u32, u32)> {
        let entry = &task.entry;
        Arc::ptr_eq(&entry.woken, &self.queue.woken).then_some((entry.slot, entry.id))
    }
}

macro_rules! descends {
    ($kind:ty $(, $send:ident)?) => {
        impl<'env, C> LocalScope<'env, $kind, C> {
            /// Starts a task, runs it at once up to its first suspension, and goes on before everybody else: depth first.
            ///
            /// # Cancel safety
            /// Dropped, it leaves the task in the queue.
            #[track_caller]
            pub fn descend<F>(&self, future: F) -> Descend<'env, <F::Out as Outcome>::Value, $kind>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                let task = self.order_ref(future, Order::plain(), Turn::At(0));
                Descend { switch: self.switch_to(&task).insert_pos(1), task: Some(task) }
            }
        }
    };
}

descends!(ThisThread);
descends!(AnyThread, Send);

/// The task is not in the queue: it waits for something, runs, has ended, or belongs to another scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRunnable;

impl fmt::Display for NotRunnable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task is not in the ready queue")
    }
}

impl std::error::Error for NotRunnable {}

/// The future of [`LocalScope::sleep_insert`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct SleepInsert<'env, K: Kind = ThisThread> {
    queue: Arc<Queue<'env, K>>,
    position: Option<usize>,
}

impl<K: Kind> Future for SleepInsert<'_, K> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(position) = self.position.take() else { return Poll::Ready(()) };
        self.queue.requeue_current(Some(position), cx.waker());
        Poll::Pending
    }
}

impl<K: Kind> fmt::Debug for SleepInsert<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SleepInsert").finish_non_exhaustive()
    }
}

/// The future of [`LocalScope::switch_to`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct SwitchTo<'env, K: Kind = ThisThread> {
    queue: Arc<Queue<'env, K>>,
    to: Option<(u32, u32)>,
    position: Option<usize>,
    has_switched: bool,
}

impl<K: Kind> SwitchTo<'_, K> {
    /// Where to stand in the queue meanwhile: 1 is right behind the task that runs.
    pub fn insert_pos(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }
}

impl<K: Kind> Future for SwitchTo<'_, K> {
    type Output = Result<(), NotRunnable>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.has_switched {
            return Poll::Ready(Ok(()));
        }
        let Some((slot, id)) = self.to else { return Poll::Ready(Err(NotRunnable)) };
        if !self.queue.reinsert(slot, id, 0) {
            return Poll::Ready(Err(NotRunnable));
        }
        self.has_switched = true;
        self.queue.requeue_current(self.position, cx.waker());
        Poll::Pending
    }
}

impl<K: Kind> fmt::Debug for SwitchTo<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SwitchTo").finish_non_exhaustive()
    }
}

/// The future of [`LocalScope::descend`]: it gives the handle of the task.
#[must_use = "the task is started; to run it before the others, `.await` this"]
pub struct Descend<'env, V, K: Kind = ThisThread> {
    switch: SwitchTo<'env, K>,
    task: Option<LocalTask<V>>,
}

impl<V, K: Kind> Future for Descend<'_, V, K> {
    type Output = LocalTask<V>;

    /// One that stands in line for a place does not run yet, and cannot be switched to.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<LocalTask<V>> {
        let _ = ready!(Pin::new(&mut self.switch).poll(cx));
        Poll::Ready(self.task.take().expect("`Descend` was polled after it had given its task"))
    }
}

impl<V, K: Kind> fmt::Debug for Descend<'_, V, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descend").field("task", &self.task).finish_non_exhaustive()
    }
}
