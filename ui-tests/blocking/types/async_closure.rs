use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.aside(async || 5);
        run.aside(async { 5 });
    })
    .await?;
    Ok(())
}

fn main() {}
