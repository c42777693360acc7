#![deny(unused_must_use)]

use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << fetch(1);
    })
    .report()
    .await;
    Ok(())
}

fn main() {}
