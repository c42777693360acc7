//! The jobs. All contenders of a row run the same ones.
//!
//! Contenders that wrap a job in an `async` block make it inside of the block: one that is moved in would be
//! stored, and copied, twice.

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use crate::{Latch, tally};

/// Makes the `i`-th job: a name for `Fn(u64) -> impl Future<Output = ()>` that can be spawned.
pub trait Job: Fn(u64) -> <Self as Job>::Future + Copy + Send + Sync + 'static {
    /// The job's future.
    type Future: Future<Output = ()> + Send + 'static;
}

impl<J, F> Job for J
where
    J: Fn(u64) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    type Future = F;
}

/// Ends at its first poll.
pub async fn trivial(i: u64) {
    black_box(i);
    tally::one();
}

/// Ends at its second poll.
pub async fn yields_once(i: u64) {
    yield_now().await;
    trivial(i).await;
}

/// Ends at its third poll.
pub async fn yields_twice(i: u64) {
    yield_now().await;
    yields_once(i).await;
}

/// Ends at its first poll with a value.
pub async fn value(i: u64) -> u64 {
    tally::one();
    black_box(i)
}

/// Says that it is asleep, and sleeps for an hour. Its work is to be dropped.
pub async fn sleeps(asleep: Arc<Latch>) {
    let _dropped = TallyOnDrop;
    asleep.arrive();
    sleep(Duration::from_secs(3600)).await;
}

/// Waits until all are asleep, and fails.
pub async fn fails(asleep: Arc<Latch>) -> Result<(), Failure> {
    let _dropped = TallyOnDrop;
    asleep.wait().await;
    Err(Failure)
}

struct TallyOnDrop;

impl Drop for TallyOnDrop {
    fn drop(&mut self) {
        tally::one();
    }
}

/// What [`fails`] fails with.
#[derive(Debug)]
pub struct Failure;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the job that fails has failed")
    }
}

impl Error for Failure {}
