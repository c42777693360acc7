//! The future of `spawn_with`: made when it is first polled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    #[project = DeferredProj]
    pub(crate) enum Deferred<M, F> {
        Closure { make: Option<M> },
        Running { #[pin] future: F },
    }
}

impl<M: FnOnce() -> F, F> Deferred<M, F> {
    pub(crate) fn new(make: M) -> Self {
        Self::Closure { make: Some(make) }
    }
}

impl<M: FnOnce() -> F, F: Future> Future for Deferred<M, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        loop {
            let future = match self.as_mut().project() {
                DeferredProj::Running { future } => return future.poll(cx),
                DeferredProj::Closure { make } => (make.take().expect("polled after a panic"))(),
            };
            self.set(Self::Running { future });
        }
    }
}
