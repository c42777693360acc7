async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    ayo::scope()
        .run(async |run| {
            run.spawn(fetch);
            run.attempt(5);
            Ok::<_, ayo::BoxError>(())
        })
        .await?;
    ayo::spawn(fetch);
    Ok(())
}

fn main() {}
