//! `all`: start many, of one type or of different ones.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::handle::{Collects, Scope};
use super::spawn::{Order, TaskFuture};
use super::tasks::Tasks;
use crate::outcome::Outcome;
use crate::task::{Cancelled, Task};

/// What [`Scope::all`] takes: a tuple of futures of any types, or whatever iterates over futures of one type.
///
/// `M` tells the two apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of futures",
    label = "expected a tuple, array or iterator of futures",
    note = "write `run.all(a(), b())` in a macro body, `run.all((a(), b()))` elsewhere, or give it an array or iterator of futures of one type",
    note = "each of them is what `run << ..` takes: a `Send` future that borrows nothing and returns what a task may return"
)]
pub trait TaskSet<C, M> {
    /// The handles.
    type Tasks;

    #[doc(hidden)]
    #[track_caller]
    fn start_all(self, scope: &Scope<C>) -> Self::Tasks;
}

/// Marks sets that iterate.
#[derive(Debug)]
pub enum ByIterator {}

/// Marks tuples.
#[derive(Debug)]
pub enum ByTuple {}

impl<C> Scope<C> {
    /// Starts all futures of a tuple, array or iterator; the result awaits to all values, in their order.
    ///
    /// In macro bodies any number of futures will do: `run.all(a(), b(), c())`.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(|run| {
    ///     let (number, text) = run.all(async { 1 }, async { "one" }).await?;
    ///     assert_eq!((number, text), (1, "one"));
    ///     assert_eq!(run.all([2, 3].map(std::future::ready)).await?, [2, 3]);
    /// }).await
    /// # }
    /// ```
    #[track_caller]
    pub fn all<S, M>(&self, futures: S) -> S::Tasks
    where
        S: TaskSet<C, M>,
    {
        futures.start_all(self)
    }
}

impl<C, I> TaskSet<C, ByIterator> for I
where
    I: IntoIterator,
    I::Item: TaskFuture + Send + 'static,
    <I::Item as TaskFuture>::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
    C: Collects<<<I::Item as TaskFuture>::Out as Outcome>::Value>,
{
    type Tasks = Tasks<<<I::Item as TaskFuture>::Out as Outcome>::Value>;

    #[track_caller]
    fn start_all(self, scope: &Scope<C>) -> Self::Tasks {
        let location = std::panic::Location::caller();
        let keep = <C as Collects<<<I::Item as TaskFuture>::Out as Outcome>::Value>>::KEEPS;
        let futures = self.into_iter();
        let mut tasks = Vec::with_capacity(futures.size_hint().0);
        for future in futures {
            tasks.push(scope.core().spawn(future, Order::at(location).keep(keep)));
        }
        Tasks::made(tasks)
    }
}

/// The tasks of a tuple: awaits to the tuple of their values; `.0` is the tuple of tasks.
pub struct TaskTuple<T, V>(pub T, V);

impl<T, V> Unpin for TaskTuple<T, V> {}

impl<T, V> fmt::Debug for TaskTuple<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskTuple").finish_non_exhaustive()
    }
}

macro_rules! task_tuple {
    ($($future:ident $value:ident $n:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<C, $($future),+> TaskSet<C, ByTuple> for ($($future,)+)
        where
            $($future: TaskFuture + Send + 'static,)+
            $($future::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,)+
            $(C: Collects<<$future::Out as Outcome>::Value>,)+
        {
            type Tasks = TaskTuple<
                ($(Task<<$future::Out as Outcome>::Value>,)+),
                ($(Option<<$future::Out as Outcome>::Value>,)+),
            >;

            #[track_caller]
            fn start_all(self, scope: &Scope<C>) -> Self::Tasks {
                let tasks = ($(scope.core().spawn(self.$n, Order::plain().keep(<C as Collects<<$future::Out as Outcome>::Value>>::KEEPS)),)+);
                TaskTuple(tasks, ($(None::<<$future::Out as Outcome>::Value>,)+))
            }
        }

        impl<$($value: Send + 'static),+> Future for TaskTuple<($(Task<$value>,)+), ($(Option<$value>,)+)> {
            type Output = Result<($($value,)+), Cancelled>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let Self(tasks, values) = self.get_mut();
                $(if values.$n.is_none() {
                    match Pin::new(&mut tasks.$n).poll(cx) {
                        Poll::Ready(Ok(value)) => values.$n = Some(value),
                        Poll::Ready(Err(cancelled)) => return Poll::Ready(Err(cancelled)),
                        Poll::Pending => return Poll::Pending,
                    }
                })+
                Poll::Ready(Ok(($(values.$n.take().expect("it was just there"),)+)))
            }
        }
    };
}

task_tuple!(A VA 0);
task_tuple!(A VA 0, B VB 1);
task_tuple!(A VA 0, B VB 1, D VD 2);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5, I VI 6);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5, I VI 6, J VJ 7);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5, I VI 6, J VJ 7, K VK 8);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5, I VI 6, J VJ 7, K VK 8, L VL 9);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5, I VI 6, J VJ 7, K VK 8, L VL 9, M VM 10);
task_tuple!(A VA 0, B VB 1, D VD 2, E VE 3, G VG 4, H VH 5, I VI 6, J VJ 7, K VK 8, L VL 9, M VM 10, N VN 11);
