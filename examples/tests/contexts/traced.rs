//! 15: the span is around everything in the block, and each end has its event.

use std::io::Seek;
use std::sync::Arc;
use std::time::Duration;

use ayo::{scope, with};
use tokio::time::sleep;
use tracing::info;

#[allow(dead_code, unreachable_pub, reason = "the program uses the rest")]
#[path = "../../15_traced.rs"]
mod example;

use super::BAD_ENDS;
use crate::support::run;
use crate::tools::{OnDrop, current_thread};
use example::section;

#[test]
fn what_it_prints() {
    let expected = r#" INFO section{name="load"}: tasks take the span with them
 INFO section{name="load"}: done took=1.5s
 WARN section{name="parse"}: failed took=0ns error=invalid digit found in string
 WARN section{name="outer"}:section{name="inner"}: cancelled took=3s
 WARN section{name="outer"}: cancelled took=3s
 INFO timed out after 3s
"#;
    assert_eq!(run(env!("CARGO_BIN_EXE_traced")), expected);
}

/// What a subscriber hears of the code, line by line.
fn heard(code: impl Future<Output = ()>) -> Vec<String> {
    let file = Arc::new(tempfile::tempfile().unwrap());
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_target(false)
        .with_level(false)
        .with_ansi(false)
        .with_writer(Arc::clone(&file))
        .finish();
    tracing::subscriber::with_default(subscriber, || current_thread(code));
    let mut file = &*file;
    file.rewind().unwrap();
    let text = std::io::read_to_string(file).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn each_end_has_its_event() {
    let lines = heard(async {
        for (name, bad_end) in ["error", "panic"].into_iter().zip(BAD_ENDS) {
            let report = scope!(|_| {
                with!(_ = section(name) => { sleep(Duration::from_secs(1)).await; bad_end()?; }).await?;
            });
            assert!(report.report().await.error.is_some());
        }
        with!(_ = section("good") => {}).await.unwrap();
        info!("outside");
    });
    let expected = [
        r#"section{name="error"}: failed took=1s error=an error occurred when formatting an argument"#,
        r#"section{name="panic"}: panicked took=1s"#,
        r#"section{name="good"}: done took=0ns"#,
        "outside",
    ];
    assert_eq!(lines, expected);
}

/// The body, its tasks, their clean-up and destructors.
#[test]
fn all_of_the_block_is_in_the_span() {
    let lines = heard(async {
        let end = ayo::timeout(
            Duration::from_secs(1),
            with!(_ = section("cut") => {
                info!("the body");
                let _guard = OnDrop(|| info!("a destructor"));
                scope!(|run| {
                    run << async {
                        let _guard = OnDrop(|| info!("a task's destructor"));
                        ayo::cancelled().await;
                        ayo::shield(async {
                            sleep(Duration::from_secs(1)).await;
                            info!("a task's clean-up");
                        })
                        .await;
                    };
                })
                .await?;
            }),
        );
        assert!(end.await.is_err());
        info!("outside");
    });
    let texts = ["the body", "a task's clean-up", "a task's destructor", "a destructor", "cancelled took=2s"];
    let mut expected = texts.map(|text| format!(r#"section{{name="cut"}}: {text}"#)).to_vec();
    expected.push("outside".into());
    assert_eq!(lines, expected);
}
