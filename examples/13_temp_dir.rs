//! A temporary directory as a context manager: gone behind its block, and behind all that writes in it.
//!
//! `cargo run -p examples --bin temp_dir`

use std::fs;
use std::path::{Path, PathBuf};

use ayo::{actxmgr, scope, with};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

actxmgr! {
    /// An empty directory; behind the body it is gone, with all that is in it.
    pub async fn temp_dir() -> &Path {
        let dir = TempDir::new()?;
        yield dir.path();
        spawn_blocking(move || dir.close()).await??;
    }
}

#[ayo::main]
async fn main() -> Result<(), ayo::Error> {
    let mut place = PathBuf::new();
    let bytes = with!(dir = temp_dir() => {
        place = dir.to_owned();
        // The scope is inside of the block: what writes there has ended before the directory is removed.
        scope!(|run| {
            for n in 1..=3 {
                let file = dir.join(format!("part {n}"));
                run.aside(move || fs::write(file, vec![0; 100 * n]));
            }
        })
        .await?;
        size(dir)?
    })
    .await?;
    println!("{bytes} bytes were in it; is it there? {}", place.exists());

    // Nor does a cancel get ahead of a thread that is about to write.
    let endless = with!(dir = temp_dir() => {
        place = dir.to_owned();
        scope!(|run| {
            for n in 0.. {
                let file = dir.join(format!("part {n}"));
                run.aside(move || fs::write(file, "one of very many")).await?;
            }
        })
        .await?;
    });
    let end = ayo::timeout(50ms, endless).await;
    println!("{}; is it there? {}", end.expect_err("there is no end of it"), place.exists());
    Ok(())
}

/// How many bytes the files of a directory have.
fn size(dir: &Path) -> std::io::Result<u64> {
    fs::read_dir(dir)?.map(|file| Ok(file?.metadata()?.len())).sum()
}
