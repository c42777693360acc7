//! `Generator` and what is asked of it.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::channel::{Answer, Channel};
use super::emit::Emitter;
use crate::cancel::region::Ended;
use crate::cancel::{Reason, ambient};
use crate::coro::coroutine::Coroutine;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::scope::core::Core;
use crate::trace;

/// Code that gives many values, and runs on only when one is asked for: Python's asynchronous generator.
///
/// There is no task and no queue: the body runs in the `.await` of [`next`](Self::next), up to its next
/// [`emit`](Emitter::emit). It is a [`Stream`](futures_core::Stream) too: of its items where the body comes to `()`, of
/// `Result`s where it comes to a `Result`. `generator!` is a shorter way to write one.
///
/// # Example
/// ```
/// use ayo::{Emitter, Generator};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut sums = Generator::new(|out: Emitter<u32, u32>| async move {
///     let mut sum = 0;
///     while let Ok(Some(n)) = out.emit(sum).await {       // the item out, the answer in
///         sum += n;
///     }
/// });
/// assert_eq!(sums.next().await, Some(0));
/// assert_eq!(sums.send(5).await, Some(5));
/// assert_eq!(sums.send(20).await, Some(25));
/// assert_eq!(sums.next().await, None, "`next` brings no answer, so the body ended");
/// # }
/// ```
///
/// Anyone with a clone of the [`Emitter`] gives items, from tasks that the body starts for example. What is emitted at once waits in
/// the order in which it came. The generator ends with its body.
///
/// # Panics
/// A panic of the body comes out of the call that ran it. `send` and `throw` before the first item, which would have
/// nothing to answer to, panic at the caller.
///
/// # Errors
/// A body's `Err` ends the generator: `next` gives `None`, and [`next_result`](Self::next_result) the error. One that nobody
/// asks for is contained in the scope around when the generator is dropped.
///
/// # Cancel safety
/// A call that is dropped loses nothing: the body goes on from there at the next one. Where the code that asks is asked
/// to end, by [`timeout`](crate::timeout()) say, and the body has clean-up to do, the body is cancelled, as in Python, and gives nothing more.
/// Dropped, it cancels what is in it: the scopes in it are waited for by the scope around; [`close`](Self::close) waits
/// for all of it.
pub struct Generator<F, T, S = (), E = Infallible>
where
    F: Future<Output: Outcome>,
{
    body: Coroutine<F>,
    channel: Arc<Channel<T, S, E>>,
    /// The key of the item, if that came from the line, that the reader has not answered.
    out: Option<usize>,
    failed: Option<<F::Output as Outcome>::Error>,
}

impl<F, T, S, E> Unpin for Generator<F, T, S, E> where F: Future<Output: Outcome> {}

