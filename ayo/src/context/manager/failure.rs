//! What a body failed with, as an error of its own.

use std::fmt;

use crate::error::Error;
use crate::scope::future::BodyError;

/// The error of a `?` in a manager or a body.
pub(super) fn of(error: BodyError) -> Error {
    match error.0.downcast::<PassedOn>() {
        Ok(whole) => whole.0,
        Err(source) => Error::failed(source),
    }
}

/// Passes an error on as it is, from one manager of a `with!` to the one around it.
///
/// # Errors
/// The same one.
#[inline]
pub fn passed_on<R>(result: Result<R, Error>) -> Result<R, BodyError> {
    result.map_err(whole)
}

/// The same for an error by itself.
pub(crate) fn whole(error: Error) -> BodyError {
    BodyError(Box::new(PassedOn(error)))
}

/// An error that is not to be the source of another one.
#[derive(Debug)]
struct PassedOn(Error);

impl fmt::Display for PassedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for PassedOn {}
