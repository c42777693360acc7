//! A task that runs directly on Tokio: one allocation in all, Tokio's own, and no lock if its first poll is its last.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::deliver::Deliver;
use super::node::TaskNode;
use super::work::{self, Seat, Verdict};
use crate::cancel::Reason;
use crate::cancel::ambient::Ambient;
use crate::cancel::domain::{Marks, Member, Node, inherit, mark, request};
use crate::cancel::region::may_drop;
use crate::outcome::Outcome;
use crate::scope::core::Core;
use crate::site::{Extra, Label, Who};
use crate::trace::in_span;

pin_project! {
    pub(crate) struct Child<F: Future<Output: Outcome>, D: Deliver<F::Output>> {
        #[pin]
        future: Option<F>,
        deliver: D,
        seat: Direct,
        started: bool,
        grace: Option<Pin<Box<Sleep>>>,
    }

    impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> PinnedDrop for Child<F, D> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.future.is_some() {
                let reason = if this.seat.core.marks().requested() { this.seat.core.reason() } else { Reason::RuntimeGone };
                let verdict = work::drop_future(this.future, this.seat, Verdict::Cancelled(reason));
                drop(this.seat.end(this.deliver, verdict));
            }
        }
    }
}

/// The seat of such a task.
pub(crate) struct Direct {
    pub(crate) core: Arc<Core>,
    pub(crate) label: Label,
    pub(crate) extra: Option<Arc<Extra>>,
    /// Made when something in the task has clean-up to do.
    node: OnceCell<Arc<TaskNode>>,
    /// Its place among the members of the scope, from its first suspension on.
    key: Cell<Option<usize>>,
    /// The waker that the scope has, so that it is handed over only if it changed.
    waker: Cell<(usize, usize)>,
    /// What the scope had been told when this task looked last.
    seen: Cell<Marks>,
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> Child<F, D> {
    pub(crate) fn new(
        future: F,
        deliver: D,
        core: Arc<Core>,
        label: Label,
        extra: Option<Arc<Extra>>,
    ) -> Self {
        let seat = Direct {
            core,
            label,
            extra,
            node: OnceCell::new(),
            key: Cell::new(None),
            waker: Cell::new((0, 0)),
            seen: Cell::new(Marks::NONE),
        };
        Self { future: Some(future), deliver, seat, started: false, grace: None }
    }
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> Future for Child<F, D> {
    type Output = D::Out;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<D::Out> {
        let mut this = self.project();
        let seat = &*this.seat;
        let refused = if *this.started { None } else { seat.told() };
        *this.started = true;
        let verdict = match refused {
            Some(reason) => work::drop_future(this.future, seat, Verdict::Cancelled(reason)),
            None => {
                let span = seat.extra.as_ref().and_then(|extra| extra.span.as_ref());
                match in_span(span, || work::poll(this.future.as_mut(), seat, cx)) {
                    Poll::Ready(verdict) => verdict,
                    Poll::Pending => {
                        if seat.out_of_time(this.grace, cx) {
                            seat.abandon(this.future)
                        } else {
                            return Poll::Pending;
                        }
                    }
                }
            }
        };
        Poll::Ready(seat.end(this.deliver, verdict))
    }
}

impl Direct {
    fn who(&self) -> Who {
        Who { label: self.label, extra: self.extra.clone() }
    }

    /// Why the task is asked to end, by its scope or alone, if that is news.
    fn told(&self) -> Option<Reason> {
        let marks = self.core.marks();
        if self.seen.replace(marks) == marks {
            return None;
        }
        if marks.requested() || marks.forced() {
            return Some(self.core.reason());
        }
        if marks.singled() {
            return self.core.domain().singled_out(self.label.id);
        }
        None
    }

    /// Joins the members of the scope, at the first suspension or with the first frame.
    fn join(&self, cx: Option<&Context<'_>>, node: Option<Arc<dyn Node>>) -> Marks {
        let waker = cx.map(|cx| cx.waker().clone());
        self.waker.set(cx.map_or((0, 0), identity));
        let task = Some(self.who());
        let wants = Marks::ENDING;
        let (key, marks) = self.core.domain().join(Member { waker, wants, node, task });
        self.key.set(Some(key));
        marks
    }

    /// Hands the waker over if it is another one than at the last poll.
    fn renew_waker(&self, key: usize, cx: &Context<'_>) {
        if self.waker.replace(identity(cx)) != identity(cx) {
            let waker = cx.waker().clone();
            drop(self.core.domain().update(key, |member| member.waker.replace(waker)));
        }
    }

    /// For a task with a `cancel_timeout` of its own: whether its clean-up has had its time.
    fn out_of_time(&self, grace: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> bool {
        let Some(limit) = self.extra.as_ref().and_then(|extra| extra.cancel_timeout) else { return false };
        let requested = self.node.get().is_some_and(|node| node.domain().marks().requested());
        requested
            && grace.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit))).as_mut().poll(cx).is_ready()
    }

