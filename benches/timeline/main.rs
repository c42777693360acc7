//! What it costs to be recorded: `cargo bench -p benches --features timeline --bench timeline -- --help`.
//!
//! A program of its own, since a feature that is on is on for all rows of a program.

use std::path::PathBuf;
use std::process::ExitCode;

use benches::jobs::{self, Job};
use benches::{Evidence, Row, Target};

/// A task that ends at its first poll is three events: it begins, goes on, and ends.
const EVENTS: f64 = 3.0;

/// What an event may cost, in nanoseconds: to be recorded, and to be written.
const EVENT: f64 = 2_000.0;

fn main() -> ExitCode {
    benches::program(&[row(), row_with_a_limit()], &[])
}

fn row() -> Row {
    let what = "Trivial tasks: spawn and join; three events each. The file is written, too.";
    contenders(Row::new("timeline", what, 100_000, Target::Nanos(EVENT * EVENTS)), usize::MAX)
}

fn row_with_a_limit() -> Row {
    let what = "The same in the line of a limit of 10.";
    contenders(Row::new("timeline-limit", what, 100_000, Target::Nanos(EVENT * EVENTS)), 10)
}

fn contenders(row: Row, limit: usize) -> Row {
    row.floor("ayo: scope!, run << job", move |n| plain(n, limit, jobs::trivial))
        .ayo("ayo: scope!(timeline = ..)", move |n| recorded(n, limit, jobs::trivial))
}

async fn plain<J: Job>(n: u64, limit: usize, job: J) {
    let done = ayo::scope!(max_concurrency = limit => |run| {
        for i in 0..n {
            run << job(i);
        }
    });
    done.await.expect("no task fails");
}

async fn recorded<J: Job>(n: u64, limit: usize, job: J) -> File {
    let file = File(std::env::temp_dir().join(format!("ayo-bench-{}.json", std::process::id())));
    let done = ayo::scope!(max_concurrency = limit, timeline = file.0.clone() => |run| {
        for i in 0..n {
            run << job(i);
        }
    });
    done.await.expect("no task fails");
    file
}

/// A timeline; it is gone when this is.
struct File(PathBuf);

impl Evidence for File {
    /// Each task is in it, from its begin to its end.
    fn holds(&self, n: u64) -> bool {
        let text = std::fs::read_to_string(&self.0).expect("the file is there");
        let count = |what: &str| text.matches(what).count() as u64;
        let tasks = n + 1; // and the scope
        count(r#""cat":"task""#) == n
            && count(r#""ph":"B""#) == tasks + n
            && count(r#""ph":"E""#) == tasks + n
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
