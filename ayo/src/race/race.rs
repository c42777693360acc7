//! `race`: the first to finish.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::crew::Crew;
use super::set::SameSet;
use crate::cancel::Reason;

/// Awaits the first of several futures to finish, whatever it comes to; when this returns, the others have cleaned up and
/// ended.
///
/// The futures run in the task that awaits them, and may borrow. A set is a tuple, an array or an iterator. Of several that are
/// ready at once, the first of the set wins.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use std::time::Duration;
/// use tokio::time::sleep;
///
/// let answer = ayo::race((
///     async { sleep(Duration::from_secs(2)).await; "the slow one" },
///     async { sleep(Duration::from_secs(1)).await; "the quick one" },
/// ));
/// assert_eq!(answer.await, "the quick one");
///
/// let servers = ["a.example", "b.example"];
/// let first = ayo::race(servers.map(|server| async move { server.len() })).await;
/// assert_eq!(first, 9);
/// # }
/// ```
///
/// # Panics
/// At the caller, for an empty set: nobody could win. If a future panics, or the clean-up of one, the panic goes on when the
/// others have ended.
///
/// # Cancel safety
/// Politely cancelled, all clean up. Dropped from outside, all are dropped where they are.
///
/// The name is that of futures-concurrency; losers that clean up are Trio's way to write it, with a nursery.
#[track_caller]
pub fn race<S, M>(futures: S) -> Race<S::Future, S::Output>
where
    S: SameSet<M>,
{
    let crew = Crew::new(futures.into_futures());
    assert!(!crew.is_empty(), "`ayo::race` needs a future at least: nobody can win an empty race");
    Race { crew, any: S::any, won: None }
}

/// The future of [`race`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Race<F: Future, T> {
    crew: Crew<F>,
    any: fn(F::Output) -> T,
    won: Option<T>,
}

impl<F: Future, T> Unpin for Race<F, T> {}

impl<F: Future, T> Future for Race<F, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        if this.won.is_none() {
            let (_, output) = ready!(this.crew.poll_next(cx)).expect("`race` was polled after its end");
            this.won = Some((this.any)(output));
            this.crew.end(&Reason::Lost);
        }
        ready!(this.crew.poll_end(cx));
        Poll::Ready(this.won.take().expect("it was just there"))
    }
}

impl<F: Future, T> fmt::Debug for Race<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Race").field("running", &self.crew.len()).finish_non_exhaustive()
    }
}
