//! `process`: child processes that end with their scope. They are real ones.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use ayo::{ErrorKind, scope};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// Each body on both runtimes, on the real clock: what a process does takes real time.
macro_rules! real {
    ($(async fn $name:ident() $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body() $body

            #[test]
            fn multi_thread() {
                support::multi_thread(body());
            }

            #[test]
            fn current_thread() {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let limit = Duration::from_secs(120);
                runtime.block_on(async { tokio::time::timeout(limit, body()).await.expect("the test hangs") });
            }
        }
    )*};
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// A process that runs until a signal ends it.
const SLEEPY: &str = "echo ready; while :; do sleep 0.05; done";
/// One that does not hear SIGTERM.
const DEAF: &str = "trap '' TERM; echo ready; while :; do sleep 0.05; done";

/// Starts a script that says when it is ready, and waits for that.
async fn ready(script: &str) -> (Child, u32) {
    let mut child = shell(script).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).await.unwrap();
    assert_eq!(line, "ready\n");
    let id = child.id().unwrap();
    (child, id)
}

/// Whether there is such a process, as a zombie too: by way of `/proc` where there is one, else of `ps`.
fn exists(id: u32) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new("/proc").join(id.to_string()).exists();
    }
    std::process::Command::new("ps").args(["-p", &id.to_string()]).output().unwrap().status.success()
}

async fn is_gone(id: u32) -> bool {
    let since = Instant::now();
    while exists(id) && since.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    !exists(id)
}

