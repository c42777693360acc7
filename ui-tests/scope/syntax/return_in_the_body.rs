use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let n = (run << fetch(1)).await?;
        if n > 3 {
            return n;
        }
        n + 1
    })
    .await?;
    Ok(())
}

fn main() {}
