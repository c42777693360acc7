use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let task = run << async || 5;
        task.await?
    })
    .await?;
    Ok(())
}

fn main() {}
