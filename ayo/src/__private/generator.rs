//! Calls of `generator!`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::BoxError;
use crate::coro::{Emit, EmitError, Emitter, Generator};
use crate::outcome::Outcome;

/// A generator that nobody answers, whose body cannot fail.
pub fn items<F, T>(body: impl FnOnce(Emitter<T>) -> F) -> Generator<F, T>
where
    F: Future<Output: Outcome>,
{
    Generator::new(body)
}

/// One whose items are answered.
pub fn answered<F, T, S>(body: impl FnOnce(Emitter<T, S>) -> F) -> Generator<F, T, S>
where
    F: Future<Output: Outcome>,
{
    Generator::new(body)
}

/// One whose body can fail.
pub fn try_items<F, T>(body: impl FnOnce(Emitter<T, (), BoxError>) -> F) -> Generator<F, T, (), BoxError>
where
    F: Future<Output: Outcome<Error = BoxError>>,
{
    Generator::new(body)
}

/// One whose items are answered, and whose body can fail.
pub fn try_answered<F, T, S>(body: impl FnOnce(Emitter<T, S, BoxError>) -> F) -> Generator<F, T, S, BoxError>
where
    F: Future<Output: Outcome<Error = BoxError>>,
{
    Generator::new(body)
}

/// `yield item`. After the end, which only clean-up sees, there is no answer.
#[inline]
pub fn give<T, S>(out: &Emitter<T, S>, item: T) -> Give<'_, T, S> {
    Give(out.emit(item))
}

/// The future of [`give`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Give<'a, T, S>(Emit<'a, T, S, Infallible>);

impl<T, S> Future for Give<'_, T, S> {
    type Output = Option<S>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(answer) => answer,
            Err(EmitError::Closed) => None,
            Err(EmitError::Thrown(never)) => match never {},
        })
    }
}

/// `yield item` in a body that can fail: an error is what the reader threw.
#[inline]
pub fn try_give<T, S>(out: &Emitter<T, S, BoxError>, item: T) -> TryGive<'_, T, S> {
    TryGive(out.emit(item))
}

/// The future of [`try_give`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct TryGive<'a, T, S>(Emit<'a, T, S, BoxError>);

impl<T, S> Future for TryGive<'_, T, S> {
    type Output = Result<Option<S>, BoxError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(answer) => Ok(answer),
            Err(EmitError::Closed) => Ok(None),
            Err(EmitError::Thrown(error)) => Err(error),
        })
    }
}
