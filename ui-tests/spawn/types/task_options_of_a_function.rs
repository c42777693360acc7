use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(name = "first")]
        run << fetch;
    })
    .await?;
    Ok(())
}

fn main() {}
