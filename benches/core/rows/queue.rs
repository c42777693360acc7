//! Ten at a time, all spawned up front.

use benches::{Row, Target};

use super::limit::{floor, semaphore_inside};

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.6, multi: 1.8 };
    let what = "Limit 10, jobs of two yields, all spawned up front.";
    Row::new("queue", what, 100_000, target)
        .floor("10 tasks pulling from a counter", floor)
        .ayo("ayo: scope!, run << job", ayo)
        .peer("JoinSet + Semaphore inside", semaphore_inside)
}

async fn ayo(n: u64) {
    let done = ayo::scope!(max_concurrency = 10 => |run| {
        for i in 0..n {
            run << benches::jobs::yields_twice(i);
        }
    });
    done.await.expect("no job fails");
}
