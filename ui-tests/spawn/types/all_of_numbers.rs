use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.all(5, 6);
    })
    .await?;
    Ok(())
}

fn main() {}
