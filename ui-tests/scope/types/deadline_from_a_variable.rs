use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let limit = std::time::Duration::from_secs(30);
    scope!(deadline = limit => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
