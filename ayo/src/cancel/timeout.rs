//! `timeout` and `move_on_after`: cut a future, and have it cleaned up before going on.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::reason::Reason;
use super::region::{Ended, Region};
use crate::duration::{IntoDuration, checked};

/// Runs `future` for at most `limit` (seconds, or any [`IntoDuration`]), counted from the first poll.
///
/// Unlike [`tokio::time::timeout`] it is polite: when the time is up, every `scope!`, `shield` and other frame
/// inside of `future` has cleaned up and ended before this returns, however long that takes.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let slow = ayo::timeout(0.5, std::future::pending::<()>()).await;
/// assert_eq!(slow.unwrap_err().to_string(), "timed out after 500ms");
/// assert_eq!(ayo::timeout(0.5, async { 7 }).await, Ok(7));
/// # }
/// ```
///
/// # Errors
/// [`Elapsed`] when the time was up first. A future that is just ready at that moment has won.
///
/// # Panics
/// At the caller, for a negative, infinite or NaN number of seconds; when polled outside of a Tokio runtime.
///
/// # Cancel safety
/// As cancel safe as `future`: it keeps nothing of its own.
#[track_caller]
pub fn timeout<F: Future>(limit: impl IntoDuration, future: F) -> Timeout<F> {
    Timeout { region: Region::new(future), limit: checked(limit), sleep: None, late: false }
}

/// Runs `future` for at most `limit`, and goes on with `None` when the time is up (Trio's `move_on_after`).
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let answer = ayo::move_on_after(2, async { 42 }).await;
/// assert_eq!(answer, Some(42));
/// assert_eq!(ayo::move_on_after(2, std::future::pending::<u8>()).await, None);
/// # }
/// ```
///
/// # Panics
/// As [`timeout`].
///
/// # Cancel safety
/// As [`timeout`].
#[track_caller]
pub fn move_on_after<F: Future>(limit: impl IntoDuration, future: F) -> MoveOnAfter<F> {
    MoveOnAfter { timeout: timeout(limit, future) }
}

/// The time was up: the error of [`timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    limit: Duration,
}

impl Elapsed {
    /// The time that was allowed.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out after {:?}", self.limit)
    }
}

impl std::error::Error for Elapsed {}

pin_project! {
    /// The future of [`timeout`].
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Timeout<F> {
        #[pin]
        region: Region<F>,
        limit: Duration,
        #[pin]
        sleep: Option<Sleep>,
        late: bool,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let late = Err(Elapsed { limit: *this.limit });
        loop {
            match this.region.as_mut().poll(cx) {
                Poll::Ready(Ended::Ready(value)) => return Poll::Ready(Ok(value)),
                Poll::Ready(Ended::Dropped) if this.region.above_requested() => return Poll::Pending,
                Poll::Ready(Ended::Dropped) => return Poll::Ready(late),
                Poll::Pending if *this.late || !this.region.is_running() => return Poll::Pending,
                Poll::Pending => {}
            }
            if this.sleep.is_none() {
                this.sleep.set(Some(tokio::time::sleep(*this.limit)));
            }
            let sleep = this.sleep.as_mut().as_pin_mut().expect("it was just set");
            ready!(sleep.poll(cx));
            *this.late = true;
            this.region.request(&Reason::TimedOut);
        }
    }
}

pin_project! {
    /// The future of [`move_on_after`].
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct MoveOnAfter<F> {
        #[pin]
        timeout: Timeout<F>,
    }
}

impl<F: Future> Future for MoveOnAfter<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().timeout.poll(cx).map(Result::ok)
    }
}

impl<F> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for MoveOnAfter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoveOnAfter").field("limit", &self.timeout.limit).finish_non_exhaustive()
    }
}
