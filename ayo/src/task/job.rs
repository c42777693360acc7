//! A task in the line of a limited scope: small while it waits, polled in place by a lane when its turn comes.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::cell::Cell;
use super::deliver::{Deliver, ToAttempt, ToNobody, ToTask};
use super::lane::LaneSeat;
use super::node::TaskNode;
use super::work::{self, Verdict};
use super::{Cancelled, TaskError};
use crate::cancel::Reason;
use crate::inherit::inherited;
use crate::outcome::Outcome;
use crate::probe;
use crate::scope::core::Core;
use crate::scope::limit::Limiter;
use crate::scope::line::Waiting;
use crate::site::{Extra, Label, Since, Traits, Who};

pub(crate) type BoxedJob = Pin<Box<dyn Job>>;

/// What a lane can run.
pub(crate) trait Job: Send {
    fn id(&self) -> u32;

    /// The number that a handle knows it by.
    fn awaited_as(&self) -> u32 {
        self.id()
    }

    /// Whether there may be others that the handle knows by the same number.
    fn has_fellows(&self) -> bool {
        false
    }

    /// Its scope, where a limit is for more than one.
    fn scope(&self) -> Option<&Arc<Core>> {
        None
    }

    fn who(&self) -> Who;

    /// Starts it: whether it needs a domain that is its alone, and whether it was cancelled before this.
    fn begin(self: Pin<&mut Self>, seat: &mut LaneSeat);

    fn poll(self: Pin<&mut Self>, seat: &LaneSeat, cx: &mut Context<'_>) -> Poll<Step>;

    /// Drops it as it is, and books it as cancelled.
    fn refuse(self: Pin<&mut Self>, seat: &LaneSeat, reason: Reason);

    /// Puts the next job of the same type in the place of this one, which has ended; `false`: there is none.
    fn refill(self: Pin<&mut Self>, _limiter: &Limiter, _place: usize) -> bool {
        false
    }
}

/// A job in the line of a scope further out.
pub(crate) struct Of {
    scope: Arc<Core>,
    job: BoxedJob,
}

impl Of {
    /// One of this scope; it stays as it is if it is one already.
    pub(crate) fn scope(scope: &Arc<Core>, job: BoxedJob) -> BoxedJob {
        if job.scope().is_some() { job } else { Box::pin(Self { scope: Arc::clone(scope), job }) }
    }
}

impl Job for Of {
    fn id(&self) -> u32 {
        self.job.id()
    }

    fn awaited_as(&self) -> u32 {
        self.job.awaited_as()
    }

    fn has_fellows(&self) -> bool {
        self.job.has_fellows()
    }

    fn scope(&self) -> Option<&Arc<Core>> {
        Some(&self.scope)
    }

    fn who(&self) -> Who {
        self.job.who()
    }

    fn begin(mut self: Pin<&mut Self>, seat: &mut LaneSeat) {
        self.job.as_mut().begin(seat);
    }

    fn poll(mut self: Pin<&mut Self>, seat: &LaneSeat, cx: &mut Context<'_>) -> Poll<Step> {
        self.job.as_mut().poll(seat, cx)
    }

    fn refuse(mut self: Pin<&mut Self>, seat: &LaneSeat, reason: Reason) {
        self.job.as_mut().refuse(seat, reason);
    }
}

/// What a lane does after a job was ready.
pub(crate) enum Step {
    /// It has ended.
    Ended,
    /// It goes on behind those who wait.
    Later,
    /// This one goes on in its place, and it stands in line again.
    After(BoxedJob),
}

/// A handle's end of a job.
pub(crate) trait Handled {
    /// The job starts in this domain, unless it was cancelled before.
    fn begin(&self, node: &Arc<TaskNode>) -> Option<Reason>;
    /// Whether it can be asked to end alone.
    const ALONE: bool;
}

impl Handled for ToNobody {
    fn begin(&self, _: &Arc<TaskNode>) -> Option<Reason> {
        None
    }
    const ALONE: bool = false;
}

impl<V> Handled for ToTask<V> {
    fn begin(&self, node: &Arc<TaskNode>) -> Option<Reason> {
        Cell::<Result<V, Cancelled>>::begin(&self.0, node)
    }
    const ALONE: bool = true;
}

impl<V, E> Handled for ToAttempt<V, E> {
    fn begin(&self, node: &Arc<TaskNode>) -> Option<Reason> {
        Cell::<Result<V, TaskError<E>>>::begin(&self.0, node)
    }
    const ALONE: bool = true;
}

pin_project! {
    /// One future.
    pub(crate) struct Single<F, D> {
        #[pin]
        future: Option<F>,
        deliver: D,
        id: u32,
        traits: Traits,
        since: Since,
        location: &'static Location<'static>,
        extra: Option<Arc<Extra>>,
    }
}

impl<F, D> Single<F, D> {
    pub(crate) fn new(future: F, deliver: D, label: Label, extra: Option<Arc<Extra>>) -> Self {
        let Label { id, traits, since, location, .. } = label;
        Self { future: Some(future), deliver, id, traits, since, location, extra }
    }
}

impl<F, D> Waiting for Single<F, D>
where
    F: Future<Output: Outcome> + Send + 'static,
    D: Deliver<F::Output> + Handled + Send + 'static,
{
    fn job(&self) -> &dyn Job {
        self
    }

    fn boxed(self) -> BoxedJob {
        Box::pin(self)
    }
}

impl<F, D> Job for Single<F, D>
where
    F: Future<Output: Outcome> + Send + 'static,
    D: Deliver<F::Output> + Handled + Send + 'static,
{
    fn refill(mut self: Pin<&mut Self>, limiter: &Limiter, place: usize) -> bool {
        match limiter.next_same::<Self>(place) {
            Some(next) => {
                self.set(next);
                true
            }
            None => false,
        }
    }

    fn id(&self) -> u32 {
        self.id
    }

    fn who(&self) -> Who {
        let type_name = std::any::type_name::<F>;
        let (id, traits, since) = (self.id, self.traits, self.since);
        let label = Label { id, traits, since, location: self.location, type_name };
        Who { label, extra: self.extra.clone() }
    }

    fn begin(self: Pin<&mut Self>, seat: &mut LaneSeat) {
        seat.take(|| self.who(), D::ALONE);
        if let Some(reason) = self.deliver.begin(&seat.node) {
            seat.cancel(&reason);
        }
    }

    fn poll(mut self: Pin<&mut Self>, seat: &LaneSeat, cx: &mut Context<'_>) -> Poll<Step> {
        let this = self.as_mut().project();
        let polled = inherited(this.extra.as_ref(), || work::poll(this.future, seat, cx));
        polled.map(|verdict| {
            self.end(verdict, &seat.core);
            Step::Ended
        })
    }

    fn refuse(mut self: Pin<&mut Self>, seat: &LaneSeat, reason: Reason) {
        let this = self.as_mut().project();
        let dropped = || work::drop_future(this.future, seat, Verdict::Cancelled(reason));
        let verdict = inherited(this.extra.as_ref(), dropped);
        self.end(verdict, &seat.core);
    }
}

impl<F, D> Single<F, D>
where
    F: Future<Output: Outcome> + Send + 'static,
    D: Deliver<F::Output> + Handled + Send + 'static,
{
    fn end(&self, verdict: Verdict<F::Output>, core: &Arc<Core>) {
        self.deliver.deliver(verdict, core, || self.who());
        probe::task_ends(self.extra.as_ref());
        core.task_ended(self.traits);
    }
}
