//! 13: it is gone with its block, and nobody writes into it any more by then.

use std::fs;
use std::path::PathBuf;

use ayo::{scope, with};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

#[allow(dead_code, unreachable_pub, reason = "the program uses the rest")]
#[path = "../../13_temp_dir.rs"]
mod example;

use super::{BAD_ENDS, Hold, Job, on_both};
use crate::support::run;
use crate::tools::Flag;
use example::temp_dir;

#[test]
fn what_it_prints() {
    let expected = "\
600 bytes were in it; is it there? false
timed out after 50ms; is it there? false
";
    assert_eq!(run(env!("CARGO_BIN_EXE_temp_dir")), expected);
}

#[test]
fn it_is_gone_at_each_end() {
    on_both(async || {
        let mut place = PathBuf::new();
        with!(dir = temp_dir() => {
            place = dir.to_owned();
            fs::create_dir_all(dir.join("a").join("b"))?;
            fs::write(dir.join("a").join("b").join("file"), "text")?;
        })
        .await
        .unwrap();
        assert!(place.is_absolute() && !place.exists());
        for bad_end in BAD_ENDS {
            let report = scope!(|_| {
                with!(dir = temp_dir() => { place = dir.to_owned(); bad_end()?; }).await?;
            });
            assert!(report.report().await.error.is_some());
            assert!(!place.exists());
        }
    });
}

#[test]
fn cancelled_it_is_there_until_nobody_writes_any_more() {
    on_both(async || {
        let (tell, place) = oneshot::channel();
        let (hold, written) = (Hold::new(), Flag::new());
        let (held, done) = (hold.place(), written.clone());
        let job = Job::start(async move {
            with!(dir = temp_dir() => {
                let _ = tell.send(dir.to_owned());
                let file = dir.join("file");
                scope!(|run| {
                    run.aside(move || {
                        held.here();
                        fs::write(file, "late")?;
                        done.set();
                        std::io::Result::Ok(())
                    });
                })
                .await?;
            })
            .await
        });
        let place = place.await.unwrap();
        hold.entered().await;
        let report = job.cancel_while_held(async || {
            assert!(place.exists(), "a thread is about to write");
            hold.let_go();
        });
        assert!(report.await.cancelled());
        assert!(written.is_set(), "it could");
        assert!(!place.exists());
    });
}

#[test]
fn cancelled_while_it_is_removed_it_is_removed() {
    // The only thread that could remove it is held.
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let (tell, place) = oneshot::channel();
        let hold = Hold::new();
        let held = hold.place();
        let busy = spawn_blocking(move || held.here());
        hold.entered().await;
        let job =
            Job::start(
                async move { with!(dir = temp_dir() => { let _ = tell.send(dir.to_owned()); }).await },
            );
        let place = place.await.unwrap();
        let report = job.cancel_while_held(async || {
            assert!(place.exists(), "it waits for the thread");
            hold.let_go();
        });
        assert!(report.await.error.is_none());
        assert!(!place.exists());
        busy.await.unwrap();
    });
}

#[test]
fn one_that_cannot_be_removed_is_an_error() {
    on_both(async || {
        let end = with!(dir = temp_dir() => { fs::remove_dir(dir)?; });
        let error = end.await.unwrap_err();
        assert!(error.downcast_ref::<std::io::Error>().is_some(), "{error:#}");
    });
}
