use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let n = 5;
        let task = run << n;
        task.await?
    })
    .await?;
    Ok(())
}

fn main() {}
