//! What floors join with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// A counter that starts at `n`, and wakes the one who waits when it gets to zero.
#[derive(Debug)]
pub struct Latch {
    left: AtomicU64,
    zero: Notify,
}

impl Latch {
    /// A latch that waits for `n` arrivals.
    pub fn new(n: u64) -> Arc<Self> {
        Arc::new(Self { left: AtomicU64::new(n), zero: Notify::new() })
    }

    /// One of the `n` is here.
    pub fn arrive(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.zero.notify_one();
        }
    }

    /// Waits for all of them. One waiter at most.
    pub async fn wait(&self) {
        self.zero.notified().await;
    }
}
