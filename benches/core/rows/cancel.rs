//! All are asleep, one fails: the others have to be gone before the next line runs.

use std::sync::Arc;

use benches::jobs::{Failure, fails, sleeps};
use benches::{Latch, Row, Target};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.0, multi: 1.2 };
    let what = "Sleeping tasks, one fails. Timed: spawning all, all falling asleep, the failure, \
                dropping and joining all.";
    Row::new("cancel", what, 10_000, target)
        .floor("AbortHandle each + drop counter", floor)
        .ayo("ayo: scope!, run << job", ayo)
        .peer("JoinSet, shutdown", join_set)
        .peer("TaskTracker + token", tracker)
}

/// Counts one when dropped.
struct Gone(Arc<Latch>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.arrive();
    }
}

async fn floor(n: u64) {
    let (asleep, gone, failed) = (Latch::new(n - 1), Latch::new(n), Arc::new(Notify::new()));
    let mut aborts = Vec::with_capacity(n as usize - 1);
    for _ in 1..n {
        let (asleep, gone) = (asleep.clone(), Gone(gone.clone()));
        let task = tokio::spawn(async move {
            let _gone = gone;
            sleeps(asleep).await;
        });
        aborts.push(task.abort_handle());
    }
    let (last, failure) = (Gone(gone.clone()), failed.clone());
    tokio::spawn(async move {
        let _gone = last;
        if fails(asleep).await.is_err() {
            failure.notify_one();
        }
    });
    failed.notified().await;
    aborts.iter().for_each(|task| task.abort());
    gone.wait().await;
}

async fn ayo(n: u64) {
    let asleep = Latch::new(n - 1);
    let done = ayo::scope!(|run| {
        for _ in 1..n {
            run << sleeps(asleep.clone());
        }
        run << fails(asleep.clone());
    });
    let error = done.await.expect_err("one task fails");
    assert!(error.downcast_ref::<Failure>().is_some());
}

async fn join_set(n: u64) {
    let (mut set, asleep) = (JoinSet::new(), Latch::new(n - 1));
    for _ in 1..n {
        let asleep = asleep.clone();
        set.spawn(async {
            sleeps(asleep).await;
            Ok::<(), Failure>(())
        });
    }
    set.spawn(fails(asleep));
    let first = set.join_next().await.expect("there are tasks");
    assert!(first.expect("no task panics").is_err());
    set.shutdown().await;
}

async fn tracker(n: u64) {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let asleep = Latch::new(n - 1);
    for _ in 1..n {
        let (asleep, token) = (asleep.clone(), token.clone());
        tracker.spawn(async move { token.run_until_cancelled(sleeps(asleep)).await });
    }
    let cancel = token.clone();
    tracker.spawn(async move {
        if fails(asleep).await.is_err() {
            cancel.cancel();
        }
    });
    tracker.close();
    tracker.wait().await;
    assert!(token.is_cancelled());
}
