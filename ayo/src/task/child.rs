//! A task that runs directly on Tokio: one allocation in all, Tokio's own, and no lock if its first poll is its last.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::marker::PhantomData;
use std::num::NonZero;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::deliver::Deliver;
use super::node::{Name, TaskNode};
use super::work::{self, Seat, Verdict};
use crate::cancel::Reason;
use crate::cancel::ambient::{Ambient, Around};
use crate::cancel::domain::{Above, Link, Marks, Member, Node, inherit, spread};
use crate::cancel::grace::Grace;
use crate::cancel::note::{Note, NoteRef, On};
use crate::inherit::inherited;
use crate::outcome::Outcome;
use crate::probe;
use crate::scope::core::Core;
use crate::scope::limit::Limiter;
use crate::scope::waits::JobKey;
use crate::site::{Extra, Label, Since, Traits, Who};

pin_project! {
    pub(crate) struct Child<F: Future<Output: Outcome>, D: Deliver<F::Output>> {
        #[pin]
        future: Option<F>,
        deliver: D,
        #[pin]
        seat: Direct<F>,
        grace: Grace,
    }

    impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> PinnedDrop for Child<F, D> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.future.is_some() {
                let seat = this.seat.as_ref().get_ref();
                let reason = if seat.core.marks().requested() { seat.core.reason() } else { Reason::RuntimeGone };
                let verdict = seat.drop_future(this.future, reason);
                drop(seat.end(this.deliver, verdict));
            }
        }
    }
}

/// The seat of a task whose future is an `F`. It is part of each task, so it is kept small. It is pinned from the first poll
/// on: the members of the scope point to its note.
pub(crate) struct Direct<F> {
    pub(crate) core: Arc<Core>,
    id: u32,
    traits: Traits,
    since: Since,
    location: &'static Location<'static>,
    pub(crate) extra: Option<Arc<Extra>>,
    /// Made when something in the task has clean-up to do.
    node: OnceCell<Arc<TaskNode>>,
    /// Its place among the members of the scope, from its first suspension on.
    key: Cell<Option<NonZero<u32>>>,
    lodging: Cell<Lodging>,
    /// What the scope had been told when this task looked last, and whether that was for it.
    seen: Cell<Marks>,
    told: Cell<bool>,
    note: Note,
    future: PhantomData<fn() -> F>,
}

