use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let text = String::from("moved");
        run << async move { println!("{text}") };
        println!("{text}");
    })
    .await?;
    Ok(())
}

fn main() {}