/// A file of this test alone, which is removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("ayo-process-{}-{name}-{:?}", std::process::id(), std::thread::current().id());
        let file = Self(std::env::temp_dir().join(name.replace(['(', ')'], "")));
        let _ = std::fs::remove_file(&file.0);
        file
    }

    fn text(&self) -> Option<String> {
        std::fs::read_to_string(&self.0).ok()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

real! {
    async fn the_exit_status_is_the_value() {
        scope!(|run| {
            assert!(run.process(shell("exit 0")).await?.success());
            assert_eq!(run.process(shell("exit 7")).await?.code(), Some(7));
        }).await.unwrap();
    }

    async fn the_scope_waits_for_it() {
        let file = File::new("waits");
        let script = format!("sleep 0.1; echo done > {}", file.0.display());
        scope!(|run| { run.process(shell(&script)); }).await.unwrap();
        assert_eq!(file.text().unwrap(), "done\n");
    }

    async fn one_that_cannot_be_started_is_a_failure() {
        let error = scope!(name = "outer" => |run| {
            run.process(Command::new("/no/such/program"));
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(error.task().unwrap().path(), "outer/program #1");
        let cause = error.downcast_ref::<std::io::Error>().unwrap();
        assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
    }

    async fn cancel_is_sigterm_and_nothing_is_left() {
        let (child, id) = ready(SLEEPY).await;
        let start = Instant::now();
        scope!(|run| {
            run.process(child);
            tokio::task::yield_now().await;
            assert!(exists(id));
            run.cancel();
        }).await.unwrap();
        assert!(!exists(id), "no zombie either");
        assert!(start.elapsed() < Duration::from_secs(8), "it was not SIGKILL: {:?}", start.elapsed());
    }

    async fn sigterm_lets_it_clean_up() {
        let file = File::new("cleans-up");
        let script = format!("trap 'sleep 0.1; echo bye > {}; exit 0' TERM; {SLEEPY}", file.0.display());
        let (child, id) = ready(&script).await;
        scope!(|run| {
            run.process(child);
            tokio::task::yield_now().await;
            run.cancel();
        }).await.unwrap();
        assert_eq!(file.text().unwrap(), "bye\n");
        assert!(!exists(id));
    }

    async fn one_that_ignores_sigterm_is_killed_in_time() {
        let (child, id) = ready(DEAF).await;
        let start = Instant::now();
        let error = scope!(timeout = 0.05, cancel_timeout = 4 => |run| {
            run.process(child);
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "and not abandoned: {error:#}");
        assert!(!exists(id));
        let took = start.elapsed();
        assert!((Duration::from_secs(3)..Duration::from_secs(4)).contains(&took), "{took:?}");
    }

    async fn the_tightest_cancel_timeout_around_counts() {
        let (child, id) = ready(DEAF).await;
        let start = Instant::now();
        scope!(cancel_timeout = 2 => |outer| {
            let inner = scope!(cancel_timeout = 100 => |run| {
                run.process(child);
                outer.cancel();
                std::future::pending::<()>().await;
            });
            let _ = inner.await;
        }).await.unwrap_err();
        assert!(!exists(id));
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    }

    async fn a_handle_ends_its_process_alone() {
        let ((one, first), (two, second)) = (ready(SLEEPY).await, ready(SLEEPY).await);
        scope!(|run| {
            let (one, two) = (run.process(one), run.process(two));
            support::until(|| run.tree().unpolled() == 0).await;
            one.cancel();
            assert!(!one.await.unwrap_err().failed());
            assert!(!exists(first) && exists(second));
            two.cancel();
        }).await.unwrap();
        assert!(!exists(second));
    }

    async fn its_pipes_are_the_users() {
        scope!(|run| {
            let mut child = shell("read line; echo \"you said $line\"").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
            let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
            let status = run.process(child);
            input.write_all(b"hello\n").await?;
            drop(input);
            let mut text = String::new();
            output.read_to_string(&mut text).await?;
            assert_eq!(text, "you said hello\n");
            assert!(status.await?.success());
        }).await.unwrap();
    }

    async fn pipes_that_nobody_has_stop_nothing() {
        let mut loud = shell("read line; head -c 1000000 /dev/zero; exit 5");
        loud.stdin(Stdio::piped()).stdout(Stdio::piped());
        // it cannot write all of that into a pipe that nobody reads; what it comes to is its own matter
        scope!(|run| { run.process(loud).await?; }).await.unwrap();
    }

    async fn one_in_line_is_not_started() {
        let file = File::new("in-line");
        let script = format!("echo started > {}", file.0.display());
        let (child, id) = ready(SLEEPY).await;
        scope!(max_concurrency = 1 => |run| {
            run.process(child);
            run.process(shell(&script));
            tokio::task::yield_now().await;
            run.cancel();
        }).await.unwrap();
        assert_eq!(file.text(), None);
        assert!(!exists(id));
    }

    async fn a_child_handed_to_a_cancelled_scope_is_ended_politely() {
        let file = File::new("handed");
        let script = format!("trap 'echo bye > {}; exit 0' TERM; {SLEEPY}", file.0.display());
        let (child, id) = ready(&script).await;
        scope!(|run| {
            run.cancel();
            assert!(run.process(child).is_finished());
        }).await.unwrap();
        assert_eq!((file.text().unwrap().as_str(), exists(id)), ("bye\n", false));
    }

    async fn a_child_handed_to_a_scope_that_has_ended_is_ended() {
        let (child, id) = ready(DEAF).await;
        let kept = scope!(cancel_timeout = 0.2 => |run| { run.clone() }).await.unwrap();
        kept.process(child);
        assert!(is_gone(id).await);
    }

    async fn a_scope_dropped_from_outside() {
        let (child, id) = ready(SLEEPY).await;
        scope!(|_| {
            let inner = scope!(|run| { run.process(child); });
            tokio::select! {
                _ = inner => unreachable!(),
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }).await.unwrap();
        assert!(!exists(id), "the outer scope waited for it");
    }

    async fn a_failure_ends_the_processes_beside_it() {
        let (child, id) = ready(SLEEPY).await;
        let error = scope!(|run| {
            run.process(child);
            run << async { Err::<(), _>(support::Boom(1)) };
        }).await.unwrap_err();
        assert_eq!(support::booms(&error), [1]);
        assert!(!exists(id));
    }

    async fn many_at_once() {
        let report = scope!(collect, max_concurrency = 8 => |run| {
            for n in 0..40 { run.process(shell(&format!("exit {n}"))); }
        }).report().await;
        let codes: Vec<_> = report.results.iter().map(|status| status.code().unwrap()).collect();
        assert_eq!(codes, (0..40).collect::<Vec<_>>());
    }
}

#[test]
fn without_a_limit_sigkill_comes_after_ten_seconds() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (child, id) = ready(DEAF).await;
        tokio::time::pause();
        let start = tokio::time::Instant::now();
        scope!(|run| {
            run.process(child);
            tokio::task::yield_now().await;
            run.cancel();
        })
        .await
        .unwrap();
        let took = start.elapsed();
        assert!((Duration::from_secs(10)..Duration::from_millis(10_005)).contains(&took), "{took:?}");
        assert!(!exists(id));
    });
}

/// A runtime that is dropped takes its processes with it.
#[test]
fn a_runtime_that_shuts_down_kills() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let id = runtime.block_on(async {
        let (child, id) = ready(DEAF).await;
        let open = ayo::scope().open();
        open.process(child);
        support::turns(5).await;
        std::mem::forget(open);
        id
    });
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Tokio looks after what it has left when the next process is waited for.
        scope!(|run| {
            run.process(shell("exit 0"));
        })
        .await
        .unwrap();
        assert!(is_gone(id).await);
    });
}
