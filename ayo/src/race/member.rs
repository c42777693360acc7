//! One of several futures: it runs in a domain of its own, and tells how it ended.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::cancel::Reason;
use crate::cancel::region::Ended;
use crate::coro::roaming::Roaming;
use crate::panic::{Panic, caught};

pin_project! {
    pub(super) struct Member<F> {
        #[pin]
        future: Option<F>,
        roaming: Roaming,
        index: usize,
    }

    impl<F> PinnedDrop for Member<F> {
        fn drop(this: Pin<&mut Self>) {
            this.end();
        }
    }
}

/// How a member ended.
pub(super) enum End<T> {
    Ready(T),
    /// It was asked to end, and has.
    Dropped,
    Panicked(Box<dyn Any + Send>),
}

impl<F> Member<F> {
    pub(super) fn new(index: usize, future: F) -> Self {
        Self { future: Some(future), roaming: Roaming::default(), index }
    }

    /// Drops the future in its domain; if it has none, in the one that the set is polled in.
    #[inline]
    fn end(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.roaming.has_home() {
            this.roaming.end(|| this.future.set(None));
        } else {
            this.future.set(None);
        }
    }

    /// The same, with what a destructor panics with.
    fn ended(self: Pin<&mut Self>) -> Result<(), Box<dyn Any + Send>> {
        caught(|| self.end())
    }

    /// Asks it to end. `true`: it has something to clean up, and tells when that is done. Else it is gone.
    pub(super) fn request(self: Pin<&mut Self>, reason: &Reason) -> Result<bool, Box<dyn Any + Send>> {
        if self.future.is_none() {
            return Ok(false);
        }
        if self.roaming.has_home() {
            self.roaming.request(reason);
            return Ok(true);
        }
        self.ended().map(|()| false)
    }
}

impl<F: Future> Future for Member<F> {
    type Output = (usize, End<F::Output>);

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let index = self.index;
        match caught(|| self.as_mut().poll_running(cx)) {
            Ok(polled) => polled.map(|end| (index, end)),
            Err(payload) => Poll::Ready((index, self.panicked(payload))),
        }
    }
}

impl<F: Future> Member<F> {
    /// Polls the future; one that is through is dropped, too.
    #[inline]
    fn poll_running(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End<F::Output>> {
        let this = self.as_mut().project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let ended = ready!(this.roaming.poll(future, cx));
        self.end();
        Poll::Ready(match ended {
            Ended::Ready(value) => End::Ready(value),
            Ended::Dropped => End::Dropped,
        })
    }

    /// It panicked, or a destructor of it did. What is left of it is dropped.
    #[cold]
    fn panicked<T>(self: Pin<&mut Self>, payload: Box<dyn Any + Send>) -> End<T> {
        if let Err(another) = self.ended() {
            drop(Panic::new(another));
        }
        End::Panicked(payload)
    }
}
