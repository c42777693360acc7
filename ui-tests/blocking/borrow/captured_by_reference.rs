use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let text = String::from("borrowed");
    scope!(|run| {
        run.aside(|| text.len());
    })
    .await?;
    Ok(())
}

fn main() {}
