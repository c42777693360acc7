use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let text = String::from("around");
    scope!(local => |run| {
        run.spawn(async { println!("{text}") });
    })
    .await
}

fn main() {}
