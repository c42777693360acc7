use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(local => |run| {
        run << async {
            run << async {};
        };
    })
    .await
}

fn main() {}
