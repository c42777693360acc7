//! `max_concurrency`: places, and the line of jobs that wait for one.
//!
//! # Invariants
//! * At most `limit` places are taken, each by a lane; it gives the place up when nobody is in line. Who has a place is
//!   written down with the turn that gives it.
//! * Jobs wait in the order of spawning. A puller of `for_each` or `map` goes to the end of the line after each item
//!   if somebody else is waiting, so a source without an end starves nobody.
//! * A job that waits for another one, which is still in line, has that one run in its own place, by its own lane: as if it
//!   had awaited the other's future itself. Only the job that came to a place last has another one come, so in each place
//!   one works and the others wait. What came to a place keeps it until it ends, even if nobody waits for it any more.
//! * A limit that is `recursive` is for the scopes below, too. Their jobs stand in the same line, each as an `Of` that knows its
//!   scope. Whoever waits for such a scope waits for its jobs.
//! * The line is in two parts, so that who spawns many jobs does not stand in the way of those who take them: jobs come to
//!   its end, under the lock of that, and are taken from its head. When nobody is left at the head, what is at the end
//!   becomes the head. Who takes both locks takes that of the head first. A place is given up under both, when nobody is in
//!   either part; it is taken under that of the end.
//! * `waiting` is the length of each part, `awaited` how many jobs are waited for, and `wanted` how many of them may stand in
//!   line: to be read without a lock as hints.

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

use slab::Slab;

use super::core::Core;
use super::line::{JobLine, Waiting};
use super::waits::{JobKey, Waits};
use crate::cancel::Reason;
use crate::site::Who;
use crate::sync::{Apart, AtomicBool, AtomicUsize, Ordering, lock};
use crate::task::cell::Cell;
use crate::task::job::{BoxedJob, Job, Of};
use crate::task::lane::{Lane, LaneSeat};
use crate::task::spawn::spawn;

/// Whether there was ever a limit that is for scopes below.
static RECURSIVE: AtomicBool = AtomicBool::new(false);

pub(crate) struct Limiter {
    limit: usize,
    recursive: bool,
    awaited: AtomicUsize,
    wanted: AtomicUsize,
    head: Apart<Part<Head>>,
    end: Apart<Part<End>>,
}

/// A part of the line.
#[derive(Default)]
struct Part<T> {
    waiting: AtomicUsize,
    line: Mutex<T>,
}

#[derive(Default)]
struct Head {
    jobs: JobLine,
    /// The places that are taken: who has each.
    places: Slab<Who>,
    waits: Waits,
}

#[derive(Default)]
struct End {
    jobs: JobLine,
    /// How many places are taken.
    taken: usize,
}

impl End {
    /// Takes a place, if one is free.
    #[inline]
    fn take_place(&mut self, limit: usize) -> bool {
        let is_free = self.taken < limit;
        self.taken += usize::from(is_free);
        is_free
    }
}

#[inline]
fn key_of(job: &dyn Job) -> JobKey {
    JobKey { scope: job.scope().map_or(0, |scope| Arc::as_ptr(scope).addr()), id: job.id() }
}

impl Limiter {
    pub(crate) fn new(limit: usize, recursive: bool) -> Self {
        if recursive {
            RECURSIVE.store(true, Ordering::Relaxed);
        }
        let none = || AtomicUsize::new(0);
        Self {
            limit,
            recursive,
            awaited: none(),
            wanted: none(),
            head: Apart::default(),
            end: Apart::default(),
        }
    }

    /// Whether there was ever one that is for scopes below.
    #[inline]
    pub(crate) fn is_any_recursive() -> bool {
        RECURSIVE.load(Ordering::Relaxed)
    }

    /// Whether it is for scopes below, too.
    #[inline]
    pub(crate) fn is_recursive(&self) -> bool {
        self.recursive
    }

    /// The job of this scope with this number.
    #[inline]
    pub(crate) fn key(&self, scope: &Core, id: u32) -> JobKey {
        JobKey { scope: if self.recursive { std::ptr::from_ref(scope).addr() } else { 0 }, id }
    }

