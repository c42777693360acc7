//! `cancel_everywhere` and `drop_everywhere`: the same test again and again, cut each time at another point.

use std::fmt;
use std::panic::Location;
use std::panic::resume_unwind;

use super::finding::{Finding, List};
use super::output::TestOutput;
use super::run::{Ran, Stage, run};
use super::steering::{How, Steering};
use super::watchdog::Watchdog;
use crate::duration::{IntoDuration, checked};
use crate::scope::{Keeps, Scope, ScopeBuilder};

/// A test with more suspension points is refused: it would run for hours.
const MANY: u64 = 100_000;

/// Runs `test` once as it is, and then once for each of its suspension points, to be cancelled there.
///
/// A suspension point is a poll of `test` or of one of ayo's tasks below it that is pending. Each run has a runtime of its
/// own with a virtual clock, and a scope, which is cancelled at the point. Then everything must have ended well:
///
/// * no task is alive, of ayo or of `tokio::spawn`;
/// * every scope, `shield` and other clean-up that was begun was finished, and none was dropped or abandoned;
/// * nothing panicked, and no error came to nobody;
/// * nothing hangs;
/// * what [`watch`](super::watch) and [`afterwards`](super::afterwards) say holds;
/// * `test` runs once more, whole, on what the cancelled run has left behind of whatever it captures, and passes: a permit
///   that was lost makes it hang, a lock that was left makes it wait.
///
/// An error that the cancelled `test` returns is no mistake.
///
/// # Example
/// ```
/// use ayo::testing::cancel_everywhere;
/// use tokio::{sync::Semaphore, task::yield_now};
///
/// let seats = Semaphore::new(1);
/// let summary = cancel_everywhere(async |run| {
///     let seat = seats.acquire().await.unwrap();     // given back by its destructor, wherever this is cut
///     run.spawn(async { yield_now().await; });
///     yield_now().await;
///     drop(seat);
/// });
/// assert!(summary.points() >= 2);
/// ```
///
/// # Panics
/// At the caller, with all that is wrong and how to run that case alone.
#[track_caller]
pub fn cancel_everywhere<R: TestOutput>(test: impl AsyncFn(&Scope) -> R) -> Summary {
    passed(Everywhere::cancel().run(test))
}

/// The same as [`cancel_everywhere`], but the future is dropped from outside, as a `tokio::select!` that it loses does.
///
/// Clean-up that awaits cannot run then. What remains to be checked is that nothing is alive afterwards, nothing panics, and
/// what is left behind still works. Unlike a cancel it acts on the very poll, with no further turn for anybody.
///
/// # Panics
/// As [`cancel_everywhere`].
#[track_caller]
pub fn drop_everywhere<R: TestOutput>(test: impl AsyncFn(&Scope) -> R) -> Summary {
    passed(Everywhere::drop().run(test))
}

#[track_caller]
fn passed(ended: Result<Summary, Failure>) -> Summary {
    match ended {
        Ok(summary) => summary,
        Err(failure) => panic!("{failure}"),
    }
}

/// A campaign with options: what [`cancel_everywhere`], [`drop_everywhere`] and the options of
/// [`#[ayo::test]`](macro@crate::test) are made of.
///
/// # Example
/// ```
/// use ayo::testing::Everywhere;
///
/// let failure = Everywhere::cancel().timeout(0.2).run(async |_| {
///     tokio::spawn(std::future::pending::<()>());
///     tokio::task::yield_now().await;
/// });
/// assert!(failure.unwrap_err().to_string().contains("outlived the test"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "it starts with `.run(…)`"]
pub struct Everywhere {
    how: Option<How>,
    replay: Option<u64>,
    seeds: Seeds,
    stage: Stage,
    site: &'static Location<'static>,
    /// The name of the attribute, for the line that says how to run a case again.
    attribute: bool,
}

