//! What a manager that is a value can do, and what `with!` does with one.

use std::future::{Future, poll_fn};
use std::panic::Location;
use std::task::{Context, Poll};

use super::verdict::Verdict;
use crate::context::manager::{BodyFuture, Frame, whole};
use crate::error::Error;

/// A context manager that is a value: [`Manager`](crate::Manager), or `&mut` of a [`Group`](crate::Group).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no context manager",
    label = "not a manager",
    note = "`manager!(f(a))` makes a value of a manager, and `&mut group` of a group; in `with!` write a call: `with!(value = f(a) => {{ .. }})`"
)]
pub trait Enter {
    /// What the body gets.
    type Value;

    /// Sets up, in the code around. Ready with the value, it is a frame there until it is settled.
    #[doc(hidden)]
    fn poll_enter(&mut self, cx: &mut Context<'_>) -> Poll<Result<Self::Value, Error>>;

    /// Nobody drives it until its exit.
    #[doc(hidden)]
    fn settle(&mut self);

    /// Between the two, for when the code around is asked to end: ready when it has torn down.
    #[doc(hidden)]
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Asks the set-up to end.
    #[doc(hidden)]
    fn abort(&mut self);

    /// After that: ready when it has.
    #[doc(hidden)]
    fn poll_abort(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Tells it how its body ended.
    #[doc(hidden)]
    fn tell(&mut self, verdict: Verdict);

    /// After that: ready when it has torn down, with the errors of that.
    #[doc(hidden)]
    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;
}

/// Runs a body inside of a manager that is a value.
#[track_caller]
pub fn enter<M: Enter, F: BodyFuture>(
    manager: M,
    body: impl FnOnce(M::Value) -> F,
) -> impl Future<Output = Result<F::Value, Error>> {
    let site = Location::caller();
    async move {
        let (mut frame, mut manager) = (Frame::new(site), manager);
        let end = frame
            .run("with", async {
                let value = poll_fn(|cx| manager.poll_enter(cx)).await.map_err(whole)?;
                manager.settle();
                let (value, exit) = frame.body(body(value)).await;
                manager.tell(frame.verdict(exit));
                poll_fn(|cx| manager.poll_exit(cx)).await.map_err(whole)?;
                Ok(value)
            })
            .await;
        drop(manager);
        frame.conclude(end).await
    }
}
