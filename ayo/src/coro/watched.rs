//! `watched`: a future that tells how far it is.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// A future that tells whether it is new, suspended or done (asynkit's `coro_is_new` and so on).
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut work = std::pin::pin!(ayo::watched(async { tokio::task::yield_now().await; 5 }));
/// assert!(work.is_new());
/// tokio::select! {
///     biased;
///     _ = &mut work => unreachable!("it yields first"),
///     () = std::future::ready(()) => {}
/// }
/// assert!(work.is_suspended());
/// assert_eq!(work.as_mut().await, 5);
/// assert!(work.is_done());
/// # }
/// ```
///
/// # Cancel safety
/// It adds nothing to the future's own.
pub fn watched<F: Future>(future: F) -> Watched<F> {
    Watched { future, state: State::New }
}

pin_project! {
    /// The future of [`watched`].
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Watched<F> {
        #[pin]
        future: F,
        state: State,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Suspended,
    Done,
}

impl<F> Watched<F> {
    /// It has not been polled.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.state == State::New
    }

    /// It has been polled, and waits.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.state == State::Suspended
    }

    /// It has given its value, or panicked.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.state = State::Done; // should it panic
        let polled = this.future.poll(cx);
        if polled.is_pending() {
            *this.state = State::Suspended;
        }
        polled
    }
}

impl<F> fmt::Debug for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("state", &self.state).finish_non_exhaustive()
    }
}
