//! 12: the lock is free again as soon as the block is over, and no sooner; as another process sees it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use ayo::{scope, with};

#[allow(dead_code, unreachable_pub, reason = "the program uses the rest")]
#[path = "../../12_file_lock.rs"]
mod example;

use super::{BAD_ENDS, Job, on_both};
use crate::support::run;
use crate::tools::{Flag, Gate, turns};
use example::locked;

#[test]
fn what_it_prints() {
    let expected = "\
cancelled in the block:
  the other process finds it taken
  the other process got it
two of them:
  the other process finds it taken
  the other process finds it taken
  the other process got it
the other process has it:
  the other process got it
  waiting for it timed out after 50ms
  and now it is ours
";
    assert_eq!(run(env!("CARGO_BIN_EXE_file_lock")), expected);
}

/// The example as the other process.
fn other(path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_file_lock"));
    command.arg(path);
    command
}

fn is_free(path: &Path) -> bool {
    let output = other(path).stdin(Stdio::null()).output().unwrap();
    match String::from_utf8(output.stdout).unwrap().trim() {
        "the other process got it" => true,
        "the other process finds it taken" => false,
        text => panic!("it says {text:?}"),
    }
}

#[test]
fn it_is_given_back_at_each_end() {
    on_both(async || {
        let dir = tempfile::tempdir().unwrap();
        let path = &dir.path().join("lock");
        with!(_ = locked(path) => { assert!(!is_free(path)); }).await.unwrap();
        assert!(is_free(path));
        for bad_end in BAD_ENDS {
            let report = scope!(|_| {
                with!(_ = locked(path) => { assert!(!is_free(path)); bad_end()?; }).await?;
            });
            assert!(report.report().await.error.is_some());
            assert!(is_free(path));
        }
    });
}

#[test]
fn cancelled_it_is_held_until_the_block_has_cleaned_up() {
    on_both(async || {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let (lock, arrived, cleaned) = (path.clone(), Gate::new(), Gate::new());
        let (here, clean) = (arrived.clone(), cleaned.clone());
        let job = Job::start(async move {
            with!(_ = locked(&lock) => {
                scope!(|run| {
                    run << async move {
                        here.open();
                        ayo::cancelled().await;
                        ayo::shield(clean.passed()).await;
                    };
                })
                .await?;
            })
            .await
        });
        arrived.passed().await;
        let report = job.cancel_while_held(async || {
            assert!(!is_free(&path), "a task of the block is not over");
            cleaned.open();
        });
        assert!(report.await.cancelled());
        assert!(is_free(&path));
    });
}

#[test]
fn waiting_for_it_can_be_cut() {
    on_both(async || {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mut holder = other(&path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "the other process got it");

        let (lock, ran) = (path.clone(), Flag::new());
        let runs = ran.clone();
        let job = Job::start(async move { with!(_ = locked(&lock) => { runs.set(); }).await });
        turns(100).await;
        assert!(job.cancel().await.cancelled());
        assert!(!ran.is_set());

        drop(holder.stdin.take());
        with!(_ = locked(&path) => { assert!(!is_free(&path)); }).await.unwrap();
        assert!(holder.wait().unwrap().success());
    });
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error() {
    on_both(async || {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("no such").join("lock");
        let end = with!(_ = locked(&path) => { unreachable!() });
        let error: ayo::Error = end.await.unwrap_err();
        assert!(error.downcast_ref::<std::io::Error>().is_some(), "{error:#}");
    });
}
