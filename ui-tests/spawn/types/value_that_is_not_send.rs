use std::rc::Rc;

use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << async { Rc::new(5) };
    })
    .await?;
    Ok(())
}

fn main() {}
