use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let mut log = Vec::new();
    scope!(local => |run| {
        run << async { log.push(1) };
        run << async { log.push(2) };
    })
    .await
}

fn main() {}
