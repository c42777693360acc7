use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let inner = run.clone();
        run << async move { inner.spawn(fetch(1)) };
    })
    .await?;
    Ok(())
}

fn main() {}
