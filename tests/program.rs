//! `#[ayo::main]`, `ayo::run` and the ladder: programs as child processes, which get real signals.
#![cfg(unix)]

mod child;
mod support;

use std::process::{Command, Stdio};

use child::{Child, End};
use support::{both, panic_site};

const INT: i32 = 128 + 2;
const TERM: i32 = 128 + 15;

fn program(which: &str) -> Child {
    Child::start(Command::new(env!("CARGO_BIN_EXE_program")).arg(which))
}

fn with_grace(which: &str, seconds: &str) -> Child {
    Child::start(Command::new(env!("CARGO_BIN_EXE_program")).args([which, seconds]))
}

#[track_caller]
fn ended(end: &End, code: i32, rest: &[&str]) {
    assert_eq!(
        (end.code, &*end.rest),
        (Some(code), &*rest.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "{end:?}"
    );
}

/// What is told of a program that was cut while it waited in `worker`.
fn cut(why: &str) -> String {
    format!("Error: cancelled: {why}\n  still running: worker #1, of tests/bin/program.rs:")
}

mod first_signal {
    use super::*;

    #[test]
    fn it_stops_and_ends_well() {
        for signal in ["INT", "TERM"] {
            let mut program = program("polite");
            program.says("running");
            program.signal(signal);
            let end = program.end();
            let mut said = end.rest.clone();
            said.sort();
            assert_eq!((end.code, &*end.errors), (Some(0), ""), "{end:?}");
            assert_eq!(said, ["body winds down", "task winds down"]);
        }
    }

    #[test]
    fn the_exit_code_is_the_programs_own() {
        let mut program = program("polite_value");
        program.says("running");
        program.signal("TERM");
        ended(&program.end(), 7, &[]);
    }

    #[test]
    fn after_the_grace_it_is_cancelled() {
        for (signal, code) in [("INT", INT), ("TERM", TERM)] {
            let mut program = with_grace("stubborn", "0.05");
            program.says("running");
            program.signal(signal);
            for line in ["asked to stop", "asked to end", "cleaning up"] {
                program.says(line);
            }
            program.tell("go on");
            let end = program.end();
            ended(&end, code, &["cleaned up"]);
            let why = cut(&format!("SIG{signal}, and the grace of 50ms was over"));
            assert!(end.errors.starts_with(&why), "{}", end.errors);
        }
    }

    #[test]
    fn a_grace_of_nothing_cancels_at_once() {
        let mut program = with_grace("stubborn", "0");
        program.says("running");
        program.signal("TERM");
        for line in ["asked to stop", "asked to end", "cleaning up"] {
            program.says(line);
        }
        program.tell("go on");
        ended(&program.end(), TERM, &["cleaned up"]);
    }
}

mod second_signal {
    use super::*;

    #[test]
    fn it_cancels_and_waits_for_the_clean_up() {
        for (first, second, code) in [("INT", "INT", INT), ("TERM", "INT", INT), ("INT", "TERM", TERM)] {
            let mut program = program("stubborn");
            program.says("running");
            program.signal(first);
            program.says("asked to stop");
            program.signal(second);
            program.says("asked to end");
            program.says("cleaning up");
            program.tell("go on");
            let end = program.end();
            ended(&end, code, &["cleaned up"]);
            let why = cut(&format!("a second signal, SIG{second}, after SIG{first}"));
            assert!(end.errors.starts_with(&why), "{}", end.errors);
        }
    }

    #[test]
    fn a_body_that_has_its_value_is_cut_off_all_the_same() {
        let mut program = program("body_ended");
        program.says("body ends");
        program.signal("INT");
        program.says("asked to stop");
        program.signal("INT");
        program.says("asked to end");
        program.says("cleaning up");
        program.tell("go on");
        let end = program.end();
        ended(&end, INT, &["cleaned up"]);
        assert!(end.errors.starts_with(&cut("a second signal, SIGINT, after SIGINT")), "{}", end.errors);
    }

    #[test]
    fn what_fails_in_the_clean_up_is_told_beside_it() {
        let mut program = program("dirty");
        program.says("running");
        program.signal("INT");
        program.says("asked to stop");
        program.signal("TERM");
        let end = program.end();
        ended(&end, TERM, &[]);
        assert!(end.errors.contains("cancelled: a second signal, SIGTERM, after SIGINT"), "{}", end.errors);
        assert!(end.errors.contains("beside it: main/dirty"), "{}", end.errors);
        assert!(end.errors.contains(": could not save"), "{}", end.errors);
    }

    #[test]
    fn an_error_that_the_body_returns_is_the_programs() {
        let mut program = with_grace("own_error", "0");
        program.says("running");
        program.signal("TERM");
        let end = program.end();
        assert_eq!((end.code, &*end.errors), (Some(1), "Error: told so by the body\n"));
    }

    #[test]
    fn a_failure_from_before_stays_what_the_program_ends_with() {
        for which in ["failed_before", "failed_before_result"] {
            let mut program = program(which);
            program.says("asked to end");
            program.says("cleaning up");
            program.signal("INT");
            program.says_both("heard SIGINT", "asked to stop");
            program.signal("INT");
            program.says("heard SIGINT");
            program.tell("go on");
            let end = program.end();
            ended(&end, 1, &["cleaned up"]);
            assert!(end.errors.contains("invalid digit found in string"), "{}", end.errors);
            assert!(!end.errors.contains("SIGINT"), "{}", end.errors);
        }
    }
}

mod third_signal {
    use super::*;

    #[test]
    fn it_ends_the_process_at_once() {
        for (third, code) in [("INT", INT), ("TERM", TERM)] {
            let mut program = program("stubborn");
            program.says("running");
            program.signal("INT");
            program.says("asked to stop");
            program.signal("TERM");
            program.says("asked to end");
            program.says("cleaning up");
            program.signal(third);
            ended(&program.end(), code, &[]);
        }
    }

    #[test]
    fn it_reaches_a_clean_up_that_the_grace_has_begun() {
        let mut program = with_grace("stubborn", "0.01");
        program.says("running");
        program.signal("TERM");
        for line in ["asked to stop", "asked to end", "cleaning up"] {
            program.says(line);
        }
        program.signal("INT");
        program.signal("TERM");
        ended_by_one_of(&program.end(), &[INT, TERM]);
    }

    fn ended_by_one_of(end: &End, codes: &[i32]) {
        assert!(end.code.is_some_and(|code| codes.contains(&code)) && end.rest.is_empty(), "{end:?}");
    }

    /// tokio#7905 and its kin: who listens in the runtime is deaf while that is blocked.
    #[test]
    fn it_reaches_a_runtime_that_is_blocked() {
        let mut program = program("blocked");
        program.says("running");
        for _ in 0..2 {
            program.signal("INT");
            program.says("heard SIGINT");
        }
        program.signal("INT");
        let end = program.end();
        assert_eq!(end.code, Some(INT), "{end:?}");
    }

    #[test]
    fn it_reaches_a_runtime_that_cannot_shut_down() {
        let mut program = program("closing");
        program.says("body ends");
        // The first may come while the body's end is still being told; then it leaves 300 s for the shutdown.
        program.signal("INT");
        let end = loop {
            match program.line().as_deref() {
                Some("heard SIGINT") => program.signal("INT"),
                Some(other) => panic!("{other}"),
                None => break program.end(),
            }
        };
        assert_eq!(end.code, Some(INT), "{end:?}");
    }
}

#[test]
fn the_shutdown_has_the_rest_of_the_grace() {
    let mut program = program("closing_late");
    program.says("running");
    program.signal("TERM");
    ended(&program.end(), 0, &["body ends"]);
}

#[test]
fn two_programs_end_together() {
    let mut programs = program("two");
    let mut began = [programs.line(), programs.line()];
    began.sort();
    assert_eq!(began.map(Option::unwrap), ["first runs", "second runs"]);
    programs.signal("INT");
    programs.says("asked to stop");
    programs.signal("INT");
    let mut said: Vec<_> = std::iter::from_fn(|| programs.line()).take(3).collect();
    said.sort();
    assert_eq!(said, ["asked to end", "cleaning up", "second is over"], "the second leaves the first alone");
    programs.tell("go on");
    ended(&programs.end(), INT, &["cleaned up"]);
}

#[test]
fn after_the_last_program_a_signal_ends_the_process() {
    let mut program = program("afterwards");
    program.says("over");
    program.signal("TERM");
    ended(&program.end(), TERM, &[]);
}

#[test]
fn signals_false_leaves_them_alone() {
    let mut program = program("deaf");
    program.says("running");
    program.signal("TERM");
    let end = program.end();
    assert_eq!(end.code, None, "killed by the signal: {end:?}");
}

#[test]
fn a_stream_of_signals_is_for_code_that_wants_them() {
    let mut program = program("stream");
    program.says("listening");
    for signal in ["HUP", "INT", "TERM", "INT"] {
        program.signal(signal);
        program.says(&format!("SIG{signal}"));
    }
    ended(&program.end(), 0, &[]);
}

mod errors {
    use super::*;

    /// Without the numbers of lines and columns.
    fn without_places(text: &str) -> String {
        let mut plain = String::new();
        for line in text.lines() {
            let (line, _) = line.split_once(".rs:").map_or((line, ""), |(before, after)| (before, after));
            plain.push_str(line.trim_end());
            plain.push('\n');
        }
        plain
    }

    #[test]
    fn they_are_printed_with_their_chain_and_what_is_beside_them() {
        for which in ["failing", "failing_code", "failing_ayo"] {
            let end = program(which).end();
            ended(&end, 1, &[]);
            let expected = "\
Error: main/reader #2: invalid digit found in string
  spawned at tests/bin/program
  beside it: main/fail{async} #1: could not save
    spawned at tests/bin/program
    caused by: an error occurred when formatting an argument
";
            assert_eq!(without_places(&end.errors), expected, "{which}");
        }
    }

    #[test]
    fn other_kinds_of_main_keep_their_look() {
        let anyhow = program("failing_anyhow").end();
        assert!(anyhow.errors.starts_with("Error: main/reader #2: invalid digit"), "{}", anyhow.errors);
        assert!(anyhow.errors.contains("\n\nCaused by:\n    invalid digit"), "{}", anyhow.errors);
        let eyre = program("failing_eyre").end();
        assert!(eyre.errors.contains("\n\nCaused by:\n   "), "{}", eyre.errors);
        assert!(eyre.errors.contains("\n\nLocation:\n"), "{}", eyre.errors);
        let miette = program("failing_miette").end();
        assert!(miette.errors.starts_with("Error: "), "{}", miette.errors);
        assert!(miette.errors.contains("ayo::Failed"), "{}", miette.errors);
        assert_eq!([anyhow.code, eyre.code, miette.code], [Some(1); 3]);
    }

    #[test]
    fn a_panic_is_a_panic() {
        let end = program("panicking").end();
        ended(&end, 101, &[]);
        assert!(end.errors.contains("no disk"), "{}", end.errors);
    }

    #[test]
    fn a_closed_standard_error_is_no_panic() {
        let mut command = Command::new("sh");
        let script = format!("exec '{}' closed_stderr 2>&-", env!("CARGO_BIN_EXE_program"));
        let mut child = command
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell");
        assert_eq!(child.wait().expect("it ends").code(), Some(1));
    }
}

mod live_tree {
    use super::*;

    #[test]
    fn sigusr1_prints_it_and_the_program_goes_on() {
        let mut program = program("dump");
        program.says("running");
        let header = format!("--- live tree of process {} ---\nservice", program.id());
        for times in 1..=3 {
            program.signal("USR1");
            program.errors_with(&header, times);
            program.errors_with("\n---\n", times);
        }
        program.signal("TERM");
        let end = program.end();
        ended(&end, 0, &[]);
        // by the third time they wait
        let lines = Vec::from_iter(end.errors.lines().skip(4 * 2));
        assert!(
            lines[1].starts_with("service       waiting")
                && lines[1].contains("  for a stop  ")
                && lines[1].contains("  tests/bin/program.rs:"),
            "{end:?}"
        );
        assert!(
            lines[2].starts_with("└─ reader #1  waiting")
                && lines[2].contains("  for a stop  1 poll  tests/bin/program.rs:"),
            "{end:?}"
        );
        assert_eq!(lines[3], "---", "{end:?}");
    }

    #[test]
    fn a_runtime_that_is_stuck_prints_it_too() {
        let mut program = program("dump_blocked");
        program.says("running");
        program.signal("USR1");
        program.error_with("stuck  running");
        program.error_with("\n---\n");
        program.signal("KILL");
        assert_eq!(program.end().code, None);
    }

    #[test]
    fn without_the_option_the_signal_ends_the_process() {
        let mut program = program("polite");
        program.says("running");
        program.signal("USR1");
        let end = program.end();
        assert_eq!((end.code, &*end.errors), (None, ""), "{end:?}");
    }
}

both! {
    async fn inside_of_a_runtime_it_says_what_to_write() {
        let handle = tokio::runtime::Handle::current();
        let found = [
            (line!(), panic_site(|| ayo::run(async |_| ()))),
            (line!(), panic_site(|| ayo::program().current_thread().run(async |_| ()))),
            (line!(), panic_site(|| ayo::on_runtime(&handle).run(async |_| ()))),
        ];
        for (line, (file, at, text)) in found {
            assert!(file.ends_with("program.rs") && at == line, "{file}:{at}, not {line}");
            assert!(text.contains("inside of a Tokio runtime") && text.contains("`ayo::scope().run("), "{text}");
        }
        tokio::task::yield_now().await; // and this one goes on
        let blocking = tokio::task::spawn_blocking(|| ayo::run(async |_| Ok::<_, ayo::Error>(5)));
        assert_eq!(blocking.await.unwrap().unwrap(), 5, "there it may block");
    }
}

#[test]
fn in_a_runtime_that_was_entered_it_runs() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    assert_eq!(ayo::run(async |_| Ok::<_, ayo::Error>(5)).unwrap(), 5);
}
