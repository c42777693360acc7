use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << 5;
    })
    .await?;
    Ok(())
}

fn main() {}
