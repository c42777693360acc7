//! Where what a task came to goes: to Tokio's own join handle, to a cell, or to nobody.

use std::sync::Arc;

use super::cell::Cell;
use super::work::{Verdict, settle};
use super::{Cancelled, TaskError};
use crate::outcome::Outcome;
use crate::panic::Panic;
use crate::scope::core::Core;
use crate::site::Who;

pub(crate) trait Deliver<O: Outcome> {
    /// What is left for the caller to hand on.
    type Out;

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl FnOnce() -> Who) -> Self::Out;
}

/// By way of Tokio's join handle.
pub(crate) struct ByJoinHandle;

impl<O: Outcome> Deliver<O> for ByJoinHandle {
    type Out = Result<O::Value, Cancelled>;

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl FnOnce() -> Who) -> Self::Out {
        settle(verdict, core, who)
    }
}

/// Nobody asked for the value.
pub(crate) struct ToNobody;

impl<O: Outcome> Deliver<O> for ToNobody {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl FnOnce() -> Who) {
        drop(settle(verdict, core, who));
    }
}

/// To a handle's cell.
pub(crate) struct ToTask<V>(pub(crate) Arc<Cell<Result<V, Cancelled>>>);

impl<O: Outcome> Deliver<O> for ToTask<O::Value> {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl FnOnce() -> Who) {
        self.0.put(settle(verdict, core, who));
    }
}

/// To an attempt's cell, errors too. What nobody will read is contained.
pub(crate) struct ToAttempt<V, E>(pub(crate) Arc<Cell<Result<V, TaskError<E>>>>);

impl<O: Outcome> Deliver<O> for ToAttempt<O::Value, O::Error> {
    type Out = ();

    fn deliver(&self, verdict: Verdict<O>, core: &Arc<Core>, who: impl FnOnce() -> Who) {
        let result = match verdict {
            Verdict::Returned(output) => output.into_result().map_err(TaskError::Failed),
            Verdict::Panicked(payload) => Err(TaskError::Panicked(Panic::new(payload))),
            Verdict::Cancelled(reason) => Err(TaskError::Cancelled(Cancelled::new(reason))),
        };
        let task = if result.is_err() { Some(core.info(&who())) } else { None };
        if let Some(Err(error)) = self.0.put_with(result, task.clone()) {
            error.contain(core, task);
        }
    }
}
