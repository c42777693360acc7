//! The rest of a future without a scope around: its handle owns it.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;

use super::rest::Rest;
use crate::BoxError;
use crate::cancel::region::Ended;
use crate::cancel::{Reason, ambient};
use crate::coro::coroutine::Coroutine;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::task::Cancelled;
use crate::trace;

/// What a handle owns.
pub(crate) trait Owned<V>: Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<V, Cancelled>>;

    /// Asks it to end; whoever waits for it sees to that.
    fn cancel(&mut self, reason: Reason);

    fn has_ended(&self) -> bool;
}

pub(super) struct Alone<F: Future + Send + 'static> {
    /// `None` once it has gone.
    coroutine: Option<Coroutine<F>>,
    cancelled: Option<Reason>,
    waker: Option<Waker>,
}

impl<F: Future + Send + 'static> Alone<F> {
    pub(super) fn new(coroutine: Coroutine<F>) -> Self {
        Self { coroutine: Some(coroutine), cancelled: None, waker: None }
    }
}

impl<F, V> Owned<V> for Alone<F>
where
    F: Future<Output: Outcome<Value = V>> + Send + 'static,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<V, Cancelled>> {
        let cut = |reason: Option<Reason>| Poll::Ready(Err(Cancelled::new(reason.unwrap_or(Reason::Asked))));
        let Some(coroutine) = &mut self.coroutine else { return cut(self.cancelled.clone()) };
        if self.cancelled.is_some() && !coroutine.has_clean_up() {
            coroutine.end();
            return cut(self.cancelled.clone());
        }
        self.waker = Some(cx.waker().clone());
        match coroutine.poll(cx) {
            Poll::Ready(Ended::Ready(output)) => Poll::Ready(output.into_result().map_err(|error| {
                unheard(error);
                Cancelled::after_failure()
            })),
            Poll::Ready(Ended::Dropped) if ambient::is_requested() => Poll::Pending,
            Poll::Ready(Ended::Dropped) => cut(self.cancelled.clone()),
            Poll::Pending => Poll::Pending,
        }
    }

    fn cancel(&mut self, reason: Reason) {
        if let Some(coroutine) = &self.coroutine {
            coroutine.request(&reason);
        }
        self.cancelled.get_or_insert(reason);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn has_ended(&self) -> bool {
        self.coroutine.as_ref().is_none_or(|coroutine| coroutine.has_ended())
    }
}

impl<F: Future + Send + 'static> Drop for Alone<F> {
    /// What has clean-up to do is given a Tokio task for that.
    fn drop(&mut self) {
        let Some(coroutine) = self.coroutine.take() else { return };
        if coroutine.has_clean_up()
            && let Ok(runtime) = Handle::try_current()
        {
            coroutine.park();
            coroutine.request(&Reason::Dropped);
            runtime.spawn(async move {
                let Rest(mut coroutine) = Rest(coroutine);
                std::future::poll_fn(|cx| coroutine.poll_end(cx)).await;
            });
        }
    }
}

/// An error that no scope is there to hear of.
pub(super) fn unheard(error: impl Into<BoxError>) {
    trace::contained(&Error::failed(error.into()));
}
