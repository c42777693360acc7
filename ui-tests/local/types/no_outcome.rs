use ayo::scope;

struct Mine;

async fn example() -> Result<(), ayo::Error> {
    scope!(local => |run| {
        run << async { Mine };
    })
    .await
}

fn main() {}