/// In which orders what is ready has its turn.
#[derive(Clone, Copy, Debug)]
enum Seeds {
    /// In Tokio's.
    Tokio,
    /// In as many shuffled ones.
    Many(u64),
    /// In this one.
    One(u64),
}

impl Everywhere {
    /// Cancels at each suspension point.
    #[track_caller]
    pub fn cancel() -> Self {
        Self::new(Some(How::Cancel))
    }

    /// Drops from outside at each suspension point.
    #[track_caller]
    pub fn drop() -> Self {
        Self::new(Some(How::Drop))
    }

    /// Cuts nothing: for [`interleave`](Self::interleave) alone.
    #[track_caller]
    pub fn whole() -> Self {
        Self::new(None)
    }

    #[track_caller]
    pub(crate) fn new(how: Option<How>) -> Self {
        let site = Location::caller();
        Self { how, replay: None, seeds: Seeds::Tokio, stage: Stage::new(), site, attribute: false }
    }

    pub(crate) fn of_attribute(mut self, stage: Stage, site: &'static Location<'static>) -> Self {
        self.attribute = true;
        self.site = site;
        self.stage = stage;
        self
    }

    /// Cuts at this one point only, as a failure names it.
    pub fn replay(mut self, point: u64) -> Self {
        self.replay = Some(point);
        self
    }

    /// Runs it so many times, and lets what is ready have its turn in another order each time: the tasks of scopes, and not
    /// those of `tokio::spawn`. With [`cancel`](Self::cancel) or [`drop`](Self::drop) each run is cut at one point, which
    /// the order's seed says too.
    pub fn interleave(mut self, runs: u64) -> Self {
        self.seeds = Seeds::Many(runs);
        self
    }

    /// Runs in one shuffled order only, as a failure names it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seeds = Seeds::One(seed);
        self
    }

    /// How long one run may take, and how long nothing may happen in it, in real time (seconds, or a `Duration`). By
    /// default a minute, and five seconds.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn timeout(mut self, limit: impl IntoDuration) -> Self {
        self.stage.timeout = Some(checked(limit));
        self
    }

    /// Runs all of it.
    ///
    /// # Errors
    /// The first run that did not end well.
    ///
    /// # Panics
    /// With the panic of `test`, if it does not pass when nothing cuts it.
    pub fn run<R: TestOutput>(&self, test: impl AsyncFn(&Scope) -> R) -> Result<Summary, Failure> {
        let scope = || crate::scope().located(self.site);
        self.run_in(&scope, &test).map(|(summary, _)| summary)
    }

    /// The same in scopes with options.
    pub(crate) fn run_in<C, R, F>(
        &self,
        scope: &impl Fn() -> ScopeBuilder<C>,
        test: &F,
    ) -> Result<(Summary, Option<R>), Failure>
    where
        C: Keeps,
        R: TestOutput,
        F: AsyncFn(&Scope<C>) -> R,
    {
        let campaign = Campaign { plan: self, scope, test, watchdog: Watchdog::new(self.stage.limits()) };
        campaign.run()
    }
}

/// One that is under way.
struct Campaign<'a, S, F> {
    plan: &'a Everywhere,
    scope: &'a S,
    test: &'a F,
    watchdog: Watchdog,
}

