//! Signals as values, and as a stream for code that wants them itself.

use std::fmt;

/// What the operating system asks a program.
///
/// # Example
/// ```
/// use ayo::Signal;
/// assert_eq!((Signal::Terminate.number(), Signal::Terminate.to_string().as_str()), (15, "SIGTERM"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Signal {
    /// The terminal is gone, or "read your configuration anew": SIGHUP.
    Hangup,
    /// Ctrl-C: SIGINT.
    Interrupt,
    /// "Please end", as service managers and containers say it: SIGTERM. On Windows Ctrl-Break, the window's close
    /// button, and the end of the session.
    Terminate,
}

impl Signal {
    /// Its number, as `kill` takes it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }

    /// The exit code of a program that it ended, as shells count: 128 and its number.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        128 + self.number()
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

#[cfg(feature = "signals")]
pub use stream::{Signals, signals};

#[cfg(feature = "signals")]
mod stream {
    use std::fmt;
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures_core::Stream;

    use super::Signal;
    use crate::program::hub::{Ear, Role};

    /// The signals that come from now on, for code that wants them itself: SIGINT, SIGTERM and SIGHUP.
    ///
    /// It hears them beside the ladder of [`main`](macro@crate::main), not instead of it; leave that out by
    /// `#[ayo::main(signals = false)]`. As long as a stream is there, the signals do nothing but arrive in it.
    ///
    /// # Example
    /// ```no_run
    /// use ayo::{Scope, Signal};
    /// # async fn read_configuration() {}
    ///
    /// #[ayo::main(signals = false)]
    /// async fn main(run: &Scope) {
    ///     let mut signals = ayo::signals();
    ///     while signals.next().await == Signal::Hangup {
    ///         read_configuration().await;
    ///     }
    ///     run.stop();
    /// }
    /// ```
    ///
    /// # Panics
    /// If the system refuses to tell us of signals.
    #[must_use]
    pub fn signals() -> Signals {
        Signals { ear: Ear::open(Role::Stream) }
    }

    /// The stream of [`signals`]. None is lost between two calls of [`next`](Self::next).
    pub struct Signals {
        ear: Ear,
    }

    impl Signals {
        /// Waits for the next one.
        ///
        /// # Cancel safety
        /// A signal that was not returned is there for the next call.
        pub async fn next(&mut self) -> Signal {
            poll_fn(|cx| self.ear.poll(cx)).await
        }
    }

    impl Stream for Signals {
        type Item = Signal;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Signal>> {
            self.ear.poll(cx).map(Some)
        }
    }

    impl fmt::Debug for Signals {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Signals").finish_non_exhaustive()
        }
    }
}
