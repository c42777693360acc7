//! What a job costs while it waits for its turn.

use std::sync::Arc;

use benches::heap::Window;
use benches::{HeapRow, tally};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const LIMIT: usize = 10;

pub(crate) fn row() -> HeapRow {
    let what = "Bytes per job beyond its future, when all are queued under a limit of 10.";
    let row = HeapRow::new("queued", what, 100_000).target(50.0);
    contenders(row, |window| window.live())
}

pub(crate) fn row_at_the_peak() -> HeapRow {
    let what = "The same at the peak, when the queue last grew (old and new one side by side).";
    contenders(HeapRow::new("queued-peak", what, 100_000), |window| window.peak())
}

/// Reads the number of bytes from the window.
type Read = fn(&Window) -> i64;

fn contenders(row: HeapRow, read: Read) -> HeapRow {
    row.ayo("ayo: run << job;", move |n| ayo(n, read))
        .peer("ayo, its handle kept: kept.push(run << job)", move |n| ayo_handles(n, read))
        .peer("JoinSet + Semaphore inside", move |n| join_set(n, read))
}

/// A job that does not end before the gate is closed.
async fn job(gate: Arc<Semaphore>) {
    let closed = gate.acquire().await;
    assert!(closed.is_err(), "the gate has no permits");
    tally::one();
}

fn beyond_the_future(bytes: i64, n: u64, gate: &Arc<Semaphore>) -> f64 {
    bytes as f64 / n as f64 - size_of_val(&job(gate.clone())) as f64
}

async fn ayo(n: u64, read: Read) -> f64 {
    let gate = Arc::new(Semaphore::new(0));
    let window = Window::open();
    let bytes = ayo::scope!(max_concurrency = LIMIT => |run| {
        for _ in 0..n {
            run << job(gate.clone());
        }
        let bytes = read(&window);
        gate.close();
        bytes
    });
    let bytes = bytes.await.expect("no job fails");
    beyond_the_future(bytes, n, &gate)
}

/// The vector of handles is not counted: it is the user's.
async fn ayo_handles(n: u64, read: Read) -> f64 {
    let gate = Arc::new(Semaphore::new(0));
    let mut kept = Vec::with_capacity(n as usize);
    let window = Window::open();
    let bytes = ayo::scope!(max_concurrency = LIMIT => |run| {
        for _ in 0..n {
            kept.push(run << job(gate.clone()));
        }
        let bytes = read(&window);
        gate.close();
        bytes
    });
    let bytes = bytes.await.expect("no job fails");
    beyond_the_future(bytes, n, &gate)
}

async fn join_set(n: u64, read: Read) -> f64 {
    let (gate, limit) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(LIMIT)));
    let window = Window::open();
    let mut set = JoinSet::new();
    for _ in 0..n {
        let (gate, limit) = (gate.clone(), limit.clone());
        set.spawn(async move {
            let _permit = limit.acquire().await.expect("never closed");
            job(gate).await;
        });
    }
    let bytes = read(&window);
    gate.close();
    while let Some(ended) = set.join_next().await {
        ended.expect("no job panics");
    }
    beyond_the_future(bytes, n, &gate)
}
