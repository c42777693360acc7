use std::rc::Rc;

use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let shared = Rc::new(5);
    scope!(local = Send => |run| {
        run << async { println!("{shared}") };
    })
    .await
}

fn main() {}
