use ayo::scope;

async fn fetch() {}

async fn example() -> Result<(), ayo::Error> {
    scope!(local => |run| {
        run << fetch;
        let _five = run << 5_u8;
        run.spawn_ref(fetch);
    })
    .await
}

fn main() {}
