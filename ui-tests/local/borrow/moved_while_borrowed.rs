use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let text = String::from("around");
    scope!(local => |run| {
        run << async { println!("{text}") };
        drop(text);
    })
    .await
}

fn main() {}
