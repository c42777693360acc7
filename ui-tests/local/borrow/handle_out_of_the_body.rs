use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let mut kept = None;
    let text = String::from("declared after it");
    scope!(local => |run| {
        run << async { println!("{text}") };
        kept = Some(run.clone());
    })
    .await?;
    drop(text);
    drop(kept);
    Ok(())
}

fn main() {}
