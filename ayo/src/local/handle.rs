//! `LocalScope`: the handle of a borrowing scope.

use std::fmt;
use std::ops::{Deref, Shl};
use std::panic::Location;
use std::sync::Arc;

use super::builder::LocalTaskBuilder;
use super::kind::{AnyThread, Keep, Kind, ThisThread};
use super::queue::{Queue, Turn};
use super::task::LocalTask;
use crate::outcome::Outcome;
use crate::scope::spawn::{Order, TaskFuture};
use crate::scope::{AsScope, Discard, Scope};
use crate::task::Attempt;

/// A handle of a running borrowing scope, `scope!(local => |run| ..)`: it starts tasks that borrow from around the block.
///
/// They run in the task that awaits the scope, one at a time, and need not be `'static`; nor `Send`, unless the scope is
/// [`AnyThread`]. It is a handle of an ordinary [`Scope`] too: through it everything else is said, and
/// [`spawn`](Scope::spawn) starts tasks that run in parallel. It is cheap to clone, and so children start children.
///
/// # Example
/// ```
/// # use std::cell::Cell;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let (words, total) = (vec!["one".to_owned(), "three".to_owned()], Cell::new(0));
/// ayo::scope!(local => |run| {
///     for word in &words {
///         run << async { total.set(total.get() + word.len()) };     // borrows both
///     }
/// }).await?;
/// assert_eq!(total.get(), 8);
/// # Ok(()) }
/// ```
///
/// # What it cannot do
/// A task cannot borrow what lives in the block, which ends before the task may:
/// ```compile_fail,E0597
/// # async fn example() -> Result<(), ayo::Error> {
/// ayo::scope!(local => |run| {
///     let text = String::new();
///     run << async { text.len() };
/// }).await
/// # }
/// ```
/// Nor can it go where the borrow does not:
/// ```compile_fail,E0597
/// # async fn example() -> Result<(), ayo::Error> {
/// let mut kept = None;
/// {
///     let text = String::new();
///     ayo::scope!(local => |run| {
///         run << async { text.len() };
///         kept = Some(run.clone());
///     }).await?;
/// }
/// drop(kept);
/// # Ok(()) }
/// ```
/// A function's caller says what lives long enough:
/// ```compile_fail,E0521
/// async fn short(run: &ayo::LocalScope<'_>, text: &str) {
///     run.spawn_ref(async move { text.len() });
/// }
/// ```
/// A parallel task borrows nothing:
/// ```compile_fail,E0597
/// # async fn example() -> Result<(), ayo::Error> {
/// let text = String::new();
/// ayo::scope!(local => |run| { run.spawn(async { text.len() }); }).await
/// # }
/// ```
/// And the scope is not `Send`, unless it asks its tasks to be:
/// ```compile_fail,E0277
/// tokio::spawn(async { ayo::scope!(local => |run| { run << async {}; }).await });
/// ```
pub struct LocalScope<'env, K: Kind = ThisThread, C = Discard> {
    pub(super) queue: Arc<Queue<'env, K>>,
    scope: Scope<C>,
}

impl<K: Kind, C> LocalScope<'_, K, C> {
    pub(crate) fn new(scope: Scope<C>) -> Self {
        Self { queue: Arc::new(Queue::new()), scope }
    }
}

