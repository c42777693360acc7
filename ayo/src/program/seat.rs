//! A program's place among those that hear signals; without the feature `signals`, or with `signals = false`, an empty one.

use std::task::{Context, Poll};

use super::signals::Signal;

#[cfg(feature = "signals")]
use super::hub::{Ear, Role};

/// Dropped, it listens no more.
#[derive(Default)]
pub(crate) struct Seat {
    #[cfg(feature = "signals")]
    ear: Option<Ear>,
}

#[cfg(feature = "signals")]
impl Seat {
    /// Listens from now on, if it is to.
    pub(crate) fn take(signals: bool) -> Self {
        Self { ear: signals.then(|| Ear::open(Role::Program)) }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Signal> {
        self.ear.as_mut().map_or(Poll::Pending, |ear| ear.poll(cx))
    }

    /// The program has ended: from now on any signal ends the process.
    pub(crate) fn closing(&mut self) {
        if let Some(ear) = &mut self.ear {
            ear.closing();
        }
    }

    /// Leaves. Answers the signal that the process is to exit for, if this was its last program.
    pub(crate) fn leave(self, cut: Option<Signal>) -> Option<Signal> {
        self.ear?.close(cut)
    }
}

#[cfg(not(feature = "signals"))]
impl Seat {
    pub(crate) fn take(_signals: bool) -> Self {
        Self::default()
    }

    #[allow(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as with the feature")]
    pub(crate) fn poll(&mut self, _: &mut Context<'_>) -> Poll<Signal> {
        Poll::Pending
    }

    #[allow(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as with the feature")]
    pub(crate) fn closing(&mut self) {}

    pub(crate) fn leave(self, cut: Option<Signal>) -> Option<Signal> {
        cut
    }
}
