//! A lane: one Tokio task that holds one place of a limited scope and runs the jobs in line one after the other, so
//! that a job costs no spawn.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::job::{BoxedJob, Job, Step};
use super::node::{Name, TaskNode};
use super::spawn::part;
use super::work::{Seat, out_of_time};
use crate::cancel::Reason;
use crate::cancel::ambient::{Ambient, Around};
use crate::cancel::domain::{Member, Node, inherit, request};
use crate::cancel::grace::Grace;
use crate::cancel::note::{Note, On};
use crate::crowd::Crowd;
use crate::probe::{self, Slice};
use crate::scope::core::Core;
use crate::scope::limit::Limiter;
use crate::scope::waits::JobKey;
use crate::site::{Traits, Who};

/// So many jobs that are ready at once run in one poll, then others get their turn.
const TURN: usize = 64;

pub(crate) struct Lane {
    seat: LaneSeat,
    job: Option<BoxedJob>,
    begun: bool,
    /// Of the current job, while it cleans up.
    grace: Grace,
    /// Jobs that run in this place because the one that came before waits for them: the latest last.
    guests: Vec<Guest>,
}

/// A job in the place of another one, which waits for it: a lane for this one job, polled when it was woken.
struct Guest {
    lane: Lane,
    crowd: Crowd,
    /// The place is lent to it for so long.
    _lent: Option<Slice>,
}

/// Where a lane's job runs.
pub(crate) struct LaneSeat {
    pub(crate) core: Arc<Core>,
    /// Its place, if the scope is limited.
    place: Option<usize>,
    /// The current job's number.
    id: u32,
    /// The job's domain. Jobs that cannot be cancelled alone use it one after the other.
    pub(crate) node: Arc<TaskNode>,
    key: Option<usize>,
    /// The domain is the current job's alone.
    alone: bool,
    /// The waker that the domain has.
    waker: (usize, usize),
}

impl Lane {
    pub(crate) fn new(core: Arc<Core>, job: BoxedJob, place: Option<usize>) -> Self {
        let seat = LaneSeat { place, ..LaneSeat::new(core) };
        Self { seat, job: Some(job), begun: false, grace: Grace::default(), guests: Vec::new() }
    }

    /// What Tokio is to call it.
    pub(crate) fn name(&self) -> String {
        part(&self.seat.core, "a place")
    }

    /// Whether its place is this job's alone.
    #[inline]
    fn is_alone(&self) -> bool {
        self.guests.is_empty()
    }

    /// The next job for this place.
    fn take_next(&mut self) -> Option<BoxedJob> {
        let (limiter, place) = self.seat.limiter()?;
        let next = limiter.next(place);
        match &next {
            Some(next) => self.seat.move_to(&**next),
            None => self.seat.place = None,
        }
        next
    }

    /// Takes the job one step on; `false`: it is pending.
    fn step(&mut self, cx: &mut Context<'_>) -> bool {
        let job = self.job.as_mut().expect("a lane has a job until it ends");
        if !std::mem::replace(&mut self.begun, true) {
            self.seat.id = job.id();
            job.as_mut().begin(&mut self.seat);
            self.seat.node.note.reset();
            self.seat.renew_waker(cx);
            if self.seat.told() && !job.who().label.traits.has(Traits::BEGUN) {
                job.as_mut().refuse(&self.seat, self.seat.reason());
                return self.next();
            }
        }
        match job.as_mut().poll(&self.seat, cx) {
            Poll::Pending => self.seat.is_out_of_time(&mut self.grace, cx),
            Poll::Ready(Step::Ended) => self.next(),
            Poll::Ready(Step::Later) => {
                let job = self.job.take().expect("it was just polled");
                self.job = Some(match self.seat.limiter() {
                    Some((limiter, place)) if self.is_alone() => {
                        let next = limiter.rotate(place, job);
                        self.seat.move_to(&*next);
                        next
                    }
                    _ => job,
                });
                self.begun = false;
                true
            }
            Poll::Ready(Step::After(first)) => {
                if let Some((limiter, place)) = self.seat.limiter() {
                    limiter.relabel(place, first.who());
                }
                let source = self.job.replace(first).expect("it was just polled");
                self.begun = false;
                self.seat.core.enqueue_again(source);
                true
            }
        }
    }

