//! A paused clock that waits for blocking work.
//!
//! A paused clock flies to the next timer as soon as the runtime has nothing to do, and a runtime that waits for a thread has
//! nothing to do. Tokio knows that of its own blocking threads: while one of them is busy, time stands still. So while closures
//! of ayo run in paused time, on whatever threads, one of Tokio's waits beside them. They run on other threads then, so that one
//! of them can let time pass: in [`sleep`](super::sleep).

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};

use tokio::runtime::{Handle, Id, RuntimeFlavor};

use crate::sync::lock;
use crate::time::wall;

static HELD: LazyLock<Mutex<HashMap<Id, Held>>> = LazyLock::new(Mutex::default);

/// A runtime's clock that is held.
struct Held {
    holders: usize,
    /// Lets Tokio's thread go when it is dropped.
    _thread: Sender<()>,
}

/// Keeps the clock of a runtime from flying for as long as it lives.
pub(crate) struct Hold(Handle);

impl Hold {
    pub(crate) fn new(runtime: &Handle) -> Self {
        let mut held = lock(&HELD);
        let still = || Held { holders: 0, _thread: stand_still(runtime) };
        held.entry(runtime.id()).or_insert_with(still).holders += 1;
        Self(runtime.clone())
    }

    /// One for a runtime whose clock is paused.
    #[inline]
    pub(crate) fn if_paused(runtime: &Handle) -> Option<Self> {
        if !matches!(runtime.runtime_flavor(), RuntimeFlavor::CurrentThread) {
            return None; // Tokio cannot pause it
        }
        let _runtime = runtime.enter();
        wall::is_paused().then(|| Self::new(runtime))
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&HELD);
        let Some(here) = held.get_mut(&self.0.id()) else { return };
        here.holders -= 1;
        if here.holders == 0 {
            let last = held.remove(&self.0.id());
            drop(held);
            drop(last);
        }
    }
}

/// Keeps one of Tokio's threads busy until what this gives is dropped.
fn stand_still(runtime: &Handle) -> Sender<()> {
    let (hold, held) = channel::<()>();
    drop(runtime.spawn_blocking(move || held.recv()));
    hold
}

thread_local! {
    /// Of the closure that runs on this thread.
    static KEPT: RefCell<Option<Hold>> = const { RefCell::new(None) };
}

/// Has the closure that runs on this thread hold the clock until this is dropped.
pub(crate) fn keep(hold: Option<Hold>) -> Keeping {
    Keeping(KEPT.replace(hold))
}

/// Holds the clock for a closure; what was kept before is back at its end.
pub(crate) struct Keeping(Option<Hold>);

impl Drop for Keeping {
    fn drop(&mut self) {
        let ours = KEPT.replace(self.0.take());
        drop(ours);
    }
}

/// Gives the closure that runs on this thread its hold back.
pub(crate) fn put_back(hold: Option<Hold>) {
    KEPT.set(hold);
}

/// Takes the hold of the closure that runs on this thread, to let time pass.
pub(crate) fn take() -> Option<Hold> {
    KEPT.take()
}
