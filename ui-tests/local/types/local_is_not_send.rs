use ayo::scope;

fn example() {
    tokio::spawn(async {
        let text = String::from("around");
        scope!(local => |run| {
            run << async { println!("{text}") };
        })
        .await
    });
}

fn main() {}
