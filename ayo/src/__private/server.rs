//! Calls of `server!`.

use crate::program::Signal;
use crate::server::Worker;

/// `yield`
pub async fn ready(worker: &Worker) -> Signal {
    worker.ready().await
}
