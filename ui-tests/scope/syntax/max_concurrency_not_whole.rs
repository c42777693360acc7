use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(max_concurrency = -1 => |run| { run << fetch(1); }).await?;
    scope!(max_concurrency = 2.5 => |run| { run << fetch(1); }).await?;
    scope!(max_concurrency = "10" => |run| { run << fetch(1); }).await?;
    scope!(max_concurrency = 10s => |run| { run << fetch(1); }).await?;
    Ok(())
}

fn main() {}
