//! A thread that looks at the real clock, so that a test which hangs fails and says where.
//!
//! A test hangs if it takes too long, or, on the virtual clock, if its thread sleeps for too long: there every timer is
//! due as soon as nothing else is to be done, so that a sleeping thread waits for something that no timer brings.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::observer::Observer;
use crate::sync::{AtomicU64, Ordering, lock};

/// How long a test may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) whole: Duration,
    /// How long nothing may happen.
    pub(crate) still: Duration,
}

/// How long a test that is told that it hangs may take to end.
const LAST: Duration = Duration::from_secs(10);

/// One run, as the watchdog sees it.
pub(crate) struct Pulse {
    born: Instant,
    /// Since when the thread sleeps, in nanoseconds from the start, and one more; 0: it is awake.
    asleep: AtomicU64,
    /// When what is timed began, in nanoseconds from the start.
    since: AtomicU64,
    verdict: Mutex<Option<Hang>>,
    observer: Arc<Observer>,
}

/// It hangs.
#[derive(Clone, Debug)]
pub(crate) struct Hang {
    /// For how long it has run, or for how long nothing has happened in it.
    pub(crate) time: Duration,
    pub(crate) is_still: bool,
    pub(crate) tree: String,
}

impl Pulse {
    fn new(observer: &Arc<Observer>) -> Arc<Self> {
        Arc::new(Self {
            born: Instant::now(),
            asleep: AtomicU64::new(0),
            since: AtomicU64::new(0),
            verdict: Mutex::default(),
            observer: Arc::clone(observer),
        })
    }

    /// The runtime's thread goes to sleep.
    pub(crate) fn sleeps(&self) {
        self.asleep.store(self.now() + 1, Ordering::Release);
    }

    /// It wakes up.
    pub(crate) fn wakes(&self) {
        self.asleep.store(0, Ordering::Release);
    }

    /// The test itself has ended; what comes after it has as much time again.
    pub(crate) fn restart(&self) {
        self.since.store(self.now(), Ordering::Release);
        self.wakes();
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX - 1)
    }

    /// What the watchdog says, if it says that it hangs.
    pub(crate) fn hang(&self) -> Option<Hang> {
        lock(&self.verdict).clone()
    }

    /// When it is to be looked at again, or what is wrong.
    fn look(&self, limits: Limits) -> Result<Duration, Hang> {
        let age = self.born.elapsed();
        let slept = self.slept(age);
        let timed = age.saturating_sub(Duration::from_nanos(self.since.load(Ordering::Acquire)));
        let left = limits.whole.saturating_sub(timed).min(limits.still.saturating_sub(slept));
        if left > Duration::ZERO {
            return Ok(left);
        }
        let is_still = slept >= limits.still / 2;
        let tree = format!("    {}", self.observer.root().tree().to_string().replace('\n', "\n    "));
        let time = if is_still { slept } else { limits.whole };
        Err(Hang {
            time: Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            is_still,
            tree,
        })
    }

    /// For how long nothing has happened.
    fn slept(&self, age: Duration) -> Duration {
        match self.asleep.load(Ordering::Acquire) {
            0 => Duration::ZERO,
            since => age.saturating_sub(Duration::from_nanos(since - 1)),
        }
    }

    /// Tells the run that it hangs.
    fn tell(&self, hang: Hang) {
        *lock(&self.verdict) = Some(hang);
        self.observer.wake();
    }
}

pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    limits: Limits,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    pulse: Option<Arc<Pulse>>,
    quits: bool,
}

impl Watchdog {
    pub(crate) fn new(limits: Limits) -> Self {
        let shared = Arc::new(Shared { limits, state: Mutex::default(), changed: Condvar::new() });
        let thread = {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name("ayo-watchdog".to_owned()).spawn(move || shared.run())
        };
        Self { shared, thread: thread.ok() }
    }

    /// Watches a run from now on, instead of the last one.
    pub(crate) fn watch(&self, observer: &Arc<Observer>) -> Arc<Pulse> {
        let pulse = Pulse::new(observer);
        self.shared.change(|state| state.pulse = Some(Arc::clone(&pulse)));
        pulse
    }

    /// Watches nothing.
    pub(crate) fn rest(&self) {
        self.shared.change(|state| state.pulse = None);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.change(|state| state.quits = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }

    fn run(&self) {
        let mut told = None;
        let mut state = lock(&self.state);
        while !state.quits {
            let wait = state.pulse.clone().map(|pulse| self.attend(&pulse, &mut told));
            state = match wait {
                None => self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner),
                Some(wait) => {
                    let waited = self.changed.wait_timeout(state, wait);
                    waited.unwrap_or_else(std::sync::PoisonError::into_inner).0
                }
            };
        }
    }

    /// Looks at a run; answers how long it may be left alone.
    fn attend(&self, pulse: &Arc<Pulse>, told: &mut Option<(Arc<Pulse>, Instant)>) -> Duration {
        if let Some((last, at)) = told
            && Arc::ptr_eq(last, pulse)
        {
            if at.elapsed() >= LAST {
                give_up(pulse);
            }
            return LAST;
        }
        match pulse.look(self.limits) {
            Ok(wait) => wait,
            Err(hang) => {
                pulse.tell(hang);
                *told = Some((Arc::clone(pulse), Instant::now()));
                LAST
            }
        }
    }
}

/// The test's thread does not come back, so that nothing in it can be told to end; all that is left is to say so.
fn give_up(pulse: &Pulse) {
    let tree = pulse.hang().map(|hang| hang.tree).unwrap_or_default();
    let site = pulse.observer.root().core().settings.location;
    // past the capturing of the test harness, which would not survive
    let _ = writeln!(
        std::io::stderr(),
        "ayo: the test at {site} blocks its thread (an endless loop, or a lock of std), and cannot be ended; what \
         runs in it:\n{tree}"
    );
    std::process::abort();
}
