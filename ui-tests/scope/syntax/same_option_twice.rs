use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(timeout = 30s, name = "crawl", timeout = 1m => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