macro_rules! starts {
    ($kind:ty $(, $send:ident)?) => {
        impl<'env, C> LocalScope<'env, $kind, C> {
            /// Starts a task that may borrow from around the block, and runs in the task that awaits the scope.
            /// `run << future` is the same.
            ///
            /// On a scope that is cancelled or has ended the future is dropped unpolled, and the handle says so.
            #[track_caller]
            pub fn spawn_ref<F>(&self, future: F) -> LocalTask<<F::Out as Outcome>::Value>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.order_ref(future, Order::plain(), Turn::Last)
            }

            /// Starts a borrowing task whose error goes to the handle alone and cancels nobody.
            #[track_caller]
            pub fn attempt_ref<F>(
                &self,
                future: F,
            ) -> Attempt<<F::Out as Outcome>::Value, <F::Out as Outcome>::Error>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
            {
                self.attempted(future, Order::plain(), |child| Box::pin(child))
            }

            /// Starts a task at a position of the ready queue: 0 runs next. A position beyond the end is the end.
            #[track_caller]
            pub fn insert_at<F>(&self, position: usize, future: F) -> LocalTask<<F::Out as Outcome>::Value>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.order_ref(future, Order::plain(), Turn::At(position))
            }

            pub(super) fn order_ref<F>(
                &self,
                future: F,
                order: Order,
                turn: Turn,
            ) -> LocalTask<<F::Out as Outcome>::Value>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.task_of(future, order, turn, |child| Box::pin(child))
            }
        }

        impl<'env, C> LocalTaskBuilder<'_, 'env, $kind, C> {
            /// Starts it.
            pub fn spawn<F>(self, future: F) -> LocalTask<<F::Out as Outcome>::Value>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.scope.order_ref(future, self.order, Turn::Last)
            }

            /// Starts it without a handle: the cheapest way.
            pub fn start<F>(self, future: F)
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.scope.started(future, self.order, |child| Box::pin(child));
            }

            /// Starts it; its error goes to the handle alone.
            pub fn attempt<F>(
                self,
                future: F,
            ) -> Attempt<<F::Out as Outcome>::Value, <F::Out as Outcome>::Error>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
            {
                self.scope.attempted(future, self.order, |child| Box::pin(child))
            }

            #[doc(hidden)]
            pub fn spawn_now<F>(self, future: F) -> LocalTask<<F::Out as Outcome>::Value>
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.spawn(future)
            }

            #[doc(hidden)]
            pub fn start_now<F>(self, future: F)
            where
                F: TaskFuture + 'env,
                $(F: $send,)?
                F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
                C: Keep<<F::Out as Outcome>::Value>,
            {
                self.start(future);
            }
        }

        starts!(@shl &LocalScope<'env, $kind, C>, $kind $(, $send)?);
        starts!(@shl &&LocalScope<'env, $kind, C>, $kind $(, $send)?);
    };
    (@shl $scope:ty, $kind:ty $(, $send:ident)?) => {
        impl<'env, C, F> Shl<F> for $scope
        where
            F: TaskFuture + 'env,
            $(F: $send,)?
            F::Out: Outcome<Value: $($send +)? 'env, Error: $($send +)? 'env>,
            C: Keep<<F::Out as Outcome>::Value>,
        {
            type Output = LocalTask<<F::Out as Outcome>::Value>;

            #[track_caller]
            fn shl(self, future: F) -> Self::Output {
                self.spawn_ref(future)
            }
        }
    };
}

starts!(ThisThread);
starts!(AnyThread, Send);

impl<'env, K: Kind, C> LocalScope<'env, K, C> {
    /// A borrowing task with options: `run.task_ref().name("beat").background().spawn(future)`.
    #[track_caller]
    pub fn task_ref(&self) -> LocalTaskBuilder<'_, 'env, K, C> {
        self.task_ref_at(Location::caller())
    }

    #[inline]
    pub(crate) fn task_ref_at(
        &self,
        location: &'static Location<'static>,
    ) -> LocalTaskBuilder<'_, 'env, K, C> {
        LocalTaskBuilder { scope: self, order: Order::at(location) }
    }
}

impl<K: Kind, C> Deref for LocalScope<'_, K, C> {
    type Target = Scope<C>;

    fn deref(&self) -> &Scope<C> {
        &self.scope
    }
}

#[diagnostic::do_not_recommend]
impl<K: Kind, C> AsScope for LocalScope<'_, K, C> {
    type Kind = C;

    fn scope(&self) -> &Scope<C> {
        &self.scope
    }
}

impl<K: Kind, C> Clone for LocalScope<'_, K, C> {
    fn clone(&self) -> Self {
        Self { queue: Arc::clone(&self.queue), scope: self.scope.clone() }
    }
}

impl<K: Kind, C> fmt::Debug for LocalScope<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalScope").field(&self.scope).finish()
    }
}
