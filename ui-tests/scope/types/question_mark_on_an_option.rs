use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let first = [1, 2].first().copied();
    scope!(|run| {
        run << fetch(first?);
    })
    .await?;
    Ok(())
}

fn main() {}
