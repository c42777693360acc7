//! A future in a roaming domain, in the box that it stays in wherever it goes.

use std::any::Any;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::body::Body;
use crate::cancel::domain::{Fault, report};
use crate::cancel::region::Ended;
use crate::cancel::{Reason, ambient};
use crate::panic::{Panic, caught};

pub(crate) struct Coroutine<F>(pub(super) Pin<Box<Body<F>>>);

impl<F> Coroutine<F> {
    pub(crate) fn new(future: Option<F>) -> Self {
        Self(Box::pin(Body::new(future)))
    }

    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    /// Begins another future in the same box.
    #[inline]
    pub(crate) fn renew(&mut self, future: F) {
        self.0.as_mut().renew(future);
    }

    /// Nobody drives it for now.
    #[inline]
    pub(crate) fn park(&self) {
        self.0.park();
    }

    /// Drops the future in its domain.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.0.as_mut().end();
    }

    /// Whether something in it has clean-up left.
    pub(crate) fn has_clean_up(&self) -> bool {
        self.0.has_clean_up()
    }

    /// Asks it to end.
    pub(crate) fn request(&self, reason: &Reason) {
        self.0.request(reason);
    }
}

impl<F: Future> Coroutine<F> {
    /// Polls it once, with nobody to wake; gives what it panicked with.
    #[inline]
    pub(crate) fn begin(&mut self) -> Result<Poll<F::Output>, Box<dyn Any + Send>> {
        match caught(|| self.0.as_mut().begin()) {
            Ok(polled) => Ok(polled),
            Err(payload) => self.settled(Err(payload)),
        }
    }

    /// Polls it for somebody who waits for it. [`Ended::Dropped`]: it was asked to end, and has.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        if self.0.has_home() {
            return self.poll_at_home(cx);
        }
        let guard = EndOnPanic(self);
        let polled = guard.0.0.as_mut().poll(cx);
        std::mem::forget(guard);
        polled
    }

    /// The same where clean-up may be under way: a panic then goes up, so that what is beside can clean up too.
    #[cold]
    fn poll_at_home(&mut self, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        let polled = match caught(|| self.0.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            polled => self.settled(polled),
        };
        match (polled, ambient::node()) {
            (Ok(ended), _) => ended,
            (Err(payload), Some(above)) if above.domain().marks().requested() => {
                report(&above.into(), Fault::Panic(payload));
                Poll::Pending
            }
            (Err(payload), _) => resume_unwind(payload),
        }
    }

    /// After a request: ready when its frames have cleaned up and it is dropped.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.has_ended() || !self.0.has_home() {
            self.end();
            return Poll::Ready(());
        }
        self.poll(cx).map(drop)
    }

    /// Drops the future, which has ended. What a destructor of it panics with is what it ended with.
    #[cold]
    fn settled<T>(&mut self, polled: Result<T, Box<dyn Any + Send>>) -> Result<T, Box<dyn Any + Send>> {
        match (polled, caught(|| self.end())) {
            (Err(payload), Err(another)) => {
                drop(Panic::new(another));
                Err(payload)
            }
            (Err(payload), Ok(())) | (Ok(_), Err(payload)) => Err(payload),
            (Ok(value), Ok(())) => Ok(value),
        }
    }
}

/// What has panicked is never polled again.
struct EndOnPanic<'a, F>(&'a mut Coroutine<F>);

impl<F> Drop for EndOnPanic<'_, F> {
    fn drop(&mut self) {
        if let Err(another) = caught(|| self.0.end()) {
            drop(Panic::new(another));
        }
    }
}

/// It was asked to end while it was awaited, and has. Control does not go back to code that is asked to end too; to other
/// code it does, and has nothing to bring.
pub(crate) fn after_the_end<T>(what: &str) -> Poll<T> {
    assert!(ambient::is_requested(), "this {what} was cancelled while it was awaited before, and has ended");
    Poll::Pending
}
