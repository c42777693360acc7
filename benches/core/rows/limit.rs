//! Ten at a time, made as their turn comes.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use benches::jobs::yields_twice;
use benches::{Row, Target};
use futures::StreamExt;
use futures::stream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const LIMIT: usize = 10;

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.2, multi: 1.2 };
    let what = "Limit 10, jobs of two yields, made one by one.";
    Row::new("limit", what, 100_000, target)
        .floor("10 tasks pulling from a counter", floor)
        .ayo("ayo: run.for_each", ayo)
        .peer("buffer_unordered", buffer_unordered)
        .peer("for_each_concurrent", for_each_concurrent)
        .peer("JoinSet + Semaphore before spawn", semaphore_before)
        .peer("JoinSet + Semaphore inside", semaphore_inside)
}

pub(crate) async fn floor(n: u64) {
    let next = Arc::new(AtomicU64::new(0));
    let puller = |_| {
        let next = next.clone();
        tokio::spawn(async move {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                if i >= n {
                    break;
                }
                yields_twice(i).await;
            }
        })
    };
    let pullers: Vec<_> = (0..LIMIT).map(puller).collect();
    for puller in pullers {
        puller.await.expect("no job panics");
    }
}

pub(crate) async fn ayo(n: u64) {
    let done = ayo::scope!(max_concurrency = LIMIT => |run| {
        run.for_each(0..n, yields_twice);
    });
    done.await.expect("no job fails");
}

pub(crate) async fn buffer_unordered(n: u64) {
    let jobs = stream::iter((0..n).map(yields_twice));
    jobs.buffer_unordered(LIMIT).for_each(ready).await;
}

pub(crate) async fn for_each_concurrent(n: u64) {
    let numbers = stream::iter(0..n);
    numbers.for_each_concurrent(LIMIT, yields_twice).await;
}

pub(crate) async fn semaphore_before(n: u64) {
    let (mut set, limit) = (JoinSet::new(), Arc::new(Semaphore::new(LIMIT)));
    for i in 0..n {
        let permit = limit.clone().acquire_owned().await.expect("never closed");
        set.spawn(async move {
            yields_twice(i).await;
            drop(permit);
        });
    }
    while let Some(ended) = set.join_next().await {
        ended.expect("no job panics");
    }
}

pub(crate) async fn semaphore_inside(n: u64) {
    let (mut set, limit) = (JoinSet::new(), Arc::new(Semaphore::new(LIMIT)));
    for i in 0..n {
        let limit = limit.clone();
        set.spawn(async move {
            let _permit = limit.acquire().await.expect("never closed");
            yields_twice(i).await;
        });
    }
    while let Some(ended) = set.join_next().await {
        ended.expect("no job panics");
    }
}
