use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let task = run << fetch(1);
        let n: u32 = task.await;
        n
    })
    .await?;
    Ok(())
}

fn main() {}
