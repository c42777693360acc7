//! What is running just now: as text, as a page for a browser, and whenever a signal asks for it.
//!
//! `cargo run -p examples --bin live_tree` shows a small service at work, and ends. With a file name as argument it writes the
//! page there. With `stay` it goes on; then `kill -USR1` with its number prints the tree as it is by then.

use std::time::Duration;

use ayo::{Scope, actxmgr, scope, with};
use tokio::sync::Notify;
use tokio::time::sleep;

type Result<T> = std::result::Result<T, ayo::BoxError>;

static COMMIT: Notify = Notify::const_new();

actxmgr! {
    async fn transaction() -> () {
        yield ();
        COMMIT.notified().await;                // the database takes its time
    }
}

/// One page of the site: what nobody tells ayo (a socket, a timer) is no wait that it knows of.
async fn fetch(seconds: u64) -> u64 {
    sleep(Duration::from_secs(seconds)).await;
    seconds
}

async fn crawl() -> Result<u64> {
    let total = scope!(name = "crawl", max_concurrency = 2 => |sub| {
        let first = sub << fetch(3600);
        for page in 0..40 {
            sub << fetch(3600 + page);
        }
        first.await?                            // the tree says for which task it waits
    });
    Ok(total.await?)
}

async fn save() -> Result<()> {
    with!(_tx = transaction() => { sleep(Duration::from_millis(5)).await; }).await?;
    Ok(())
}

fn index() {
    let _ = ayo::blocking::sleep(3600);
}

#[ayo::main(name = "service", dump_on_signal, flavor = "current_thread")]
async fn main(run: &Scope) -> Result<()> {
    let crawler = run << crawl();
    #[task(name = "reader")]
    run << crawler; // it waits for another task
    run << save();
    run.aside(index);
    run.every(30s, || println!("still there"));
    let scope = run.clone();
    #[task(name = "shutdown", background)]
    run << async move { scope.stopping().await };
    sleep(Duration::from_millis(50)).await;

    let forest = ayo::tree();
    println!("{forest}");
    match std::env::args().nth(1).as_deref() {
        Some("stay") => {
            println!("kill -USR1 {}", std::process::id());
            run.stopping().await;
        }
        Some(file) => std::fs::write(file, forest.to_html())?,
        None => {}
    }
    COMMIT.notify_waiters();
    run.cancel();
    Ok(())
}
