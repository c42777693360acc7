//! `repeat_until`: the same question again and again.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::cancel::region::Ended;
use crate::coro::coroutine::Coroutine;

/// A stream of what `f` comes to, called again and again, until that is `sentinel`, which is not part of it (Python's
/// `iter(f, sentinel)`, for async functions).
///
/// The futures may borrow from around the closure, but not from what it owns: give them a clone, or share it.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// struct Job { steps: std::sync::Mutex<Vec<&'static str>> }
/// impl Job {
///     async fn state(&self) -> &'static str { self.steps.lock().unwrap().pop().unwrap_or("done") }
/// }
/// let job = Job { steps: vec!["half of it", "queued"].into() };
///
/// let mut states = ayo::repeat_until(|| job.state(), "done");
/// assert_eq!(states.next().await, Some("queued"));
/// assert_eq!(states.next().await, Some("half of it"));
/// assert_eq!((states.next().await, states.next().await), (None, None));
/// # }
/// ```
///
/// # Panics
/// When `f` does, or its future; the next `next` calls it anew.
///
/// # Cancel safety
/// `next` may be cut and done again: a call that has begun is gone on with. Where the code around is asked to end, it cleans up.
pub fn repeat_until<M, F>(f: M, sentinel: F::Output) -> RepeatUntil<M, F>
where
    M: FnMut() -> F,
    F: Future<Output: PartialEq>,
{
    RepeatUntil { ask: f, asking: Coroutine::new(None), sentinel: Some(sentinel) }
}

/// The stream of [`repeat_until`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct RepeatUntil<M, F: Future> {
    ask: M,
    asking: Coroutine<F>,
    /// `None`: it has come.
    sentinel: Option<F::Output>,
}

impl<M, F: Future> Unpin for RepeatUntil<M, F> {}

impl<M: FnMut() -> F, F: Future<Output: PartialEq>> RepeatUntil<M, F> {
    /// The next one; `None`: the sentinel has come.
    pub async fn next(&mut self) -> Option<F::Output> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<M: FnMut() -> F, F: Future<Output: PartialEq>> Stream for RepeatUntil<M, F> {
    type Item = F::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Self { ask, asking, sentinel } = self.get_mut();
        let Some(last) = sentinel else { return Poll::Ready(None) };
        if asking.has_ended() {
            asking.renew(ask());
        }
        let Ended::Ready(value) = ready!(asking.poll(cx)) else { return Poll::Pending };
        if value == *last {
            *sentinel = None;
            return Poll::Ready(None);
        }
        Poll::Ready(Some(value))
    }
}

impl<M, F: Future> fmt::Debug for RepeatUntil<M, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepeatUntil").field("over", &self.sentinel.is_none()).finish_non_exhaustive()
    }
}
