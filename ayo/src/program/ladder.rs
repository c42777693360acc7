//! The ladder: what signals do to a program. First it is asked to stop; after the grace, or at the second signal, it is
//! cancelled; the third ends the process (that one is the business of `hub.rs`).

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

use super::seat::Seat;
use super::signals::Signal;
use crate::cancel::Reason;
use crate::scope::{Scope, State, Tree};

/// A program's way down.
pub(super) struct Ladder<'a> {
    seat: Seat,
    root: Scope,
    grace: Duration,
    /// The first signal, and the time that it leaves.
    stopped: Option<(Signal, Pin<Box<Sleep>>)>,
    cut: Option<Cut>,
    /// Told why, when it is cut.
    told: &'a Cell<Option<Reason>>,
}

/// The program was cancelled by the ladder.
pub(super) struct Cut {
    pub(super) signal: Signal,
    pub(super) reason: Reason,
    /// What ran at that moment.
    pub(super) running: Vec<String>,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(seat: Seat, root: Scope, grace: Duration, told: &'a Cell<Option<Reason>>) -> Self {
        Self { seat, root, grace, stopped: None, cut: None, told }
    }

    /// Acts on what has come since, then tells of it. It is never done; whoever runs the program stops asking.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, mut tell: impl FnMut(Signal)) {
        while let Poll::Ready(signal) = self.seat.poll(cx) {
            match self.stopped {
                None => self.stop(signal),
                Some(_) => self.cancel(signal, format!("a second signal, {signal}, after {}", self.first())),
            }
            tell(signal);
        }
        let Some((signal, grace)) = &mut self.stopped else { return };
        if self.cut.is_none() && grace.as_mut().poll(cx).is_ready() {
            let signal = *signal;
            self.cancel(signal, format!("{signal}, and the grace of {:?} was over", self.grace));
        }
    }

    fn first(&self) -> Signal {
        self.stopped.as_ref().map_or(Signal::Terminate, |(signal, _)| *signal)
    }

    fn stop(&mut self, signal: Signal) {
        self.stopped = Some((signal, Box::pin(tokio::time::sleep(self.grace))));
        self.root.stop();
    }

    /// A program that is cancelled already stays what it is: its own failure is what it ends with.
    fn cancel(&mut self, signal: Signal, why: String) {
        let reason = Reason::from(why);
        self.told.set(Some(reason.clone()));
        if !self.root.is_cancelled() {
            self.cut = Some(Cut { signal, reason: reason.clone(), running: running(&self.root.tree()) });
            self.root.cancel_with(reason);
        }
    }

    /// Whether it has said "cancel" since this was asked last.
    pub(super) fn has_cut(&self) -> bool {
        self.told.take().is_some()
    }

    /// The program has ended: how the ladder took part in that.
    pub(super) fn end(self) -> Descent {
        let left = self
            .stopped
            .map(|(_, grace)| grace.deadline().saturating_duration_since(tokio::time::Instant::now()));
        Descent { seat: self.seat, left, cut: self.cut }
    }
}

/// How far down it went.
pub(super) struct Descent {
    pub(super) seat: Seat,
    /// If there was a signal, the rest of the grace.
    pub(super) left: Option<Duration>,
    pub(super) cut: Option<Cut>,
}

/// The innermost things that run, each with its place.
fn running(tree: &Tree) -> Vec<String> {
    const MANY: usize = 16;
    let mut rest: Vec<&Tree> = tree.children().iter().rev().collect();
    let mut lines = Vec::new();
    let mut more = tree.unpolled();
    while let Some(next) = rest.pop() {
        rest.extend(next.children().iter().rev());
        more += next.unpolled();
        let is_leaf = next.children().is_empty();
        if is_leaf && (lines.len() == MANY || next.state() == State::Queued) {
            more += 1;
        } else if is_leaf {
            lines.push(format!("{}, of {}", next.name(), next.location()));
        }
    }
    if more > 0 {
        lines.push(format!("{more} more"));
    }
    lines
}
