//! `Schedule`: the handle, and the calls that make one.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::callback::{Callback, TickOutput};
use super::entry::{self, Base, Due, Plan, Rule, later};
use super::tick::{self, Entry};
use super::when::When;
use crate::cancel::domain::Marks;
use crate::duration::{IntoDuration, checked};
use crate::outcome::Outcome;
use crate::scope::Scope;
use crate::scope::core::Core;
use crate::scope::spawn::Order;
use crate::site::Traits;

/// Something that a scope does later, or again and again: made by [`Scope::after`], [`Scope::at`], [`Scope::every`] and
/// `Scope::cron`.
///
/// It is started already; its methods change it from then on. Dropping the handle does nothing. A schedule holds its scope
/// open until it is over, that is unscheduled or without another tick to come, unless it is told
/// [not to](Self::dont_hold_exit). [`Scope::stop`] and a cancellation end it.
///
/// Each tick is a task of the scope: it takes a place under `max_concurrency` while it runs (a timer that waits takes
/// none), and its failure fails the scope.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(|run| {
///     let mut ticks = 0;
///     run.every(200ms, move || {
///         ticks += 1;
///         println!("tick {ticks}");
///     }).times(5);
///     run.after(1.5, async || println!("a second and a half later"));
/// }).await
/// # }
/// ```
#[derive(Clone)]
pub struct Schedule {
    core: Arc<Core>,
    plan: Arc<dyn Plan>,
}

/// What an [`every`](Scope::every) or `cron` does when a tick is due while the one before it still runs.
///
/// The same holds for ticks that were missed because nothing could run at all, as after a suspend.
///
/// # Example
/// ```
/// # use std::time::Duration; use tokio::time::{Instant, sleep};
/// use ayo::{Overrun, Schedule};
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
/// let (tell, told) = std::sync::mpsc::channel();
/// ayo::scope!(|run| {
///     let start = Instant::now();
///     run.every(1, move || {
///         tell.send(start.elapsed().as_secs()).unwrap();
///         async { sleep(Duration::from_millis(1_500)).await }
///     }).overrun(Overrun::Delay).times(3);
/// }).await?;
/// assert_eq!(told.iter().collect::<Vec<_>>(), [1, 2, 4], "and `Skip` would have given 1, 3, 5");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overrun {
    /// It is left out; the next one comes when it is due.
    #[default]
    Skip,
    /// It is made up for: what was missed runs later, one tick after the other without a pause.
    Burst,
    /// It runs when the one before has ended, and the period is counted from there.
    Delay,
    /// It runs beside the one before. (What was missed because nothing could run is left out.)
    Concurrent,
    /// The one before is cancelled. It runs when that has cleaned up.
    CancelPrevious,
}

impl Schedule {
    pub(crate) fn of(core: Arc<Core>, plan: Arc<dyn Plan>) -> Self {
        Self { core, plan }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn plan(&self) -> &Arc<dyn Plan> {
        &self.plan
    }

    /// The schedule that the running code is a tick of; `None` elsewhere, and in tasks that a tick starts.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(|run| {
    ///     let mut left = 3;
    ///     run.every(1, move || {
    ///         left -= 1;
    ///         if left == 0 {
    ///             ayo::Schedule::current().expect("a tick").unschedule();
    ///         }
    ///     });
    /// }).await
    /// # }
    /// ```
    #[must_use]
    pub fn current() -> Option<Self> {
        tick::current()
    }

    /// No tick comes any more, and the function is dropped. One that runs goes on to its end.
    ///
    /// From within a tick, [`Schedule::current`] leads here.
    pub fn unschedule(&self) {
        entry::unschedule(&self.core, &self.plan);
    }

    /// It does not hold its scope open: when nothing else is left, the scope ends, and a tick that runs is cancelled.
    ///
    /// Its ticks are background tasks from now on: they take no place under `max_concurrency`.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
    /// # async fn serve() { tokio::time::sleep(std::time::Duration::from_secs(9)).await }
    /// ayo::scope!(|run| {
    ///     run.every(2, || println!("still there")).dont_hold_exit();
    ///     run << serve();                      // the scope ends with this one
    /// }).await
    /// # }
    /// ```
    pub fn dont_hold_exit(self) -> Self {
        entry::release_scope(&self.core, &self.plan);
        self
    }

    /// What a tick does that is due while the one before it still runs; [`Overrun::Skip`] if nothing is said.
    pub fn overrun(self, overrun: Overrun) -> Self {
        entry::set_overrun(&self.core, &self.plan, overrun);
        self
    }

    /// The first tick comes now, and the next one a period later.
    pub fn immediately(self) -> Self {
        entry::hasten(&self.core, &self.plan);
        self
    }

    /// It is over after `n` ticks. Ticks that were left out do not count.
    pub fn times(self, n: u64) -> Self {
        entry::limit(&self.core, &self.plan, n);
        self
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = &self.plan.base().who;
        f.debug_struct("Schedule")
            .field("name", &who.name())
            .field("id", &who.label.id)
            .finish_non_exhaustive()
    }
}

impl<C> Scope<C> {
    /// Calls `f` once, when so much time has passed: seconds, or any [`IntoDuration`].
    ///
    /// `f` is a function or closure that returns a future, or does its work itself.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
    /// # async fn remind() {}
    /// ayo::scope!(|run| {
    ///     run.after(30m, remind);
    ///     let retry = run.after(90ms, || println!("no answer yet"));
    ///     retry.unschedule();
    /// }).await
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds, and where there is no Tokio runtime.
    #[track_caller]
    pub fn after<F, M>(&self, delay: impl IntoDuration, f: F) -> Schedule
    where
        F: Callback + Send + 'static,
        F::Out:
            TickOutput<M, Future: Future<Output: Outcome<Error: Send + 'static> + 'static> + Send + 'static>,
        M: 'static,
    {
        let delay = checked(delay);
        self.schedule(Rule::Once, f, || Some(Due::Clock(later(Instant::now(), delay))))
    }

