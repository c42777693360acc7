//! Limits for how many tasks run at once, and for how long.
//!
//! `cargo run -p examples --bin limits_and_timeouts`

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ayo::{ErrorKind, scope};
use tokio::time::sleep;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

async fn job() {
    let running = RUNNING.fetch_add(1, Ordering::Relaxed) + 1;
    MOST.fetch_max(running, Ordering::Relaxed);
    sleep(Duration::from_millis(20)).await;
    RUNNING.fetch_sub(1, Ordering::Relaxed);
}

/// Says so when it goes, however it goes.
struct Connection(u32);

impl Drop for Connection {
    fn drop(&mut self) {
        println!("  connection {} is closed", self.0);
    }
}

async fn hang(connection: Connection) {
    std::future::pending::<()>().await;
    drop(connection);
}

#[ayo::main]
async fn main() -> Result<(), ayo::Error> {
    // Twelve jobs, three at once: the others wait in line. The scope ends when all have ended.
    scope!(max_concurrency = 3 => |run| {
        for _ in 0..12 {
            run << job();
        }
    })
    .await?;
    println!("12 jobs done, at most {} at once", MOST.load(Ordering::Relaxed));

    // A number is seconds, and a literal may carry a unit: 100ms, 1.5s, 2m. When the time is up the
    // tasks are cut, and they are gone, destructors and all, before the next line runs.
    println!("two tasks that hang get 100 ms:");
    let result = scope!(timeout = 100ms => |run| {
        run << hang(Connection(1));
        run << hang(Connection(2));
    })
    .await;
    match result {
        Err(error) if error.kind() == ErrorKind::TimedOut => println!("then: {error}"),
        other => println!("unexpected: {other:?}"),
    }

    // For a single future there are functions. What is cut is cleaned up before they return.
    let answer = ayo::move_on_after(Duration::from_millis(50), async {
        sleep(Duration::from_secs(3600)).await;
        "an answer"
    });
    println!("without waiting for an hour: {:?}", answer.await);
    Ok(())
}