impl<S, F> Campaign<'_, S, F> {
    fn run<C, R>(&self) -> Result<(Summary, Option<R>), Failure>
    where
        C: Keeps,
        R: TestOutput,
        S: Fn() -> ScopeBuilder<C>,
        F: AsyncFn(&Scope<C>) -> R,
    {
        let first = self.once(None, None);
        let mut summary = Summary { points: first.points, cuts: 0, runs: 1 };
        let output = self.whole(first, None)?;
        if summary.points > MANY {
            return Err(self.failure(None, None, vec![Finding::TooMany(summary.points)]));
        }
        match (self.plan.seeds, self.plan.how) {
            (Seeds::Many(runs), None) => {
                for seed in 1..=runs {
                    self.shuffled(seed, &mut summary)?;
                }
            }
            (Seeds::One(seed), None) => self.shuffled(seed, &mut summary)?,
            (Seeds::Many(runs), Some(how)) if self.plan.replay.is_none() => {
                for seed in 1..=runs {
                    let point = 1 + seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) % summary.points.max(1);
                    self.cut((how, point), Some(seed), &mut summary)?;
                }
            }
            (Seeds::Many(_) | Seeds::Tokio, Some(how)) => self.points(how, None, &mut summary)?,
            (Seeds::One(seed), Some(how)) => self.points(how, Some(seed), &mut summary)?,
            (Seeds::Tokio, None) => {}
        }
        Ok((summary, output))
    }

    /// All points in one order, or the one that is to be replayed.
    fn points<C, R>(&self, how: How, seed: Option<u64>, summary: &mut Summary) -> Result<(), Failure>
    where
        C: Keeps,
        R: TestOutput,
        S: Fn() -> ScopeBuilder<C>,
        F: AsyncFn(&Scope<C>) -> R,
    {
        let Some(point) = self.plan.replay else {
            let mut point = 1;
            while self.cut((how, point), seed, summary)? {
                point += 1;
            }
            return Ok(());
        };
        if !self.cut((how, point), seed, summary)? {
            return Err(self.failure(None, seed, vec![Finding::NoSuchPoint(point, summary.points)]));
        }
        Ok(())
    }

    /// One run that is cut, and one that is whole on what it left. `false`: it came to its end before.
    fn cut<C, R>(&self, cut: (How, u64), seed: Option<u64>, summary: &mut Summary) -> Result<bool, Failure>
    where
        C: Keeps,
        R: TestOutput,
        S: Fn() -> ScopeBuilder<C>,
        F: AsyncFn(&Scope<C>) -> R,
    {
        let ran = self.once(Some(cut), seed);
        summary.runs += 1;
        let Some(who) = ran.reached.clone() else {
            return self.whole(ran, seed).map(|_| false);
        };
        summary.cuts += 1;
        let point = Some((cut.1, who));
        let found = ran.of_cut(cut.0);
        if !found.is_empty() {
            return Err(self.failure(point, seed, found));
        }
        let again = self.once(None, None).of_whole();
        summary.runs += 1;
        match again.into_iter().next() {
            Some(finding) => Err(self.failure(point, seed, vec![Finding::Again(Box::new(finding))])),
            None => Ok(true),
        }
    }

    fn shuffled<C, R>(&self, seed: u64, summary: &mut Summary) -> Result<(), Failure>
    where
        C: Keeps,
        R: TestOutput,
        S: Fn() -> ScopeBuilder<C>,
        F: AsyncFn(&Scope<C>) -> R,
    {
        summary.runs += 1;
        let found = self.once(None, Some(seed)).of_whole();
        if found.is_empty() { Ok(()) } else { Err(self.failure(None, Some(seed), found)) }
    }

    fn once<C, R>(&self, cut: Option<(How, u64)>, seed: Option<u64>) -> Ran<R>
    where
        C: Keeps,
        R: TestOutput,
        S: Fn() -> ScopeBuilder<C>,
        F: AsyncFn(&Scope<C>) -> R,
    {
        run(&self.plan.stage, &self.watchdog, Steering::new(cut, seed), (self.scope)(), self.test)
    }

    /// A run that nothing cut has to pass as any test. A panic of its own goes on.
    fn whole<R: TestOutput>(&self, ran: Ran<R>, seed: Option<u64>) -> Result<Option<R>, Failure> {
        if let Some(payload) = ran.panic {
            if !ran.found.is_empty() {
                eprintln!("beside the panic:\n{}", List(&ran.found));
            }
            resume_unwind(payload);
        }
        let mut found = ran.found;
        found.extend(ran.error.map(|error| Finding::Scope(format!("{error:#}"))));
        let own = ran.output.as_ref().is_some_and(|output| output.failure().is_some());
        if own && self.plan.attribute && found.is_empty() {
            return Ok(ran.output);
        }
        found.extend(ran.output.as_ref().and_then(TestOutput::failure).map(Finding::Failed));
        if found.is_empty() { Ok(ran.output) } else { Err(self.failure(None, seed, found)) }
    }

    fn failure(&self, point: Option<(u64, String)>, seed: Option<u64>, found: Vec<Finding>) -> Failure {
        let Everywhere { how, attribute, site, .. } = *self.plan;
        Failure { how, attribute, site, point, seed, found }
    }
}