    #[inline]
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    #[inline]
    fn head(&self) -> MutexGuard<'_, Head> {
        lock(&self.head.0.line)
    }

    #[inline]
    fn end(&self) -> MutexGuard<'_, End> {
        lock(&self.end.0.line)
    }

    #[inline]
    fn note_waiting(&self, head: &Head) {
        self.head.0.waiting.store(head.jobs.len(), Ordering::Relaxed);
    }

    #[inline]
    fn note_waiting_at(&self, end: &End) {
        self.end.0.waiting.store(end.jobs.len(), Ordering::Relaxed);
    }

    /// Has those at the end come up to the head.
    fn bring_up(&self, head: &mut Head, end: &mut End) {
        head.jobs.append(&mut end.jobs);
        self.note_waiting(head);
        self.note_waiting_at(end);
    }

    /// The line in one part, for as long as nobody comes to the end of it.
    fn whole(&self) -> MutexGuard<'_, Head> {
        let mut head = self.head();
        self.bring_up(&mut head, &mut self.end());
        head
    }

    /// Puts a job in line, or hands it back with a place that was free.
    #[inline]
    pub(crate) fn wait_in_line<J: Waiting>(&self, job: J) -> Option<(J, usize)> {
        let mut end = self.end();
        if end.take_place(self.limit) {
            drop(end);
            let place = self.head().places.insert(job.job().who());
            return Some((job, place));
        }
        end.jobs.push(job);
        self.note_waiting_at(&end);
        None
    }

    /// The same for one that has begun already: it stands before those that have not.
    fn wait_ahead(&self, job: BoxedJob) -> Option<(BoxedJob, usize)> {
        let mut head = self.head();
        if self.end().take_place(self.limit) {
            let place = head.places.insert(job.who());
            return Some((job, place));
        }
        head.jobs.push_ahead(job);
        self.note_waiting(&head);
        None
    }

    /// Takes a job out of the line; it is gone if its turn has come.
    pub(crate) fn take(&self, key: JobKey) -> Option<BoxedJob> {
        let mut head = self.whole();
        let job = head.jobs.take(|job| key_of(job) == key);
        self.note_waiting(&head);
        job
    }

    /// For whoever holds a place: the next job for it, or the place is given up.
    #[inline]
    pub(crate) fn next(&self, place: usize) -> Option<BoxedJob> {
        let mut head = self.head();
        if head.jobs.len() == 0 {
            let mut end = self.end();
            if end.jobs.len() == 0 {
                end.taken -= 1;
                drop(end);
                let old = head.places.remove(place);
                drop(head);
                drop(old); // it may hold a span, which is foreign code
                return None;
            }
        }
        self.turn(head, place, JobLine::pop)
    }

    /// The same, if the next job is of this type; the place is kept.
    #[inline]
    pub(crate) fn next_same<J: Waiting>(&self, place: usize) -> Option<J> {
        self.turn(self.head(), place, JobLine::pop_same::<J>)
    }

    /// For whoever holds a place: puts a job at the end of the line and takes the one at its head.
    pub(crate) fn rotate(&self, place: usize, job: BoxedJob) -> BoxedJob {
        let key = JobKey { id: job.awaited_as(), ..key_of(&*job) };
        let head = self.head(); // so that nobody else takes it
        {
            let mut end = self.end();
            end.jobs.push(job);
            self.note_waiting_at(&end);
        }
        let next = self.turn(head, place, JobLine::pop).expect("a job was just put in line");
        self.is_back(key);
        if self.recursive {
            self.is_back(JobKey { id: 0, ..key });
        }
        next
    }

    /// What may have been looked for in the line stands there now.
    fn is_back(&self, job: JobKey) {
        if self.awaited.load(Ordering::Relaxed) != 0
            && let Some(waker) = self.change_waits(|head| head.waits.back_in_line(job).cloned())
        {
            waker.wake();
        }
    }

    #[inline]
    fn change_waits<T>(&self, change: impl FnOnce(&mut Head) -> T) -> T {
        let mut head = self.head();
        let result = change(&mut head);
        self.awaited.store(head.waits.len(), Ordering::Relaxed);
        self.wanted.store(head.waits.in_line(), Ordering::Relaxed);
        result
    }

    /// A job waits for another one; `true`: that is news.
    pub(super) fn wait_for(&self, waiter: JobKey, job: JobKey, waker: Option<Waker>) -> bool {
        let (is_news, old) = self.change_waits(|head| head.waits.begin(waiter, job, waker));
        drop(old);
        is_news
    }

    /// Nobody waits for this job any more.
    pub(super) fn waits_no_more(&self, job: JobKey) {
        let old = self.change_waits(|head| head.waits.end(job));
        drop(old);
    }

    /// Whether anybody waits for a job that may stand in line.
    #[inline]
    pub(crate) fn has_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) != 0
    }

    /// Takes out of the line what this job waits for.
    pub(crate) fn take_for(&self, waiter: JobKey) -> Option<BoxedJob> {
        self.change_waits(|head| {
            self.bring_up(head, &mut self.end());
            let Head { jobs, waits, .. } = head;
            let find = |wanted: JobKey| {
                let is_it = |job: &dyn Job| {
                    let id = if wanted.id == 0 { 0 } else { job.awaited_as() };
                    JobKey { id, ..key_of(job) } == wanted
                };
                jobs.take(is_it).map(|job| (wanted, job))
            };
            let (wanted, job) = std::iter::from_fn(|| waits.pop(waiter)).find_map(find)?;
            self.head.0.waiting.store(jobs.len(), Ordering::Relaxed);
            if wanted.id == 0 || job.has_fellows() {
                waits.back_in_line(wanted);
            }
            Some(job)
        })
    }

    /// Takes a job by `next` for a place.
    #[inline]
    fn turn<J: Waiting>(
        &self,
        mut head: MutexGuard<'_, Head>,
        place: usize,
        next: impl FnOnce(&mut JobLine) -> Option<J>,
    ) -> Option<J> {
        if head.jobs.len() == 0 {
            self.bring_up(&mut head, &mut self.end());
        }
        let job = next(&mut head.jobs)?;
        let old = std::mem::replace(&mut head.places[place], job.job().who());
        self.note_waiting(&head);
        drop(head);
        drop(old); // it may hold a span, which is foreign code
        Some(job)
    }

    /// Another job has come to this place.
    pub(crate) fn relabel(&self, place: usize, who: Who) {
        let old = std::mem::replace(&mut self.head().places[place], who);
        drop(old);
    }

    /// Who has a place.
    pub(crate) fn at(&self, place: usize) -> Option<Who> {
        self.head().places.get(place).cloned()
    }

    /// Whether somebody waits for a place.
    #[inline]
    pub(crate) fn is_contended(&self) -> bool {
        let part = |waiting: &AtomicUsize| waiting.load(Ordering::Relaxed) != 0;
        part(&self.head.0.waiting) || part(&self.end.0.waiting)
    }

    /// Shows a scope's jobs in line, under the lock: `see` only copies.
    pub(crate) fn each_waiting(&self, scope: &Core, mut see: impl FnMut(&dyn Job)) {
        let scope = self.key(scope, 0).scope;
        self.whole().jobs.each(|job| {
            if key_of(job).scope == scope {
                see(job);
            }
        });
    }
}

