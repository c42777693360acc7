#![deny(unused_must_use)]

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    ayo::timeout(1, fetch(1));
    ayo::shield(fetch(2));
    Ok(())
}

fn main() {}
