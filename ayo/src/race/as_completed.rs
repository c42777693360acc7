//! `as_completed`: one after the other, as they finish.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::crew::Crew;
use super::set::SameSet;
use crate::cancel::Reason;
use crate::coro::coroutine::after_the_end;

/// A stream of what several futures come to, in the order in which they finish (Python's `asyncio.as_completed`).
///
/// The futures run in the task that polls the stream, and only while it is polled.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use std::time::Duration;
///
/// let after = |seconds| async move { tokio::time::sleep(Duration::from_secs(seconds)).await; seconds };
/// let mut done = ayo::as_completed([3, 1, 2].map(after));
/// assert_eq!(done.next().await, Some(1));
/// assert_eq!(done.next().await, Some(2));
/// done.close().await;                                      // the rest has cleaned up and ended
/// assert_eq!(done.next().await, None);
/// # }
/// ```
///
/// # Panics
/// If a future panics, the others are asked to end, and the panic goes on when they have.
///
/// # Cancel safety
/// Where the code that awaits `next` is asked to end (an `ayo::timeout` around it), all futures clean up and end with it, since it is
/// there that they run; the stream is over then, and panics when it is asked for more. Cut from outside (by `tokio::select!`),
/// `next` can be done again. A stream that is dropped cannot wait for clean-up, no more
/// than anything else that is dropped: a `scope!` in one of its futures is asked to end and adopted by the scope around, a `shield`
/// is reported as cut. [`close`](AsCompleted::close) waits.
pub fn as_completed<S, M>(futures: S) -> AsCompleted<S::Future, S::Output>
where
    S: SameSet<M>,
{
    AsCompleted { crew: Crew::new(futures.into_futures()), any: S::any, is_closed: false }
}

/// The stream of [`as_completed`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct AsCompleted<F: Future, T> {
    crew: Crew<F>,
    any: fn(F::Output) -> T,
    is_closed: bool,
}

impl<F: Future, T> Unpin for AsCompleted<F, T> {}

impl<F: Future, T> AsCompleted<F, T> {
    /// What the next one comes to; `None`: all are through.
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Asks the rest to end, and waits until it has cleaned up and ended.
    ///
    /// # Cancel safety
    /// It may be cut and done again.
    pub async fn close(&mut self) {
        self.is_closed = true;
        if !self.crew.is_ending() {
            self.crew.end(&Reason::Asked);
        }
        poll_fn(|cx| self.crew.poll_end(cx)).await;
    }
}

impl<F: Future, T> Stream for AsCompleted<F, T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Self { crew, any, is_closed } = self.get_mut();
        if *is_closed {
            return crew.poll_end(cx).map(|()| None);
        }
        if crew.has_ended() {
            return after_the_end("stream");
        }
        crew.poll_next(cx).map(|next| next.map(|(_, output)| any(output)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.crew.len()))
    }
}

impl<F: Future, T> fmt::Debug for AsCompleted<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("running", &self.crew.len()).finish_non_exhaustive()
    }
}
