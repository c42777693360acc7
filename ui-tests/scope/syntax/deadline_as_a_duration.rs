use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(deadline = 30s => |run| {
        run << fetch(1);
    })
    .await?;
    scope!(deadline = 30 => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
