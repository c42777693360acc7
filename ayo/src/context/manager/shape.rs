//! The types that a body can have, by what the manager lends it.

use std::future::Future;
use std::pin::Pin;

use crate::scope::future::BodyError;

/// The future of a body.
#[diagnostic::on_unimplemented(
    message = "the body of a manager is an async closure that comes to a `Result`",
    label = "not the future of such a body",
    note = "write `async |value| {{ ..; Ok(result) }}`, or `with!(value = manager(..) => {{ .. }})`"
)]
pub trait BodyFuture: Future<Output = Result<Self::Value, BodyError>> {
    /// The value of the body.
    type Value;
}

impl<F: Future<Output = Result<R, BodyError>>, R> BodyFuture for F {
    type Value = R;
}

/// A body for a value that holds lifetimes of the manager's arguments beside those of the `yield` itself.
///
/// It is named apart from its `AsyncFnOnce`, since rustc 1.95 cannot show that a future is `Send` which holds the future of
/// such a closure; in a box that says so, it need not.
#[diagnostic::on_unimplemented(
    message = "the body of this manager is an async closure whose future is `Send`",
    label = "not such a body"
)]
pub trait Lends<Y, R>: FnOnce(Y) -> Self::Future {
    /// The future of the body.
    type Future: Future<Output = Result<R, BodyError>> + Send;
}

impl<B, Y, R, F> Lends<Y, R> for B
where
    B: FnOnce(Y) -> F,
    F: Future<Output = Result<R, BodyError>> + Send,
{
    type Future = F;
}

/// Calls such a body.
pub fn lend<'f, B, Y, R>(body: B, value: Y) -> Pin<Box<dyn Future<Output = Result<R, BodyError>> + Send + 'f>>
where
    B: Lends<Y, R, Future: 'f>,
{
    Box::pin(body(value))
}
