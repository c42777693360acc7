//! How blocking code takes notice of a cancellation.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::hold::{self, Hold};
use crate::cancel::domain::Marks;
use crate::cancel::{Listening, Reason, ambient};
use crate::duration::{IntoDuration, checked};
use crate::sync::lock;
use crate::task::Cancelled;

/// Whether the running code may go on: an error once it is asked to end. It costs next to nothing; put one into each loop.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let end = ayo::scope!(timeout = 1 => |run| {
///     run.aside(|| loop {
///         // … a step of work …
///         ayo::blocking::check()?;
///         # ayo::blocking::sleep(0.3)?;
///         # if false { break Ok::<(), ayo::Cancelled>(()) }
///     });
/// }).await;
/// assert_eq!(end.unwrap_err().kind(), ayo::ErrorKind::TimedOut);
/// # }
/// ```
///
/// # Errors
/// [`Cancelled`], to be passed on by `?`: a closure that ends with it was cancelled, and has not failed. Outside of everything
/// that ayo can cancel there is none.
pub fn check() -> Result<(), Cancelled> {
    if ambient::is_requested() { Err(cancelled()) } else { Ok(()) }
}

fn cancelled() -> Cancelled {
    let reason = ambient::nearest().and_then(|node| node.domain().reason());
    Cancelled::new(reason.unwrap_or(Reason::Asked))
}

/// Blocks the thread for so long (seconds, or a `Duration`), or until the running code is asked to end.
///
/// While Tokio's clock is paused it takes virtual time, in a closure that ayo runs.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(|run| {
///     let polls = run.aside(|| {
///         for _ in 0..10 {
///             ayo::blocking::sleep(0.5)?;
///         }
///         Ok::<_, ayo::Cancelled>("five seconds")
///     });
///     assert_eq!(polls.await?, "five seconds");
/// }).await
/// # }
/// ```
///
/// # Errors
/// [`Cancelled`], as soon as the code around is asked to end.
///
/// # Panics
/// At the caller, for a negative, infinite or NaN number of seconds.
#[track_caller]
pub fn sleep(length: impl IntoDuration) -> Result<(), Cancelled> {
    let length = checked(length);
    match hold::take() {
        None => real(length),
        Some(hold) => in_paused_time(length, hold),
    }
}

fn real(length: Duration) -> Result<(), Cancelled> {
    let until = Instant::now().checked_add(length);
    let nap = Nap::new(None);
    let mut listening = Listening::default();
    loop {
        if is_asked(&mut listening, &nap) {
            return Err(cancelled());
        }
        if !nap.wait(until) {
            return Ok(());
        }
    }
}

/// A timer of Tokio's tells when it is over. Until then nothing holds the clock for this thread, and whoever wakes it holds it
/// again in its name.
fn in_paused_time(length: Duration, hold: Hold) -> Result<(), Cancelled> {
    let runtime = hold.runtime().clone();
    let nap = Nap::new(Some(runtime.clone()));
    let mut listening = Listening::default();
    if is_asked(&mut listening, &nap) {
        hold::put_back(Some(hold));
        return Err(cancelled());
    }
    let until = crate::time::entry::later(tokio::time::Instant::now(), length);
    let mut alarm = Alarm { nap: Arc::clone(&nap), rings: false };
    let timer = runtime.spawn(async move {
        tokio::time::sleep_until(until).await;
        alarm.ring();
    });
    drop(hold);
    nap.wait(None);
    timer.abort();
    let mut state = nap.lock();
    hold::put_back(state.hold.take());
    match (state.rung, ambient::is_requested()) {
        (true, _) => Ok(()),
        (false, true) => Err(cancelled()),
        (false, false) => Err(Cancelled::new(Reason::RuntimeGone)),
    }
}

fn is_asked(listening: &mut Listening, nap: &Arc<Nap>) -> bool {
    let waker = Waker::from(Arc::clone(nap));
    let mut cx = Context::from_waker(&waker);
    matches!(listening.poll_with(ambient::node, Marks::ENDING, &mut cx), Poll::Ready(()))
}

/// A thread that sleeps.
struct Nap {
    state: Mutex<NapState>,
    changed: Condvar,
    /// Whose clock it holds again when it is woken.
    runtime: Option<Handle>,
}

#[derive(Default)]
struct NapState {
    woken: bool,
    /// The time is over.
    rung: bool,
    hold: Option<Hold>,
}

impl Nap {
    fn new(runtime: Option<Handle>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), runtime })
    }

    fn lock(&self) -> MutexGuard<'_, NapState> {
        lock(&self.state)
    }

    /// Waits until it is woken; `false`: until then it was not.
    fn wait(&self, until: Option<Instant>) -> bool {
        let mut state = self.lock();
        while !std::mem::take(&mut state.woken) {
            state = match until {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    fn wake_up(&self, rung: bool) {
        let hold = self.runtime.as_ref().map(Hold::new);
        let mut state = self.lock();
        state.woken = true;
        state.rung |= rung;
        let second = if state.hold.is_none() { std::mem::replace(&mut state.hold, hold) } else { hold };
        drop(state);
        self.changed.notify_one();
        drop(second);
    }
}

impl Wake for Nap {
    fn wake(self: Arc<Self>) {
        self.wake_up(false);
    }
}

/// Wakes a thread when its time is over, or when the runtime drops its timer.
struct Alarm {
    nap: Arc<Nap>,
    rings: bool,
}

impl Alarm {
    fn ring(&mut self) {
        self.rings = true;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.nap.wake_up(self.rings);
    }
}
