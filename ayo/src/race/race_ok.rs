//! `race_ok`: the first to succeed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::crew::Crew;
use super::set::SameSet;
use crate::cancel::Reason;

/// Awaits the first of several futures to succeed; when this returns, the others have cleaned up and ended.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let parsed = ayo::race_ok(["one", "2", "three"].map(|text| async move { text.parse::<u8>() })).await;
/// assert_eq!(parsed, Ok(2));
///
/// let failed = ayo::race_ok(["one", ""].map(|text| async move { text.parse::<u8>() })).await.unwrap_err();
/// assert_eq!(failed.errors().len(), 2);
/// assert_eq!(
///     failed.to_string(),
///     "all 2 failed: invalid digit found in string; cannot parse integer from empty string",
/// );
/// # }
/// ```
///
/// # Errors
/// [`AllFailed`] with all errors, in the order of the set; with none, for an empty set.
///
/// # Panics
/// If a future panics, or the clean-up of one, the panic goes on when the others have ended.
///
/// # Cancel safety
/// As [`race`](crate::race). The name is that of futures-concurrency; JavaScript says `Promise.any`.
pub fn race_ok<S, M>(futures: S) -> RaceOk<S::Future, S::Output>
where
    S: SameSet<M, Output: Fallible>,
{
    let crew = Crew::new(futures.into_futures());
    let errors = std::iter::repeat_with(|| None).take(crew.len()).collect();
    RaceOk { crew, any: S::any, errors, won: None }
}

/// A `Result`.
#[diagnostic::on_unimplemented(
    message = "`race_ok` waits for a success, and `{Self}` is no `Result`",
    label = "not a `Result`",
    note = "`ayo::race` waits for the first to finish, whatever it comes to"
)]
pub trait Fallible {
    /// Of a success.
    type Value;
    /// Of a failure.
    type Error;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// No future of a [`race_ok`] has succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllFailed<E> {
    errors: Vec<E>,
}

impl<E> AllFailed<E> {
    /// What went wrong, in the order of the set.
    #[must_use]
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// The same, by value.
    #[must_use]
    pub fn into_errors(self) -> Vec<E> {
        self.errors
    }
}

impl<E: fmt::Display> fmt::Display for AllFailed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.errors.iter();
        let Some(first) = errors.next() else { return f.write_str("there was nothing that could succeed") };
        match self.errors.len() {
            1 => write!(f, "it failed: {first}")?,
            n => write!(f, "all {n} failed: {first}")?,
        }
        errors.try_for_each(|error| write!(f, "; {error}"))
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for AllFailed<E> {}

/// The future of [`race_ok`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct RaceOk<F: Future, R: Fallible> {
    crew: Crew<F>,
    any: fn(F::Output) -> R,
    errors: Vec<Option<R::Error>>,
    won: Option<R::Value>,
}

impl<F: Future, R: Fallible> Unpin for RaceOk<F, R> {}

impl<F: Future, R: Fallible> RaceOk<F, R> {
    /// Until one succeeds, or all have failed.
    fn poll_won(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AllFailed<R::Error>>> {
        while self.won.is_none() {
            let Some((index, output)) = ready!(self.crew.poll_next(cx)) else {
                let errors = self.errors.drain(..).flatten().collect();
                return Poll::Ready(Err(AllFailed { errors }));
            };
            match (self.any)(output).into_result() {
                Err(error) => self.errors[index] = Some(error),
                Ok(value) => {
                    self.won = Some(value);
                    self.crew.end(&Reason::Lost);
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<F: Future, R: Fallible> Future for RaceOk<F, R> {
    type Output = Result<R::Value, AllFailed<R::Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Err(failed) = ready!(this.poll_won(cx)) {
            return Poll::Ready(Err(failed));
        }
        ready!(this.crew.poll_end(cx));
        Poll::Ready(Ok(this.won.take().expect("it was just there")))
    }
}

impl<F: Future, R: Fallible> fmt::Debug for RaceOk<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RaceOk").field("running", &self.crew.len()).finish_non_exhaustive()
    }
}
