//! What a run was found to have done wrong.

use std::fmt;
use std::panic::Location;

use super::watchdog::Hang;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    /// A frame was dropped before it had finished.
    Leaked { what: String, site: String },
    /// An error came to nobody.
    Lost(String),
    /// Clean-up was cut off.
    Abandoned(String),
    /// Frames that nobody polls or drops.
    Frames(usize),
    /// Tokio tasks that outlive the test.
    Alive(usize),
    /// A closure on a blocking thread does.
    Blocking,
    /// Nothing happens any more.
    Hangs(Hang),
    /// Something panicked.
    Panicked(String),
    /// What the test said about the end does not hold.
    Check(String),
    /// Run once more and whole, the test does not pass.
    Again(Box<Finding>),
    /// There is more to run than anybody waits for.
    TooMany(u64),
    /// The point to replay is none.
    NoSuchPoint(u64, u64),
    /// The test returned an error.
    Failed(String),
    /// Its scope ended with one: a task failed.
    Scope(String),
}

impl Finding {
    pub(crate) fn leaked(what: &str, site: &Location<'_>) -> Self {
        Self::Leaked { what: what.to_owned(), site: site.to_string() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaked { what, site } => write!(
                f,
                "the `{what}` of {site} was dropped from outside before it had finished, by a `select!`, `abort` or \
                 foreign `timeout`"
            ),
            Self::Lost(error) => write!(f, "an error came to nobody: {error}"),
            Self::Abandoned(text) => f.write_str(text),
            Self::Frames(left) => write!(
                f,
                "{left} scopes, shields or other regions were begun, and neither ended nor dropped: somebody forgot them \
                 (`mem::forget`, a cycle of `Arc`s)"
            ),
            Self::Alive(tasks) => write!(
                f,
                "{} of Tokio outlived the test: what `tokio::spawn` starts is bound to nothing; start it in a scope, or \
                 wait for it",
                if *tasks == 1 { "a task".to_owned() } else { format!("{tasks} tasks") }
            ),
            Self::Blocking => f.write_str(
                "a blocking closure outlived the test: what `spawn_blocking` runs is bound to nothing; wait for it, or let \
                 a scope do so",
            ),
            Self::Hangs(Hang { time, is_still: true, tree }) => write!(
                f,
                "it hangs: for {time:?} of real time nothing happened, and no timer is set that could make it; what \
                 waits:\n{tree}"
            ),
            Self::Hangs(Hang { time, is_still: false, tree }) => {
                write!(f, "it hangs: {time:?} of real time have passed; what runs:\n{tree}")
            }
            Self::Panicked(text) => write!(f, "it panicked: {text}"),
            Self::Check(text) => write!(f, "afterwards, a check fails: {text}"),
            Self::Again(finding) => {
                write!(f, "run once more and whole, on what the cut had left behind, the test does not pass: {finding}")
            }
            Self::TooMany(points) => {
                write!(f, "it has {points} suspension points; a run for each would take too long: make it smaller")
            }
            Self::NoSuchPoint(point, points) => {
                write!(f, "there is no suspension point {point}: whole, it has {points}")
            }
            Self::Failed(error) => write!(f, "it returned an error: {error}"),
            Self::Scope(error) => write!(f, "its scope failed: {error}"),
        }
    }
}

/// Several, one below the other.
pub(crate) struct List<'a>(pub(crate) &'a [Finding]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, finding) in self.0.iter().enumerate() {
            let text = finding.to_string().replace('\n', "\n    ");
            write!(f, "{}  - {text}", if n > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}
