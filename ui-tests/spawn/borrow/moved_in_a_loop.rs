use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let text = String::from("moved");
    scope!(|run| {
        for _ in 0..3 {
            run << async move { println!("{text}") };
        }
    })
    .await?;
    Ok(())
}

fn main() {}
