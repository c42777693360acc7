//! Managers that are there already: `nullcontext`, `resetting`, `closing`.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use super::manager::{BodyFuture, Frame, whole};
use super::vars::{Var, VarValue};
use crate::BoxError;
use crate::error::Error;
use crate::scope::future::BodyError;

/// A manager that gives `value` and does nothing: for where a manager is optional (Python's `nullcontext`).
///
/// # Example
/// ```
/// use ayo::{nullcontext, with};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// assert_eq!(with!(n = nullcontext(5) => { n + 1 }).await?, 6);
/// # Ok(()) }
/// ```
#[track_caller]
pub fn nullcontext<V, F: BodyFuture>(
    value: V,
    body: impl FnOnce(V) -> F,
) -> impl Future<Output = Result<F::Value, Error>> {
    let site = Location::caller();
    async move {
        let mut frame = Frame::new(site);
        let end = frame.run("nullcontext", async { Ok(frame.body(body(value)).await.0) }).await;
        frame.conclude(end).await
    }
}

/// A manager that gives a context variable this value for the time of the body.
///
/// It is for several managers in one `with!`; alone, [`Var::with`] does it. As a value (`manager!`) it has no effect: what the
/// holder runs is not its body.
///
/// # Example
/// ```
/// use ayo::{resetting, with};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// ayo::vars!(static DEPTH: u32 = 0);
///
/// let depth = with!(_ = resetting(&DEPTH, DEPTH.get() + 1) => { DEPTH.get() }).await?;
/// assert_eq!((depth, DEPTH.get()), (1, 0));
/// # Ok(()) }
/// ```
#[track_caller]
pub fn resetting<T: VarValue, D: 'static, F: BodyFuture>(
    var: &'static Var<T, D>,
    value: T,
    body: impl FnOnce(()) -> F,
) -> impl Future<Output = Result<F::Value, Error>> {
    let site = Location::caller();
    async move {
        let mut frame = Frame::new(site);
        let end = frame
            .run("resetting", async {
                let body = var.with(value, async { body(()).await });
                Ok(frame.body(body).await.0)
            })
            .await;
        frame.conclude(end).await
    }
}

/// Something that is closed when it is no longer needed: what [`closing`] does behind its body.
///
/// Everything that is a Tokio writer has it: it is flushed and shut down.
///
/// # Example
/// ```
/// use ayo::{Close, closing, with};
///
/// struct Session { open: bool }
///
/// impl Close for Session {
///     type Error = std::io::Error;
///     async fn close(&mut self) -> std::io::Result<()> {
///         self.open = false;
///         Ok(())
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// with!(session = closing(Session { open: true }) => { assert!(session.open); }).await?;
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be closed",
    label = "no Tokio writer, and `ayo::Close` is not implemented for it"
)]
pub trait Close {
    /// What can go wrong.
    type Error: Into<BoxError>;

    /// Closes it.
    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<W: AsyncWrite + Unpin + Send> Close for W {
    type Error = std::io::Error;

    fn close(&mut self) -> impl Future<Output = std::io::Result<()>> + Send {
        ShutDown { writer: self }
    }
}

struct ShutDown<'a, W> {
    writer: &'a mut W,
}

impl<W: AsyncWrite + Unpin> Future for ShutDown<'_, W> {
    type Output = std::io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.writer).poll_shutdown(cx)
    }
}

/// A manager that lends `value` and closes it behind the body, however that ended (Python's `aclosing`).
///
/// # Example
/// ```
/// use ayo::{closing, with};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let (near, _far) = tokio::io::duplex(64);
/// with!(_pipe = closing(near) => {
///     // … writes …
/// }).await?;                              // the other side sees the end
/// # Ok(()) }
/// ```
///
/// # Errors
/// What closing fails with is an error of the tear-down.
#[track_caller]
pub fn closing<C: Close, R>(
    value: C,
    body: impl AsyncFnOnce(&mut C) -> Result<R, BodyError>,
) -> impl Future<Output = Result<R, Error>> {
    let site = Location::caller();
    async move {
        let (mut frame, mut value) = (Frame::new(site), value);
        let end = frame
            .run("closing", async {
                let (yielded, _) = frame.body(body(&mut value)).await;
                value.close().await.map_err(|error| whole(Error::failed(error.into())))?;
                Ok(yielded)
            })
            .await;
        frame.conclude(end).await
    }
}
