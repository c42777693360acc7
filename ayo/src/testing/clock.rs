//! The virtual clock, as a value.

use std::fmt;
use std::future::Future;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::duration::{IntoDuration, checked};
use crate::sync::lock;
use crate::time::wall::is_paused;

/// Tokio's clock on the current thread, paused: time passes only when nothing else is to be done, and then at once.
///
/// In an [`#[ayo::test]`](macro@crate::test) the clock is virtual anyhow; this is to read it and to steer it. Anywhere else
/// making one pauses Tokio's clock.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use ayo::testing::VirtualClock;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let clock = VirtualClock::new();
/// tokio::time::sleep(Duration::from_secs(3600)).await;       // returns at once
/// assert_eq!(clock.now(), Duration::from_secs(3600));
/// # }
/// ```
pub struct VirtualClock {
    began: Instant,
    /// Held: time stands still. Tokio's clock does while a blocking closure runs, so one waits for the end of this.
    hold: Mutex<Option<Sender<()>>>,
}

impl VirtualClock {
    /// Pauses the clock of the runtime, if nobody has before, and counts from now on. Tokio's timers are exact to a
    /// millisecond of its clock; on one that ran until now they may come that much later.
    ///
    /// # Panics
    /// At the caller, outside of a Tokio runtime and on a multi-thread one, whose clock cannot be paused.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::CurrentThread) => {}
            Ok(_) => panic!("a virtual clock needs a current-thread runtime: Tokio cannot pause any other"),
            Err(_) => {
                panic!("a virtual clock needs a Tokio runtime around it: `#[ayo::test]`, `#[tokio::test]`")
            }
        }
        if !is_paused() {
            tokio::time::pause();
        }
        Self { began: Instant::now(), hold: Mutex::new(None) }
    }

    /// How much virtual time has passed since the clock was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Lets so much time pass (seconds, or a `Duration`). Whatever is due on the way happens on the way, each thing at its
    /// own moment; what is due at the end has had a turn when this returns.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    ///
    /// # Cancel safety
    /// Dropped, it has let some of the time pass.
    #[track_caller]
    pub fn advance(&self, by: impl IntoDuration) -> impl Future<Output = ()> {
        let by = checked(by);
        async move {
            let until = Instant::now() + by;
            let _held = Released::of(self);
            tokio::time::sleep_until(until).await;
            tokio::task::yield_now().await;
        }
    }

    /// Whether time passes by itself whenever nothing else is to be done, as it does at first; or only by
    /// [`advance`](Self::advance).
    pub fn auto_advance(&self, on: bool) {
        let mut hold = lock(&self.hold);
        match (on, hold.is_some()) {
            (true, _) => *hold = None,
            (false, false) => *hold = Some(stand_still()),
            (false, true) => {}
        }
    }
}

impl Default for VirtualClock {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let auto = lock(&self.hold).is_none();
        f.debug_struct("VirtualClock").field("now", &self.now()).field("auto_advance", &auto).finish()
    }
}

/// Lets time pass for a while.
struct Released<'a> {
    clock: &'a VirtualClock,
    held: bool,
}

impl<'a> Released<'a> {
    fn of(clock: &'a VirtualClock) -> Self {
        let held = lock(&clock.hold).take().is_some();
        Self { clock, held }
    }
}

impl Drop for Released<'_> {
    fn drop(&mut self) {
        if self.held {
            self.clock.auto_advance(false);
        }
    }
}

/// Time stands still until what this gives is dropped.
fn stand_still() -> Sender<()> {
    let (hold, held) = channel::<()>();
    drop(spawn_blocking(move || held.recv()));
    hold
}
