//! `max_concurrency`: places, and who waits for one.
//!
//! # Invariants
//! * At most `limit` places are taken, each by a lane; it gives the place up when nobody waits for it. A lane is listed from
//!   its start to its end, with whose job it runs.
//! * Jobs wait in the order of spawning. A puller of `for_each` or `map` goes to the end of the line after each item
//!   if somebody else is waiting, so a source without an end starves nobody.
//! * A job that waits for tasks of its own scope or for a scope in it lends its place: the next job starts in a lane of its
//!   own. When it is to go on it takes a free place, or the next one that comes free, ahead of those in line. While nobody
//!   has a place to give, `returning` holds whoever wants one back, so a place is free only if nobody waits.
//! * What is asked to end goes on without a place: its clean-up is not to wait for that of others.
//! * `waiting` counts who waits, and `lent` who may come back, to be read without the lock as a hint.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use slab::Slab;

use super::core::Core;
use super::line::{JobLine, Waiting};
use crate::cancel::Reason;
use crate::site::Who;
use crate::sync::lock;
use crate::task::cell::Cell;
use crate::task::job::{BoxedJob, Job};
use crate::task::lane::{Lane, LaneSeat};

pub(crate) struct Limiter {
    limit: usize,
    waiting: AtomicUsize,
    lent: AtomicUsize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    jobs: JobLine,
    lanes: Slab<Listed>,
    /// How many lanes have a place.
    taken: usize,
    /// Lanes that have lent their place and want one, first come first served.
    returning: VecDeque<usize>,
}

/// A lane, as everybody can see it.
struct Listed {
    who: Who,
    has_place: bool,
    /// Of one that wants its place back.
    waker: Option<Waker>,
}

/// What is to be let go once the lock is: a name may hold a span, and a waker may run anything.
#[derive(Default)]
struct After {
    _old: Option<Who>,
    waker: Option<Waker>,
}

impl Drop for After {
    fn drop(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Line {
    fn list(&mut self, who: Who) -> usize {
        self.taken += 1;
        self.lanes.insert(Listed { who, has_place: true, waker: None })
    }

    /// Gives a place to whoever wants one back, or else frees it.
    fn pass_on(&mut self) -> Option<Waker> {
        let Some(next) = self.returning.pop_front() else {
            self.taken -= 1;
            return None;
        };
        let next = &mut self.lanes[next];
        next.has_place = true;
        next.waker.take()
    }

    /// The end of a lane.
    fn strike(&mut self, lane: usize) -> After {
        let listed = self.lanes.remove(lane);
        if !listed.has_place {
            self.returning.retain(|returning| *returning != lane);
        }
        let waker = if listed.has_place { self.pass_on() } else { None };
        After { _old: Some(listed.who), waker }
    }
}

impl Limiter {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, waiting: AtomicUsize::new(0), lent: AtomicUsize::new(0), line: Mutex::default() }
    }

    #[inline]
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Changes the line; the hints follow, and what is to be let go is, after the lock.
    #[inline]
    fn change<T>(&self, change: impl FnOnce(&mut Line) -> (T, After)) -> T {
        let mut line = lock(&self.line);
        let (result, after) = change(&mut line);
        self.waiting.store(line.jobs.len() + line.returning.len(), Ordering::Relaxed);
        self.lent.store(line.lanes.len() - line.taken, Ordering::Relaxed);
        drop(line);
        drop(after);
        result
    }

    /// Puts a job in line, or hands it back with a lane to be, where a place was free.
    #[inline]
    pub(crate) fn wait_in_line<J: Waiting>(&self, job: J) -> Option<(J, usize)> {
        let mut line = lock(&self.line);
        if line.taken < self.limit {
            let lane = line.list(job.job().who());
            return Some((job, lane));
        }
        line.jobs.push(job);
        self.waiting.store(line.jobs.len() + line.returning.len(), Ordering::Relaxed);
        None
    }

    /// The same for one that has begun already: it stands before those that have not.
    fn wait_ahead<J: Waiting>(&self, job: J) -> Option<(J, usize)> {
        self.change(|line| {
            if line.taken < self.limit {
                let lane = line.list(job.job().who());
                return (Some((job, lane)), After::default());
            }
            line.jobs.push_ahead(job.boxed());
            (None, After::default())
        })
    }

    /// Takes a job out of the line; it is gone if its turn has come.
    fn take(&self, id: u32) -> Option<BoxedJob> {
        self.change(|line| (line.jobs.take(id), After::default()))
    }

    /// The next job for this lane; without one, it is struck off the list.
    #[inline]
    pub(crate) fn next(&self, lane: usize) -> Option<BoxedJob> {
        self.change(|line| match line.turn(lane, JobLine::pop) {
            Some((job, after)) => (Some(job), after),
            None => (None, line.strike(lane)),
        })
    }

