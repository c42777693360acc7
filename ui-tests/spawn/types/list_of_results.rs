use ayo::scope;

async fn pages() -> Vec<Result<u32, std::fmt::Error>> {
    vec![Ok(5)]
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << pages();
    })
    .await?;
    Ok(())
}

fn main() {}
