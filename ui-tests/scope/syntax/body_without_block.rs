use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| fetch(1).await).await?;
    Ok(())
}

fn main() {}
