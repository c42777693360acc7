//! A future in a roaming domain, pinned wherever it is polled: in a box of its own (`coroutine.rs`), or among others in one
//! (`race/crew.rs`).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;

use super::roaming::Roaming;
use crate::cancel::Reason;
use crate::cancel::ambient::Post;
use crate::cancel::region::Ended;

pin_project! {
    pub(crate) struct Body<F> {
        // `None` once it has ended.
        #[pin]
        future: Option<F>,
        roaming: Roaming,
    }

    impl<F> PinnedDrop for Body<F> {
        fn drop(this: Pin<&mut Self>) {
            this.end();
        }
    }
}

impl<F> Body<F> {
    #[inline]
    pub(crate) fn new(future: Option<F>) -> Self {
        Self { future, roaming: Roaming::default() }
    }

    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.future.is_none()
    }

    /// Whether something in it has asked for the domain.
    #[inline]
    pub(crate) fn has_home(&self) -> bool {
        self.roaming.has_home()
    }

    /// Whether there is nothing in it at all.
    #[inline]
    pub(crate) fn is_void(&self) -> bool {
        self.has_ended() && !self.has_home()
    }

    /// Whether something in it has clean-up left.
    pub(crate) fn has_clean_up(&self) -> bool {
        !self.has_ended() && self.roaming.is_held()
    }

    /// Nobody drives it for now.
    #[inline]
    pub(crate) fn park(&self) {
        self.roaming.park();
    }

    /// Begins another future in the place of one that has ended.
    #[inline]
    pub(crate) fn renew(mut self: Pin<&mut Self>, future: F) {
        self.as_mut().end();
        let mut this = self.project();
        if this.roaming.has_home() {
            *this.roaming = Roaming::default();
        }
        this.future.set(Some(future));
    }

    /// Drops the future in its domain; if it has none, in the one that this is called in.
    #[inline]
    pub(crate) fn end(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.future.is_none() {
            return;
        }
        if this.roaming.has_home() {
            this.roaming.end(|| this.future.set(None));
        } else {
            this.future.set(None);
        }
    }

    /// Drops the future at this post.
    #[cold]
    pub(crate) fn end_at(self: Pin<&mut Self>, post: &mut Post) {
        let mut this = self.project();
        if this.future.is_some() {
            this.roaming.end_at(post, || this.future.set(None));
        }
    }

    /// Asks it to end, whether or not that takes time.
    pub(crate) fn request(&self, reason: &Reason) {
        self.roaming.request(reason);
    }
}

impl<F: Future> Body<F> {
    /// Polls it on behalf of somebody who drives it; what is through is dropped, too. [`Ended::Dropped`]: it was asked to end,
    /// and has.
    #[inline]
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        let this = self.as_mut().project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let ended = ready!(this.roaming.poll(future, cx));
        self.end();
        Poll::Ready(ended)
    }

    /// The same, at this post.
    #[inline]
    pub(crate) fn poll_at(
        mut self: Pin<&mut Self>,
        post: &mut Post,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<F::Output>> {
        let this = self.as_mut().project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let ended = ready!(this.roaming.poll_at(post, future, cx));
        self.end_at(post);
        Poll::Ready(ended)
    }

    /// Polls it once, with nobody to wake; what is through is dropped in its domain.
    #[inline]
    pub(crate) fn begin(self: Pin<&mut Self>) -> Poll<F::Output> {
        let mut this = self.project();
        this.roaming.begin(|| {
            let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
            let polled = future.poll(&mut Context::from_waker(Waker::noop()));
            if polled.is_ready() {
                this.future.set(None);
            }
            polled
        })
    }
}
