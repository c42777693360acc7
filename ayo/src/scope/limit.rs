//! `max_concurrency`: places, and the line of jobs that wait for one.
//!
//! # Invariants
//! * At most `limit` places are taken, each by a lane; it gives the place up when nobody is in line.
//! * Jobs wait in the order of spawning. A puller of `for_each` or `map` goes to the end of the line after each item
//!   if somebody else is waiting, so a source without an end starves nobody.
//! * `waiting` is the length of the line, to be read without the lock as a hint.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::core::Core;
use crate::cancel::Reason;
use crate::sync::lock;
use crate::task::cell::Cell;
use crate::task::job::BoxedJob;
use crate::task::lane::{Lane, LaneSeat};

pub(crate) struct Limiter {
    limit: usize,
    waiting: AtomicUsize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    taken: usize,
    jobs: Chunks<BoxedJob>,
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
    pub(crate) fn wait_in_line(&self, job: BoxedJob) -> Option<BoxedJob> {
        let mut line = lock(&self.line);
        if line.taken < self.limit {
            line.taken += 1;
            return Some(job);
        }
        line.jobs.push(job);
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        None
    }

    /// Takes a job out of the line; it is gone if its turn has come.
    fn take(&self, id: u32) -> Option<BoxedJob> {
        let mut line = lock(&self.line);
        let job = line.jobs.take(|job| job.id() == id);
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        job
    }

    /// For whoever holds a place: the next job for it, or the place is given up.
    #[inline]
    pub(crate) fn next(&self) -> Option<BoxedJob> {
        let mut line = lock(&self.line);
        let job = line.jobs.pop();
        if job.is_none() {
            line.taken -= 1;
        }
        self.waiting.store(line.jobs.len(), Ordering::Relaxed);
        job
    }

    /// For whoever holds a place: puts a job at the end of the line and takes the one at its head.
    #[inline]
    pub(crate) fn rotate(&self, job: BoxedJob) -> BoxedJob {
        let mut line = lock(&self.line);
        line.jobs.push(job);
        line.jobs.pop().expect("a job was just put in line")
    }

    /// Whether somebody waits for a place.
    #[inline]
    pub(crate) fn is_contended(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// Shows the jobs in line, under the lock: `see` only copies.
    pub(crate) fn each_waiting(&self, see: impl FnMut(&BoxedJob)) {
        lock(&self.line).jobs.iter().for_each(see);
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
    pub(crate) fn enqueue(self: &Arc<Self>, job: BoxedJob) {
        let job = match &self.limiter {
            Some(limiter) => limiter.wait_in_line(job),
            None => Some(job),
        };
        if let Some(job) = job {
            self.runtime().spawn(Lane::new(Arc::clone(self), job));
        }
    }
}

/// A queue in pieces of one size, so that a long line costs what its entries cost, and growing copies none.
struct Chunks<T> {
    chunks: VecDeque<VecDeque<T>>,
    len: usize,
}

const CHUNK: usize = 256;

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), len: 0 }
    }
}

impl<T> Chunks<T> {
    fn len(&self) -> usize {
        self.len
    }

    fn push(&mut self, item: T) {
        match self.chunks.back_mut() {
            Some(last) if last.len() < CHUNK => last.push_back(item),
            _ => self.chunks.push_back(VecDeque::from([item])),
        }
        self.len += 1;
    }

    fn pop(&mut self) -> Option<T> {
        let item = self.chunks.front_mut()?.pop_front()?;
        self.len -= 1;
        if self.chunks.len() > 1 && self.chunks[0].is_empty() {
            self.chunks.pop_front();
        }
        Some(item)
    }

    /// Takes out the first that is asked for.
    fn take(&mut self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let (chunk, place) = self.chunks.iter_mut().find_map(|chunk| {
            let place = chunk.iter().position(&is_it)?;
            Some((chunk, place))
        })?;
        self.len -= 1;
        let item = chunk.remove(place);
        self.chunks.retain(|chunk| !chunk.is_empty());
        item
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }
}
