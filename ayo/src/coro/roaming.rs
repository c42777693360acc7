//! A domain that follows its code: it hangs below whatever polls it, and is made when something in it asks for one.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use crate::cancel::Reason;
use crate::cancel::ambient::{self, Ambient, Around, Post};
use crate::cancel::domain::{Above, Domain, Link, Node, request};
use crate::cancel::region::{Ended, may_drop};
use crate::scope::limit::Limiter;
use crate::scope::waits::JobKey;
use crate::sync::{AtomicBool, Ordering, lock};

/// The domain of a coroutine, once something in it has asked for one; until then this is a pointer.
#[derive(Default)]
pub(crate) struct Roaming(OnceCell<Box<Lodged>>);

/// A domain and its place.
struct Lodged {
    home: Arc<Home>,
    /// While somebody drives it.
    link: Cell<Option<Link>>,
}

/// A domain that can be hung elsewhere.
struct Home {
    domain: Domain,
    above: Mutex<Option<Above>>,
    /// Nobody drives it.
    is_parked: AtomicBool,
}

impl Node for Home {
    fn domain(&self) -> &Domain {
        &self.domain
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.domain
    }

    fn above(&self) -> Option<Above> {
        lock(&self.above).clone()
    }

    fn roams(&self) -> bool {
        true
    }

    fn is_parked(&self) -> bool {
        self.is_parked.load(Ordering::Relaxed)
    }

    fn hang(&self, above: &Above) {
        let old = lock(&self.above).replace(above.clone());
        drop(old);
    }
}

impl Home {
    /// It was made during the poll, and gets the waker now.
    #[cold]
    fn after_first(&self, cx: &Context<'_>) {
        self.domain.set_waker(cx.waker());
        if self.domain.marks().ending() {
            cx.waker().wake_by_ref(); // it came during the poll: one more turn
        }
    }
}

/// A coroutine's code that somebody drives: what it opens holds the code around it open.
impl Ambient for Roaming {
    fn node(&self, around: Around<'_>) -> Arc<dyn Node> {
        self.lodged(around, true).node()
    }

    fn nearest(&self, around: Around<'_>) -> Arc<dyn Node> {
        self.nearest(around, true)
    }

    fn is_requested(&self, around: Around<'_>) -> bool {
        match self.home() {
            Some(home) => home.domain.marks().requested(),
            None => around.is_requested(),
        }
    }

    fn is_settled(&self, around: Around<'_>) -> bool {
        around.is_settled()
    }
}

/// The same while nobody drives it.
struct Undriven<'a>(&'a Roaming);

impl Ambient for Undriven<'_> {
    fn node(&self, around: Around<'_>) -> Arc<dyn Node> {
        self.0.lodged(around, false).node()
    }

    fn nearest(&self, around: Around<'_>) -> Arc<dyn Node> {
        self.0.nearest(around, false)
    }

    fn is_requested(&self, around: Around<'_>) -> bool {
        self.0.is_requested(around)
    }

    fn is_settled(&self, around: Around<'_>) -> bool {
        around.is_settled()
    }

    /// What nobody drives yet does not wait on behalf of the code around.
    fn job_under(&self, _: &Arc<Limiter>) -> Option<JobKey> {
        Some(JobKey::NONE)
    }
}

impl Lodged {
    #[cold]
    fn park(&self) {
        self.home.is_parked.store(true, Ordering::Relaxed);
        drop(self.link.take());
    }

    fn node(&self) -> Arc<dyn Node> {
        Arc::clone(&self.home) as Arc<dyn Node>
    }

    /// Hangs the domain below the code around, if it does not hang there already.
    fn hang(&self, around: Around<'_>, is_driven: bool) {
        ambient::settle();
        let above = around.node();
        let link = self.link.take();
        let stays = match (&link, &above) {
            (Some(link), Some(above)) => Arc::ptr_eq(&link.above().node, above),
            (None, None) => true,
            _ => false,
        };
        let link = if stays { link } else { above.map(|above| Link::new(&above, &self.node(), is_driven)) };
        self.link.set(link);
        self.home.is_parked.store(false, Ordering::Relaxed);
    }
}

impl Roaming {
    #[inline]
    fn home(&self) -> Option<&Home> {
        self.0.get().map(|lodged| &*lodged.home)
    }

