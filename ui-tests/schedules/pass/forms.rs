use ayo::{Overrun, Schedule, Scope, scope};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

fn plain() {}

async fn beat() -> Result<(), std::io::Error> {
    Ok(())
}

struct Service {
    scope: Scope,
    hits: Arc<AtomicU32>,
}

impl Service {
    fn start(&self) -> Schedule {
        let hits = self.hits.clone();
        self.scope.every(0.01, move || {
            let hits = hits.clone();
            async move { hits.fetch_add(1, Relaxed) }
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ayo::Error> {
    let hits = Arc::new(AtomicU32::new(0));
    let seen = hits.clone();
    scope!(|run| {
        let mut counter = 0;
        run.every(10ms, move || {
            counter += 1;
            assert!(counter <= 2);
        })
        .times(2);
        run.every(0.01, beat).times(2).overrun(Overrun::Burst);
        run.every(Duration::from_millis(10), plain).immediately().times(2);
        run.after(10ms, async || println!("once"));
        run.after(0, || 5);
        run.at(SystemTime::now(), beat);
        run.at(tokio::time::Instant::now(), plain);
        let service = Service { scope: run.clone(), hits };
        service.start().times(3);
    })
    .await?;
    assert_eq!(seen.load(Relaxed), 3);
    Ok(())
}
