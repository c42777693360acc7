//! How a smoke run knows that a contender did all of its work.
//!
//! Jobs call [`one`]. While nobody counts, that is one relaxed load of a flag that never changes,
//! which the timed runs can afford; a shared counter they could not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Stage;

static COUNTING: AtomicBool = AtomicBool::new(false);
static TALLY: AtomicU64 = AtomicU64::new(0);
static TURN: Mutex<()> = Mutex::new(());

/// A piece of work has been done.
#[inline]
pub fn one() {
    if COUNTING.load(Ordering::Relaxed) {
        TALLY.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs a body with counting switched on. Gives its output, and how many pieces of work had been
/// done when it returned. One caller at a time.
pub fn counted<T: Send + 'static>(stage: &Stage, body: impl Future<Output = T> + Send + 'static) -> (T, u64) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    TALLY.store(0, Ordering::Relaxed);
    COUNTING.store(true, Ordering::Relaxed);
    let counted = stage.play(async {
        let output = body.await;
        (output, TALLY.load(Ordering::Relaxed))
    });
    COUNTING.store(false, Ordering::Relaxed);
    counted
}
