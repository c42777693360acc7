//! `shield`: what has begun runs to its end.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::domain::{Fault, report};
use super::region::{Ended, Region};
use crate::outcome::Outcome;
use crate::probe;

/// Runs `future` to its end even when the code around it is cancelled in the meantime.
///
/// The canceller waits for it. When it has ended in code that is being cancelled, control does not come back to
/// what stands behind it; an error or panic of `future` then goes to the nearest enclosing scope. After that
/// rule (and not [`tokio::spawn`]) comes the name: Trio's `CancelScope(shield=True)`.
///
/// # Example
/// ```
/// # use std::sync::atomic::{AtomicBool, Ordering}; use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// static SAVED: AtomicBool = AtomicBool::new(false);
///
/// let end = ayo::timeout(1, ayo::shield(async {
///     tokio::time::sleep(Duration::from_secs(5)).await;
///     SAVED.store(true, Ordering::Relaxed);
/// })).await;
/// assert!(end.is_err(), "the time was up after a second, but the shield ran to its end first");
/// assert!(SAVED.load(Ordering::Relaxed));
/// # }
/// ```
///
/// # Cancel safety
/// Polite cancellation waits for it. Dropped from outside (by `tokio::select!`, `JoinHandle::abort`), it cannot
/// finish; a warning is traced then, with the place of the call.
#[track_caller]
pub fn shield<F>(future: F) -> Shield<F>
where
    F: Future<Output: Outcome>,
{
    Shield { region: Region::shielded(future), site: Location::caller() }
}

pin_project! {
    /// The future of [`shield`].
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Shield<F> {
        #[pin]
        region: Region<F>,
        site: &'static Location<'static>,
    }

    impl<F> PinnedDrop for Shield<F> {
        fn drop(this: Pin<&mut Self>) {
            if this.region.is_running() {
                probe::leaked("shield", this.site);
            }
        }
    }
}

impl<F: Future<Output: Outcome>> Future for Shield<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut region = self.project().region;
        let Ended::Ready(value) = ready!(region.as_mut().poll(cx)) else { return Poll::Pending };
        if !region.above_requested() {
            return Poll::Ready(value);
        }
        if let (Err(error), Some(above)) = (value.into_result(), region.above()) {
            report(above, Fault::Error(error.into()));
        }
        Poll::Pending
    }
}

impl<F> std::fmt::Debug for Shield<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shield").field("site", &self.site).finish_non_exhaustive()
    }
}
