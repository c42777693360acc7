use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(local => |run| {
        for n in 0..3 {
            run << async { println!("{n}") };
        }
    })
    .await
}

fn main() {}
