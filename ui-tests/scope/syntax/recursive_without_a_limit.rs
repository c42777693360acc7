use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(recursive, timeout = 5 => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