    /// The domain, made below the code around if there is none yet.
    #[cold]
    fn lodged(&self, around: Around<'_>, is_driven: bool) -> &Lodged {
        self.0.get_or_init(|| {
            let (domain, is_parked) = (Domain::new(), AtomicBool::new(false));
            let home = Arc::new(Home { domain, above: Mutex::new(None), is_parked });
            let lodged = Box::new(Lodged { home, link: Cell::new(None) });
            lodged.hang(around, is_driven);
            lodged
        })
    }

    fn nearest(&self, around: Around<'_>, is_driven: bool) -> Arc<dyn Node> {
        let above = if self.has_home() { None } else { around.nearest() };
        above.unwrap_or_else(|| self.lodged(around, is_driven).node())
    }

    /// Polls a future in this domain, on behalf of somebody who drives it. [`Ended::Dropped`]: it was asked to end, has
    /// cleaned up, and is to be dropped.
    #[inline]
    pub(crate) fn poll<F: Future + ?Sized>(
        &mut self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<F::Output>> {
        self.poll_at(&mut Post::new(), future, cx)
    }

    /// The same, at this post.
    #[inline]
    pub(crate) fn poll_at<F: Future + ?Sized>(
        &mut self,
        post: &mut Post,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<F::Output>> {
        if self.has_home() {
            return self.poll_at_home(post, future, cx);
        }
        let parking = Parking(self);
        let polled = ambient::enter_at(post, parking.0, || future.poll(cx));
        std::mem::forget(parking);
        match polled {
            Poll::Ready(value) => {
                self.park();
                Poll::Ready(Ended::Ready(value))
            }
            Poll::Pending => {
                if let Some(home) = self.home() {
                    home.after_first(cx);
                }
                Poll::Pending
            }
        }
    }

    fn poll_at_home<F: Future + ?Sized>(
        &mut self,
        post: &mut Post,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<F::Output>> {
        let Some(lodged) = self.0.get() else { return Poll::Pending };
        ambient::here(|around| lodged.hang(around, true));
        let home = &lodged.home;
        home.domain.set_waker(cx.waker());
        let before = home.domain.marks();
        let parking = Parking(self);
        let polled = ambient::enter_at(post, parking.0, || future.poll(cx));
        std::mem::forget(parking);
        match polled {
            Poll::Ready(value) => {
                self.park();
                Poll::Ready(Ended::Ready(value))
            }
            Poll::Pending => may_drop(before, &home.domain, cx).map(|()| Ended::Dropped),
        }
    }

    /// Nobody drives it for now: it holds nothing open, and hears of nothing.
    #[inline]
    pub(crate) fn park(&self) {
        if let Some(lodged) = self.0.get() {
            lodged.park();
        }
    }

    /// Runs the first part of something, that nobody drives yet.
    #[inline]
    pub(crate) fn begin<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.begin_at(&mut Post::new(), f)
    }

    #[inline]
    fn begin_at<R>(&mut self, post: &mut Post, f: impl FnOnce() -> R) -> R {
        let parking = Parking(self);
        ambient::enter_at(post, &Undriven(parking.0), f)
    }

    /// Drops what `f` drops in this domain, where it is now.
    pub(crate) fn end<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.end_at(&mut Post::new(), f)
    }

    /// The same, at this post.
    pub(crate) fn end_at<R>(&mut self, post: &mut Post, f: impl FnOnce() -> R) -> R {
        if let Some(home) = self.home()
            && let Some(above) = ambient::nearest()
        {
            home.hang(&above.into());
        }
        self.begin_at(post, f)
    }

    /// Asks what runs in it to end.
    pub(crate) fn request(&self, reason: &Reason) {
        if let Some(home) = self.home() {
            request(&home.domain, reason);
        }
    }

    /// Whether something in it has clean-up left.
    pub(crate) fn is_held(&self) -> bool {
        self.home().is_some_and(|home| home.domain.is_held())
    }

    /// Whether something in it has asked for the domain.
    #[inline]
    pub(crate) fn has_home(&self) -> bool {
        self.0.get().is_some()
    }
}

impl Drop for Roaming {
    #[inline]
    fn drop(&mut self) {
        if let Some(lodged) = self.0.take() {
            drop_apart(lodged);
        }
    }
}

/// So that what never had a domain is dropped in line.
#[cold]
fn drop_apart<T>(_: T) {}

/// Whoever leaves by a panic drives it no more.
struct Parking<'a>(&'a Roaming);

impl Drop for Parking<'_> {
    // So that the guard itself need not be in memory.
    #[inline(always)]
    fn drop(&mut self) {
        self.0.park();
    }
}
