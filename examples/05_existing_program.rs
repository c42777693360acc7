//! ayo brings no runtime: scopes work in any Tokio program, between any other Tokio code.
//!
//! `cargo run -p examples --bin existing_program`

use std::time::Duration;

use anyhow::ensure;
use ayo::scope;
use tokio::sync::mpsc;
use tokio::time::sleep;

async fn work(n: u64, results: mpsc::Sender<u64>) -> anyhow::Result<()> {
    sleep(Duration::from_millis(10 * n)).await;
    ensure!(n != 7, "job {n} does not work");
    results.send(n).await?;
    Ok(())
}

/// An ordinary async function, which now has a scope inside. Nobody who calls it has to know.
async fn sum(jobs: std::ops::Range<u64>) -> Result<u64, ayo::Error> {
    let (results, mut inbox) = mpsc::channel(8);
    scope!(max_concurrency = 4 => |run| {
        for n in jobs {
            run << work(n, results.clone());
        }
        drop(results);
        let mut sum = 0;
        while let Some(n) = inbox.recv().await {
            sum += n;
        }
        sum
    })
    .await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `?` turns ayo's error into anyhow's.
    println!("1 + 2 + 3 + 4 + 5 = {}", sum(1..6).await?);

    // The first failure cancels the rest of its scope, and is what comes out.
    match sum(5..1000).await {
        Ok(sum) => println!("unexpected: {sum}"),
        Err(error) => println!("{error}"),
    }

    // In a task of Tokio's own, too. A scope that loses a `select!` takes its tasks with it.
    let task = tokio::spawn(async {
        tokio::select! {
            result = scope!(|run| { run << sleep(Duration::from_secs(3600)); }) => result.map(|()| "all"),
            () = sleep(Duration::from_millis(50)) => Ok("the time-out"),
        }
    });
    println!("{} was first", task.await??);
    Ok(())
}
