//! A section of code as a context manager: a span around it, and at its end an event that says how long it took and how it
//! ended.
//!
//! `cargo run -p examples --bin traced`

use ayo::{Exit, actxmgr, scope, with};
use tokio::time::{Instant, sleep};
use tracing::{error, info, instrument, warn};

actxmgr! {
    /// A span around the body, and an event at its end. An attribute of the manager is around all of it, the body too.
    #[instrument(name = "section", skip_all, fields(name = name))]
    pub async fn section(name: &str) {
        let begun = Instant::now();
        let exit = yield;
        let took = begun.elapsed();
        match exit {
            Exit::Done => info!(?took, "done"),
            Exit::Failed(error) => warn!(?took, %error, "failed"),
            Exit::Cancelled => warn!(?took, "cancelled"),
            Exit::Panicked => error!(?took, "panicked"),
        }
    }
}

// On virtual time, so that this prints the same each time.
#[ayo::main(flavor = "current_thread", policy = |runtime| { runtime.start_paused(true); })]
async fn main() -> Result<(), ayo::Error> {
    tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false).init();

    with!(_ = section("load") => {
        sleep(1500ms).await;
        scope!(|run| { run << async { info!("tasks take the span with them") }; }).await?;
    })
    .await?;

    let parsed = with!(_ = section("parse") => { "seven".parse::<u32>()? });
    assert!(parsed.await.is_err());

    let slow = with!(_ = section("outer"), _ = section("inner") => { sleep(1h).await; });
    let end = ayo::timeout(3s, slow).await;
    info!("{}", end.expect_err("an hour is longer"));
    Ok(())
}
