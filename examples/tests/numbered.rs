//! The numbered examples: each ends by itself and says what it should.

mod support;

use std::collections::BTreeSet;

use support::{run, run_with};

#[test]
fn hello() {
    let text = run(env!("CARGO_BIN_EXE_hello"));
    assert_eq!(text, "world has 5 letters\nhello\nworld\n");
}

#[test]
fn limits_and_timeouts() {
    let text = run(env!("CARGO_BIN_EXE_limits_and_timeouts"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "12 jobs done, at most 3 at once");
    let mut closed = lines[2..4].to_vec();
    closed.sort_unstable();
    assert_eq!(closed, ["  connection 1 is closed", "  connection 2 is closed"]);
    assert!(lines[4].starts_with("then: "), "{text}");
    assert_eq!(lines[5..], ["without waiting for an hour: None"]);
}

#[test]
fn nested() {
    let text = run(env!("CARGO_BIN_EXE_nested"));
    let expected = r#"inner:  [1, 4, 9, 16, 25, 36], timed out: false
        its body said Some("six squares")
middle: ["quick", "quick, too"], timed out: true
outer:  ["the outer one has all the time"], timed out: false
"#;
    assert_eq!(text, expected);
}

#[test]
fn echo_server() {
    let text = run(env!("CARGO_BIN_EXE_echo_server"));
    assert!(text.contains(r#"answers: "hello", "", "is anybody there?""#), "{text}");
    assert!(text.contains("a client asked for it"), "{text}");
    assert!(text.contains("200 clients at once, 200 answers"), "{text}");
}

#[test]
fn existing_program() {
    let text = run(env!("CARGO_BIN_EXE_existing_program"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "1 + 2 + 3 + 4 + 5 = 15");
    assert!(lines[1].contains("job 7 does not work"), "{text}");
    assert_eq!(lines[2..], ["the time-out was first"]);
}

#[test]
fn collect() {
    let text = run(env!("CARGO_BIN_EXE_collect"));
    let expected = "\
structured: 10
is: 2
concurrency: 11
both: 4, and 42
squares: [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]
8 letters in two words
";
    assert_eq!(text, expected);
}

#[test]
fn supervise() {
    let text = run(env!("CARGO_BIN_EXE_supervise"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "steady is back");
    assert!(lines[1].starts_with("together: ") && lines[1].contains("fell down the stairs"), "{text}");
    assert_eq!(lines[3..5], ["steady is back", "patient is back"]);
    assert_eq!(lines[5], "supervised: 1 failed, the scope did not: None");
    assert!(lines[6].contains("the clumsy one") && lines[6].contains("stairs"), "{text}");
    assert!(lines[7].contains("spawned at examples/07_supervise.rs:"), "{text}");
    assert_eq!(lines[9..], ["attempted: fell down the stairs", "steady is back"]);
}

#[test]
fn schedules() {
    let text = run(env!("CARGO_BIN_EXE_schedules"));
    let expected = "once:
  after 20 ms
  at a date
three beats, then nothing holds the scope open:
  beat
  beat
  beat
until it has had enough:
  enough after 4
in the background of something else:
  the work is done
a slow one gives way to the next:
  number 3 got to its end
";
    assert_eq!(text, expected);
}

#[test]
fn blocking() {
    let text = run(env!("CARGO_BIN_EXE_blocking"));
    let expected = "the sum is 4950
never more than 3 mails at once: true
it stopped in time: cancelled
";
    assert_eq!(text, expected);
}

#[test]
fn axum() {
    let text = run(env!("CARGO_BIN_EXE_axum"));
    let mut lines = Vec::from_iter(text.lines().map(str::trim_end));
    lines[5..].sort_unstable(); // the client's last word and the server's are said at the same time
    let expected = [
        "/sum: 200 OK 3",
        "/slow: 504 Gateway Timeout",
        "/report: the task runs",
        "the client has left: the task has cleaned up",
        "one more /slow: it is under way",
        "asked before the stop: 504 Gateway Timeout",
        "everybody was served",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn timeline() {
    let file = std::env::temp_dir().join(format!("ayo-example-timeline-{}.json", std::process::id()));
    let text = run_with(env!("CARGO_BIN_EXE_timeline"), &[file.as_os_str()]);
    let written = std::fs::read_to_string(&file).expect("the file is there");
    std::fs::remove_file(&file).expect("nobody else has taken it");
    let see = format!("see {}", file.display());
    assert_eq!(Vec::from_iter(text.lines()), ["the upload `upload` timed out after 70ms", "64 words", &see]);

    let written: serde_json::Value = serde_json::from_str(&written).expect("it is JSON");
    let events = written["traceEvents"].as_array().expect("a list");
    let called = |what: &str| {
        let of = events.iter().filter(|event| event["name"] == what);
        BTreeSet::from_iter(of.filter_map(|event| event["args"]["name"].as_str()))
    };
    assert_eq!(called("process_name"), BTreeSet::from(["main", "main/count", "main/fetch", "main/upload"]));
    let threads = called("thread_name");
    for task in ["fetch #1", "fetch #6", "upload #1", "upload #2", "beat #2"] {
        assert!(threads.contains(task), "{task}: {threads:?}");
    }
    let slices = |task: &str| {
        let named =
            events.iter().find(|event| event["name"] == "thread_name" && event["args"]["name"] == task);
        let track = &named.expect("it was there")["tid"];
        let begun = events.iter().filter(move |event| event["ph"] == "B" && event["tid"] == *track);
        Vec::from_iter(begun.map(|event| event["name"].as_str().expect("text")))
    };
    assert_eq!(slices("fetch #6"), ["fetch #6", "waits for a place"]);
    assert_eq!(slices("upload #2"), ["upload #2", "waits for its turn", "cleans up", "tears down defer!"]);
}

#[test]
fn live_tree() {
    let text = run(env!("CARGO_BIN_EXE_live_tree"));
    assert!(text.starts_with("service  "), "{text}");
    for part in
        ["for task fetch #1", "… 35 more: 35 queued", "for task crawl #1", "for a stop", "main{closure} #5  "]
    {
        assert!(text.contains(part), "no {part} in {text}");
    }
}
