//! All members, and how they end together.

use std::any::Any;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::task::coop::poll_proceed;

use super::member::{End, Member};
use crate::cancel::domain::{Fault, report};
use crate::cancel::{Reason, ambient};
use crate::error::Error;
use crate::panic::Panic;
use crate::trace;

pub(super) struct Crew<F> {
    members: FuturesUnordered<Member<F>>,
    ending: Option<Ending>,
    /// One was asked to end from above, and has: not all will have a result.
    is_cut: bool,
}

/// The end is decided.
struct Ending {
    /// How many have clean-up left.
    left: usize,
    panic: Option<Box<dyn Any + Send>>,
    /// It took more than the poll in which it was decided.
    is_late: bool,
}

impl<F> Crew<F> {
    pub(super) fn new(futures: impl Iterator<Item = F>) -> Self {
        let members = futures.enumerate().map(|(index, future)| Member::new(index, future)).collect();
        Self { members, ending: None, is_cut: false }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// It was asked to end from above, or one has panicked, and all have ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.left == 0)
    }

    /// Decides the end: what is left of the members is dropped, or asked to clean up.
    pub(super) fn end(&mut self, reason: &Reason) {
        self.end_with(reason, None);
    }

    #[cold]
    fn end_after_panic(&mut self, payload: Box<dyn Any + Send>) {
        self.end_with(&Reason::Failed, Some(payload));
    }

    fn end_with(&mut self, reason: &Reason, panic: Option<Box<dyn Any + Send>>) {
        let mut ending = Ending { left: 0, panic, is_late: false };
        for member in Pin::new(&mut self.members).iter_pin_mut() {
            match member.request(reason) {
                Ok(has_clean_up) => ending.left += usize::from(has_clean_up),
                Err(payload) => ending.panicked(payload),
            }
        }
        self.ending = Some(ending);
    }
}

impl<F: Future> Crew<F> {
    /// The next one to be ready, and its place in the set; `None`: all are through. Pending for ever once the code around
    /// is asked to end and all have ended.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, F::Output)>> {
        let requested = ambient::is_requested();
        while self.ending.is_none() {
            let budget = ready!(poll_proceed(cx));
            match self.members.poll_next_unpin(cx) {
                Poll::Ready(Some((index, End::Ready(value)))) => {
                    budget.made_progress();
                    return Poll::Ready(Some((index, value)));
                }
                Poll::Ready(Some((_, End::Dropped))) => {
                    budget.made_progress();
                    self.is_cut = true;
                }
                Poll::Ready(Some((_, End::Panicked(payload)))) => self.end_after_panic(payload),
                Poll::Ready(None) if !self.is_cut => return Poll::Ready(None),
                Poll::Pending if !requested => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => self.end(&Reason::Asked), // they have had their turn
            }
        }
        ready!(self.poll_end(cx));
        Poll::Pending
    }

    /// After the end was decided: ready when all have cleaned up and ended, unless control is not to go back any more. A
    /// panic goes on then.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(ending) = &mut self.ending else { return Poll::Ready(()) };
        while ending.left > 0 {
            match self.members.poll_next_unpin(cx) {
                Poll::Ready(Some((_, end))) => ending.one_left(end),
                Poll::Ready(None) => ending.left = 0,
                Poll::Pending => {
                    ending.is_late = true;
                    return Poll::Pending;
                }
            }
        }
        self.members.clear();
        ending.conclude()
    }
}

impl Ending {
    fn one_left<T>(&mut self, end: End<T>) {
        self.left -= 1;
        if let End::Panicked(payload) = end {
            self.panicked(payload);
        }
    }

    /// The first panic goes on; what is beside it is traced.
    fn panicked(&mut self, payload: Box<dyn Any + Send>) {
        match self.panic {
            None => self.panic = Some(payload),
            Some(_) => trace::contained(&Error::panicked(&Panic::new(payload))),
        }
    }

    fn conclude(&mut self) -> Poll<()> {
        let above = ambient::is_requested().then(ambient::node).flatten();
        match (self.panic.take(), above) {
            (Some(payload), Some(above)) => {
                report(&above.into(), Fault::Panic(payload));
                self.is_late = true;
                Poll::Pending
            }
            (Some(payload), None) => resume_unwind(payload),
            (None, Some(_)) if self.is_late => Poll::Pending,
            (None, _) => Poll::Ready(()),
        }
    }
}
