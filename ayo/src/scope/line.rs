//! The line of jobs that wait for a place: first come, first served.
//!
//! Jobs of one type that come one after the other stand in one piece of memory, so that each costs its own bytes and no
//! allocation. They have not been polled, so they may still be moved.

use std::any::{Any, TypeId};
use std::collections::VecDeque;

use crate::task::job::{BoxedJob, Job};

/// What can stand in line.
pub(crate) trait Waiting: Send + 'static {
    fn job(&self) -> &dyn Job;

    fn boxed(self) -> BoxedJob;
}

impl Waiting for BoxedJob {
    fn job(&self) -> &dyn Job {
        &**self
    }

    fn boxed(self) -> BoxedJob {
        self
    }
}

/// So many jobs stand in one piece of memory.
const RUN: usize = 64;

/// Larger ones are not worth the copying.
const LARGE: usize = 512;

#[derive(Default)]
pub(crate) struct JobLine {
    /// Those that have begun already stand before the others, and stay in their boxes.
    ahead: VecDeque<BoxedJob>,
    runs: VecDeque<Box<dyn Run>>,
    len: usize,
    /// The type of the job that came last: two of a kind begin a run.
    last: Option<TypeId>,
}

/// Jobs of one type.
struct RunOf<J>(VecDeque<J>);

trait Run: Any + Send {
    fn pop(&mut self) -> Option<BoxedJob>;

    fn take(&mut self, is_it: &dyn Fn(&dyn Job) -> bool) -> Option<BoxedJob>;

    fn each(&self, see: &mut dyn FnMut(&dyn Job));

    fn is_empty(&self) -> bool;
}

impl<J: Waiting> Run for RunOf<J> {
    fn pop(&mut self) -> Option<BoxedJob> {
        self.0.pop_front().map(J::boxed)
    }

    fn take(&mut self, is_it: &dyn Fn(&dyn Job) -> bool) -> Option<BoxedJob> {
        let place = self.0.iter().position(|waiting| is_it(waiting.job()))?;
        self.0.remove(place).map(J::boxed)
    }

    fn each(&self, see: &mut dyn FnMut(&dyn Job)) {
        self.0.iter().for_each(|waiting| see(waiting.job()));
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn run_of<J: Waiting>(run: &mut Box<dyn Run>) -> Option<&mut RunOf<J>> {
    let run: &mut dyn Any = &mut **run;
    run.downcast_mut()
}

impl JobLine {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len + self.ahead.len()
    }

    /// Has the others, which have not begun, stand behind these.
    pub(crate) fn append(&mut self, others: &mut Self) {
        if self.len == 0 {
            std::mem::swap(&mut self.runs, &mut others.runs);
        } else if others.len > 0 {
            self.runs.append(&mut others.runs);
        }
        self.len += std::mem::take(&mut others.len);
    }

    /// Puts a job behind those that have begun, and before all others.
    pub(crate) fn push_ahead(&mut self, job: BoxedJob) {
        self.ahead.push_back(job);
    }

    /// Puts a job at the end.
    #[inline]
    pub(crate) fn push<J: Waiting>(&mut self, job: J) {
        let second = self.last.replace(TypeId::of::<J>()) == self.last;
        if let Some(run) = self.runs.back_mut().and_then(run_of::<J>).filter(|run| run.0.len() < RUN) {
            self.len += 1;
            run.0.push_back(job);
        } else if second && size_of::<J>() <= LARGE {
            self.push_run(job);
        } else {
            self.push_boxed(job.boxed());
        }
    }

    fn push_boxed(&mut self, job: BoxedJob) {
        match self.runs.back_mut().and_then(run_of::<BoxedJob>).filter(|run| run.0.len() < RUN) {
            Some(run) => run.0.push_back(job),
            None => return self.push_run(job),
        }
        self.len += 1;
    }

    fn push_run<J: Waiting>(&mut self, job: J) {
        let like_the_last = self.runs.back_mut().and_then(run_of::<J>).is_some();
        let mut run = VecDeque::with_capacity(if like_the_last { RUN } else { 4 });
        run.push_back(job);
        if self.len == 0 {
            self.runs.clear(); // the last one is kept when it gets empty
        }
        self.runs.push_back(Box::new(RunOf(run)));
        self.len += 1;
    }

    /// Takes the job at the head.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<BoxedJob> {
        if let Some(begun) = self.ahead.pop_front() {
            return Some(begun);
        }
        let run = self.runs.front_mut()?;
        let job = run.pop()?;
        let was_last = run.is_empty();
        self.taken_from_head(was_last);
        Some(job)
    }

    /// Takes the job at the head as it stands there, if it is of this type.
    #[inline]
    pub(crate) fn pop_same<J: Waiting>(&mut self) -> Option<J> {
        if !self.ahead.is_empty() {
            return None;
        }
        let run = run_of::<J>(self.runs.front_mut()?)?;
        let job = run.0.pop_front()?;
        let was_last = run.0.is_empty();
        self.taken_from_head(was_last);
        Some(job)
    }

    #[inline]
    fn taken_from_head(&mut self, was_last: bool) {
        self.len -= 1;
        if was_last && self.runs.len() > 1 {
            self.runs.pop_front();
        }
    }

    /// Takes out the first job that is it.
    pub(crate) fn take(&mut self, is_it: impl Fn(&dyn Job) -> bool) -> Option<BoxedJob> {
        if let Some(place) = self.ahead.iter().position(|job| is_it(&**job)) {
            return self.ahead.remove(place);
        }
        let job = self.runs.iter_mut().find_map(|run| run.take(&is_it))?;
        self.len -= 1;
        self.runs.retain(|run| !run.is_empty());
        Some(job)
    }

    pub(crate) fn each(&self, mut see: impl FnMut(&dyn Job)) {
        self.ahead.iter().for_each(|job| see(&**job));
        self.runs.iter().for_each(|run| run.each(&mut see));
    }
}
