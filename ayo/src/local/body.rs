//! What a borrowing scope runs: its body and its children, by one queue.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::kind::Kind;
use super::queue::{BODY, Queue};
use super::woken::Spare;
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
        body_waker: Waker,
        value: Option<R>,
        core: Arc<Core>,
        queue: Arc<Queue<'env, K>>,
        children: Children<'env, K>,
        // Holds the scope's domain open: what is in here cleans up before it is dropped.
        frame: Option<Link>,
        is_told: bool,
        is_over: bool,
    }

    impl<K: Kind, B, R> PinnedDrop for LocalBody<'_, K, B, R> {
        /// At its end; or dropped from outside, or by force: then the children are dropped in place, each in its domain.
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let late = this.queue.close();
            let body = caught(|| this.body.set(None));
            let children = caught(|| drop((std::mem::take(&mut this.children.slots), late)));
            *this.frame = None;
            for payload in [body.err(), children.err()].into_iter().flatten() {
                this.core.fail(Fault::Panic(payload), None, true);
            }
        }
    }
}

/// Children by their place in the queue.
struct Children<'env, K: Kind> {
    slots: Vec<Slot<'env, K>>,
    spare: Spare,
    live: usize,
    /// On their way in; kept for its memory.
    coming: Vec<(u32, K::Child<'env>)>,
}

struct Slot<'env, K: Kind> {
    child: Option<K::Child<'env>>,
    /// Made when somebody there is pending for the first time.
    waker: Option<Waker>,
}

impl<'env, K: Kind> Children<'env, K> {
    /// Seats those who came.
    #[inline]
    fn take_in(&mut self) {
        if self.coming.is_empty() {
            return;
        }
        self.live += self.coming.len();
        for (slot, child) in self.coming.drain(..) {
            let (slot, child) = (slot as usize, Some(child));
            if let Some(free) = self.slots.get_mut(slot) {
                free.child = child;
                continue;
            }
            self.slots.resize_with(slot, || Slot { child: None, waker: None });
            self.slots.push(Slot { child, waker: None });
        }
    }

    /// Polls the child in this place; one that has ended comes back.
    #[inline]
    fn poll(&mut self, slot: u32) -> Option<K::Child<'env>> {
        let Slot { child, waker } = &mut self.slots[slot as usize];
        let running = Pin::new(child.as_mut()?);
        if let Some(waker) = waker {
            return running.poll(&mut Context::from_waker(waker)).is_ready().then(|| child.take()).flatten();
        }
        if running.poll(&mut Context::from_waker(self.spare.of(slot))).is_ready() {
            return child.take();
        }
        *waker = Some(self.spare.give());
        None
    }
}

impl<'env, K: Kind, B, R> LocalBody<'env, K, B, R> {
    pub(super) fn new(core: Arc<Core>, queue: Arc<Queue<'env, K>>, body: B) -> Self {
        let body_waker = queue.woken.waker(BODY);
        let spare = Spare::new(&queue.woken);
        Self {
            body: Some(Region::new(body)),
            value: None,
            core,
            queue,
            body_waker,
            children: Children { slots: Vec::new(), spare, live: 0, coming: Vec::new() },
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
        if this.queue.end(&mut this.children.coming) {
            cx.waker().wake_by_ref();
        }
        this.children.take_in();
        if this.body.is_some() {
            return Poll::Pending;
        }
        if this.children.live > 0 {
            let _ = all_ended(this.core, true); // background tasks are asked to end once they are alone
            return Poll::Pending;
        }
        *this.is_over = true;
        *this.frame = None;
        this.value.take().map_or(Poll::Pending, |value| Poll::Ready(Ok(value)))
    }
}

impl<K, B, R> LocalBody<'_, K, B, R>
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
            let next = this.queue.next(&mut this.children.coming);
            this.children.take_in();
            match next {
                None => return,
                Some(BODY) => self.as_mut().poll_body(),
                Some(slot) => self.as_mut().poll_child(slot),
            }
            if !all && !tokio::task::coop::has_budget_remaining() {
                return;
            }
        }
    }

    fn poll_child(self: Pin<&mut Self>, slot: u32) {
        let this = self.project();
        if let Some(ended) = this.children.poll(slot) {
            this.children.live -= 1;
            this.queue.leave(slot);
            drop(ended);
        }
    }

    /// The body runs in a domain of its own, so that it is dropped when it has cleaned up, whatever the children do.
    fn poll_body(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return };
        match caught(|| body.as_mut().poll(&mut Context::from_waker(this.body_waker))) {
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
        f.debug_struct("LocalBody").field("children", &self.children.live).finish_non_exhaustive()
    }
}
