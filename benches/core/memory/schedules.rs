//! What a schedule costs while it waits, beside a task that sleeps.

use std::time::Duration;

use benches::heap::Window;
use benches::{HeapRow, tally};

pub(crate) fn row() -> HeapRow {
    let what = "Bytes per timer, when all have been polled and wait for a moment that is far away.";
    HeapRow::new("schedules", what, 100_000)
        .floor("tokio::spawn(sleep(d))", tokio_tasks)
        .ayo("ayo: run.after(d, f)", after)
        .ayo("ayo: run.every(d, f)", every)
        .peer("ayo: run << sleep(d)", tasks)
}

/// Farther away the later it was made, as timers of connections are.
fn delay(n: u64) -> Duration {
    Duration::from_secs(3_600) + Duration::from_micros(n)
}

fn per_item(window: &Window, n: u64) -> f64 {
    window.live() as f64 / n as f64
}

/// Until everything that was spawned has been polled.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
}

async fn tokio_tasks(n: u64) -> f64 {
    let window = Window::open();
    let mut tasks = Vec::with_capacity(n as usize);
    let handles = window.live();
    for i in 0..n {
        tally::one();
        tasks.push(tokio::spawn(tokio::time::sleep(delay(i))));
    }
    settle().await;
    let bytes = (window.live() - handles) as f64 / n as f64;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        assert!(task.await.is_err(), "it slept for an hour");
    }
    bytes
}

async fn after(n: u64) -> f64 {
    let window = Window::open();
    let bytes = ayo::scope!(|run| {
        for i in 0..n {
            tally::one();
            run.after(delay(i), || ());
        }
        settle().await;
        let bytes = per_item(&window, n);
        run.cancel();
        bytes
    });
    bytes.await.expect("nothing fails")
}

async fn every(n: u64) -> f64 {
    let window = Window::open();
    let bytes = ayo::scope!(|run| {
        for i in 0..n {
            tally::one();
            run.every(delay(i), || ());
        }
        settle().await;
        let bytes = per_item(&window, n);
        run.cancel();
        bytes
    });
    bytes.await.expect("nothing fails")
}

async fn tasks(n: u64) -> f64 {
    let window = Window::open();
    let bytes = ayo::scope!(|run| {
        for i in 0..n {
            tally::one();
            run << tokio::time::sleep(delay(i));
        }
        settle().await;
        let bytes = per_item(&window, n);
        run.cancel();
        bytes
    });
    bytes.await.expect("nothing fails")
}
