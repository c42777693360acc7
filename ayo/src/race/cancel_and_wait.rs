//! `cancel_and_wait`: tasks that are wanted no more.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::BoxError;
use crate::scope::{ByIterator, ByTuple};
use crate::task::{Attempt, Task};

/// Asks tasks to end, and waits until they have cleaned up and ended (aiotools' `cancel_and_wait`).
///
/// All are asked when this is called, and then awaited. What goes wrong in their clean-up goes where it always goes: to the scope, or
/// what an [`Attempt`] ended with to the contained errors.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(|run| {
///     let (a, b) = (run << std::future::pending::<()>(), run << std::future::pending::<()>());
///     ayo::cancel_and_wait((a, b)).await;
///     assert_eq!(run.len(), 0);
///     let many = run.all((0..10).map(|_| std::future::pending::<()>()));
///     ayo::cancel_and_wait(many).await;
/// }).await
/// # }
/// ```
///
/// # Cancel safety
/// The tasks have been asked already, and the scope waits for them.
pub fn cancel_and_wait<S, M>(handles: S) -> CancelAndWait<S::Handles>
where
    S: HandleSet<M>,
{
    let handles = handles.into_handles();
    handles.cancel();
    CancelAndWait { handles }
}

/// The handle of a task: [`Task`] or [`Attempt`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the handle of a task",
    label = "expected a `Task` or `Attempt`, or a tuple, array or iterator of them"
)]
pub trait Handle: Unpin {
    #[doc(hidden)]
    fn request(&self);

    /// Whether the task has ended, with a waker for when it does.
    #[doc(hidden)]
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

#[diagnostic::do_not_recommend]
impl<V: Send + 'static> Handle for Task<V> {
    fn request(&self) {
        self.cancel();
    }

    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).poll(cx).map(drop)
    }
}

#[diagnostic::do_not_recommend]
impl<V, E: Into<BoxError>> Handle for Attempt<V, E> {
    fn request(&self) {
        self.cancel();
    }

    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_finished(cx)
    }
}

/// What [`cancel_and_wait`] takes: a tuple of handles, an array, or whatever iterates over handles.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of handles",
    label = "expected a tuple, array or iterator of `Task` or `Attempt`",
    note = "for one task, write `cancel_and_wait([task])`"
)]
pub trait HandleSet<M> {
    #[doc(hidden)]
    type Handles: Handles;

    #[doc(hidden)]
    fn into_handles(self) -> Self::Handles;
}

/// Handles that are waited for.
pub trait Handles: Unpin {
    /// Asks all to end.
    fn cancel(&self);

    /// Whether all have.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// One by one, from the last: each is waited for only when those behind it have ended.
impl<H: Handle> Handles for Vec<H> {
    fn cancel(&self) {
        self.iter().for_each(Handle::request);
    }

    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(last) = self.last_mut() {
            std::task::ready!(last.poll_ended(cx));
            self.pop();
        }
        Poll::Ready(())
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: Handle>> HandleSet<ByIterator> for I {
    type Handles = Vec<I::Item>;

    fn into_handles(self) -> Vec<I::Item> {
        self.into_iter().collect()
    }
}

macro_rules! tuple {
    ($($name:ident $n:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: Handle),+> HandleSet<ByTuple> for ($($name,)+) {
            type Handles = ($(Option<$name>,)+);

            fn into_handles(self) -> Self::Handles {
                ($(Some(self.$n),)+)
            }
        }

        impl<$($name: Handle),+> Handles for ($(Option<$name>,)+) {
            fn cancel(&self) {
                $(self.$n.iter().for_each(Handle::request);)+
            }

            fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
                $(
                    if let Some(handle) = &mut self.$n {
                        std::task::ready!(handle.poll_ended(cx));
                        self.$n = None;
                    }
                )+
                Poll::Ready(())
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// The future of [`cancel_and_wait`].
#[must_use = "the tasks have been asked to end; to wait until they have, `.await` this"]
pub struct CancelAndWait<H> {
    handles: H,
}

impl<H: Handles> Future for CancelAndWait<H> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.get_mut().handles.poll_ended(cx)
    }
}

impl<H> fmt::Debug for CancelAndWait<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelAndWait").finish_non_exhaustive()
    }
}
