//! Code that blocks, bound to a scope.
//!
//! `cargo run -p examples --bin blocking`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use ayo::{Cancelled, Pool, blocking, scope};

/// Takes long, and looks now and then whether it may go on.
fn search() -> Result<u64, Cancelled> {
    for n in 0.. {
        blocking::check()?;
        thread::sleep(Duration::from_millis(n % 3));
    }
    Ok(0)
}

#[ayo::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // A closure on a thread where it may block; its value comes back through the handle.
    let sum = scope!(|run| { run.aside(|| (0..100).sum::<u64>()).await? }).await?;
    println!("the sum is {sum}");

    // A pool: at most three at once, wherever they come from.
    Pool::named("mail").threads(3).build()?;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    scope!(|run| {
        for _ in 0..6 {
            let (now, most) = (now.clone(), most.clone());
            run.aside_in("mail", move || {
                most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                thread::sleep(Duration::from_millis(50));
                now.fetch_sub(1, SeqCst);
            });
        }
    })
    .await?;
    println!("never more than 3 mails at once: {}", most.load(SeqCst) <= 3);

    // The scope waits for it, so it has to be told: `check` and `blocking::sleep` hear of a cancellation.
    let report = scope!(|run| {
        run.aside(search);
        tokio::time::sleep(Duration::from_millis(20)).await;
        run.cancel();
    })
    .report()
    .await;
    println!("it stopped in time: {}", if report.cancelled() { "cancelled" } else { "finished" });
    Ok(())
}
