use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let at = std::time::Instant::now();
    scope!(deadline = at => |run| {
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
