//! What `#[ayo::test]` calls: one run, or a campaign.

use std::panic::Location;
use std::panic::resume_unwind;
use std::time::Duration;

use super::everywhere::Everywhere;
use super::finding::{Finding, List};
use super::output::TestOutput;
use super::run::{Ran, Stage, run};
use super::steering::{How, Steering};
use super::watchdog::Watchdog;
use crate::duration::{IntoDuration, checked};
use crate::scope::{Keeps, Scope, ScopeBuilder};

/// The options of `#[ayo::test]` that are not its scope's.
#[derive(Debug)]
#[allow(missing_docs, reason = "they are the attribute's, and documented there")]
pub struct Options {
    stage: Stage,
    site: &'static Location<'static>,
    how: Vec<How>,
    replay: Option<u64>,
    interleave: Option<u64>,
    seed: Option<u64>,
}

#[allow(missing_docs, reason = "they are the attribute's, and documented there")]
impl Options {
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        let site = Location::caller();
        Self { stage: Stage::new(), site, how: Vec::new(), replay: None, interleave: None, seed: None }
    }

    #[must_use]
    pub fn real_time(mut self) -> Self {
        self.stage.real_time = true;
        self
    }

    #[cfg(feature = "multi-thread")]
    #[must_use]
    pub fn multi_thread(mut self) -> Self {
        self.stage.multi_thread = true;
        self
    }

    #[must_use]
    pub fn worker_threads(mut self, threads: usize) -> Self {
        self.stage.worker_threads = Some(threads);
        self
    }

    #[track_caller]
    #[must_use]
    pub fn timeout(mut self, limit: impl IntoDuration) -> Self {
        let limit: Duration = checked(limit);
        self.stage.timeout = Some(limit);
        self
    }

    #[must_use]
    pub fn cancel_everywhere(mut self) -> Self {
        self.how.push(How::Cancel);
        self
    }

    #[must_use]
    pub fn drop_everywhere(mut self) -> Self {
        self.how.push(How::Drop);
        self
    }

    #[must_use]
    pub fn replay(mut self, point: u64) -> Self {
        self.replay = Some(point);
        self
    }

    #[must_use]
    pub fn interleave(mut self, runs: u64) -> Self {
        self.interleave = Some(runs);
        self
    }

    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    fn campaign(&self, how: Option<How>) -> Everywhere {
        let mut campaign = Everywhere::new(how).of_attribute(self.stage, self.site);
        if let Some(runs) = self.interleave {
            campaign = campaign.interleave(runs);
        }
        if let Some(seed) = self.seed {
            campaign = campaign.seed(seed);
        }
        if let Some(point) = self.replay {
            campaign = campaign.replay(point);
        }
        campaign
    }
}

impl Default for Options {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a test once.
///
/// # Panics
/// With the panic of the test, or with all that is wrong.
#[track_caller]
pub fn run_once<C, R, B>(options: &Options, scope: ScopeBuilder<C>, test: B) -> R
where
    C: Keeps,
    R: TestOutput,
    B: AsyncFnOnce(&Scope<C>) -> R,
{
    let watchdog = Watchdog::new(options.stage.limits());
    let ran = run(&options.stage, &watchdog, Steering::none(), scope, test);
    drop(watchdog);
    finish(ran)
}

/// A panic goes on, an error of the test's own is returned, and anything else that is wrong is a panic. Nothing of it is
/// lost: what stands beside is printed.
#[track_caller]
fn finish<R: TestOutput>(ran: Ran<R>) -> R {
    let mut found = ran.found;
    found.extend(ran.error.map(|error| Finding::Scope(format!("{error:#}"))));
    let failed = ran.output.as_ref().is_some_and(|output| output.failure().is_some());
    if (ran.panic.is_some() || failed) && !found.is_empty() {
        eprintln!("what is wrong beside it:\n{}", List(&found));
    }
    if let Some(payload) = ran.panic {
        resume_unwind(payload);
    }
    match ran.output {
        Some(output) if failed || found.is_empty() => output,
        _ => panic!("the test does not end well:\n{}", List(&found)),
    }
}

/// Runs a test once for each of its suspension points, or in many orders.
///
/// # Panics
/// With the panic of the test, or with the first run that did not end well.
#[track_caller]
pub fn run_everywhere<C, R, F>(options: &Options, scope: impl Fn() -> ScopeBuilder<C>, test: F) -> R
where
    C: Keeps,
    R: TestOutput,
    F: AsyncFn(&Scope<C>) -> R,
{
    let hows =
        if options.how.is_empty() { vec![None] } else { options.how.iter().copied().map(Some).collect() };
    let mut output = None;
    for how in hows {
        match options.campaign(how).run_in(&scope, &test) {
            Ok((_, whole)) => output = whole,
            Err(failure) => panic!("{failure}"),
        }
        if output.as_ref().and_then(TestOutput::failure).is_some() {
            break;
        }
    }
    output.expect("a test that passes has a value")
}
