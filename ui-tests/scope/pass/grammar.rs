//! Every delimiter, with and without options, with and without a trailing comma.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::time::Duration;

use ayo::{Collect, Error, Scope, scope};
use tokio::time::Instant;

async fn fetch(n: u32) -> u32 {
    n
}

async fn delimiters() -> Result<u32, Error> {
    let round = scope!(|run| { (run << fetch(1)).await? }).await?;
    let curly = scope! { timeout = 5 => |run| { (run << fetch(2)).await? } }.await?;
    let square = scope![timeout = 5, => |run| { (run << fetch(3)).await? },].await?;
    Ok(round + curly + square)
}

async fn names() -> Result<(), Error> {
    scope!(|_| {}).await?;
    let text = String::from("moved");
    let scope = scope!(move |scope| {
        scope << async move { drop(text) };
    });
    scope.await
}

async fn options(parent: &Scope) -> u32 {
    let limit = 2;
    let report = scope!(
        max_concurrency = limit,
        timeout = Duration::from_secs(9),
        deadline = Instant::now() + Duration::from_secs(7),
        name = format!("with {limit}"),
        collect = u32,
        supervise,
        on_error = |error| eprintln!("{error}"),
        cancel_timeout = 250us,
        parent = parent,
        crate = ::ayo,
        => |run| {
            let run: &Scope<Collect<u32>> = run;
            run << fetch(1);
            run << fetch(2);
        }
    )
    .report()
    .await;
    report.results.iter().sum()
}

async fn inferred() -> Vec<u32> {
    let report = scope!(collect => |run| {
        run << fetch(4);
        run << async { 5 };
    });
    report.report().await.results
}

#[ayo::main(flavor = "current_thread")]
async fn main(run: &Scope) -> Result<(), Error> {
    assert_eq!(delimiters().await?, 6);
    names().await?;
    assert_eq!(options(run).await, 3);
    assert_eq!(inferred().await, [4, 5]);
    Ok(())
}
