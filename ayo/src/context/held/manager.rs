//! `Manager`: a context manager as a value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use super::enter::Enter;
use super::verdict::Verdict;
use crate::cancel::Reason;
use crate::cancel::region::Ended;
use crate::coro::Coroutine;
use crate::error::Error;
use crate::scope::future::BodyError;
use crate::sync::lock;

/// A context manager as a value, for [`group`](crate::group()), [`ExitStack`](crate::ExitStack) and `with!`: what
/// [`manager!`](crate::manager!) makes.
///
/// It yields an owned value: what a manager lends for the time of its body cannot leave that.
///
/// # Cancel safety
/// Dropped after it was entered, it cannot tear down; a warning is traced then.
#[must_use = "a manager does nothing until it is entered"]
pub struct Manager<V, F> {
    door: Arc<Door<V>>,
    running: Coroutine<F>,
}

/// Between a held manager and whoever holds it.
pub struct Door<V> {
    inner: Mutex<Inner<V>>,
}

struct Inner<V> {
    value: Option<V>,
    verdict: Option<Verdict>,
}

/// The body of a held manager: it hands the value out, and waits for the verdict. (rustc shows the name where a manager
/// lends its value, and so cannot be held.)
#[allow(missing_debug_implementations, reason = "it lives within one expansion")]
pub struct OwnedValue<V> {
    door: Arc<Door<V>>,
    value: Option<V>,
}

impl<V> Unpin for OwnedValue<V> {}

impl<V> Future for OwnedValue<V> {
    type Output = Result<(), BodyError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let value = self.value.take();
        let mut inner = lock(&self.door.inner);
        if value.is_some() {
            inner.value = value;
        }
        match inner.verdict.take() {
            None => Poll::Pending,
            Some(Verdict::Done) => Poll::Ready(Ok(())),
            Some(verdict) => Poll::Ready(Err(BodyError(Box::new(verdict)))),
        }
    }
}

impl<V> Drop for OwnedValue<V> {
    /// A value that nobody took ends with the body.
    fn drop(&mut self) {
        let value = lock(&self.door.inner).value.take();
        drop(value);
    }
}

/// Both sides of a held manager: for whoever holds it, and its body.
pub fn door<V>() -> (Arc<Door<V>>, impl FnOnce(V) -> OwnedValue<V> + Send + Sync)
where
    V: Send,
{
    let door = Arc::new(Door { inner: Mutex::new(Inner { value: None, verdict: None }) });
    let inside = Arc::clone(&door);
    (door, |value| OwnedValue { door: inside, value: Some(value) })
}

/// The manager that was called with this body.
#[inline]
pub fn manager<V, F>(door: Arc<Door<V>>, future: F) -> Manager<V, F>
where
    F: Future<Output = Result<(), Error>>,
{
    Manager { door, running: Coroutine::new(Some(future)) }
}

#[diagnostic::do_not_recommend]
impl<V, F> Enter for Manager<V, F>
where
    F: Future<Output = Result<(), Error>>,
{
    type Value = V;

    fn poll_enter(&mut self, cx: &mut Context<'_>) -> Poll<Result<V, Error>> {
        match self.running.poll(cx) {
            Poll::Ready(Ended::Ready(Err(error))) => Poll::Ready(Err(error)),
            Poll::Ready(Ended::Ready(Ok(()))) => {
                Poll::Ready(Err(Error::failed("a manager came to its end without running its body".into())))
            }
            Poll::Ready(Ended::Dropped) => Poll::Pending,
            Poll::Pending => match lock(&self.door.inner).value.take() {
                Some(value) => Poll::Ready(Ok(value)),
                None => Poll::Pending,
            },
        }
    }

    fn settle(&mut self) {
        self.running.park();
    }

    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.running.poll(cx).map(drop)
    }

    fn abort(&mut self) {
        self.running.request(&Reason::Failed);
    }

    fn poll_abort(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.running.poll_end(cx)
    }

    fn tell(&mut self, verdict: Verdict) {
        lock(&self.door.inner).verdict = Some(verdict);
    }

    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match self.running.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ended::Ready(Err(error))) => Poll::Ready(Verdict::beyond(error).map_or(Ok(()), Err)),
            Poll::Ready(Ended::Ready(Ok(())) | Ended::Dropped) => Poll::Ready(Ok(())),
        }
    }
}

impl<V, F> fmt::Debug for Manager<V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").finish_non_exhaustive()
    }
}

impl<V> fmt::Debug for Door<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}
