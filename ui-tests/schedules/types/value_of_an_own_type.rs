use ayo::scope;

struct Page;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.every(1, || Page);
        run.every(1, || async { Page });
    })
    .await?;
    Ok(())
}

fn main() {}
