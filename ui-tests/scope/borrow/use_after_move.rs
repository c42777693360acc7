use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let text = String::from("moved");
    let scope = scope!(move |_| {
        drop(text);
    });
    println!("{text}");
    scope.await?;
    Ok(())
}

fn main() {}
