//! Many small tasks: spawn them all, join them all.

use benches::jobs::{self, Job};
use benches::{Latch, Row, Target};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.10, multi: 1.10 };
    let what = "Trivial tasks: spawn and join.";
    contenders(Row::new("spawn", what, 100_000, target), jobs::trivial)
}

pub(crate) fn row_with_a_yield() -> Row {
    let target = Target::Ratio { current: 1.15, multi: 1.15 };
    let what = "Tasks with one `yield_now` each: spawn and join.";
    contenders(Row::new("yield", what, 100_000, target), jobs::yields_once)
}

ayo::vars!(
    static REQUEST: u64;
);

tokio::task_local! {
    static LOCAL: u64;
}

pub(crate) fn row_with_a_variable() -> Row {
    let target = Target::Ratio { current: 1.20, multi: 1.20 };
    let what = "Trivial tasks that inherit a context variable: spawn and join.";
    Row::new("vars", what, 100_000, target)
        .floor("tokio::spawn + counter + Notify", move |n| floor(n, jobs::trivial))
        .ayo("ayo: REQUEST.with(7, scope!)", ayo_with_a_variable)
        .peer("ayo without a variable", move |n| ayo(n, jobs::trivial))
        .peer("JoinSet + LOCAL.scope(7, ..) each", join_set_with_a_local)
}

fn contenders<J: Job>(row: Row, job: J) -> Row {
    row.floor("tokio::spawn + counter + Notify", move |n| floor(n, job))
        .ayo("ayo: scope!, run << job", move |n| ayo(n, job))
        .peer("JoinSet", move |n| join_set(n, job))
        .peer("TaskTracker + token", move |n| tracker(n, job))
        .peer("TaskTracker + child tokens", move |n| tracker_with_children(n, job))
}

pub(crate) async fn floor<J: Job>(n: u64, job: J) {
    let latch = Latch::new(n);
    for i in 0..n {
        let latch = latch.clone();
        tokio::spawn(async move {
            job(i).await;
            latch.arrive();
        });
    }
    latch.wait().await;
}

pub(crate) async fn ayo<J: Job>(n: u64, job: J) {
    let done = ayo::scope!(|run| {
        for i in 0..n {
            run << job(i);
        }
    });
    done.await.expect("no task fails");
}

pub(crate) async fn ayo_with_a_variable(n: u64) {
    REQUEST.with(7, ayo(n, jobs::trivial)).await;
}

pub(crate) async fn join_set<J: Job>(n: u64, job: J) {
    let mut set = JoinSet::new();
    for i in 0..n {
        set.spawn(job(i));
    }
    while let Some(ended) = set.join_next().await {
        ended.expect("no task panics");
    }
}

async fn join_set_with_a_local(n: u64) {
    let mut set = JoinSet::new();
    for i in 0..n {
        set.spawn(LOCAL.scope(7, jobs::trivial(i)));
    }
    while let Some(ended) = set.join_next().await {
        ended.expect("no task panics");
    }
}

/// One token for all.
pub(crate) async fn tracker<J: Job>(n: u64, job: J) {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for i in 0..n {
        let token = token.clone();
        tracker.spawn(async move { token.run_until_cancelled(job(i)).await });
    }
    tracker.close();
    tracker.wait().await;
}

/// A child token each, so that each task can be cancelled alone, as with ayo.
async fn tracker_with_children<J: Job>(n: u64, job: J) {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for i in 0..n {
        let token = token.child_token();
        tracker.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = job(i) => {}
            }
        });
    }
    tracker.close();
    tracker.wait().await;
}
