use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.map(0..3, fetch(1));
        run.for_each(0..3, |n| n + 1).await?
    })
    .await?;
    Ok(())
}

fn main() {}
