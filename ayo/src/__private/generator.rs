//! Calls of `generator!`.

use std::future::Future;

use crate::BoxError;
use crate::coro::{EmitError, Emitter, Generator};
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
pub async fn give<T, S>(out: &Emitter<T, S>, item: T) -> Option<S> {
    match out.emit(item).await {
        Ok(answer) => answer,
        Err(EmitError::Closed) => None,
        Err(EmitError::Thrown(never)) => match never {},
    }
}

/// `yield item` in a body that can fail.
///
/// # Errors
/// What the reader threw.
#[inline]
pub async fn try_give<T, S>(out: &Emitter<T, S, BoxError>, item: T) -> Result<Option<S>, BoxError> {
    match out.emit(item).await {
        Ok(answer) => Ok(answer),
        Err(EmitError::Closed) => Ok(None),
        Err(EmitError::Thrown(error)) => Err(error),
    }
}
