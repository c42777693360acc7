//! A program that leaves a picture of what it did: open the file that it names in <https://ui.perfetto.dev>.
//!
//! `cargo run -p examples --bin timeline`, or with the file's path behind it

use std::path::PathBuf;
use std::time::Duration;

use ayo::{Scope, scope};
use tokio::time::sleep;

/// Where the timeline goes: to the path that was given, or into the folder for temporary files.
fn file() -> PathBuf {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    given.unwrap_or_else(|| std::env::temp_dir().join("ayo-timeline.json"))
}

async fn fetch(time: Duration) -> usize {
    sleep(time).await;
    time.as_millis() as usize
}

/// Counts the words of each page with two readers, in a scope of its own.
#[ayo::scoped]
async fn count(sizes: Vec<usize>) -> Result<usize, ayo::Error> {
    scope!(name = "count", max_concurrency = 2 => |readers| {
        let words = readers.map(sizes, |size| async move {
            sleep(Duration::from_millis(size as u64 / 2)).await;
            size / 5
        });
        words.await?.into_iter().sum()
    })
    .await
}

/// Does not get to its end in time, and takes back what it has begun.
#[ayo::scoped]
async fn upload() {
    defer!(async { sleep(40ms).await });
    sleep(1s).await;
}

async fn beat() {
    sleep(Duration::from_millis(4)).await;
}

#[ayo::main(timeline = file(), flavor = "current_thread")]
async fn main(run: &Scope) -> Result<(), ayo::Error> {
    run.every(50ms, beat).dont_hold_exit();

    let sizes = scope!(name = "fetch", max_concurrency = 3 => |pages| {
        let pages = pages.all([60ms, 90ms, 30ms, 70ms, 50ms, 20ms].map(fetch));
        pages.await?
    })
    .await?;
    let counting = run << count(sizes);

    let uploaded = scope!(name = "upload", timeout = 70ms => |up| {
        up << upload();
        up << upload();
    })
    .await;
    println!("the upload {}", uploaded.expect_err("it takes a second"));
    println!("{} words", counting.await?);
    println!("see {}", file().display());
    Ok(())
}
