//! A directory that is watched with `notify`: a file that was changed is read once it has been left alone for a while.
//!
//! `cargo run -p examples --bin notify` shows it, `cargo run -p examples --bin notify DIRECTORY` goes on until Ctrl-C.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io, process};

use anyhow::Context;
use ayo::{Ready, Scope, Task, actxmgr, scope, with};
use notify::{Event, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::sleep;

const QUIET: Duration = Duration::from_millis(100);

/// Watches until it is asked to stop. What has changed by then is still read, and at once.
async fn watch(
    directory: PathBuf,
    news: UnboundedSender<String>,
    ready: Ready<(), ayo::Error>,
) -> Result<(), ayo::Error> {
    scope!(name = "watch" => |run| {
        // notify calls on a thread of its own, which must not be kept waiting.
        let (send, mut events) = mpsc::unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let _ = send.send(event);
        })?;
        watcher.watch(&directory, RecursiveMode::NonRecursive)?;
        ready.ok(());

        let mut files = HashMap::<PathBuf, Task<()>>::new();
        loop {
            let event = ayo::select! {
                event = events.recv() => event.context("notify has ended")??,
                () = run.stopping() => break,
            };
            if !event.kind.is_create() && !event.kind.is_modify() {
                continue;
            }
            for path in event.paths {
                // One that changes again is waited for anew.
                if let Some(before) = files.remove(&path) {
                    before.cancel();
                }
                let _ = news.send(format!("{} has changed", name(&path)));
                let task = run << read(path.clone(), news.clone(), run.clone());
                files.insert(path, task);
            }
        }
    })
    .await
}

/// Says how long a file is that is not written any more.
async fn read(path: PathBuf, news: UnboundedSender<String>, run: Scope) -> Result<(), ayo::Error> {
    ayo::race((sleep(QUIET), run.stopping())).await;
    let line = run.aside(move || match fs::read_to_string(&path) {
        Ok(text) => format!("{}: {} lines", name(&path), text.lines().count()),
        Err(error) => format!("{}: {}", name(&path), error.kind()),
    });
    let _ = news.send(line.await?);
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[ayo::main]
async fn main(run: &Scope) -> anyhow::Result<()> {
    let (send, mut news) = mpsc::unbounded_channel();
    if let Some(directory) = env::args_os().nth(1) {
        run.start(|ready| watch(directory.into(), send, ready)).await?;
        println!("watching");
        while let Some(line) = news.recv().await {
            println!("{line}");
        }
        return Ok(());
    }

    with!(directory = directory_of_our_own() => {
        run.start(|ready| watch(directory.clone(), send, ready)).await?;
        write(&directory.join("notes.txt"), 20)?;
        let passed = until(&mut news, "notes.txt: 20 lines").await?;
        println!("read less often than written: {}", passed.iter().filter(|line| line.contains(':')).count() < 20);

        // Nobody waits for the quiet time once the program is to stop.
        write(&directory.join("last.txt"), 2)?;
        until(&mut news, "last.txt has changed").await?;
        run.stop();
        until(&mut news, "last.txt: 2 lines").await?;
    })
    .await?;
    Ok(())
}

actxmgr! {
    /// A directory that is there for the body, and gone when it has ended.
    async fn directory_of_our_own() -> PathBuf {
        let directory = env::temp_dir().join(format!("ayo-notify-{}", process::id()));
        fs::create_dir(&directory)?;
        let _exit = yield directory.clone();
        fs::remove_dir_all(directory)?;
    }
}

/// Writes it again and again, as programs do.
fn write(path: &Path, lines: usize) -> io::Result<()> {
    (1..=lines).try_for_each(|lines| fs::write(path, "a line\n".repeat(lines)))
}

/// What came before it.
async fn until(news: &mut UnboundedReceiver<String>, awaited: &str) -> anyhow::Result<Vec<String>> {
    let mut passed = Vec::new();
    loop {
        let line = news.recv().await.context("no news any more")?;
        if line == awaited {
            println!("{line}");
            return Ok(passed);
        }
        passed.push(line);
    }
}
