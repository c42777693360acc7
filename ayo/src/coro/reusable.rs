//! `reusable`: something to await again and again.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::coroutine::{Coroutine, after_the_end};
use crate::cancel::region::Ended;

/// Something that can be awaited again and again: each time `make` makes a future anew, in the same memory (asynkit's
/// `coro_iter`).
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut asked = 0;
/// let mut ask = ayo::reusable(|| {
///     asked += 1;
///     let answer = asked * 10;
///     async move { tokio::task::yield_now().await; answer }
/// });
/// assert_eq!((&mut ask).await, 10);
/// assert_eq!((&mut ask).await, 20);
/// # }
/// ```
///
/// # Cancel safety
/// An `.await` that is dropped before its end is gone on with by the next one. Where the code that awaits is asked to end,
/// the future cleans up and ends, and the next `.await` makes another one; so does one after a panic.
pub fn reusable<M, F>(make: M) -> Reusable<M, F>
where
    M: FnMut() -> F,
    F: Future,
{
    Reusable { make, coroutine: Coroutine::new(None) }
}

/// What [`reusable`] gives; `(&mut it).await` awaits it.
pub struct Reusable<M, F> {
    make: M,
    coroutine: Coroutine<F>,
}

impl<M, F> fmt::Debug for Reusable<M, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reusable").field("running", &!self.coroutine.has_ended()).finish_non_exhaustive()
    }
}

impl<'a, M: FnMut() -> F, F: Future> IntoFuture for &'a mut Reusable<M, F> {
    type Output = F::Output;
    type IntoFuture = Once<'a, M, F>;

    fn into_future(self) -> Once<'a, M, F> {
        Once { of: self, is_over: false }
    }
}

/// One `.await` of a [`Reusable`].
#[must_use = "futures do nothing unless you `.await` them"]
#[derive(Debug)]
pub struct Once<'a, M, F> {
    of: &'a mut Reusable<M, F>,
    is_over: bool,
}

impl<M, F> Unpin for Once<'_, M, F> {}

impl<M: FnMut() -> F, F: Future> Future for Once<'_, M, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { of, is_over } = self.get_mut();
        if *is_over {
            return after_the_end("future");
        }
        let Reusable { make, coroutine } = &mut **of;
        if coroutine.has_ended() {
            coroutine.renew(make());
        }
        let polled = coroutine.poll(cx);
        *is_over = coroutine.has_ended();
        match polled {
            Poll::Ready(Ended::Ready(value)) => Poll::Ready(value),
            Poll::Ready(Ended::Dropped) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<M, F> Drop for Once<'_, M, F> {
    /// What has not ended goes on at the next `.await`.
    fn drop(&mut self) {
        self.of.coroutine.park();
    }
}
