//! `checkpoint` and `cancelled`: how code takes notice.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::ambient;
use super::domain::{Marks, Member, Node};
use super::note::On;

/// Gives a cancellation its chance, and other tasks their turn (Trio's `checkpoint`).
///
/// A request acts where code suspends. A loop that only computes never does; put one of these into it.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let counted = ayo::timeout(1, async {
///     loop {
///         // … a step of work that never waits …
///         ayo::checkpoint().await;
/// #       tokio::time::sleep(std::time::Duration::from_millis(300)).await;
///     }
/// });
/// let _: Result<std::convert::Infallible, _> = counted.await;
/// # }
/// ```
///
/// # Cancel safety
/// It holds nothing.
pub fn checkpoint() -> Checkpoint {
    Checkpoint { yielded: false }
}

/// The future of [`checkpoint`].
#[must_use = "futures do nothing unless you `.await` them"]
#[derive(Debug)]
pub struct Checkpoint {
    yielded: bool,
}

impl Future for Checkpoint {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if ambient::is_requested() {
            return Poll::Pending;
        }
        if std::mem::replace(&mut self.yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Waits until the code around it is asked to end; the place for a last word in a `select!`.
///
/// What runs after it has until its next suspension, unless it is a [`shield`](crate::shield).
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let (tell, told) = std::sync::mpsc::channel();
/// let end = ayo::timeout(1, async move {
///     ayo::cancelled().await;
///     tell.send("asked to end").unwrap();
/// }).await;
/// assert_eq!(end, Ok(()), "it was ready just in time");
/// assert_eq!(told.recv(), Ok("asked to end"));
/// # }
/// ```
///
/// # Cancel safety
/// It holds nothing; outside of everything that ayo can cancel it waits for ever.
pub fn cancelled() -> CancelRequested {
    CancelRequested { listening: Listening::default() }
}

/// The future of [`cancelled`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct CancelRequested {
    listening: Listening,
}

impl Future for CancelRequested {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.listening.poll_with(ambient::node, Marks::REQUESTED, cx);
        if polled.is_pending() {
            ambient::waits(On::CANCEL);
        }
        polled
    }
}

impl fmt::Debug for CancelRequested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelRequested").finish_non_exhaustive()
    }
}

/// A membership that waits for marks on a domain.
#[derive(Default)]
pub(crate) struct Listening {
    at: Option<(Arc<dyn Node>, usize)>,
}

impl Listening {
    /// Ready once the domain (asked for at the first poll) has one of the marks.
    pub(crate) fn poll_with(
        &mut self,
        domain: impl FnOnce() -> Option<Arc<dyn Node>>,
        wants: Marks,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let marks = match &self.at {
            Some((node, key)) => {
                let waker = cx.waker().clone();
                let old = node.domain().update(*key, |member| member.waker.replace(waker));
                drop(old);
                node.domain().marks()
            }
            None => {
                let Some(node) = domain() else { return Poll::Pending };
                ambient::settle();
                let waker = Some(cx.waker().clone());
                let (key, marks) =
                    node.domain().join(Member { waker, wants: wants.into(), ..Member::default() });
                self.at = Some((node, key));
                marks
            }
        };
        if marks.has(wants) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some((node, key)) = self.at.take() {
            node.domain().leave(key);
        }
    }
}
