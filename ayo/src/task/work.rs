//! One poll of a task's future, the same for tasks that run directly and for jobs in a lane.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::BoxError;
use crate::cancel::domain::Fault;
use crate::cancel::{Reason, ambient};
use crate::outcome::Outcome;
use crate::panic::caught;
use crate::scope::core::Core;
use crate::site::Who;
use crate::task::Cancelled;

/// How a future ended.
pub(crate) enum Verdict<T> {
    Returned(T),
    Panicked(Box<dyn Any + Send>),
    Cancelled(Reason),
}

/// Where a task runs: it knows what the task was told.
pub(crate) trait Seat: ambient::Ambient {
    /// After the future was pending: whether it is to be dropped now.
    fn must_leave(&self, cx: &Context<'_>) -> Option<Reason>;
}

/// Polls the future in its seat; an end of whatever kind has dropped it, in its domain. A destructor that panics is a
/// panic of the task.
#[inline]
pub(crate) fn poll<F: Future, S: Seat>(
    mut future: Pin<&mut Option<F>>,
    seat: &S,
    cx: &mut Context<'_>,
) -> Poll<Verdict<F::Output>> {
    let polled = caught(|| {
        ambient::enter(seat, || {
            let running = future.as_mut().as_pin_mut().expect("polled after its end");
            let polled = running.poll(cx);
            if polled.is_ready() {
                future.set(None);
            }
            polled
        })
    });
    let verdict = match polled {
        Ok(Poll::Ready(output)) => return Poll::Ready(Verdict::Returned(output)),
        Err(payload) => Verdict::Panicked(payload),
        Ok(Poll::Pending) => match seat.must_leave(cx) {
            Some(reason) => Verdict::Cancelled(reason),
            None => return Poll::Pending,
        },
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
            Verdict::Panicked(first) => {
                let _ = caught(|| drop(payload));
                Verdict::Panicked(first)
            }
            _ => Verdict::Panicked(payload),
        },
    }
}

/// Books how a task ended with its scope, and says what its handle will.
#[inline]
pub(crate) fn settle<O: Outcome>(
    verdict: Verdict<O>,
    core: &Core,
    who: impl FnOnce() -> Who,
) -> Result<O::Value, Cancelled> {
    let fault = match verdict {
        Verdict::Returned(output) => match output.into_result() {
            Ok(value) => return Ok(value),
            Err(error) => Fault::Error(Into::<BoxError>::into(error)),
        },
        Verdict::Panicked(payload) => Fault::Panic(payload),
        Verdict::Cancelled(reason) => return Err(Cancelled::new(reason)),
    };
    let who = who();
    core.fail(fault, Some(&who), core.bubbles(who.label.traits));
    Err(Cancelled::after_failure())
}
