use ayo::scope;

struct Page;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.aside(|| Page);
    })
    .await?;
    Ok(())
}

fn main() {}
