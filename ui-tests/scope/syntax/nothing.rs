use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!().await?;
    Ok(())
}

fn main() {}
