//! The wall clock that `at` and `cron` follow.
//!
//! * Ordinarily it is [`SystemTime::now`].
//! * While Tokio's clock is paused, it goes as that one goes: it stands still with it, and an hour that is slept through
//!   in virtual time is an hour on the wall. Its reading is the system's plus what Tokio's clock is ahead of the real
//!   one (or behind it), so it needs no starting point that somebody would have to set.
//! * A test may put another in its place for one runtime, [`inject`], and let it jump.

use std::hint::spin_loop;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::runtime::{self, Handle};
use tokio::time::Instant;

use crate::sync::{AtomicUsize, Ordering, lock};

/// How exact a reading is: two clocks cannot be read at the same moment.
pub(crate) const SLACK: Duration = Duration::from_micros(50);

/// What the clock says.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) at: SystemTime,
    /// It goes as Tokio's clock does, so nobody sets it.
    pub(crate) is_steady: bool,
}

type Source = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The clocks that were put in, each with its runtime.
static INJECTED: Mutex<Vec<(runtime::Id, Source)>> = Mutex::new(Vec::new());
/// How many there are, to be read without the lock.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The present moment, in the runtime of the running code.
pub(crate) fn now() -> Reading {
    if let Some(source) = injected() {
        return Reading { at: source(), is_steady: false };
    }
    if is_paused() {
        return Reading { at: virtual_now(), is_steady: true };
    }
    Reading { at: SystemTime::now(), is_steady: false }
}

fn injected() -> Option<Source> {
    if COUNT.load(Ordering::Acquire) == 0 {
        return None;
    }
    let runtime = Handle::try_current().ok()?.id();
    lock(&INJECTED).iter().rev().find(|(id, _)| *id == runtime).map(|(_, source)| Arc::clone(source))
}

/// Whether Tokio's clock stands still while the real one goes on. There is no other way to ask.
pub(crate) fn is_paused() -> bool {
    let before = Instant::now();
    let real = std::time::Instant::now();
    while std::time::Instant::now() == real {
        spin_loop();
    }
    Instant::now() == before
}

/// The system's time, moved by as much as Tokio's clock is away from the real one.
fn virtual_now() -> SystemTime {
    const TRIES: usize = 16;
    let (mut wall, mut tokio, mut real) = (SystemTime::now(), Instant::now(), std::time::Instant::now());
    for _ in 0..TRIES {
        let begun = std::time::Instant::now();
        (wall, tokio, real) = (SystemTime::now(), Instant::now(), std::time::Instant::now());
        if real - begun < SLACK / 2 {
            break; // nothing came in between
        }
    }
    let tokio = tokio.into_std();
    match tokio.checked_duration_since(real) {
        Some(ahead) => wall.checked_add(ahead),
        None => wall.checked_sub(real - tokio),
    }
    .unwrap_or(wall)
}

/// Puts another wall clock in the place of the system's, for the runtime of the running code and until the guard goes.
/// What it says is looked at again at least once a second of Tokio's time.
///
/// # Panics
/// Outside of a Tokio runtime.
pub fn inject(source: impl Fn() -> SystemTime + Send + Sync + 'static) -> Injected {
    let runtime = Handle::current().id();
    let source: Source = Arc::new(source);
    let mut all = lock(&INJECTED);
    all.push((runtime, Arc::clone(&source)));
    COUNT.store(all.len(), Ordering::Release);
    Injected(source)
}

/// Takes an injected wall clock out when it is dropped.
#[must_use = "the clock is in place for as long as this lives"]
#[allow(missing_debug_implementations, reason = "it holds a closure and nothing else")]
pub struct Injected(Source);

impl Drop for Injected {
    fn drop(&mut self) {
        let mut all = lock(&INJECTED);
        all.retain(|(_, source)| !Arc::ptr_eq(source, &self.0));
        COUNT.store(all.len(), Ordering::Release);
    }
}
