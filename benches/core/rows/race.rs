//! Many futures in one task: all of them, or the first.

use std::future::pending;
use std::pin::pin;

use benches::jobs::{trivial, yields_once};
use benches::{Row, Target};
use futures::stream::{FuturesUnordered, StreamExt};
use futures_buffered::FuturesUnorderedBounded;
use futures_concurrency::future::{FutureGroup, Join, Race};

/// How many futures are in a set.
const SET: u64 = 1000;

/// Sets of futures that yield once.
pub(crate) fn row_of_all() -> Row {
    let target = Target::Ratio { current: 1.5, multi: 1.5 };
    let what = "Await 1,000 futures that yield once, in one task; set after set. An item is a future.";
    Row::new("gather", what, 200 * SET, target)
        .group(SET)
        .floor("futures_buffered::join_all", |n| async move {
            for _ in 0..n / SET {
                futures_buffered::join_all((0..SET).map(yields_once)).await;
            }
        })
        .ayo("ayo::gather", |n| async move {
            for _ in 0..n / SET {
                ayo::gather((0..SET).map(yields_once)).await;
            }
        })
        .peer("futures::join_all", |n| async move {
            for _ in 0..n / SET {
                futures::future::join_all((0..SET).map(yields_once)).await;
            }
        })
        .peer("futures-concurrency: join", |n| async move {
            for _ in 0..n / SET {
                (0..SET).map(yields_once).collect::<Vec<_>>().join().await;
            }
        })
}

/// The same, one after the other as they finish.
pub(crate) fn row_of_each() -> Row {
    let target = Target::Ratio { current: 1.5, multi: 1.5 };
    let what =
        "Take 1,000 futures that yield once as they finish, in one task; set after set. An item is a future.";
    Row::new("as_completed", what, 200 * SET, target)
        .group(SET)
        .floor("futures_buffered", |n| async move {
            for _ in 0..n / SET {
                let mut set: FuturesUnorderedBounded<_> = (0..SET).map(yields_once).collect();
                while set.next().await.is_some() {}
            }
        })
        .ayo("ayo::as_completed", |n| async move {
            for _ in 0..n / SET {
                let mut set = ayo::as_completed((0..SET).map(yields_once));
                while set.next().await.is_some() {}
            }
        })
        .peer("FuturesUnordered", |n| async move {
            for _ in 0..n / SET {
                let mut set: FuturesUnordered<_> = (0..SET).map(yields_once).collect();
                while set.next().await.is_some() {}
            }
        })
        .peer("futures-concurrency: FutureGroup", |n| async move {
            for _ in 0..n / SET {
                let mut set = pin!((0..SET).map(yields_once).collect::<FutureGroup<_>>());
                while set.next().await.is_some() {}
            }
        })
}

/// How many race.
const RUNNERS: u64 = 10;

async fn runner(i: u64) {
    if i.is_multiple_of(RUNNERS) {
        tokio::task::yield_now().await;
        for n in 0..RUNNERS {
            trivial(n).await;
        }
    } else {
        pending().await
    }
}

/// One future that yields, against nine that never end.
pub(crate) fn row_of_the_first() -> Row {
    let target = Target::Ratio { current: 1.5, multi: 1.5 };
    let what = "The first of 10 futures, which yields once; the others never end. An item is a future.";
    Row::new("race", what, 20_000 * RUNNERS, target)
        .group(RUNNERS)
        .floor("futures-concurrency: race", |n| async move {
            for _ in 0..n / RUNNERS {
                (0..RUNNERS).map(runner).collect::<Vec<_>>().race().await;
            }
        })
        .ayo("ayo::race", |n| async move {
            for _ in 0..n / RUNNERS {
                ayo::race((0..RUNNERS).map(runner)).await;
            }
        })
        .peer("futures::select_all", |n| async move {
            for _ in 0..n / RUNNERS {
                futures::future::select_all((0..RUNNERS).map(|i| Box::pin(runner(i)))).await;
            }
        })
        .peer("FuturesUnordered", |n| async move {
            for _ in 0..n / RUNNERS {
                let mut set: FuturesUnordered<_> = (0..RUNNERS).map(runner).collect();
                set.next().await;
            }
        })
        .peer("futures_buffered", |n| async move {
            for _ in 0..n / RUNNERS {
                let mut set: FuturesUnorderedBounded<_> = (0..RUNNERS).map(runner).collect();
                set.next().await;
            }
        })
}
