use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let mut seen = Vec::new();
        run.every(1, async move || seen.push(1));
    })
    .await?;
    Ok(())
}

fn main() {}
