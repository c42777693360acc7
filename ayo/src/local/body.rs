//! What a borrowing scope runs: its body and its children, by one queue.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::kind::Kind;
use super::queue::{BODY, Next, Polled, Queue};
use super::woken::Seats;
use crate::cancel::ambient;
use crate::cancel::domain::{Fault, Link};
use crate::cancel::region::{Ended, Place, Region};
use crate::panic::caught;
use crate::scope::core::Core;
use crate::scope::future::{BodyError, all_ended};

/// So many entries are polled in one turn, then other tasks get theirs.
const TURN: usize = 128;

pin_project! {
    /// The body of a borrowing scope together with its children.
    pub struct LocalBody<'env, K: Kind, B, R> {
        #[pin]
        body: Option<Region<B>>,
        value: Option<R>,
        core: Arc<Core>,
        queue: Arc<Queue<'env, K>>,
        polled: Polled<K::Child<'env>>,
        seats: Seats,
        // Holds the scope's domain open: what is in here cleans up before it is dropped.
        frame: Option<Link>,
        is_told: bool,
        is_over: bool,
    }

    impl<K: Kind, B, R> PinnedDrop for LocalBody<'_, K, B, R> {
        /// At its end; or dropped from outside, or by force: then the children are dropped in place, each in its domain.
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let entered = this.queue.close();
            let body = caught(|| this.body.set(None));
            let children = caught(|| drop((this.polled.take(), entered)));
            *this.frame = None;
            for payload in [body.err(), children.err()].into_iter().flatten() {
                this.core.fail(Fault::Panic(payload), None, true);
            }
        }
    }
}

impl<'env, K: Kind, B, R> LocalBody<'env, K, B, R> {
    pub(super) fn new(core: Arc<Core>, queue: Arc<Queue<'env, K>>, body: B) -> Self {
        let seats = Seats::new(&queue.woken);
        Self {
            body: Some(Region::new(body)),
            value: None,
            core,
            queue,
            polled: None,
            seats,
            frame: None,
            is_told: false,
            is_over: false,
        }
    }
}

impl<K, B, R> Future for LocalBody<'_, K, B, R>
where
    K: Kind,
    B: Future<Output = Result<R, BodyError>>,
{
    type Output = Result<R, BodyError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.is_over {
            return Poll::Pending;
        }
        self.as_mut().begin(cx);
        self.as_mut().run();
        let this = self.as_mut().project();
        let (has_ready, has_children) = this.queue.end(this.polled);
        if has_ready {
            cx.waker().wake_by_ref();
        }
        if this.body.is_some() {
            return Poll::Pending;
        }
        if has_children {
            let _ = all_ended(this.core, true); // background tasks are asked to end once they are alone
            return Poll::Pending;
        }
        *this.is_over = true;
        *this.frame = None;
        this.value.take().map_or(Poll::Pending, |value| Poll::Ready(Ok(value)))
    }
}

impl<'env, K, B, R> LocalBody<'env, K, B, R>
where
    K: Kind,
    B: Future<Output = Result<R, BodyError>>,
{
    /// Takes its place, and tells those who have not run yet of a request: nothing else would wake them.
    fn begin(self: Pin<&mut Self>, cx: &Context<'_>) {
        let this = self.project();
        this.queue.begin(cx.waker());
        if this.frame.is_none() {
            *this.frame = ambient::hang(&Place::open(false));
        }
        if !*this.is_told && this.core.marks().ending() {
            *this.is_told = true;
            this.queue.wake_all();
        }
    }

    /// Polls whoever is in the queue, one after the other.
    fn run(mut self: Pin<&mut Self>) {
        let all = self.core.marks().forced();
        for turn in 0.. {
            if turn >= TURN && !all {
                return;
            }
            let this = self.as_mut().project();
            let Some(Next { slot, child }) = this.queue.next(this.polled) else { return };
            match child {
                Some(child) => self.as_mut().poll_child(slot, child),
                None if slot == BODY => self.as_mut().poll_body(),
                None => {} // it is polled for the first time, where it is started
            }
            if !all && !tokio::task::coop::has_budget_remaining() {
                return;
            }
        }
    }

    fn poll_child(self: Pin<&mut Self>, slot: u32, mut child: K::Child<'env>) {
        let this = self.project();
        let waker = this.seats.waker(slot);
        if Pin::new(&mut child).poll(&mut Context::from_waker(&waker)).is_pending() {
            *this.polled = Some((slot, child));
            return;
        }
        this.queue.ended(slot);
        drop(child);
    }

    /// The body runs in a domain of its own, so that it is dropped when it has cleaned up, whatever the children do.
    fn poll_body(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return };
        let waker = this.seats.waker(BODY);
        match caught(|| body.as_mut().poll(&mut Context::from_waker(&waker))) {
            Ok(Poll::Pending) if body.is_running() || !this.core.marks().requested() => return,
            Ok(Poll::Pending | Poll::Ready(Ended::Dropped)) => {}
            Ok(Poll::Ready(Ended::Ready(Ok(value)))) => *this.value = Some(value),
            Ok(Poll::Ready(Ended::Ready(Err(BodyError(error))))) => {
                this.core.fail(Fault::Error(error), None, true);
            }
            Err(payload) => this.core.fail(Fault::Panic(payload), None, true),
        }
        if let Err(payload) = caught(|| this.body.set(None)) {
            this.core.fail(Fault::Panic(payload), None, true);
        }
        this.queue.leave(BODY);
    }
}

impl<K: Kind, B, R> fmt::Debug for LocalBody<'_, K, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBody").finish_non_exhaustive()
    }
}
