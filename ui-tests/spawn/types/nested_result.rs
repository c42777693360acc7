use ayo::scope;

async fn page() -> Result<u32, std::fmt::Error> {
    Ok(5)
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << async { tokio::time::timeout(std::time::Duration::from_secs(1), page()).await.ok() };
    })
    .await?;
    Ok(())
}

fn main() {}
