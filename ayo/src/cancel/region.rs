//! A future in a domain of its own, polled inside of whatever polls the region: what `shield`, `timeout` and
//! every other combinator is made of.

use std::any::Any;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::ambient;
use super::domain::{Above, Domain, Fault, Link, Marks, Node, report, request};
use super::reason::Reason;
use crate::panic::caught;

/// The domain of a region.
pub(crate) struct Place {
    domain: Domain,
}

impl Place {
    /// Into a shielded one no request comes from above.
    pub(crate) fn open(shielded: bool) -> Arc<dyn Node> {
        let domain = if shielded { Domain::shield() } else { Domain::new() };
        Arc::new(Self { domain })
    }
}

impl Node for Place {
    fn domain(&self) -> &Domain {
        &self.domain
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.domain
    }
}

/// How a region ended.
pub(crate) enum Ended<T> {
    /// The future was ready.
    Ready(T),
    /// The region was asked to end; its future has cleaned up and is dropped.
    Dropped,
}

pin_project! {
    /// A future that runs in a domain of its own.
    pub(crate) struct Region<F> {
        #[pin]
        future: Option<F>,
        shielded: bool,
        node: Option<Arc<dyn Node>>,
        link: Option<Link>,
    }

    impl<F> PinnedDrop for Region<F> {
        fn drop(this: Pin<&mut Self>) {
            this.drop_future();
        }
    }
}

impl<F> Region<F> {
    pub(crate) fn new(future: F) -> Self {
        Self::with(future, false)
    }

    /// A region that no request from above enters.
    pub(crate) fn shielded(future: F) -> Self {
        Self::with(future, true)
    }

    fn with(future: F, shielded: bool) -> Self {
        Self { future: Some(future), shielded, node: None, link: None }
    }

    /// Whether its future has been polled and has not ended.
    pub(crate) fn is_running(&self) -> bool {
        self.node.is_some() && self.future.is_some()
    }

    /// Whether the code around the region is asked to end.
    pub(crate) fn above_requested(&self) -> bool {
        self.link.as_ref().is_some_and(Link::above_requested)
    }

    /// The domain above, once running.
    pub(crate) fn above(&self) -> Option<&Above> {
        self.link.as_ref().map(Link::above)
    }

    /// Asks the future to end.
    pub(crate) fn request(&self, reason: &Reason) {
        if let Some(node) = &self.node {
            request(node.domain(), reason);
        }
    }

    /// Drops the future in its domain.
    fn drop_future(self: Pin<&mut Self>) {
        let mut this = self.project();
        match this.node {
            Some(node) if this.future.is_some() => ambient::enter(node, || this.future.set(None)),
            _ => this.future.set(None),
        }
    }

    /// Opens the domain at the first poll. `false`: everything around is asked to end already, nothing starts.
    fn start(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        if this.node.is_some() {
            return true;
        }
        if !*this.shielded && ambient::is_requested() {
            return false;
        }
        let node = Place::open(*this.shielded);
        *this.link = ambient::hang(&node);
        *this.node = Some(node);
        true
    }
}

impl<F: Future> Region<F> {
    /// Polls the future in its domain. After a request it goes on for as long as frames inside clean up, and is
    /// dropped then. Where everything around is asked to end already, it starts nothing and stays pending.
    ///
    /// A panic goes on in the caller, unless everything around is asked to end: then it goes up as a fault, so that the
    /// frames beside this one can clean up.
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        if !self.as_mut().start() || self.future.is_none() {
            return Poll::Pending;
        }
        let polled = caught(|| self.as_mut().poll_running(cx));
        if let Ok(Poll::Pending) = polled {
            return Poll::Pending;
        }
        let dropped = caught(|| self.as_mut().drop_future());
        if let Some(link) = self.as_mut().project().link {
            link.finish();
        }
        match (polled, dropped) {
            (Ok(ended), Ok(())) => ended,
            (Err(payload), _) | (_, Err(payload)) => self.panicked(payload),
        }
    }

    fn poll_running(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        let mut this = self.project();
        let (Some(node), Some(future)) = (this.node.as_ref(), this.future.as_mut().as_pin_mut()) else {
            return Poll::Pending;
        };
        node.domain().set_waker(cx.waker());
        let before = node.domain().marks();
        match ambient::enter(node, || future.poll(cx)) {
            Poll::Ready(value) => Poll::Ready(Ended::Ready(value)),
            Poll::Pending => may_drop(before, node.domain(), cx).map(|()| Ended::Dropped),
        }
    }

    fn panicked<T>(&self, payload: Box<dyn Any + Send>) -> Poll<T> {
        match self.above() {
            Some(above) if self.above_requested() => {
                report(above, Fault::Panic(payload));
                Poll::Pending
            }
            _ => resume_unwind(payload),
        }
    }
}

/// Whether what is pending in `domain` is to be dropped now. `before` is what the domain had been told before the poll:
/// a request that came during it gets what it reaches one more turn first.
#[inline]
pub(crate) fn may_drop(before: Marks, domain: &Domain, cx: &Context<'_>) -> Poll<()> {
    let now = domain.marks();
    if !now.ending() {
        return Poll::Pending;
    }
    if !before.ending() {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    if domain.is_held() { Poll::Pending } else { Poll::Ready(()) }
}
