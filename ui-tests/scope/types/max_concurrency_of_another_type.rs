use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let limit = 10_u64;
    scope!(max_concurrency = limit => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