impl Core {
    /// Asks one job to end: one that is in line ends here and now.
    pub(crate) fn cancel_job<T>(self: &Arc<Self>, cell: &Cell<T>, id: u32, reason: &Reason) {
        if cell.cancel(reason) {
            return;
        }
        let in_line = self.limiter().and_then(|limiter| limiter.take(limiter.key(self, id)));
        if let Some(mut job) = in_line {
            job.as_mut().refuse(&LaneSeat::new(Arc::clone(self)), reason.clone());
        }
    }

    /// Puts a job in line, or starts it in a lane: where a place is free, and where there is no limit.
    #[track_caller]
    #[inline]
    pub(crate) fn enqueue<J: Waiting>(self: &Arc<Self>, job: J) {
        match self.limiter() {
            Some(limiter) if !limiter.recursive => {
                if let Some((job, place)) = limiter.wait_in_line(job) {
                    self.run_in_lane(job.boxed(), Some(place));
                }
            }
            _ => self.enqueue_boxed(job.boxed(), Limiter::wait_in_line),
        }
    }

    /// The same for a job that has begun already: it stands before those that have not.
    #[track_caller]
    pub(crate) fn enqueue_ahead(self: &Arc<Self>, job: impl Waiting) {
        self.enqueue_boxed(job.boxed(), Limiter::wait_ahead);
    }

    /// Puts a job in line that a handle may have been looking for there before.
    pub(crate) fn enqueue_again(self: &Arc<Self>, job: BoxedJob) {
        let id = job.awaited_as();
        self.enqueue(job);
        if let Some(limiter) = self.limiter() {
            limiter.is_back(limiter.key(self, id));
        }
    }

    #[track_caller]
    fn enqueue_boxed(
        self: &Arc<Self>,
        job: BoxedJob,
        wait: fn(&Limiter, BoxedJob) -> Option<(BoxedJob, usize)>,
    ) {
        let Some(limiter) = self.limiter() else { return self.run_in_lane(job, None) };
        let job = if limiter.recursive { Of::scope(self, job) } else { job };
        match wait(limiter, job) {
            Some((job, place)) => self.run_in_lane(job, Some(place)),
            None if limiter.recursive => limiter.is_back(limiter.key(self, 0)),
            None => {}
        }
    }

    #[track_caller]
    fn run_in_lane(self: &Arc<Self>, job: BoxedJob, place: Option<usize>) {
        let lane = Lane::new(Arc::clone(self), job, place); // first: without a runtime it gives the place up
        spawn(self.runtime(), Lane::name, lane);
    }
}
