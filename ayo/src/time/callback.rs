//! What a schedule can call.

use std::future::{Future, Ready, ready};

use crate::outcome::Outcome;

/// What a schedule calls: a function or closure without parameters that can be called again and again.
///
/// It returns a future, or does its work and returns the value; [`TickOutput`] tells the two apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be scheduled",
    label = "not a function that can be called again and again without arguments",
    note = "give it the function, not the future that a call of it makes: `run.every(1, beat)` or `run.every(1, || beat())`",
    note = "an `async move` closure that uses what it captured lends it to its future, so it cannot be called again: write `move || {{ let c = c.clone(); async move {{ .. }} }}`"
)]
pub trait Callback: FnMut() -> Self::Out {
    /// What a call gives, by a name that leads the compiler to the message above.
    type Out;
}

#[diagnostic::do_not_recommend]
impl<F: FnMut() -> R, R> Callback for F {
    type Out = R;
}

/// What a schedule's function may return: a future whose output a task may return, or such a value itself.
///
/// `M` tells the two apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "the function of a schedule cannot return `{Self}`",
    label = "expected a future, `()`, a plain value or a `Result`",
    note = "a type of your own: write `#[derive(ayo::Plain)]` on it, or let the function return nothing"
)]
pub trait TickOutput<M> {
    /// What a tick awaits.
    type Future: Future<Output: Outcome>;

    #[doc(hidden)]
    fn into_future(self) -> Self::Future;
}

/// Marks functions that return a future.
#[derive(Debug)]
pub enum ByFuture {}

/// Marks functions that return the value itself.
#[derive(Debug)]
pub enum ByValue {}

#[diagnostic::do_not_recommend]
impl<F: Future<Output: Outcome>> TickOutput<ByFuture> for F {
    type Future = F;

    fn into_future(self) -> F {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<V: Outcome> TickOutput<ByValue> for V {
    type Future = Ready<V>;

    fn into_future(self) -> Ready<V> {
        ready(self)
    }
}
