//! All members, and how they end together.

use std::any::Any;
use std::future::Future;
use std::ops::Range;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::task::coop::poll_proceed;

use crate::cancel::domain::{Fault, report};
use crate::cancel::region::Ended;
use crate::cancel::{Reason, ambient};
use crate::coro::body::Body;
use crate::crowd::Crowd;
use crate::error::Error;
use crate::panic::{Panic, caught};
use crate::trace;

pub(super) struct Crew<F> {
    members: Pin<Box<[Body<F>]>>,
    /// Which of them were woken.
    crowd: Crowd,
    /// How many have not ended.
    running: usize,
    ending: Option<Ending>,
    /// One was asked to end from above, and has: not all will have a result.
    is_cut: bool,
}

/// How a member ended.
enum End<T> {
    Ready(T),
    /// It was asked to end, and has.
    Dropped,
    Panicked(Box<dyn Any + Send>),
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
        Self::beginning_with(futures, |_| 0)
    }

    /// The first one to be polled is the one that `first` says, by how many there are.
    pub(super) fn beginning_with(
        futures: impl Iterator<Item = F>,
        first: impl FnOnce(usize) -> usize,
    ) -> Self {
        let members: Box<[_]> = futures.map(|future| Body::new(Some(future))).collect();
        let running = members.len();
        Self {
            members: members.into(),
            crowd: Crowd::new(running, first(running)),
            running,
            ending: None,
            is_cut: false,
        }
    }

    /// How many have not ended.
    pub(super) fn len(&self) -> usize {
        self.running
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running == 0
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
        self.running = 0;
        let mut numbers = 0..self.members.len();
        while let Err(payload) = caught(|| self.request_each(&mut numbers, reason)) {
            ending.panicked(payload);
        }
        ending.left = self.running;
        self.ending = Some(ending);
    }

    /// Asks the members with these numbers to end. Those without a domain have nothing to clean up, and are gone; the others
    /// tell when they have ended.
    fn request_each(&mut self, numbers: &mut Range<usize>, reason: &Reason) {
        for number in numbers {
            let mut member = self.member(number);
            if member.has_home() && !member.has_ended() {
                member.request(reason);
                self.running += 1;
            } else {
                member.as_mut().end();
            }
        }
    }

    fn member(&mut self, number: usize) -> Pin<&mut Body<F>> {
        member(&mut self.members, number)
    }
}

#[inline]
fn member<F>(members: &mut Pin<Box<[Body<F>]>>, number: usize) -> Pin<&mut Body<F>> {
    // SAFETY: a member is pinned since the slice is: nothing else gives a reference to one, or moves one, and they are
    // dropped in their place with the slice.
    unsafe { members.as_mut().map_unchecked_mut(|members| &mut members[number]) }
}

impl<F: Future> Crew<F> {
    /// The next one to be ready, and its place in the set; `None`: all are through. Pending for ever once the code around
    /// is asked to end and all have ended.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, F::Output)>> {
        let requested = ambient::is_requested();
        while self.ending.is_none() {
            let budget = ready!(poll_proceed(cx));
            match self.poll_woken(cx) {
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
        while self.ending.as_ref().is_some_and(|ending| ending.left > 0) {
            let polled = self.poll_woken(cx);
            let Some(ending) = &mut self.ending else { break };
            match polled {
                Poll::Ready(Some((_, end))) => ending.one_left(end),
                Poll::Ready(None) => ending.left = 0,
                Poll::Pending => {
                    ending.is_late = true;
                    return Poll::Pending;
                }
            }
        }
        self.ending.as_mut().map_or(Poll::Ready(()), Ending::conclude)
    }

    /// Polls those that were woken, until one of them ends: how, and its number.
    #[inline]
    fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, End<F::Output>)>> {
        if self.running == 0 {
            return Poll::Ready(None);
        }
        let Self { members, crowd, .. } = self;
        let mut number = 0;
        let polled = caught(|| {
            crowd.poll_each(cx, |next, cx| {
                number = next;
                match member(members, next).poll(cx) {
                    Poll::Ready(Ended::Ready(value)) => Some(End::Ready(value)),
                    Poll::Ready(Ended::Dropped) => Some(End::Dropped),
                    Poll::Pending => None,
                }
            })
        });
        let end = match polled {
            Ok(Some(end)) => end,
            Ok(None) => return Poll::Pending,
            Err(payload) => self.panicked(number, payload),
        };
        self.running -= 1;
        Poll::Ready(Some((number, end)))
    }
}

impl<F> Crew<F> {
    /// A member panicked, or a destructor of it did. What is left of it is dropped.
    #[cold]
    fn panicked<T>(&mut self, number: usize, payload: Box<dyn Any + Send>) -> End<T> {
        if let Err(another) = caught(|| self.member(number).end()) {
            drop(Panic::new(another));
        }
        End::Panicked(payload)
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
