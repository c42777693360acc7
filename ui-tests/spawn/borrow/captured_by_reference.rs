use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let text = String::from("borrowed");
    scope!(|run| {
        run << async { println!("{text}") };
    })
    .await?;
    Ok(())
}

fn main() {}