    /// The same, if the next job is of this type; without one, the lane stays as it is.
    #[inline]
    pub(crate) fn next_same<J: Waiting>(&self, lane: usize) -> Option<J> {
        self.change(|line| match line.turn(lane, JobLine::pop_same::<J>) {
            Some((job, after)) => (Some(job), after),
            None => (None, After::default()),
        })
    }

    /// Puts a lane's job at the end of the line, and takes the one at its head.
    pub(crate) fn rotate(&self, lane: usize, job: BoxedJob) -> Option<BoxedJob> {
        lock(&self.line).jobs.push(job);
        self.next(lane)
    }

    /// Another job has come to this lane.
    pub(crate) fn relabel(&self, lane: usize, who: Who) {
        self.change(|line| ((), line.relabel(lane, who)));
    }

    /// Whose job a lane runs.
    pub(crate) fn at(&self, lane: usize) -> Option<Who> {
        lock(&self.line).lanes.get(lane).map(|listed| listed.who.clone())
    }

    /// A lane's job waits for others: it lends its place. To the job that is given, in the lane that is given.
    pub(crate) fn lend(&self, lane: usize) -> Option<(BoxedJob, usize)> {
        self.change(|line| {
            if !std::mem::take(&mut line.lanes[lane].has_place) {
                return (None, After::default());
            }
            let waker = line.pass_on();
            let next = if line.taken < self.limit { line.jobs.pop() } else { None };
            let next = next.map(|job| {
                let lane = line.list(job.who());
                (job, lane)
            });
            (next, After { _old: None, waker })
        })
    }

    /// A lane's job is to go on: whether it has a place again. If not, it is woken when it has.
    pub(crate) fn regain(&self, lane: usize, waker: &Waker) -> bool {
        self.change(|line| {
            let Line { lanes, taken, returning, .. } = line;
            let listed = &mut lanes[lane];
            if !listed.has_place && *taken < self.limit {
                *taken += 1;
                listed.has_place = true;
            }
            if listed.has_place {
                return (true, After::default());
            }
            // only Tokio polls a lane, so what is cloned and dropped under the lock here is Tokio's
            match &mut listed.waker {
                Some(kept) => kept.clone_from(waker),
                None => {
                    listed.waker = Some(waker.clone());
                    returning.push_back(lane);
                }
            }
            (false, After::default())
        })
    }

    /// Whether anybody has lent a place, and may want it back.
    #[inline]
    pub(crate) fn has_lent(&self) -> bool {
        self.lent.load(Ordering::Relaxed) != 0
    }

    /// Whether somebody waits for a place.
    #[inline]
    pub(crate) fn is_contended(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// Shows the jobs in line, under the lock: `see` only copies.
    pub(crate) fn each_waiting(&self, see: impl FnMut(&dyn Job)) {
        lock(&self.line).jobs.each(see);
    }
}

impl Line {
    /// Takes a job by `next` for a lane, if that has a place, and nobody wants it back.
    #[inline]
    fn turn<J: Waiting>(
        &mut self,
        lane: usize,
        next: impl FnOnce(&mut JobLine) -> Option<J>,
    ) -> Option<(J, After)> {
        if !self.returning.is_empty() || !self.lanes[lane].has_place {
            return None;
        }
        let job = next(&mut self.jobs)?;
        let after = self.relabel(lane, job.job().who());
        Some((job, after))
    }

    #[inline]
    fn relabel(&mut self, lane: usize, who: Who) -> After {
        let old = std::mem::replace(&mut self.lanes[lane].who, who);
        After { _old: Some(old), waker: None }
    }
}

impl Core {
    /// Asks one job to end: one that is in line ends here and now.
    pub(crate) fn cancel_job<T>(self: &Arc<Self>, cell: &Cell<T>, id: u32, reason: &Reason) {
        if cell.cancel(reason) {
            return;
        }
        if let Some(mut job) = self.limiter.as_ref().and_then(|limiter| limiter.take(id)) {
            job.as_mut().refuse(&LaneSeat::new(Arc::clone(self)), reason.clone());
        }
    }

    /// Puts a job in line, or starts it in a lane: where a place is free, and where there is no limit.
    #[inline]
    pub(crate) fn enqueue<J: Waiting>(self: &Arc<Self>, job: J) {
        let (job, lane) = match &self.limiter {
            None => (job, None),
            Some(limiter) => match limiter.wait_in_line(job) {
                Some((job, lane)) => (job, Some(lane)),
                None => return,
            },
        };
        self.runtime().spawn(Lane::new(Arc::clone(self), job.boxed(), lane));
    }

    /// The same for a job that has begun already: it stands before those that have not.
    pub(crate) fn enqueue_ahead<J: Waiting>(self: &Arc<Self>, job: J) {
        let (job, lane) = match &self.limiter {
            None => (job, None),
            Some(limiter) => match limiter.wait_ahead(job) {
                Some((job, lane)) => (job, Some(lane)),
                None => return,
            },
        };
        self.runtime().spawn(Lane::new(Arc::clone(self), job.boxed(), lane));
    }
}
