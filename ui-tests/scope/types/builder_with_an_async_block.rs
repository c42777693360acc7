async fn example() -> Result<(), ayo::Error> {
    ayo::scope().run(async { Ok::<_, ayo::BoxError>(()) }).await?;
    Ok(())
}

fn main() {}
