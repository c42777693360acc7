use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.all(5, 6);
        run.all([7, 8]);
        run.all(fetch(1));
    })
    .await?;
    Ok(())
}

fn main() {}
