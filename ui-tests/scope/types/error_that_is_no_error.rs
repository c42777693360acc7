use ayo::scope;

struct Wrong;

fn check() -> Result<(), Wrong> {
    Err(Wrong)
}

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << fetch(1);
        check()?;
    })
    .await?;
    Ok(())
}

fn main() {}