    /// Calls `f` once, at this moment: a [`SystemTime`](std::time::SystemTime), a date, or an instant of Tokio's clock.
    /// A moment that has passed already is now.
    ///
    /// A date follows the wall clock: it comes when the wall clock says so, also if somebody sets that in the meantime, or
    /// if the machine sleeps; the clock is looked at once a second. A date that is far away holds the scope open as long.
    ///
    /// # Example
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(|run| {
    ///     let opens = SystemTime::now() + Duration::from_secs(3_600);
    ///     run.at(opens, async || println!("we are open"));
    /// }).await
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller, where there is no Tokio runtime.
    #[track_caller]
    pub fn at<F, M>(&self, moment: impl When, f: F) -> Schedule
    where
        F: Callback + Send + 'static,
        F::Out:
            TickOutput<M, Future: Future<Output: Outcome<Error: Send + 'static> + 'static> + Send + 'static>,
        M: 'static,
    {
        let moment = moment.moment();
        self.schedule(Rule::Once, f, || Some(moment.into()))
    }

    /// Calls `f` again and again, with this period: seconds, or any [`IntoDuration`]. The first call comes after one
    /// period, or [at once](Schedule::immediately).
    ///
    /// It does not drift: the n-th tick is due n periods after the start. Tokio's timers, and so the ticks, are exact to a
    /// millisecond. A tick that is due while the one before it runs is left out, if
    /// [nothing else is said](Schedule::overrun).
    ///
    /// # Example
    /// ```
    /// # use std::sync::Arc; use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
    /// let hits = Arc::new(AtomicU32::new(0));
    /// # let seen = hits.clone();
    /// ayo::scope!(|run| {
    ///     run.every(0.2, move || {
    ///         let hits = hits.clone();             // one for each tick
    ///         async move { hits.fetch_add(1, Relaxed); }
    ///     }).times(10);
    /// }).await?;
    /// # assert_eq!(seen.load(Relaxed), 10);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// At the caller, for a period that is zero, negative, infinite or NaN, and where there is no Tokio runtime.
    #[track_caller]
    pub fn every<F, M>(&self, period: impl IntoDuration, f: F) -> Schedule
    where
        F: Callback + Send + 'static,
        F::Out:
            TickOutput<M, Future: Future<Output: Outcome<Error: Send + 'static> + 'static> + Send + 'static>,
        M: 'static,
    {
        let period = checked(period);
        assert!(period > Duration::ZERO, "`every(0)` would tick without end");
        self.schedule(Rule::Every(period), f, || Some(Due::Clock(later(Instant::now(), period))))
    }

    /// Makes a schedule that is due first at `first`. A scope that ends or stops drops the function at once.
    #[track_caller]
    pub(super) fn schedule<F, M>(&self, rule: Rule, f: F, first: impl FnOnce() -> Option<Due>) -> Schedule
    where
        F: Callback + Send + 'static,
        F::Out:
            TickOutput<M, Future: Future<Output: Outcome<Error: Send + 'static> + 'static> + Send + 'static>,
        M: 'static,
    {
        let core = self.core();
        let order = Order::plain();
        core.runtime();
        let (first, stops) = (first(), core.marks().has(Marks::WINDING_DOWN));
        let admitted =
            first.filter(|_| !stops).and_then(|first| Some((core.admit(Traits::default()).ok()?, first)));
        let who = order.who::<Entry<F, M>>(admitted.map_or(0, |(id, _)| id), core.since());
        let plan: Arc<dyn Plan> = Arc::new(Entry::new(Base::new(who, rule), f));
        match admitted {
            Some((_, first)) => entry::schedule(core, &plan, first),
            None => entry::refuse(core, &plan),
        }
        Schedule::of(Arc::clone(core), plan)
    }
}
