//! A future in a roaming domain, in the box that it stays in wherever it goes.

use std::any::Any;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::body::Body;
use crate::cancel::ambient::Post;
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

    /// What is in the box.
    #[inline]
    pub(in crate::coro) fn body(&mut self) -> Pin<&mut Body<F>> {
        self.0.as_mut()
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
            Err(payload) => settled(self.0.as_mut(), &mut Post::new(), Err(payload)),
        }
    }

    /// Polls it for somebody who waits for it. [`Ended::Dropped`]: it was asked to end, and has.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        drive(self.0.as_mut(), &mut Post::new(), cx)
    }

    /// After a request: ready when its frames have cleaned up and it is dropped.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        drive_to_its_end(self.0.as_mut(), &mut Post::new(), cx)
    }
}

/// Polls it at this post, for somebody who waits for it. [`Ended::Dropped`]: it was asked to end, and has.
#[inline]
pub(in crate::coro) fn drive<F: Future>(
    body: Pin<&mut Body<F>>,
    post: &mut Post,
    cx: &mut Context<'_>,
) -> Poll<Ended<F::Output>> {
    if body.has_home() {
        return drive_at_home(body, post, cx);
    }
    let mut guard = EndOnPanic(body, post);
    let polled = guard.0.as_mut().poll_at(guard.1, cx);
    std::mem::forget(guard);
    polled
}

/// The same where clean-up may be under way: a panic then goes up, so that what is beside can clean up too.
#[cold]
fn drive_at_home<F: Future>(
    mut body: Pin<&mut Body<F>>,
    post: &mut Post,
    cx: &mut Context<'_>,
) -> Poll<Ended<F::Output>> {
    let polled = match caught(|| body.as_mut().poll_at(post, cx)) {
        Ok(Poll::Pending) => return Poll::Pending,
        polled => settled(body, post, polled),
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
pub(in crate::coro) fn drive_to_its_end<F: Future>(
    body: Pin<&mut Body<F>>,
    post: &mut Post,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if body.has_ended() || !body.has_home() {
        body.end();
        return Poll::Ready(());
    }
    drive(body, post, cx).map(drop)
}

/// Drops the future, which has ended. What a destructor of it panics with is what it ended with.
#[cold]
fn settled<F, T>(
    body: Pin<&mut Body<F>>,
    post: &mut Post,
    polled: Result<T, Box<dyn Any + Send>>,
) -> Result<T, Box<dyn Any + Send>> {
    match (polled, caught(|| body.end_at(post))) {
        (Err(payload), Err(another)) => {
            drop(Panic::new(another));
            Err(payload)
        }
        (Err(payload), Ok(())) | (Ok(_), Err(payload)) => Err(payload),
        (Ok(value), Ok(())) => Ok(value),
    }
}

/// What has panicked is never polled again.
struct EndOnPanic<'a, F>(Pin<&'a mut Body<F>>, &'a mut Post);

impl<F> Drop for EndOnPanic<'_, F> {
    // So that the guard itself need not be in memory.
    #[inline(always)]
    fn drop(&mut self) {
        end_after_panic(self.0.as_mut(), self.1);
    }
}

#[cold]
fn end_after_panic<F>(body: Pin<&mut Body<F>>, post: &mut Post) {
    if let Err(another) = caught(|| body.end_at(post)) {
        drop(Panic::new(another));
    }
}

/// It was asked to end while it was awaited, and has. Control does not go back to code that is asked to end too; to other
/// code it does, and has nothing to bring.
pub(crate) fn after_the_end<T>(what: &str) -> Poll<T> {
    assert!(ambient::is_requested(), "this {what} was cancelled while it was awaited before, and has ended");
    Poll::Pending
}
