use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(timout = 30s, max_concurrency = 0, supervise = true => |run, other| {
        run << fetch(1);
        ayo::timeout(5sec, fetch(2)).await.ok();
        return Ok(());
    })
    .await?;
    Ok(())
}

fn main() {}
