//! Calls of `actxmgr!`.

use std::panic::Location;

use crate::context::Exit;
pub use crate::context::manager::{BodyFuture, Frame, Lends, lend};
pub use crate::scope::future::BodyError;

/// The state of a manager that was called at this place.
#[inline]
#[must_use]
pub fn frame(site: &'static Location<'static>) -> Frame {
    Frame::new(site)
}

/// The end of a manager's code; makes `?` in it work without annotation.
///
/// # Errors
/// Never: the type is for the `?` before it.
#[inline]
pub fn ended<R>(yielded: Option<R>) -> Result<Option<R>, BodyError> {
    Ok(yielded)
}

/// The value of the body, before the `yield`.
#[inline]
#[must_use]
pub fn not_yielded<R>() -> Option<R> {
    None
}

/// Stands for a `yield` that was refused, beside the message that says why.
#[must_use]
pub fn refused_yield() -> Exit<'static> {
    refused()
}

/// Stands for the value of the body, where a `yield` was refused.
#[must_use]
pub fn refused<T>() -> T {
    unreachable!("it does not compile")
}
