//! The values of many tasks, in the order of spawning.

use benches::jobs::value;
use benches::{Row, Target};
use tokio::task::JoinSet;

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.1, multi: 1.1 };
    let what = "The values of tasks, in the order of spawning.";
    Row::new("values", what, 100_000, target)
        .floor("Vec<JoinHandle>", floor)
        .ayo("ayo: scope!(collect)", ayo)
        .peer("JoinSet + slots", join_set)
}

async fn floor(n: u64) -> Vec<u64> {
    let tasks: Vec<_> = (0..n).map(|i| tokio::spawn(value(i))).collect();
    let mut values = Vec::with_capacity(tasks.len());
    for task in tasks {
        values.push(task.await.expect("no task panics"));
    }
    values
}

async fn ayo(n: u64) -> Vec<u64> {
    let done = ayo::scope!(collect => |run| {
        for i in 0..n {
            run << value(i);
        }
    });
    done.report().await.results
}

async fn join_set(n: u64) -> Vec<u64> {
    let mut set = JoinSet::new();
    for i in 0..n {
        set.spawn(async move { (i as usize, value(i).await) });
    }
    let mut slots = vec![None; n as usize];
    while let Some(ended) = set.join_next().await {
        let (slot, value) = ended.expect("no task panics");
        slots[slot] = Some(value);
    }
    slots.into_iter().flatten().collect()
}
