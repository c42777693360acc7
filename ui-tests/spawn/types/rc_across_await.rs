use std::rc::Rc;

use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << async {
            let shared = Rc::new(5);
            fetch(*shared).await;
            println!("{shared}");
        };
    })
    .await?;
    Ok(())
}

fn main() {}
