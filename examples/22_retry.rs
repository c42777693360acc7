//! Trying again, with `backon`: it says when and how often, the scope says how long all of it may take.
//!
//! `cargo run -p examples --bin retry`

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ayo::scope;
use backon::{ExponentialBuilder, Retryable};

/// Tries up to three times more, after `pause`, twice that, and so on. What will not change is not tried again.
async fn patiently(service: Arc<Service>, pause: Duration) -> Result<usize> {
    (|| attempt(&service))
        .retry(ExponentialBuilder::new().with_min_delay(pause).with_max_times(3).with_jitter())
        .when(|error| error.kind() != ErrorKind::PermissionDenied)
        .notify(|error, _| println!("  {error}, so again in a while"))
        .await
}

/// Each attempt has a time-out. It is polite: an attempt has cleaned up when the next one begins.
async fn attempt(service: &Service) -> Result<usize> {
    ayo::timeout(0.05, service.call()).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

#[ayo::main]
async fn main() -> anyhow::Result<()> {
    println!("busy, then slow:");
    let service = Service::new([Call::Fails(ErrorKind::ResourceBusy), Call::Hangs]);
    let answer = scope!(timeout = 10 => |run| {
        let answer = run << patiently(service, 5ms);
        answer.await?
    });
    println!("call {} was answered", answer.await?);

    println!("forbidden:");
    let service = Service::new([Call::Fails(ErrorKind::PermissionDenied)]);
    println!("  {}", patiently(service, Duration::ZERO).await.unwrap_err());

    println!("always busy:");
    let service = Service::new([Call::Fails(ErrorKind::ResourceBusy); 9]);
    println!(
        "  {}, after {} calls",
        patiently(service.clone(), Duration::ZERO).await.unwrap_err(),
        service.calls()
    );

    // The limit is for attempts and pauses together. To be cancelled is no error, so nothing tries again.
    println!("no time for that:");
    let service = Service::new([Call::Fails(ErrorKind::ResourceBusy)]);
    let end = scope!(timeout = 50ms => |run| { run << patiently(service.clone(), 1h); }).await;
    println!("  {}, after {} call", end.unwrap_err(), service.calls());
    Ok(())
}

#[derive(Clone, Copy)]
enum Call {
    Fails(ErrorKind),
    Hangs,
}

/// Something far away. After the calls that it is told about, it answers.
struct Service {
    script: Vec<Call>,
    calls: AtomicUsize,
}

impl Service {
    fn new(script: impl Into<Vec<Call>>) -> Arc<Self> {
        Arc::new(Self { script: script.into(), calls: AtomicUsize::new(0) })
    }

    async fn call(&self) -> Result<usize> {
        let n = self.calls.fetch_add(1, Relaxed);
        match self.script.get(n) {
            Some(Call::Fails(kind)) => Err(Error::from(*kind)),
            Some(Call::Hangs) => {
                hang().await;
                unreachable!("control does not come back into what is cut");
            }
            None => Ok(n + 1),
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Relaxed)
    }
}

#[ayo::scoped]
async fn hang() {
    ayo::defer!(async { println!("  its connection is closed") });
    std::future::pending::<()>().await;
}