impl<R: TestOutput> Ran<R> {
    /// What is wrong with a run that was cut.
    fn of_cut(self, how: How) -> Vec<Finding> {
        let told = how == How::Drop;
        let found =
            self.found.into_iter().filter(|finding| !(told && matches!(finding, Finding::Leaked { .. })));
        found.chain(self.panics.into_iter().map(Finding::Panicked)).collect()
    }

    /// What is wrong with one that was not.
    fn of_whole(self) -> Vec<Finding> {
        let failed = self.output.as_ref().and_then(TestOutput::failure).map(Finding::Failed);
        let error = self.error.map(|error| Finding::Scope(format!("{error:#}")));
        let panics = self.panics.into_iter().map(Finding::Panicked);
        self.found.into_iter().chain(panics).chain(failed).chain(error).collect()
    }
}

/// What a campaign came to that found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    points: u64,
    cuts: u64,
    runs: u64,
}

impl Summary {
    /// How many suspension points the test has when nothing cuts it.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.points
    }

    /// How many runs were cut.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.cuts
    }

    /// How many runs there were, whole ones included.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} suspension points, {} runs, {} of them cut", self.points, self.runs, self.cuts)
    }
}

/// A run that did not end well: where it was cut, what is wrong, and how to run it again alone.
pub struct Failure {
    how: Option<How>,
    attribute: bool,
    site: &'static Location<'static>,
    point: Option<(u64, String)>,
    seed: Option<u64>,
    found: Vec<Finding>,
}

impl Failure {
    /// The number of the suspension point, from 1; `None` for a run that was not cut.
    #[must_use]
    pub fn point(&self) -> Option<u64> {
        self.point.as_ref().map(|(n, _)| *n)
    }

    /// The seed of its order, if that was a shuffled one.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    fn again(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (attribute, method) = match self.how {
            Some(How::Cancel) => ("cancel_everywhere", "cancel"),
            Some(How::Drop) => ("drop_everywhere", "drop"),
            None => ("", "whole"),
        };
        let mut options = Vec::from_iter(Some(attribute.to_owned()).filter(|name| !name.is_empty()));
        let mut calls = format!("Everywhere::{method}()");
        for (name, value) in [("replay", self.point()), ("seed", self.seed)] {
            if let Some(value) = value {
                options.push(format!("{name} = {value}"));
                calls = format!("{calls}.{name}({value})");
            }
        }
        if self.attribute {
            write!(f, "#[ayo::test({})]", options.join(", "))
        } else {
            write!(f, "ayo::testing::{calls}.run(..)")
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = if self.how == Some(How::Drop) { "dropped" } else { "cancelled" };
        match (&self.point, self.seed) {
            (Some((n, who)), _) => {
                writeln!(
                    f,
                    "{cut} at its suspension point {n}, the test of {} does not end well:",
                    self.site
                )?;
                writeln!(f, "  the point is {who}")?;
            }
            (None, Some(_)) => {
                writeln!(f, "in another order of its tasks, the test of {} does not pass:", self.site)?;
            }
            (None, None) => writeln!(f, "the test of {} does not pass:", self.site)?,
        }
        write!(f, "{}", List(&self.found))?;
        if self.point.is_some() || self.seed.is_some() {
            write!(f, "\n  to run this case alone: ")?;
            self.again(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
