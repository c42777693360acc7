#![deny(unused_must_use)]

use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.all(fetch(1), fetch(2));
        run.map(0..3, fetch);
        run.attempt(fetch(1));
    })
    .await?;
    Ok(())
}

fn main() {}
