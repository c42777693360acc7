//! What runs around the workers, in the master.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use tokio::sync::oneshot;

use super::context;
use crate::BoxError;
use crate::error::Error;

/// The master's side of [`Server::main_context`](super::Server::main_context).
pub struct MainContext {
    pub(super) start: oneshot::Sender<Vec<u8>>,
    pub(super) ended: oneshot::Receiver<Result<(), Error>>,
}

pub(super) type MainFn = Box<dyn FnOnce(MainContext) -> Pin<Box<dyn Future<Output = Result<(), BoxError>>>>>;

pub(super) fn main_fn<F, E>(main: F) -> MainFn
where
    F: AsyncFnOnce(MainContext) -> Result<(), E> + 'static,
    E: Into<BoxError>,
{
    Box::new(|context| Box::pin(async move { main(context).await.map_err(Into::into) }))
}

impl MainContext {
    /// Starts the workers, with this value for [`Worker::context`](super::Worker::context); returns when all have ended.
    ///
    /// # Errors
    /// If the value cannot be serialised, and as [`Server::run`](super::Server::run).
    ///
    /// # Cancel safety
    /// Dropped, it asks the workers to end; the server waits for them.
    pub async fn serve<T: Serialize>(self, value: &T) -> Result<(), Error> {
        let bytes = context::to_bytes(value)?;
        let gone = || Error::failed("the server has ended".into());
        self.start.send(bytes).map_err(|_| gone())?;
        self.ended.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl fmt::Debug for MainContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainContext").finish_non_exhaustive()
    }
}
