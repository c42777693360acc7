use ayo::scope;

async fn page() -> Result<u32, Box<dyn std::error::Error>> {
    Ok(5)
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << page();
    })
    .await?;
    Ok(())
}

fn main() {}
