use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let n: u32 = run << fetch(2);
        n
    })
    .await?;
    Ok(())
}

fn main() {}
