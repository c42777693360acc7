//! `Started`: a future that has run already, as far as it could.

use std::any::Any;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use super::coroutine::{Coroutine, after_the_end};
use crate::cancel::Reason;
use crate::cancel::region::Ended;

/// A future that ran up to its first suspension when this was made (asynkit's `CoroStart`).
///
/// What it waits for is under way from then on, without a task: the rest runs when, and where, it is awaited. That may
/// be in another task. It may borrow from around it.
///
/// # Example
/// ```
/// use ayo::Started;
/// # async fn ask(_: &str) -> u32 { tokio::task::yield_now().await; 20 }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let question = String::from("how many?");
/// let mut first = Started::new(ask(&question));    // both are asked now
/// let second = Started::new(ask(&question));
/// assert!(!first.is_done());
/// assert_eq!((&mut first).await + second.await, 40);
///
/// let mut cached = Started::new(async { 5 });
/// assert_eq!(cached.result(), Some(5), "it did not have to wait");
/// # }
/// ```
///
/// Context variables are those of the code that polls it. `VAR.with(value, future)` inside of it sets one for all of it.
///
/// # Panics
/// With what the future panicked with: from [`result`](Self::result) or the `.await`, not from [`new`](Self::new). Awaited
/// again after it was cancelled in an `.await` before.
///
/// # Cancel safety
/// Awaiting `&mut started` may be cut by dropping the `.await` (as `tokio::select!` does) and done again. Where the code
/// that awaits it is asked to end, by [`timeout`](crate::timeout()) say, it is asked too, cleans up, and has ended. Dropped
/// unawaited, it cancels what is in it: the scopes in it are waited for by the scope around;
/// [`close`](Self::close) waits for all of it.
pub struct Started<F: Future> {
    coroutine: Coroutine<F>,
    ended: Mutex<Option<End<F::Output>>>,
}

/// A value, or what it panicked with.
type End<T> = Result<T, Box<dyn Any + Send>>;

impl<F: Future> Started<F> {
    /// Runs `future` up to its first suspension.
    pub fn new(future: F) -> Self {
        let mut coroutine = Coroutine::new(Some(future));
        let ended = match coroutine.begin() {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(value)) => Some(Ok(value)),
            Err(payload) => Some(Err(payload)),
        };
        Self { coroutine, ended: Mutex::new(ended) }
    }

    /// Whether it has ended; awaiting it does not have to wait then.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.coroutine.has_ended()
    }

    /// What it came to, once, if it has ended.
    ///
    /// # Panics
    /// With what the future panicked with.
    pub fn result(&mut self) -> Option<F::Output> {
        match self.ended.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).take()? {
            Ok(value) => Some(value),
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Ends it: what is in it is asked to end, cleans up and is dropped, and this waits for that (asynkit's `aclose`).
    ///
    /// # Panics
    /// With what it panics with in its clean-up.
    pub async fn close(mut self) {
        self.coroutine.request(&Reason::Asked);
        let coroutine = &mut self.coroutine;
        std::future::poll_fn(|cx| coroutine.poll_end(cx)).await;
    }

    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        if let Some(value) = self.result() {
            return Poll::Ready(value);
        }
        if self.coroutine.has_ended() {
            return after_the_end("`Started`");
        }
        match self.coroutine.poll(cx) {
            Poll::Ready(Ended::Ready(value)) => Poll::Ready(value),
            Poll::Ready(Ended::Dropped) => after_the_end("`Started`"),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F: Future> IntoFuture for Started<F> {
    type Output = F::Output;
    type IntoFuture = Running<F>;

    /// The rest of it.
    fn into_future(self) -> Running<F> {
        Running { started: self }
    }
}

impl<'a, F: Future> IntoFuture for &'a mut Started<F> {
    type Output = F::Output;
    type IntoFuture = RunningMut<'a, F>;

    fn into_future(self) -> RunningMut<'a, F> {
        RunningMut { started: self }
    }
}

impl<F: Future> fmt::Debug for Started<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").field("done", &self.is_done()).finish_non_exhaustive()
    }
}

/// The rest of a [`Started`].
#[must_use = "futures do nothing unless you `.await` them"]
#[derive(Debug)]
pub struct Running<F: Future> {
    started: Started<F>,
}

impl<F: Future> Unpin for Running<F> {}

impl<F: Future> Future for Running<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.get_mut().started.poll_rest(cx)
    }
}

/// The rest of a [`Started`] that is borrowed.
#[must_use = "futures do nothing unless you `.await` them"]
#[derive(Debug)]
pub struct RunningMut<'a, F: Future> {
    started: &'a mut Started<F>,
}

impl<F: Future> Future for RunningMut<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.get_mut().started.poll_rest(cx)
    }
}

impl<F: Future> Drop for RunningMut<'_, F> {
    /// It goes on when it is awaited again.
    fn drop(&mut self) {
        self.started.coroutine.park();
    }
}
