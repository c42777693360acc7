//! Tasks that may fail without taking the others with them.
//!
//! `cargo run -p examples --bin supervise`

use std::time::Duration;

use anyhow::bail;
use ayo::{TaskError, scope};
use tokio::time::sleep;

async fn patrol(name: &'static str, rounds: u32) -> anyhow::Result<()> {
    for round in 1..=rounds {
        sleep(Duration::from_millis(20)).await;
        if name == "clumsy" && round == 4 {
            bail!("fell down the stairs");
        }
    }
    println!("{name} is back");
    Ok(())
}

#[ayo::main]
async fn main() -> Result<(), ayo::Error> {
    // Ordinarily the first failure ends all of a scope.
    let result = scope!(|run| {
        run << patrol("steady", 1);
        run << patrol("clumsy", 5);
        run << patrol("patient", 1_000_000);
    });
    println!("together: {}\n", result.await.unwrap_err());

    // `supervise`: failures are told and kept, everybody else goes on.
    let report = scope!(supervise => |run| {
        run << patrol("steady", 1);
        #[task(name = "the clumsy one")]
        run << patrol("clumsy", 5);
        run << patrol("patient", 8);
    });
    let report = report.report().await;
    println!("supervised: {} failed, the scope did not: {:?}", report.contained.len(), report.error);
    for error in &report.contained {
        // One line as it is; `#` adds where it came from.
        println!("{error:#}");
    }

    // `attempt`: the error of one task goes to its handle alone.
    scope!(|run| {
        let attempt = run.attempt(patrol("clumsy", 5));
        match attempt.await {
            Err(TaskError::Failed(error)) => println!("\nattempted: {error}"),
            other => println!("unexpected: {other:?}"),
        }
        run << patrol("steady", 1);
    })
    .await
}
