async fn example() -> Result<(), ayo::Error> {
    ayo::scope().timeout("30s").max_concurrency("10").run(async |_| Ok::<_, ayo::BoxError>(())).await?;
    Ok(())
}

fn main() {}
