#![deny(unused)]

use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let limit = 5;
    scope!(max_concurrency = 10 => |run| {
        let unused = 7;
        run << async { let x = 3; };
    })
    .await
}

fn main() {}
