use std::rc::Rc;

use ayo::scope;

async fn page(n: Rc<u32>) -> u32 {
    *n
}

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.all(fetch(1), page(Rc::new(5)));
    })
    .await?;
    Ok(())
}

fn main() {}
