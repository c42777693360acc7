use std::rc::Rc;

use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let inner = Rc::new(5);
        let nested = scope!(move |_| {
            fetch(*inner).await;
            println!("{inner}");
        });
        run << nested;
    })
    .await?;
    Ok(())
}

fn main() {}
