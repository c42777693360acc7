//! A lock on a file as a context manager: between processes, and given back however the block ends.
//!
//! `cargo run -p examples --bin file_lock`

use std::env;
use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use ayo::{Scope, actxmgr, exit_stack, manager, scope, with};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::sleep;

actxmgr! {
    /// The lock of this file, which one process has at a time. While it is another one, this waits.
    pub async fn locked(path: &Path) {
        let file = open(path)?;
        // `File::lock` blocks its thread until the lock is free, and nothing can cut that. Asking now and then can be cut.
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::WouldBlock => sleep(5ms).await,
                TryLockError::Error(error) => Err(error)?,
            }
        }
        yield;
        file.unlock()?;
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(false).open(path)
}

#[ayo::main]
async fn main(run: &Scope) -> anyhow::Result<()> {
    if let Some(path) = env::args_os().nth(1) {
        return Ok(the_other_process(Path::new(&path))?);
    }
    let dir = tempfile::tempdir()?;
    let (path, second) = (&dir.path().join("lock"), &dir.path().join("second"));

    println!("cancelled in the block:");
    let report = scope!(|job| {
        with!(_ = locked(path) => {
            ask(run, path).await?;
            job.cancel();
            sleep(1h).await;
        })
        .await?;
    });
    assert!(report.report().await.cancelled());
    ask(run, path).await?;

    println!("two of them:");
    with!(locks = exit_stack() => {
        for path in [path, second] {
            locks.enter(manager!(locked(path))).await?;
        }
        ask(run, path).await?;
        ask(run, second).await?;
    })
    .await?;
    ask(run, second).await?;

    println!("the other process has it:");
    let mut holder = other(path)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let holds = holder.stdin.take();
    let mut says = BufReader::new(holder.stdout.take().context("a pipe")?).lines();
    let holder = run.process(holder);
    println!("{}", says.next_line().await?.context("it says so")?);
    let end = ayo::timeout(50ms, with!(_ = locked(path) => {})).await;
    println!("  waiting for it {}", end.expect_err("it is taken"));
    drop(holds);
    with!(_ = locked(path) => { println!("  and now it is ours") }).await?;
    holder.await?;
    Ok(())
}

/// A second process: it says whether the lock is free, and if so, has it until its input ends.
fn the_other_process(path: &Path) -> io::Result<()> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => println!("  the other process got it"),
        Err(TryLockError::WouldBlock) => println!("  the other process finds it taken"),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

fn other(path: &Path) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(path);
    Ok(command)
}

/// Lets a second process see how it stands.
async fn ask(run: &Scope, path: &Path) -> anyhow::Result<()> {
    let mut other = other(path)?;
    other.stdin(Stdio::null());
    run.process(other).await?;
    Ok(())
}
