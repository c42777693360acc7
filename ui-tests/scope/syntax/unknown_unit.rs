use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(timeout = 5sec => |run| {
        run << fetch(1);
    })
    .await?;
    scope!(timeout = 2days => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
