use ayo::scope;

#[derive(Debug)]
struct Wrong;

async fn page() -> Result<u32, Wrong> {
    Err(Wrong)
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << page();
    })
    .await?;
    Ok(())
}

fn main() {}
