//! One poll of a task's future, the same for tasks that run directly and for jobs in a lane.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::BoxError;
use crate::cancel::domain::{Fault, Marks, Node, mark};
use crate::cancel::grace::Grace;
use crate::cancel::note::Note;
use crate::cancel::{Reason, ambient};
use crate::outcome::Outcome;
use crate::panic::{Panic, caught};
use crate::probe;
use crate::scope::core::Core;
use crate::site::Who;
use crate::task::Cancelled;
use crate::task::node::TaskNode;

/// How a future ended.
pub(crate) enum Verdict<T> {
    Returned(T),
    /// It returned, and a destructor of what the future had left panicked.
    Spoilt(T, Box<dyn Any + Send>),
    Panicked(Box<dyn Any + Send>),
    Cancelled(Reason),
}

/// Where a task runs: it knows what the task was told.
pub(crate) trait Seat: ambient::Ambient {
    /// Whether the task is asked to end.
    fn told(&self) -> bool;

    /// Which task sits in it, and whose it is.
    fn task(&self) -> (&Arc<Core>, Who);

    /// Where it is noted how the task stands.
    fn note(&self) -> &Note;

    /// After the future was pending: whether it is to be dropped now. `before` is what `told` said before the poll: a
    /// request that came during it gets the task one more turn first.
    fn must_leave(&self, before: bool, cx: &Context<'_>) -> Option<Reason>;
}

/// After a poll, for a task with a `cancel_timeout` of its own: if the time for its clean-up is up, its domain is told to
/// drop all by force, and the scope hears of it. Then it is to be polled again.
pub(crate) fn out_of_time(
    grace: &mut Grace,
    who: impl FnOnce() -> Who,
    limit: Duration,
    node: &TaskNode,
    core: &Core,
    cx: &mut Context<'_>,
) -> bool {
    let is_up = grace.is_up(limit, node.domain().marks(), cx);
    if is_up {
        core.abandon_task(&who(), limit);
        mark(node.domain(), Marks::FORCED, &Reason::TimedOut);
    }
    is_up
}

/// Polls the future in its seat; an end of whatever kind has dropped it, in its domain. A destructor that panics is a
/// panic of the task.
#[inline]
pub(crate) fn poll<F: Future, S: Seat>(
    mut future: Pin<&mut Option<F>>,
    seat: &S,
    cx: &mut Context<'_>,
) -> Poll<Verdict<F::Output>> {
    if probe::puts_off() {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    let before = seat.told();
    if before {
        probe::told();
    }
    seat.note().begin();
    let mut output = None;
    let polled = caught(|| {
        ambient::enter(seat, || {
            let running = future.as_mut().as_pin_mut().expect("polled after its end");
            if let Poll::Ready(ready) = running.poll(cx) {
                output = Some(ready);
                future.set(None);
            }
        })
    });
    let verdict = match (polled, output) {
        (Ok(()), Some(output)) => return Poll::Ready(Verdict::Returned(output)),
        (Err(payload), Some(output)) => Verdict::Spoilt(output, payload),
        (Err(payload), None) => Verdict::Panicked(payload),
        (Ok(()), None) => {
            seat.note().suspend();
            probe::suspended(|| seat.task());
            match seat.must_leave(before, cx) {
                Some(reason) => Verdict::Cancelled(reason),
                None => return Poll::Pending,
            }
        }
    };
    Poll::Ready(drop_future(future, seat, verdict))
}

/// Drops the future in its domain. A destructor that panics is a panic of the task.
#[cold]
pub(crate) fn drop_future<F, T>(
    mut future: Pin<&mut Option<F>>,
    seat: &impl ambient::Ambient,
    verdict: Verdict<T>,
) -> Verdict<T> {
    match caught(|| ambient::enter(seat, || future.set(None))) {
        Ok(()) => verdict,
        Err(payload) => match verdict {
            Verdict::Cancelled(_) => Verdict::Panicked(payload),
            Verdict::Returned(output) => Verdict::Spoilt(output, payload),
            panicked @ (Verdict::Panicked(_) | Verdict::Spoilt(..)) => {
                drop(Panic::new(payload));
                panicked
            }
        },
    }
}

/// Books how a task ended with its scope, and says what its handle will.
#[inline]
pub(crate) fn settle<O: Outcome>(
    verdict: Verdict<O>,
    core: &Core,
    who: impl Fn() -> Who,
) -> Result<O::Value, Cancelled> {
    let fault = match verdict {
        Verdict::Returned(output) => match taken_apart(output) {
            Ok(value) => return Ok(value),
            Err(fault) => fault,
        },
        Verdict::Spoilt(output, payload) => {
            if let Err(fault) = taken_apart(output) {
                core.fail_task(fault, &who());
            }
            Fault::Panic(payload)
        }
        Verdict::Panicked(payload) => Fault::Panic(payload),
        Verdict::Cancelled(reason) => {
            probe::cancelled(core, who, &reason);
            return Err(Cancelled::new(reason));
        }
    };
    core.fail_task(fault, &who());
    Err(Cancelled::after_failure())
}

/// The value, or what is wrong with it.
fn taken_apart<O: Outcome>(output: O) -> Result<O::Value, Fault> {
    match caught(|| output.into_result().map_err(Into::<BoxError>::into)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Fault::Error(error)),
        Err(payload) => Err(Fault::Panic(payload)),
    }
}
