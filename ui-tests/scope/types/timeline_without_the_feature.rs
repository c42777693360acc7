use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(timeline = "run.json" => |_| {}).await
}

#[ayo::main(timeline = "run.json")]
async fn main() {}
