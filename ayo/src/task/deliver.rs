//! Where what a task came to goes: to Tokio's own join handle, to a cell, or to nobody.

use std::sync::Arc;

use super::cell::Cell;
use super::work::{Verdict, settle};
use super::{Cancelled, TaskError};
use crate::cancel::domain::Fault;
use crate::outcome::Outcome;
use crate::panic::{Panic, caught};
use crate::probe;
use crate::scope::core::Core;
use crate::site::Who;

pub(crate) trait Deliver<O: Outcome> {
    /// What is left for the caller to hand on.
    type Out;

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl Fn() -> Who) -> Self::Out;
}

/// By way of Tokio's join handle.
pub(crate) struct ByJoinHandle;

impl<O: Outcome> Deliver<O> for ByJoinHandle {
    type Out = Result<O::Value, Cancelled>;

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl Fn() -> Who) -> Self::Out {
        settle(verdict, core, who)
    }
}

/// Nobody asked for the value: it is dropped before the task counts as ended, and its destructor's panic is the task's.
pub(crate) struct ToNobody;

impl<O: Outcome> Deliver<O> for ToNobody {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl Fn() -> Who) {
        if let Ok(value) = settle(verdict, core, &who) {
            drop_unread(value, core, who);
        }
    }
}

/// To a handle's cell.
pub(crate) struct ToTask<V>(pub(crate) Arc<Cell<Result<V, Cancelled>>>);

impl<O: Outcome> Deliver<O> for ToTask<O::Value> {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl Fn() -> Who) {
        if let Some(Ok(value)) = self.0.put(settle(verdict, core, &who)) {
            drop_unread(value, core, who);
        }
    }
}

/// To an attempt's cell, errors too. What nobody will read is contained.
pub(crate) struct ToAttempt<V, E>(pub(crate) Arc<Cell<Result<V, TaskError<E>>>>);

impl<O: Outcome> Deliver<O> for ToAttempt<O::Value, O::Error> {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl Fn() -> Who) {
        let result = match verdict {
            Verdict::Returned(output) => output.into_result().map_err(TaskError::Failed),
            Verdict::Panicked(payload) => Err(TaskError::Panicked(Panic::new(payload))),
            Verdict::Spoilt(output, payload) => {
                if let Err(error) = output.into_result() {
                    TaskError::Failed(error).contain(core, Some(core.info(&who())));
                }
                Err(TaskError::Panicked(Panic::new(payload)))
            }
            Verdict::Cancelled(reason) => {
                probe::cancelled(core, &who, &reason);
                Err(TaskError::Cancelled(Cancelled::new(reason)))
            }
        };
        match &result {
            Err(TaskError::Failed(_)) => probe::failed(core, Some(&who()), &"its handle has the error"),
            Err(TaskError::Panicked(panic)) => probe::failed(core, Some(&who()), panic),
            Err(TaskError::Cancelled(_)) | Ok(_) => {}
        }
        let task = if result.is_err() { Some(core.info(&who())) } else { None };
        match self.0.put_with(result, task.clone()) {
            Some(Err(error)) => error.contain(core, task),
            Some(Ok(value)) => drop_unread(value, core, who),
            None => {}
        }
    }
}

/// Drops a value that nobody will read. A destructor that panics is its task's panic.
pub(crate) fn drop_unread<V>(value: V, core: &Core, who: impl Fn() -> Who) {
    if let Err(payload) = caught(|| drop(value)) {
        core.fail_task(Fault::Panic(payload), &who());
    }
}