/// Whether frames lodge with the task's member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lodging {
    /// None ever did.
    None,
    /// One has come since the task's waker was left there.
    Fresh,
    /// The member has the waker.
    Known,
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> Child<F, D> {
    pub(crate) fn new(
        future: F,
        deliver: D,
        core: Arc<Core>,
        label: Label,
        extra: Option<Arc<Extra>>,
    ) -> Self {
        let Label { id, traits, since, location, .. } = label;
        let seat = Direct {
            core,
            id,
            traits,
            since,
            location,
            extra,
            node: OnceCell::new(),
            key: Cell::new(None),
            lodging: Cell::new(Lodging::None),
            seen: Cell::new(Marks::NONE),
            told: Cell::new(false),
            note: Note::new(),
            future: PhantomData,
        };
        Self { future: Some(future), deliver, seat, grace: Grace::default() }
    }

    /// What Tokio is to call it.
    pub(crate) fn name(&self) -> String {
        self.seat.who().numbered()
    }
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> Child<F, D> {
    /// Whether it is asked to end.
    pub(crate) fn is_told(&self) -> bool {
        self.seat.told()
    }
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> Future for Child<F, D> {
    type Output = D::Out;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<D::Out> {
        let mut this = self.project();
        let seat = this.seat.as_ref().get_ref();
        if !seat.note.was_polled() && seat.told() && !seat.traits.has(Traits::BEGUN) {
            let verdict = seat.drop_future(this.future, seat.reason());
            return Poll::Ready(seat.end(this.deliver, verdict));
        }
        let extra = seat.extra.as_ref();
        loop {
            if let Poll::Ready(verdict) = inherited(extra, || work::poll(this.future.as_mut(), seat, cx)) {
                return Poll::Ready(seat.end(this.deliver, verdict));
            }
            if !seat.is_out_of_time(this.grace, cx) {
                return Poll::Pending;
            }
        }
    }
}

impl<F> Direct<F> {
    #[inline]
    fn who(&self) -> Who {
        let type_name = std::any::type_name::<F>;
        let Self { id, traits, since, location, .. } = *self;
        Who { label: Label { id, traits, since, location, type_name }, extra: self.extra.clone() }
    }

    /// Drops the future unpolled or unfinished.
    #[cold]
    fn drop_future<T>(&self, future: Pin<&mut Option<F>>, reason: Reason) -> Verdict<T> {
        inherited(self.extra.as_ref(), || work::drop_future(future, self, Verdict::Cancelled(reason)))
    }

    /// Why the task is asked to end.
    #[inline]
    fn reason(&self) -> Reason {
        let singled = self.core.marks().singled();
        let alone = || if singled { self.core.domain().singled_out(self.id) } else { None };
        let own = self.node.get().and_then(|node| node.domain().reason());
        own.or_else(alone).unwrap_or_else(|| self.core.reason())
    }

    /// Joins the members of the scope, at the first suspension or with the first frame.
    #[inline]
    fn join(&self, cx: Option<&Context<'_>>, node: Option<Arc<dyn Node>>) -> Marks {
        let waker = cx.map(|cx| cx.waker().clone());
        let task = Some(self.who());
        let wants = Marks::ENDING.into();
        let note = Some(self.note_ref());
        let (key, marks) =
            self.core.domain().join(Member { waker, wants, node, task, note, ..Member::default() });
        self.key.set(Some(number(key)));
        marks
    }

    /// For the task's member, which leaves before this is gone.
    fn note_ref(&self) -> NoteRef {
        // SAFETY: only `Child::poll` and its drop lead here, where the seat is pinned; `end` or `drop` takes the member out.
        unsafe { NoteRef::new(&self.note) }
    }

    /// Leaves the members of the scope; `false`: it was never among them.
    fn leave(&self) -> bool {
        let key = self.key.take().map(key);
        if let Some(key) = key {
            self.core.domain().leave(key);
        }
        key.is_some()
    }

    /// For a task with a `cancel_timeout` of its own: whether its clean-up has had its time. A task without a domain has
    /// no clean-up.
    fn is_out_of_time(&self, grace: &mut Grace, cx: &mut Context<'_>) -> bool {
        match (self.extra.as_ref().and_then(|extra| extra.cancel_timeout), self.node.get()) {
            (Some(limit), Some(node)) => work::out_of_time(grace, || self.who(), limit, node, &self.core, cx),
            _ => false,
        }
    }

    /// The end: out of the members, the result delivered, counted out.
    fn end<O: Outcome, D: Deliver<O>>(&self, deliver: &D, verdict: Verdict<O>) -> D::Out {
        if !self.leave() && self.core.marks().singled() {
            self.core.domain().forget_one(self.id);
        }
        let out = deliver.deliver(verdict, &self.core, || self.who());
        probe::task_ends(self.extra.as_ref());
        self.core.task_ended(self.traits);
        out
    }
}

impl<F> Drop for Direct<F> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A key in half the room: there are not so many tasks at once.
fn number(key: usize) -> NonZero<u32> {
    u32::try_from(key).ok().and_then(|key| NonZero::new(!key)).expect("fewer than 2^32 tasks at once")
}

fn key(number: NonZero<u32>) -> usize {
    !number.get() as usize
}

impl<F> Ambient for Direct<F> {
    fn node(&self, _: Around<'_>) -> Arc<dyn Node> {
        let node = self.node.get_or_init(|| {
            let node = TaskNode::new(Name::Task(self.who()), Some(self.core.as_node()));
            let below = Arc::clone(&node) as Arc<dyn Node>;
            let marks = match self.key.get() {
                None => self.join(None, Some(below)),
                Some(number) => {
                    self.core.domain().move_in(key(number), &below);
                    self.core.marks()
                }
            };
            inherit(self.core.domain(), marks, node.domain());
            if marks.singled()
                && let Some(reason) = self.core.domain().singled_out(self.id)
            {
                spread(node.domain(), Marks::REQUESTED, &reason);
            }
            node
        });
        Arc::clone(node) as Arc<dyn Node>
    }

    fn nearest(&self, _: Around<'_>) -> Arc<dyn Node> {
        match self.node.get() {
            Some(node) => Arc::clone(node) as Arc<dyn Node>,
            None => self.core.as_node(),
        }
    }

    fn is_requested(&self, _: Around<'_>) -> bool {
        self.told()
    }

    fn waits(&self, on: &On<'_>) -> bool {
        self.note.waits(on, Some(self.core.domain()));
        true
    }

    /// A borrowing task, for which a stand-in has the place: nothing else that needs one runs in such a seat.
    fn job_under(&self, limiter: &Arc<Limiter>) -> Option<JobKey> {
        let has_place = !self.traits.has(Traits::BACKGROUND) && self.core.has_limiter(limiter);
        has_place.then(|| limiter.key(&self.core, self.id))
    }

    /// The first frame lodges with the task's member; for a second one at the same time, and for one whose clean-up the
    /// task has to time, the task gets a domain of its own.
    fn hang(&self, frame: &Arc<dyn Node>, around: Around<'_>) -> Link {
        let timed = self.extra.as_ref().is_some_and(|extra| extra.cancel_timeout.is_some());
        if self.node.get().is_none() && !timed {
            let above = Above { node: self.core.as_node(), task: Some(self.who()) };
            if let Some(link) = Link::lodge(above, self.key.get().map(key), frame, Some(self.note_ref())) {
                self.key.set(Some(number(link.key())));
                self.lodging.set(Lodging::Fresh);
                return link;
            }
        }
        Link::new(&self.node(around), frame, true)
    }
}

impl<F> Seat for Direct<F> {
    fn task(&self) -> (&Arc<Core>, Who) {
        (&self.core, self.who())
    }

    #[inline]
    fn told(&self) -> bool {
        if let Some(node) = self.node.get() {
            return node.domain().marks().ending();
        }
        let marks = self.core.marks();
        if self.seen.replace(marks) != marks {
            let alone = marks.singled() && self.core.domain().singled_out(self.id).is_some();
            self.told.set(marks.ending() || alone);
        }
        self.told.get()
    }

    #[inline]
    fn note(&self) -> &Note {
        &self.note
    }

    #[inline]
    fn must_leave(&self, before: bool, cx: &Context<'_>) -> Option<Reason> {
        match (self.node.get(), self.key.get()) {
            (Some(node), _) => node.domain().set_waker(cx.waker()),
            (None, None) => drop(self.join(Some(cx), None)),
            // it is there already: only Tokio polls a child, and the waker of its task stays the same
            (None, Some(_)) if self.lodging.get() == Lodging::None => {}
            // whoever lodged a frame had none, and a request takes it
            (None, Some(number)) if self.lodging.get() == Lodging::Fresh || self.told() => {
                let waker = cx.waker().clone();
                let old = self.core.domain().update(key(number), |member| member.waker.replace(waker));
                drop(old);
                self.lodging.set(Lodging::Known);
            }
            (None, Some(_)) => {}
        }
        if !self.told() {
            return None;
        }
        if !before {
            cx.waker().wake_by_ref();
            return None;
        }
        let held = match (self.node.get(), self.key.get()) {
            (Some(node), _) => node.domain().is_held(),
            (None, Some(number)) if self.lodging.get() != Lodging::None => {
                self.core.domain().is_lodging(key(number))
            }
            (None, _) => false,
        };
        (!held).then(|| self.reason())
    }
}
