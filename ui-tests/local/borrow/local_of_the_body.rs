use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(local => |run| {
        let text = String::from("in the block");
        run << async { println!("{text}") };
    })
    .await
}

fn main() {}
