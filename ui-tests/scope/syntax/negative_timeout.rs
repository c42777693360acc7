use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(timeout = -5 => |run| { run << fetch(1); }).await?;
    scope!(cancel_timeout = -30ms => |run| { run << fetch(1); }).await?;
    Ok(())
}

fn main() {}