impl<F, T, S, E> Generator<F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    /// A generator with this body, which does not run yet.
    pub fn new(body: impl FnOnce(Emitter<T, S, E>) -> F) -> Self {
        let channel = Arc::new(Channel::new());
        let body = body(Emitter::new(Arc::clone(&channel)));
        Self { body: Coroutine::new(Some(body)), channel, out: None, failed: None }
    }

    /// The next item; `None` after the last.
    #[allow(clippy::should_implement_trait, reason = "it is awaited; every stream has a `next` like this")]
    pub fn next(&mut self) -> Next<'_, F, T, S, E> {
        self.asking(Ok(None))
    }

    /// Answers the last item, and asks for the next one.
    ///
    /// # Panics
    /// At the caller, before the first item: there is nothing to answer.
    #[track_caller]
    pub fn send(&mut self, answer: S) -> Next<'_, F, T, S, E> {
        assert!(self.has_asked(), "`send` answers an item, and there was none yet: begin with `next`");
        self.asking(Ok(Some(answer)))
    }

    /// Makes the `emit` of the last item fail, and asks for the next one.
    ///
    /// # Panics
    /// At the caller, before the first item: there is nothing to fail.
    #[track_caller]
    pub fn throw(&mut self, error: E) -> Next<'_, F, T, S, E> {
        assert!(self.has_asked(), "`throw` answers an item, and there was none yet: begin with `next`");
        self.asking(Err(error))
    }

    /// The next item, or the error that the body ended with; `None` after that.
    ///
    /// # Errors
    /// The body's own.
    pub async fn next_result(&mut self) -> Option<Result<T, <F::Output as Outcome>::Error>> {
        match self.next().await {
            Some(item) => Some(Ok(item)),
            None => self.failed.take().map(Err),
        }
    }

    /// Ends it: the body is cancelled politely, and this waits until it has cleaned up. Further items there are none.
    ///
    /// # Errors
    /// The body's own, if it comes to one at its end and nobody has asked for it.
    ///
    /// # Panics
    /// With what the body panics with in its clean-up.
    pub async fn close(&mut self) -> Result<(), <F::Output as Outcome>::Error> {
        self.out = None;
        self.body.request(&Reason::Asked);
        let Self { body, channel, .. } = self;
        channel.close();
        std::future::poll_fn(|cx| channel.poll_end(body.body(), cx)).await;
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Whether there is something to answer, or nobody left to mind.
    fn has_asked(&mut self) -> bool {
        self.out.is_some() || self.body.has_ended() || self.channel.is_out()
    }

    #[inline]
    fn asking(&mut self, answer: Answer<S, E>) -> Next<'_, F, T, S, E> {
        Next { state: Asking::Begun(answer), of: self }
    }

    /// Answers the item that is out, and runs the body up to the next one.
    #[inline]
    pub(super) fn poll_item(
        &mut self,
        answer: Option<Answer<S, E>>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        let Self { body, channel, out, .. } = self;
        let channel = &**channel;
        if let Err(Some(answer)) = channel.resume(answer, cx)
            && let Some(key) = out.take()
        {
            drop(channel.answer_in_line(key, answer));
        }
        let mut body = body.body(); // one look at where it is
        if body.has_ended() {
            return self.poll_last();
        }
        if let Poll::Ready(ended) = channel.poll(body.as_mut(), cx) {
            return self.poll_rest(Some(ended), cx);
        }
        if body.has_home() {
            return self.poll_at_home(cx);
        }
        match channel.take() {
            Some(item) => Poll::Ready(Some(item)),
            None => self.poll_rest(None, cx),
        }
    }

    /// The body waits, and has a domain, which waits for nobody once there is an item.
    #[cold]
    fn poll_at_home(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        match self.channel.take() {
            Some(item) => {
                self.park();
                Poll::Ready(Some(item))
            }
            None => self.poll_rest(None, cx),
        }
    }

    /// The body has ended, or has left nothing at the desk: what stands in line is next.
    #[cold]
    fn poll_rest(&mut self, ended: Option<Ended<F::Output>>, cx: &Context<'_>) -> Poll<Option<T>> {
        if let Some(Ended::Ready(output)) = ended {
            self.failed = output.into_result().err();
        }
        if self.body.has_ended() {
            return self.poll_last();
        }
        if let Some(item) = self.channel.take_from_line() {
            return self.given(item);
        }
        if !self.channel.wait(cx) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn given(&mut self, (item, key): (T, usize)) -> Poll<Option<T>> {
        self.park();
        self.out = Some(key);
        Poll::Ready(Some(item))
    }

    /// The body has ended: what stands in line is given still, then there is nothing more. Code that is asked to end does
    /// not go on.
    #[cold]
    fn poll_last(&mut self) -> Poll<Option<T>> {
        let channel = &*self.channel;
        if let Some(left) = channel.take() {
            return Poll::Ready(Some(left));
        }
        if let Some(item) = channel.take_from_line() {
            return self.given(item);
        }
        channel.close();
        if ambient::is_requested() { Poll::Pending } else { Poll::Ready(None) }
    }

    /// Nobody asks for now.
    #[cold]
    fn park(&self) {
        self.body.park();
    }

    pub(super) fn take_error(&mut self) -> Option<<F::Output as Outcome>::Error> {
        self.failed.take()
    }
}

impl<F, T, S, E> Drop for Generator<F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    fn drop(&mut self) {
        let Self { body, channel, failed, .. } = self;
        channel.close();
        body.end();
        if let Some(error) = failed.take() {
            let error = Error::failed(error.into());
            match Core::current() {
                Some(core) => core.contain(error),
                None => trace::contained(&error),
            }
        }
    }
}

impl<F, T, S, E> fmt::Debug for Generator<F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("ended", &self.body.has_ended()).finish_non_exhaustive()
    }
}

/// One call of a [`Generator`]: awaits to the next item, or to `None`.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Next<'a, F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    of: &'a mut Generator<F, T, S, E>,
    state: Asking<S, E>,
}

enum Asking<S, E> {
    /// With this answer to the last item.
    Begun(Answer<S, E>),
    /// It drives the body.
    Driving,
    Over,
}

impl<F, T, S, E> Unpin for Next<'_, F, T, S, E> where F: Future<Output: Outcome> {}

impl<F, T, S, E> Future for Next<'_, F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Self { of, state } = self.get_mut();
        let answer = match std::mem::replace(state, Asking::Over) {
            Asking::Begun(answer) => Some(answer),
            Asking::Driving | Asking::Over => None,
        };
        let polled = of.poll_item(answer, cx);
        if polled.is_pending() {
            *state = Asking::Driving;
        }
        polled
    }
}

impl<F, T, S, E> Drop for Next<'_, F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    /// The body goes on at the next call.
    #[inline]
    fn drop(&mut self) {
        if let Asking::Driving = self.state {
            self.of.park();
        }
    }
}

impl<F, T, S, E> fmt::Debug for Next<'_, F, T, S, E>
where
    F: Future<Output: Outcome>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}
