//! `gather`: all of them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::crew::Crew;
use super::set::FutureSet;

/// Awaits all of several futures, whatever they come to: a tuple for a tuple, else a `Vec`, in the order of the set.
///
/// The futures run in the task that awaits them, and may borrow. An `Err` is a result like any other, and ends nobody (Python's
/// `gather(return_exceptions=True)`); where a failure is to cancel the others, use a [`scope!`](crate::scope!).
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let texts = vec!["1".to_owned(), "x".to_owned()];
/// let numbers = ayo::gather(texts.iter().map(|text| async move { text.parse::<u8>() })).await;
/// assert!(numbers[0] == Ok(1) && numbers[1].is_err());
///
/// let (one, two) = ayo::gather((async { 1 }, async { "two" })).await;
/// assert_eq!((one, two), (1, "two"));
/// # }
/// ```
///
/// # Panics
/// If a future panics, the others are asked to end, and the panic goes on when they have.
///
/// # Cancel safety
/// As [`race`](crate::race).
pub fn gather<S, M>(futures: S) -> Gather<S::Future, S::All>
where
    S: FutureSet<M>,
{
    let crew = Crew::new(futures.into_futures());
    let outputs = std::iter::repeat_with(|| None).take(crew.len()).collect();
    Gather { crew, all: S::all, outputs }
}

/// The future of [`gather`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Gather<F: Future, A> {
    crew: Crew<F>,
    all: fn(Vec<F::Output>) -> A,
    outputs: Vec<Option<F::Output>>,
}

impl<F: Future, A> Unpin for Gather<F, A> {}

impl<F: Future, A> Future for Gather<F, A> {
    type Output = A;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A> {
        let this = self.get_mut();
        while let Some((index, output)) = ready!(this.crew.poll_next(cx)) {
            this.outputs[index] = Some(output);
        }
        let outputs = std::mem::take(&mut this.outputs).into_iter();
        Poll::Ready((this.all)(outputs.map(|output| output.expect("all have ended")).collect()))
    }
}

impl<F: Future, A> fmt::Debug for Gather<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").field("running", &self.crew.len()).finish_non_exhaustive()
    }
}
