//! Where a program's signals come from: the hub, a server's master, or nowhere.

use std::task::{Context, Poll};

use super::Program;
#[cfg(feature = "signals")]
use super::hub::{Ear, Role};
use super::signals::Signal;
#[cfg(feature = "server")]
use crate::server::mail::Reader;

/// Dropped, it listens no more.
pub(crate) enum Seat {
    /// `signals = false`, or the feature `signals` is off.
    Deaf,
    /// Among those that hear what the process is sent.
    #[cfg(feature = "signals")]
    Ear(Ear),
    /// A worker.
    #[cfg(feature = "server")]
    Mail(Reader),
}

impl Seat {
    /// Listens from now on.
    pub(crate) fn take(program: &Program) -> Self {
        #[cfg(feature = "server")]
        if let Some(mail) = &program.mail {
            return Self::Mail(mail.reader(0));
        }
        #[cfg(feature = "signals")]
        if program.signals {
            return Self::Ear(Ear::open(Role::Program));
        }
        let _ = program.signals;
        Self::Deaf
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Signal> {
        match self {
            Self::Deaf => {
                let _ = cx;
                Poll::Pending
            }
            #[cfg(feature = "signals")]
            Self::Ear(ear) => ear.poll(cx),
            #[cfg(feature = "server")]
            Self::Mail(mail) => mail.poll(cx),
        }
    }

    /// The program has ended: from now on any signal ends the process.
    pub(crate) fn closing(&mut self) {
        #[cfg(feature = "signals")]
        if let Self::Ear(ear) = self {
            ear.closing();
        }
    }

    /// Leaves. Answers the signal that the process is to exit for, if this was its last program.
    pub(crate) fn leave(self, cut: Option<Signal>) -> Option<Signal> {
        let _ = cut;
        match self {
            Self::Deaf => None,
            #[cfg(feature = "signals")]
            Self::Ear(ear) => ear.close(cut),
            #[cfg(feature = "server")]
            Self::Mail(_) => None,
        }
    }
}
