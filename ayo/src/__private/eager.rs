//! Calls of `#[ayo::eager]`.

use std::future::Future;

use crate::outcome::Outcome;

/// The handle of a call that returns an `R`.
pub type Task<R> = crate::Task<<R as Outcome>::Value>;

/// Runs the function at once, up to its first suspension.
#[track_caller]
#[inline]
pub fn eager<R, F>(future: F) -> Task<R>
where
    F: Future<Output = R> + Send + 'static,
    R: Outcome<Value: Send + 'static, Error: Send + 'static>,
{
    crate::eager(future)
}
