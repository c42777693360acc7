use std::sync::{Arc, Mutex};

use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let total = Arc::new(Mutex::new(0));
    scope!(|run| {
        let total = Arc::clone(&total);
        run << async move {
            let mut total = total.lock().unwrap();
            *total += fetch(1).await;
        };
    })
    .await?;
    Ok(())
}

fn main() {}
