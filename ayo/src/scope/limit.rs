//! `max_concurrency`: places, and the line of jobs that wait for one.
//!
//! # Invariants
//! * At most `limit` places are taken, each by a lane; it gives the place up when nobody is in line. Who has a place is
//!   written down with the turn that gives it.
//! * Jobs wait in the order of spawning. A puller of `for_each` or `map` goes to the end of the line after each item
//!   if somebody else is waiting, so a source without an end starves nobody.
//! * `waiting` is the length of the line, to be read without the lock as a hint.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use slab::Slab;

use super::core::Core;
use super::line::{JobLine, Waiting};
use crate::cancel::Reason;
use crate::site::Who;
use crate::sync::lock;
use crate::task::cell::Cell;
use crate::task::job::{BoxedJob, Job};
use crate::task::lane::{Lane, LaneSeat};
use crate::task::spawn::spawn;

pub(crate) struct Limiter {
    limit: usize,
    waiting: AtomicUsize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    jobs: JobLine,
    /// The places that are taken: who has each.
    places: Slab<Who>,
}

impl Limiter {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, waiting: AtomicUsize::new(0), line: Mutex::default() }
    }

    #[inline]
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Puts a job in line, or hands it back with a place that was free.
    #[inline]
    pub(crate) fn wait_in_line<J: Waiting>(&self, job: J) -> Option<(J, usize)> {
        let mut line = lock(&self.line);
        if line.places.len() < self.limit {
            let place = line.places.insert(job.job().who());
            return Some((job, place));
        }
        line.jobs.push(job);
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        None
    }

    /// The same for one that has begun already: it stands before those that have not.
    fn wait_ahead<J: Waiting>(&self, job: J) -> Option<(J, usize)> {
        let mut line = lock(&self.line);
        if line.places.len() < self.limit {
            let place = line.places.insert(job.job().who());
            return Some((job, place));
        }
        line.jobs.push_ahead(job.boxed());
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        None
    }

    /// Takes a job out of the line; it is gone if its turn has come.
    pub(crate) fn take(&self, id: u32) -> Option<BoxedJob> {
        let mut line = lock(&self.line);
        let job = line.jobs.take(id);
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        job
    }

    /// For whoever holds a place: the next job for it, or the place is given up.
    #[inline]
    pub(crate) fn next(&self, place: usize) -> Option<BoxedJob> {
        self.turn(place, JobLine::pop, |line| Some(line.places.remove(place)))
    }

    /// The same, if the next job is of this type; the place is kept.
    #[inline]
    pub(crate) fn next_same<J: Waiting>(&self, place: usize) -> Option<J> {
        self.turn(place, JobLine::pop_same::<J>, |_| None)
    }

    /// For whoever holds a place: puts a job at the end of the line and takes the one at its head.
    pub(crate) fn rotate(&self, place: usize, job: BoxedJob) -> BoxedJob {
        let next = |jobs: &mut JobLine| {
            jobs.push(job);
            jobs.pop()
        };
        self.turn(place, next, |_| None).expect("a job was just put in line")
    }

    /// Takes a job by `next` for a place, or else leaves the place as `none` does.
    #[inline]
    fn turn<J: Waiting>(
        &self,
        place: usize,
        next: impl FnOnce(&mut JobLine) -> Option<J>,
        none: impl FnOnce(&mut Line) -> Option<Who>,
    ) -> Option<J> {
        let mut line = lock(&self.line);
        let job = next(&mut line.jobs);
        let old = match &job {
            Some(job) => Some(std::mem::replace(&mut line.places[place], job.job().who())),
            None => none(&mut line),
        };
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        drop(line);
        drop(old); // it may hold a span, which is foreign code
        job
    }

    /// Another job has come to this place.
    pub(crate) fn relabel(&self, place: usize, who: Who) {
        let old = std::mem::replace(&mut lock(&self.line).places[place], who);
        drop(old);
    }

    /// Who has a place.
    pub(crate) fn at(&self, place: usize) -> Option<Who> {
        lock(&self.line).places.get(place).cloned()
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
        let (job, place) = match &self.limiter {
            None => (job, None),
            Some(limiter) => match limiter.wait_in_line(job) {
                Some((job, place)) => (job, Some(place)),
                None => return,
            },
        };
        spawn(self.runtime(), Lane::name, Lane::new(Arc::clone(self), job.boxed(), place));
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
        spawn(self.runtime(), Lane::name, Lane::new(Arc::clone(self), job.boxed(), lane));
    }
}
