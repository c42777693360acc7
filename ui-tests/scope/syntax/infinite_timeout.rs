use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(timeout = f64::INFINITY => |run| { run << fetch(1); }).await?;
    scope!(timeout = f64::NAN => |run| { run << fetch(1); }).await?;
    scope!(timeout = 1e40 => |run| { run << fetch(1); }).await?;
    Ok(())
}

fn main() {}
