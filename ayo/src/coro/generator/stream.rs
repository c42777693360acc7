//! A generator as a stream: of items, or of results where its body can fail.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::handle::Generator;
use crate::BoxError;
use crate::outcome::Outcome;
use crate::outcome::never::Returns;

/// What is one item of a stream, by what the body comes to.
#[diagnostic::on_unimplemented(
    message = "a generator whose body comes to `{Self}` is no stream",
    note = "let the body come to `()` or to `Result<(), E>`, or never end"
)]
pub trait Streams<T>: Outcome {
    /// The stream's item.
    type Item;

    #[doc(hidden)]
    fn item(item: T) -> Self::Item;

    #[doc(hidden)]
    fn last(error: Option<<Self as Outcome>::Error>) -> Option<Self::Item>;
}

impl<T> Streams<T> for () {
    type Item = T;

    fn item(item: T) -> T {
        item
    }

    fn last(_: Option<std::convert::Infallible>) -> Option<T> {
        None
    }
}

impl<T> Streams<T> for <fn() -> ! as Returns>::Returned {
    type Item = T;

    fn item(item: T) -> T {
        item
    }

    fn last(_: Option<std::convert::Infallible>) -> Option<T> {
        None
    }
}

impl<T, X: Into<BoxError>> Streams<T> for Result<(), X> {
    type Item = Result<T, X>;

    fn item(item: T) -> Result<T, X> {
        Ok(item)
    }

    fn last(error: Option<X>) -> Option<Result<T, X>> {
        error.map(Err)
    }
}

impl<F, T, S, E> Stream for Generator<F, T, S, E>
where
    F: Future<Output: Streams<T>>,
{
    type Item = <F::Output as Streams<T>>::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        Poll::Ready(match ready!(this.poll_item(Some(Ok(None)), cx)) {
            Some(item) => Some(F::Output::item(item)),
            None => F::Output::last(this.take_error()),
        })
    }
}
