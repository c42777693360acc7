use std::rc::Rc;

use ayo::scope;

async fn page(n: Rc<u32>) -> u32 {
    *n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << page(Rc::new(5));
        let second = run << page(Rc::new(6));
        second.await?
    })
    .await?;
    Ok(())
}

fn main() {}
