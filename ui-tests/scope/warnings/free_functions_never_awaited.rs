#![deny(unused_must_use)]

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    ayo::timeout(1, fetch(1));
    ayo::move_on_after(1, fetch(1));
    ayo::shield(fetch(1));
    ayo::checkpoint();
    ayo::cancelled();
    Ok(())
}

fn main() {}