    /// Drops by force what is still there.
    fn abandon<F: Future>(&self, future: Pin<&mut Option<F>>) -> Verdict<F::Output> {
        let reason = self.node.get().and_then(|node| node.domain().reason()).unwrap_or(Reason::Asked);
        if let Some(node) = self.node.get() {
            mark(node.domain(), Marks::FORCED, &reason);
        }
        let verdict = work::drop_future(future, self, Verdict::Cancelled(reason));
        self.core.abandon_task(&self.who());
        verdict
    }

    /// The end: out of the members, the result delivered, counted out.
    fn end<O: Outcome, D: Deliver<O>>(&self, deliver: &D, verdict: Verdict<O>) -> D::Out {
        match self.key.take() {
            Some(key) => self.core.domain().leave(key),
            None if self.core.marks().singled() => self.core.domain().forget_one(self.label.id),
            None => {}
        }
        let out = deliver.deliver(verdict, &self.core, || self.who());
        self.core.task_ended(self.label.traits);
        out
    }
}

/// What tells wakers apart, as `Waker::will_wake` does, without keeping one.
fn identity(cx: &Context<'_>) -> (usize, usize) {
    (cx.waker().data() as usize, std::ptr::from_ref(cx.waker().vtable()) as usize)
}

impl Ambient for Direct {
    fn node(&self) -> Arc<dyn Node> {
        let node = self.node.get_or_init(|| {
            let node = TaskNode::new(Some(self.who()));
            let below = Arc::clone(&node) as Arc<dyn Node>;
            node.domain().set_parent(self.core.as_node());
            let marks = match self.key.get() {
                None => self.join(None, Some(below)),
                Some(key) => {
                    self.core.domain().update(key, |member| member.node = Some(below));
                    self.core.marks()
                }
            };
            inherit(self.core.domain(), marks, node.domain());
            if marks.singled()
                && let Some(reason) = self.core.domain().singled_out(self.label.id)
            {
                request(node.domain(), &reason);
            }
            node
        });
        Arc::clone(node) as Arc<dyn Node>
    }

    fn nearest(&self) -> Arc<dyn Node> {
        match self.node.get() {
            Some(node) => Arc::clone(node) as Arc<dyn Node>,
            None => self.core.as_node(),
        }
    }
}

impl Seat for Direct {
    fn must_leave(&self, cx: &Context<'_>) -> Option<Reason> {
        if let Some(node) = self.node.get() {
            node.domain().set_waker(cx.waker());
            return may_drop(node.domain())
                .is_ready()
                .then(|| node.domain().reason().unwrap_or(Reason::Asked));
        }
        match self.key.get() {
            None => {
                self.join(Some(cx), None);
            }
            Some(key) => self.renew_waker(key, cx),
        }
        self.told()
    }
}
