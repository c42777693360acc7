//! `max_concurrency` for borrowing tasks: they cannot stand in the line of jobs themselves, since that belongs to nobody's
//! lifetime, so a [`Turn`] stands there for each. When it comes to it, it lets its task run and keeps the place until that
//! has ended. It is the same for the line who of the two waits for another task: the lane of the [`Turn`] has that one come.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::woken::Woken;
use crate::cancel::Reason;
use crate::outcome::Outcome;
use crate::scope::core::Core;
use crate::scope::line::Waiting;
use crate::site::{Extra, Label, Who};
use crate::sync::lock;
use crate::task::child::Child;
use crate::task::deliver::Deliver;
use crate::task::job::{BoxedJob, Job, Step};
use crate::task::lane::LaneSeat;

/// Stands in line for a borrowing task.
pub(super) struct Turn {
    woken: Arc<Woken>,
    slot: u32,
    who: Who,
    seat: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The task may run.
    has_come: bool,
    has_ended: bool,
    /// Of the lane that has the place.
    lane: Option<Waker>,
}

pin_project! {
    /// A task with the place that it needs, if it does.
    pub(super) struct Seated<F: Future<Output: Outcome>, D: Deliver<F::Output>> {
        #[pin]
        task: Child<F, D>,
        place: Option<Box<Place>>,
    }
}

/// What a task holds: dropped with it, it gives the place on.
pub(super) struct Place {
    /// It needs none up to its first suspension.
    is_eager: bool,
    core: Arc<Core>,
    id: u32,
    seat: Arc<Mutex<State>>,
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output>> Seated<F, D> {
    #[inline]
    pub(super) fn new(task: Child<F, D>, place: Option<Place>) -> Self {
        Self { task, place: place.map(Box::new) }
    }
}

impl<F: Future<Output: Outcome>, D: Deliver<F::Output, Out = ()>> Future for Seated<F, D> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        match this.place {
            None => this.task.poll(cx),
            Some(place) => place.poll(this.task, cx),
        }
    }
}

impl Place {
    /// Polls the task that needs it, if that may run.
    fn poll<F, D>(&mut self, task: Pin<&mut Child<F, D>>, cx: &mut Context<'_>) -> Poll<()>
    where
        F: Future<Output: Outcome>,
        D: Deliver<F::Output, Out = ()>,
    {
        if self.has_to_come() && !task.is_told() {
            return Poll::Pending;
        }
        let polled = task.poll(cx);
        if polled.is_pending() {
            self.lend();
        }
        polled
    }

    /// Has the lane look whether the task waits for one that is in line, which then runs in its place.
    fn lend(&self) {
        if !self.core.limiter().is_some_and(|limiter| limiter.has_wanted()) {
            return;
        }
        let lane = lock(&self.seat).lane.clone();
        if let Some(lane) = lane {
            lane.wake();
        }
    }

    fn has_to_come(&mut self) -> bool {
        !std::mem::take(&mut self.is_eager) && !lock(&self.seat).has_come
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (has_come, lane) = {
            let mut seat = lock(&self.seat);
            seat.has_ended = true;
            (seat.has_come, seat.lane.take())
        };
        if let Some(lane) = lane {
            lane.wake();
        }
        if !has_come {
            drop(self.core.limiter().and_then(|limiter| limiter.take(limiter.key(&self.core, self.id))));
        }
    }
}

impl Turn {
    pub(super) fn new(woken: Arc<Woken>, slot: u32, label: Label, extra: Option<Arc<Extra>>) -> Self {
        Self { woken, slot, who: Who { label, extra }, seat: Arc::default() }
    }

    /// The place that its task will have.
    pub(super) fn place(&self, core: &Arc<Core>) -> Place {
        let (id, seat) = (self.who.label.id, Arc::clone(&self.seat));
        Place { is_eager: core.settings.eager, core: Arc::clone(core), id, seat }
    }

    fn come(&self) {
        if !std::mem::replace(&mut lock(&self.seat).has_come, true) {
            self.woken.wake(self.slot);
        }
    }
}

impl Waiting for Turn {
    fn job(&self) -> &dyn Job {
        self
    }

    fn boxed(self) -> BoxedJob {
        Box::pin(self)
    }
}

impl Job for Turn {
    fn id(&self) -> u32 {
        self.who.label.id
    }

    fn who(&self) -> Who {
        self.who.clone()
    }

    /// It needs no domain: what there is to hear of, the task hears itself, and ends.
    fn begin(self: Pin<&mut Self>, seat: &mut LaneSeat) {
        seat.vacate();
    }

    fn poll(self: Pin<&mut Self>, _: &LaneSeat, cx: &mut Context<'_>) -> Poll<Step> {
        let waker = cx.waker().clone();
        let mut seat = lock(&self.seat);
        if seat.has_ended {
            return Poll::Ready(Step::Ended);
        }
        let old = seat.lane.replace(waker);
        drop(seat);
        drop(old);
        self.come();
        Poll::Pending
    }

    /// The scope is asked to end: so the task is told, by itself.
    fn refuse(self: Pin<&mut Self>, _: &LaneSeat, _: Reason) {
        self.come();
    }
}
