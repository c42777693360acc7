//! Which task under a limit waits for which other one.
//!
//! # Invariants
//! * A handle has one owner, so a job is waited for by one task at most: the one whose code polled the handle last. The entry
//!   goes with the handle, or when that is polled by somebody else.
//! * `in_line` has those that may stand in line. One that is looked for there and not found is out; one that goes back into
//!   the line is in again, and then whoever waits is woken to look for it.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::task::{Context, Waker};

use super::core::Core;
use super::limit::Limiter;
use crate::cancel::ambient;
use crate::cancel::domain::Node;
use crate::cancel::note::On;

/// A job under a limit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct JobKey {
    /// The address of its scope, where a limit is for more than one.
    pub(super) scope: usize,
    /// Its number there; 0: any job of that scope.
    pub(super) id: u32,
}

impl JobKey {
    /// No job.
    pub(crate) const NONE: Self = Self { scope: 0, id: 0 };
    const LAST: Self = Self { scope: usize::MAX, id: u32::MAX };
}

#[derive(Default)]
pub(super) struct Waits {
    /// By the job that is waited for.
    all: HashMap<JobKey, Wait>,
    /// Who waits, and for which job.
    in_line: BTreeSet<(JobKey, JobKey)>,
}

struct Wait {
    waiter: JobKey,
    /// Of whatever runs what the waiter waits for; `None`: a request has taken it, and wakes it.
    waker: Option<Waker>,
}

impl Waits {
    /// How many jobs are waited for.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many of them may stand in line.
    pub(super) fn in_line(&self) -> usize {
        self.in_line.len()
    }

    /// Takes note that this task waits for this job; `true`: that is news. Gives back the waker that was there.
    pub(super) fn begin(
        &mut self,
        waiter: JobKey,
        job: JobKey,
        waker: Option<Waker>,
    ) -> (bool, Option<Waker>) {
        let old = self.all.insert(job, Wait { waiter, waker });
        if old.as_ref().is_some_and(|old| old.waiter == waiter) {
            return (false, old.and_then(|old| old.waker));
        }
        if let Some(old) = &old {
            self.in_line.remove(&(old.waiter, job));
        }
        self.in_line.insert((waiter, job));
        (true, old.and_then(|old| old.waker))
    }

    /// Nobody waits for this job any more.
    pub(super) fn end(&mut self, job: JobKey) -> Option<Waker> {
        let wait = self.all.remove(&job)?;
        self.in_line.remove(&(wait.waiter, job));
        wait.waker
    }

    /// A job that this task waits for, and that may stand in line. It is to be looked for there.
    pub(super) fn pop(&mut self, waiter: JobKey) -> Option<JobKey> {
        let next = *self.in_line.range((waiter, JobKey::NONE)..=(waiter, JobKey::LAST)).next()?;
        self.in_line.remove(&next);
        Some(next.1)
    }

    /// What may have been looked for before is in line: whom to wake.
    pub(super) fn back_in_line(&mut self, job: JobKey) -> Option<&Waker> {
        let wait = self.all.get(&job)?;
        self.in_line.insert((wait.waiter, job));
        wait.waker.as_ref()
    }
}

impl Core {
    /// The running code suspends because it waits for the handle of this task: noted for the tree and, of one that may stand
    /// `in_line`, as by [`wait_for`](Self::wait_for).
    #[inline]
    pub(crate) fn wait_for_task(&self, id: u32, in_line: bool, cx: &Context<'_>) -> bool {
        ambient::waits(On::task(self.domain(), id));
        in_line && self.wait_for(id, cx)
    }

    /// The running code suspends because it waits for this job (0: for any of the scope): the task under the same limit that it
    /// is part of runs the job in its own place, should it stand in line. `true`: note was taken, and is to be struck out when
    /// nobody waits any more.
    pub(crate) fn wait_for(&self, job: u32, cx: &Context<'_>) -> bool {
        let Some(limiter) = self.limiter() else { return false };
        let job = limiter.key(self, job);
        if let Some(waiter) = ambient::job_under(limiter) {
            limiter.wait_for(waiter, job, Some(cx.waker().clone()));
            return true;
        }
        // Code in a scope below runs in tasks of its own; what has the place is the task around all of them.
        let Some((waiter, node)) = task_around(limiter) else { return false };
        if limiter.wait_for(waiter, job, node.domain().waker())
            && let Some(waker) = node.domain().waker()
        {
            waker.wake();
        }
        true
    }

    /// Nobody waits for this job any more.
    pub(crate) fn waits_no_more(&self, job: u32) {
        if let Some(limiter) = self.limiter() {
            limiter.waits_no_more(limiter.key(self, job));
        }
    }
}

/// The task under this limit that the running code is somewhere below of.
fn task_around(limiter: &Arc<Limiter>) -> Option<(JobKey, Arc<dyn Node>)> {
    let mut node = ambient::nearest()?;
    while !as_scope(&node).is_some_and(|scope| scope.has_limiter(limiter) && !scope.inherits_limit()) {
        let above = node.above()?;
        if let Some(scope) = as_scope(&above.node)
            && scope.has_limiter(limiter)
            && let Some(who) = above.task.or_else(|| node.task())
        {
            return Some((limiter.key(scope, who.label.id), node));
        }
        node = above.node;
    }
    None
}

fn as_scope(node: &Arc<dyn Node>) -> Option<&Core> {
    let any: &dyn Any = &**node;
    any.downcast_ref()
}
