use ayo::scope;

async fn beat() {}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.every(1, beat());
    })
    .await?;
    Ok(())
}

fn main() {}
