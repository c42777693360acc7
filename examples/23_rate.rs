//! So many in a second, with `governor`. `max_concurrency` says how many run at once, a rate says how many begin in a while.
//!
//! `cargo run -p examples --bin rate`

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ayo::{ErrorKind, scope};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// One for all that share a rate, in whichever scope they run.
type Rate = Arc<DefaultDirectRateLimiter>;

fn rate(quota: Quota, burst: u32) -> Rate {
    Arc::new(RateLimiter::direct(quota.allow_burst(NonZeroU32::new(burst).expect("not zero"))))
}

async fn fetch(page: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(1)).await;
    page * page
}

/// The task waits: it has its place in the scope meanwhile.
async fn politely(rate: Rate, page: u32) -> u32 {
    rate.until_ready().await;
    fetch(page).await
}

#[ayo::main]
async fn main() -> Result<(), ayo::Error> {
    let hundred = NonZeroU32::new(100).expect("not zero");
    let began = Instant::now();
    let shared = rate(Quota::per_second(hundred), 5);

    // Five at once, then one every 10 ms: each of these scopes gets what the other leaves.
    let (one, other) = ayo::gather((
        scope!(max_concurrency = 4 => |run| {
            let rate = shared.clone();
            run.map(0..10, move |page| politely(rate.clone(), page)).await?
        }),
        // The body waits instead, and takes no place: what has been started runs.
        scope!(collect => |run| {
            for page in 10..20 {
                shared.until_ready().await;
                run << fetch(page);
            }
        })
        .report(),
    ))
    .await;
    println!("{:?}", one?);
    println!("{:?}", other.results);
    println!("not faster than allowed: {}", began.elapsed() >= Duration::from_millis(150));

    // Whoever waits for the rate can be cut, like everything that waits.
    let rare = rate(Quota::per_hour(hundred), 3);
    let report = scope!(timeout = 100ms, collect => |run| {
        for page in 0..10 {
            run << politely(rare.clone(), page);
        }
    });
    let report = report.report().await;
    assert_eq!(report.error.map(|error| error.kind()), Some(ErrorKind::TimedOut));
    println!("then the time was up: {} pages", report.results.len());
    Ok(())
}
