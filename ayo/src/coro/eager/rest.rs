//! The rest of a future that was begun at the call, as a task runs it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::cancel::region::Ended;
use crate::coro::coroutine::Coroutine;

pub(super) struct Rest<F>(pub(super) Coroutine<F>);

impl<F: Future> Future for Rest<F> {
    type Output = F::Output;

    /// Asked to end, it cleans up; then it is for the task to leave.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.get_mut().0.poll(cx) {
            Poll::Ready(Ended::Ready(value)) => Poll::Ready(value),
            Poll::Ready(Ended::Dropped) | Poll::Pending => Poll::Pending,
        }
    }
}
