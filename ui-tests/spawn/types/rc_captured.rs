use std::rc::Rc;

use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let shared = Rc::new(5);
    scope!(|run| {
        let mine = Rc::clone(&shared);
        let task = run << async move { *mine };
        task.await?
    })
    .await?;
    Ok(())
}

fn main() {}