    fn next(&mut self) -> bool {
        self.begun = false;
        self.grace = Grace::default();
        if !self.is_alone() {
            self.job = None;
            self.seat.leave();
            return true;
        }
        let refilled = match (&mut self.job, self.seat.limiter()) {
            (Some(job), Some((limiter, place))) => job.as_mut().refill(limiter, place),
            _ => false,
        };
        if !refilled {
            self.job = None;
            self.job = self.take_next();
        }
        true
    }

    /// Runs the job, and those after it, until one is pending; `false`: others are to get their turn.
    #[inline]
    fn run(&mut self, cx: &mut Context<'_>) -> bool {
        if self.begun {
            self.seat.renew_waker(cx);
        }
        for _ in 0..TURN {
            if self.job.is_none() || !self.step(cx) {
                return true;
            }
            if !tokio::task::coop::has_budget_remaining() {
                break;
            }
        }
        self.job.is_none()
    }

    /// Whether others run in this place, or could.
    #[inline]
    fn has_guests(&self) -> bool {
        !self.is_alone() || self.seat.limiter().is_some_and(|(limiter, _)| limiter.has_wanted())
    }

    /// Runs what the pending job waits for, and what that waits for; ready when nothing of it is left.
    #[cold]
    fn run_guests(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURN {
            self.guests.retain_mut(|guest| guest.poll(cx).is_pending());
            if !self.invite() {
                return if self.is_alone() { Poll::Ready(()) } else { Poll::Pending };
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Has the one come that the job which came to this place last waits for, if that is in line.
    fn invite(&mut self) -> bool {
        let Some((limiter, _)) = self.seat.limiter() else { return false };
        if !limiter.has_wanted() {
            return false;
        }
        let last = self.guests.last().map_or(&*self, |guest| &guest.lane);
        let Some(job) = limiter.take_for(last.seat.job()) else { return false };
        let lent = probe::lends(|| Some((last.job.as_ref()?.who(), job.who())));
        let core = Arc::clone(job.scope().unwrap_or(&self.seat.core));
        self.guests.push(Guest { lane: Self::new(core, job, None), crowd: Crowd::new(1, 0), _lent: lent });
        true
    }
}

impl Lane {
    /// Notes for the tree which jobs wait for one that has come to their place.
    fn note_guests(&self) {
        let mut host = &self.seat;
        for Guest { lane, .. } in &self.guests {
            if let Some(job) = &lane.job {
                let guest = On::task(lane.seat.core.domain(), job.awaited_as());
                host.node.note.lends(&guest, Some(host.core.domain()));
            }
            host = &lane.seat;
        }
    }
}

impl Guest {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let Self { lane, crowd, .. } = self;
        let ended = crowd.poll_each(cx, |_, cx| Pin::new(&mut *lane).poll(cx).is_ready().then_some(()));
        if ended.is_some() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Future for Lane {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.run(cx) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.has_guests() && self.run_guests(cx).is_pending() {
            self.note_guests();
            return Poll::Pending;
        }
        if self.job.is_some() {
            return Poll::Pending;
        }
        self.job = self.take_next();
        if self.job.is_none() {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Lane {
    /// The runtime shut down under it: whatever is in line goes too.
    fn drop(&mut self) {
        while let Some(mut job) = self.job.take().or_else(|| self.take_next()) {
            if !std::mem::replace(&mut self.begun, false) {
                job.as_mut().begin(&mut self.seat);
            }
            let reason = if self.seat.told() { self.seat.reason() } else { Reason::RuntimeGone };
            job.as_mut().refuse(&self.seat, reason);
        }
        self.seat.leave();
    }
}

impl LaneSeat {
    /// A seat that nobody has taken.
    pub(crate) fn new(core: Arc<Core>) -> Self {
        let node = TaskNode::new(Name::None, None);
        Self { core, place: None, id: 0, node, key: None, alone: true, waker: (0, 0) }
    }

    pub(crate) fn as_node(&self) -> Arc<dyn Node> {
        Arc::clone(&self.node) as Arc<dyn Node>
    }

    /// Which job it is that runs.
    fn job(&self) -> JobKey {
        self.core.limiter().map_or(JobKey::NONE, |limiter| limiter.key(&self.core, self.id))
    }

    /// Gets ready for a job that may be of another scope.
    #[inline]
    fn move_to(&mut self, job: &dyn Job) {
        if let Some(scope) = job.scope()
            && !Arc::ptr_eq(scope, &self.core)
        {
            self.renew(Arc::clone(scope));
        }
    }

    /// For a job that needs no domain: it neither hears what another one was told, nor shows up in the tree.
    pub(crate) fn vacate(&mut self) {
        if self.key.is_some() {
            self.renew(Arc::clone(&self.core));
        }
    }

    /// A seat in the same place that nobody has taken.
    fn renew(&mut self, core: Arc<Core>) {
        self.leave();
        *self = Self { place: self.place, id: self.id, ..Self::new(core) };
    }

    fn limiter(&self) -> Option<(&Limiter, usize)> {
        Some((self.core.limiter()?, self.place?))
    }

    /// Takes the seat for a job, in a domain of its own if it can be asked to end `alone`.
    #[inline]
    pub(crate) fn take(&mut self, who: impl FnOnce() -> Who, alone: bool) {
        if !alone && !self.alone {
            return;
        }
        self.leave();
        let name = match self.place {
            Some(place) if !alone => Name::Place(place),
            _ => Name::Task(who()),
        };
        self.node = TaskNode::new(name, Some(self.core.as_node()));
        self.alone = alone;
        self.waker = (0, 0);
        let node = Some(Arc::clone(&self.node) as Arc<dyn Node>);
        let (key, marks) = self.core.domain().join(Member { node, ..Member::default() });
        self.key = Some(key);
        inherit(self.core.domain(), marks, self.node.domain());
    }

    /// Hands the waker over if it is another one, or if a request may have taken it.
    #[inline(always)]
    fn renew_waker(&mut self, cx: &Context<'_>) {
        let waker = identity(cx);
        if std::mem::replace(&mut self.waker, waker) != waker || self.told() {
            self.node.domain().set_waker(cx.waker());
        }
    }

    fn leave(&mut self) {
        if let Some(key) = self.key.take() {
            self.core.domain().leave(key);
            self.alone = true;
        }
    }

    /// Asks this one job to end.
    pub(crate) fn cancel(&self, reason: &Reason) {
        request(self.node.domain(), reason);
    }

    /// Why the job is asked to end.
    pub(crate) fn reason(&self) -> Reason {
        self.node.domain().reason().unwrap_or(Reason::Asked)
    }

    /// For a job with a `cancel_timeout` of its own: whether its clean-up has had its time.
    #[inline]
    fn is_out_of_time(&self, grace: &mut Grace, cx: &mut Context<'_>) -> bool {
        if !self.told() {
            return false;
        }
        let who = self.node.task();
        let limit = who.as_ref().and_then(|who| who.extra.as_ref()?.cancel_timeout);
        match (who, limit) {
            (Some(who), Some(limit)) => out_of_time(grace, || who, limit, &self.node, &self.core, cx),
            _ => false,
        }
    }
}

impl Ambient for LaneSeat {
    fn node(&self, _: Around<'_>) -> Arc<dyn Node> {
        self.as_node()
    }

    fn nearest(&self, _: Around<'_>) -> Arc<dyn Node> {
        self.as_node()
    }

    fn is_requested(&self, _: Around<'_>) -> bool {
        self.told()
    }

    fn waits(&self, on: &On<'_>) -> bool {
        self.node.note.waits(on, Some(self.core.domain()));
        true
    }

    fn job_under(&self, limiter: &Arc<Limiter>) -> Option<JobKey> {
        self.core.has_limiter(limiter).then(|| self.job())
    }
}

impl Seat for LaneSeat {
    fn task(&self) -> (&Arc<Core>, Who) {
        (&self.core, self.node.task().expect("a seat that is polled is taken"))
    }

    #[inline]
    fn told(&self) -> bool {
        self.node.domain().marks().ending()
    }

    #[inline]
    fn note(&self) -> &Note {
        &self.node.note
    }

    #[inline]
    fn must_leave(&self, before: bool, cx: &Context<'_>) -> Option<Reason> {
        if !self.told() {
            return None;
        }
        self.node.domain().set_waker(cx.waker());
        if !before {
            cx.waker().wake_by_ref();
            return None;
        }
        (!self.node.domain().is_held()).then(|| self.reason())
    }
}

/// What tells wakers apart, as `Waker::will_wake` does, without keeping one.
#[inline]
fn identity(cx: &Context<'_>) -> (usize, usize) {
    (cx.waker().data() as usize, std::ptr::from_ref(cx.waker().vtable()) as usize)
}
