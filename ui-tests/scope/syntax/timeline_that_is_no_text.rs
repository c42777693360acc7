use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(timeline = 7 => |run| {
        run << async {};
    })
    .await?;
    scope!(timeline => |_| {}).await
}

#[ayo::main(timeline = true)]
async fn main() {}
