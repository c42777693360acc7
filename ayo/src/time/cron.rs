//! `cron`: schedules by a line of a crontab.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, Local};

use super::callback::{Callback, TickOutput};
use super::entry::{Due, Rule};
use super::schedule::Schedule;
use super::wall;
use crate::outcome::Outcome;
use crate::scope::Scope;

/// When something is done, as a crontab says it: `*/5 * * * *` is every five minutes, `30 7 * * 1-5` is half past seven on
/// working days. The time is that of the local time zone.
///
/// The line is read by [croner](https://docs.rs/croner): five fields, or six with seconds in front; names of days and
/// months; `L`, `#`, `W`; `@hourly` and its like.
///
/// # Example
/// ```
/// let nightly: ayo::Cron = "15 3 * * *".parse()?;
/// assert_eq!(nightly.to_string(), "15 3 * * *");
/// let wrong = "15 25 * * *".parse::<ayo::Cron>().unwrap_err();
/// assert!(wrong.to_string().starts_with("`15 25 * * *` is not a cron line: "));
/// # Ok::<_, ayo::InvalidCron>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cron(croner::Cron);

/// A text that is no cron line.
#[derive(Clone, Debug)]
pub struct InvalidCron {
    line: String,
    why: String,
}

impl fmt::Display for InvalidCron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a cron line: {}", self.line, self.why)
    }
}

impl std::error::Error for InvalidCron {}

impl FromStr for Cron {
    type Err = InvalidCron;

    fn from_str(line: &str) -> Result<Self, InvalidCron> {
        let parsed = croner::parser::CronParser::builder()
            .seconds(croner::parser::Seconds::Optional)
            .build()
            .parse(line);
        parsed.map(Self).map_err(|error| InvalidCron { line: line.to_owned(), why: error.to_string() })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Cron {
    /// The first moment after this one that the line names, if there is any.
    pub(crate) fn next(&self, after: SystemTime) -> Option<SystemTime> {
        let after = DateTime::<Local>::from(after);
        self.0.find_next_occurrence(&after, false).ok().map(SystemTime::from)
    }
}

/// A line of a crontab: a [`Cron`] that was read before, or its text.
pub trait CronLine {
    /// The line as it was read.
    ///
    /// # Errors
    /// For a text that is no such line.
    fn into_cron(self) -> Result<Cron, InvalidCron>;
}

impl CronLine for Cron {
    fn into_cron(self) -> Result<Cron, InvalidCron> {
        Ok(self)
    }
}

impl CronLine for &Cron {
    fn into_cron(self) -> Result<Cron, InvalidCron> {
        Ok(self.clone())
    }
}

impl CronLine for &str {
    fn into_cron(self) -> Result<Cron, InvalidCron> {
        self.parse()
    }
}

impl CronLine for String {
    fn into_cron(self) -> Result<Cron, InvalidCron> {
        self.parse()
    }
}

impl<C> Scope<C> {
    /// Calls `f` whenever this line of a crontab says so, by the wall clock and in the local time zone; with the feature
    /// `cron`.
    ///
    /// What was missed because the machine slept, or because the clock was set forward, is done once, when that is noticed.
    /// A clock that is set back has nothing done twice.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
    /// # async fn refresh() {}
    /// ayo::scope!(|run| {
    ///     run.cron("*/5 * * * *", refresh).times(3);
    /// }).await
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller, for a text that is no cron line: one that comes from a user is better read before, into a [`Cron`].
    /// Where there is no Tokio runtime.
    #[track_caller]
    pub fn cron<F, M>(&self, line: impl CronLine, f: F) -> Schedule
    where
        F: Callback + Send + 'static,
        F::Out:
            TickOutput<M, Future: Future<Output: Outcome<Error: Send + 'static> + 'static> + Send + 'static>,
        M: 'static,
    {
        let cron = match line.into_cron() {
            Ok(cron) => cron,
            Err(invalid) => panic!("{invalid}"),
        };
        let first = cron.next(wall::now().at);
        self.schedule(Rule::Cron(Box::new(cron)), f, || first.map(Due::Wall))
    }
}
