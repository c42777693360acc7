//! Trivial closures on blocking threads.

use benches::{Row, Target, tally};
use tokio::task::{JoinSet, spawn_blocking};

pub(crate) fn row() -> Row {
    let what = "Trivial closures on blocking threads: start them all, wait for all.";
    Row::new("aside", what, 10_000, Target::Ratio { current: 0.1, multi: 0.1 })
        .floor("tokio::task::spawn_blocking", floor)
        .ayo("ayo: run.aside(f)", aside)
        .ayo("ayo: run.aside(f), each value awaited", awaited)
        .peer("JoinSet::spawn_blocking", join_set)
        .peer("one spawn_blocking for all", one)
}

async fn floor(n: u64) {
    let handles: Vec<_> = (0..n).map(|_| spawn_blocking(tally::one)).collect();
    for handle in handles {
        handle.await.expect("no panic");
    }
}

async fn aside(n: u64) {
    let all = ayo::scope!(|run| {
        for _ in 0..n {
            run.aside(tally::one);
        }
    });
    all.await.expect("nothing fails");
}

async fn awaited(n: u64) -> Vec<u64> {
    let all = ayo::scope!(|run| {
        let tasks: Vec<_> = (0..n)
            .map(|i| {
                run.aside(move || {
                    tally::one();
                    i
                })
            })
            .collect();
        let mut values = Vec::with_capacity(tasks.len());
        for task in tasks {
            values.push(task.await?);
        }
        values
    });
    all.await.expect("nothing fails")
}

async fn join_set(n: u64) {
    let mut set = JoinSet::new();
    for _ in 0..n {
        set.spawn_blocking(tally::one);
    }
    while let Some(ended) = set.join_next().await {
        ended.expect("no panic");
    }
}

async fn one(n: u64) {
    let all = spawn_blocking(move || (0..n).for_each(|_| tally::one()));
    all.await.expect("no panic");
}
