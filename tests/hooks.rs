//! Hooks, contexts and policies: programs as child processes, which say what is called.
#![cfg(unix)]

mod child;

use std::process::Command;

use child::{Child, End};

fn program(arguments: &[&str]) -> Child {
    Child::start(Command::new(env!("CARGO_BIN_EXE_hooks")).args(arguments))
}

#[track_caller]
fn ended(end: &End, code: i32, said: &[&str]) {
    assert_eq!(end.rest, said, "{end:?}");
    assert_eq!(end.code, Some(code), "{end:?}");
}

const BEFORE: [&str; 4] =
    ["runtime::created", "runtime::set", "runtime::started", "starting, from a dependency"];

const LIFE: [&str; 15] = [
    "policy::set",
    "runtime::created",
    "runtime::set",
    "runtime::started",
    "starting, from a dependency",
    "starting",
    "body begins",
    "started",
    "body ends",
    "stopping",
    "task ends",
    "a task of a hook",
    "first of stopped",
    "stopped",
    "runtime::closed",
];

/// The task that waits for the `stopping` hook and the one that it starts may come in any order.
fn in_order(mut said: Vec<String>) -> Vec<String> {
    if let Some(at) = said.iter().position(|line| line == "a task of a hook")
        && said.get(at + 1).is_some_and(|line| line == "task ends")
    {
        said.swap(at, at + 1);
    }
    said
}

#[test]
fn each_is_called_at_its_moment_once() {
    let mut end = program(&["all"]).end();
    end.rest = in_order(end.rest);
    ended(&end, 0, &LIFE);
    assert_eq!(end.errors, "");
}

#[test]
fn without_hooks_only_the_built_in_warnings_are_left() {
    let end = program(&["quiet"]).end();
    assert_eq!((end.code, end.rest.len()), (Some(0), 3), "{end:?}");
    assert_eq!(end.rest, ["body", "policy::set", "policy::set"], "a policy for all is of no program");
    assert_eq!(end.errors, "ayo: a policy was set already; the new one takes its place\n");
}

mod failures {
    use super::*;

    #[test]
    fn one_is_told_and_the_others_are_called() {
        let hooks = LIFE.iter().filter(|line| !line.contains(' ') && **line != "starting");
        for hook in hooks {
            for (how, what) in [("error", "failed: no luck"), ("panic", "panicked: no luck")] {
                let mut end = program(&["all", &format!("{hook}={how}")]).end();
                end.rest = in_order(end.rest);
                ended(&end, 0, &LIFE);
                let name = hook.replace("::", "_");
                let told = format!("ayo: the `{hook}` hook `hooks::{name}` {what}\n");
                assert!(end.errors.ends_with(&told), "{}", end.errors);
            }
        }
    }

    #[test]
    fn one_of_starting_is_the_programs() {
        let end = program(&["all_result", "starting=error"]).end();
        let expected: Vec<_> = BEFORE
            .into_iter()
            .chain(["starting", "first of stopped", "stopped", "runtime::closed"])
            .collect();
        ended(&end, 1, &expected);
        let text = "Error: the `starting` hook `hooks::starting` failed\n\nCaused by:\n";
        assert!(end.errors.starts_with(text) && end.errors.contains("no luck"), "{}", end.errors);
    }

    #[test]
    fn a_panic_of_starting_is_the_programs() {
        let end = program(&["all_result", "starting=panic"]).end();
        let expected: Vec<_> = BEFORE
            .into_iter()
            .chain(["starting", "first of stopped", "stopped", "runtime::closed"])
            .collect();
        ended(&end, 101, &expected);
    }

    #[test]
    fn one_that_is_called_in_the_depth_is_told() {
        for (which, hook) in [("leaking", "leaked"), ("failing", "task_failed")] {
            for (how, what) in [("error", "failed: no luck"), ("panic", "panicked: no luck")] {
                let end = program(&[which, &format!("{hook}={how}")]).end();
                let told = format!("ayo: the `{hook}` hook `hooks::{hook}` {what}\n");
                assert!(end.errors.contains(&told), "{}", end.errors);
                assert!(end.rest.contains(&"stopped".to_owned()), "{end:?}");
            }
        }
    }

    #[test]
    fn one_of_signal_is_told() {
        let mut program = program(&["signals", "signal=panic"]);
        while program.line().expect("a body") != "body" {}
        program.signal("INT");
        let end = program.end();
        assert_eq!(end.code, Some(0), "{end:?}");
        assert!(
            end.errors.contains("ayo: the `signal` hook `hooks::signal` panicked: no luck\n"),
            "{}",
            end.errors
        );
    }
}

mod signals {
    use super::*;

    fn running(arguments: &[&str]) -> Child {
        let mut program = program(arguments);
        while program.line().expect("a body") != "body" {}
        program
    }

    #[test]
    fn they_are_told() {
        let mut program = running(&["signals"]);
        program.says("started");
        program.signal("TERM");
        let end = program.end();
        let mut said = end.rest.clone();
        said.sort();
        let mut expected = [
            "SIGTERM",
            "signal",
            "stopping",
            "a task of a hook",
            "first of stopped",
            "stopped",
            "runtime::closed",
        ];
        expected.sort_unstable();
        assert_eq!((end.code, said), (Some(0), expected.map(str::to_owned).to_vec()), "{end:?}");
    }

    /// The body does not end by itself; the `stopping` hooks count down in the meantime, and are not cut by that.
    #[test]
    fn stopping_may_take_its_time() {
        let mut program = running(&["countdown"]);
        program.says("started");
        program.signal("INT");
        let said: Vec<_> =
            std::iter::from_fn(|| program.line()).take_while(|line| line != "a task of a hook").collect();
        assert_eq!(
            said.iter().filter(|line| !line.contains("SIG") && *line != "signal").collect::<Vec<_>>(),
            ["3", "2", "1", "stopping"]
        );
        program.signal("INT");
        let end = program.end();
        assert_eq!(end.code, Some(130), "{end:?}");
        assert!(end.rest.contains(&"stopped".to_owned()), "{end:?}");
    }

    #[test]
    fn the_grace_cuts_a_stopping_hook() {
        let program = running(&["endless", "endless", "0.05"]);
        program.signal("TERM");
        let end = program.end();
        assert!(end.errors.contains("`stopping` hook `hooks::stopping` was cut off"), "{}", end.errors);
        assert!(end.rest.contains(&"stopped".to_owned()), "{end:?}");
    }

    #[test]
    fn a_second_signal_cuts_a_stopping_hook() {
        let mut program = running(&["endless", "endless", "300"]);
        program.signal("TERM");
        while program.line().expect("the hook") != "for ever" {}
        program.signal("TERM");
        let end = program.end();
        assert_eq!(end.code, Some(143), "{end:?}");
        assert!(
            end.errors.starts_with("ayo: the `stopping` hook `hooks::stopping` was cut off by the cancel\n"),
            "{}",
            end.errors
        );
        assert!(end.rest.contains(&"stopped".to_owned()), "{end:?}");
    }

    #[test]
    fn a_failure_does_not_cut_a_stopping_hook_but_the_grace_does() {
        let end = program(&["endless_failure", "endless"]).end();
        assert_eq!(end.code, Some(1), "{end:?}");
        assert!(
            end.rest.contains(&"for ever".to_owned()) && end.rest.contains(&"stopped".to_owned()),
            "{end:?}"
        );
        assert!(end.errors.contains("it took longer than the grace of 50ms"), "{}", end.errors);
        assert!(end.errors.contains("a task failed"), "{}", end.errors);
    }

    #[test]
    fn one_while_starting_is_seen_by_the_body() {
        let mut program = program(&["slow_start", "ends", "300"]);
        while program.line().expect("the hook") != "connecting" {}
        program.signal("INT");
        let end = program.end();
        assert_eq!(end.code, Some(0), "{end:?}");
        assert!(end.rest.contains(&"body, stopping: true".to_owned()), "{end:?}");
        assert!(end.rest.contains(&"over".to_owned()), "{end:?}");
    }

    #[test]
    fn two_while_starting_keep_the_body_from_running() {
        let mut program = program(&["slow_start", "hangs", "300"]);
        while program.line().expect("the hook") != "connecting" {}
        program.signal("INT");
        while program.line().expect("the hook") != "asked to stop" {}
        program.signal("INT");
        let end = program.end();
        assert_eq!(end.code, Some(130), "{end:?}");
        assert!(!end.rest.iter().any(|line| line.contains("body") || line == "stopping"), "{end:?}");
        assert!(end.rest.contains(&"stopped".to_owned()), "{end:?}");
    }

    #[test]
    fn the_grace_ends_a_start() {
        let mut program = program(&["slow_start", "hangs", "0.02"]);
        while program.line().expect("the hook") != "connecting" {}
        program.signal("TERM");
        assert_eq!(program.end().code, Some(143));
    }

    #[test]
    fn two_cut_a_stopped_hook() {
        let mut program = program(&["stopped_endless"]);
        while program.line().expect("the hook") != "for ever" {}
        program.signal("INT");
        program.signal("TERM");
        let end = program.end();
        assert!(matches!(end.code, Some(130 | 143)), "{end:?}");
        assert!(!end.rest.contains(&"over".to_owned()), "{end:?}");
    }
}

#[test]
fn failed_tasks_are_told_of() {
    let end = program(&["failing"]).end();
    let told: Vec<_> = end.rest.iter().filter(|line| line.contains('#')).collect();
    assert_eq!(told, ["main/contained #1: not so bad", "main/fatal #2: panicked: bad"], "{end:?}");
    assert_eq!(end.rest.iter().filter(|line| *line == "task_failed").count(), 2, "{end:?}");
    assert_eq!(end.code, Some(101), "{end:?}");
}

#[test]
fn leaks_are_told_of() {
    let end = program(&["leaking"]).end();
    assert_eq!(end.rest.iter().filter(|line| *line == "the `shield`").count(), 1, "{end:?}");
    assert_eq!(end.rest.iter().filter(|line| *line == "leaked").count(), 1, "{end:?}");
}

#[test]
fn threads_are_told_of() {
    let end = program(&["threads"]).end();
    let counts = end.rest.last().expect("the counts");
    assert_eq!(counts, "3 started, 3 stopped");
}

#[test]
fn they_can_be_disabled_by_kind_by_name_and_all() {
    let end = program(&["disabled"]).end();
    let expected = "\
there is no hook `ehind`
body
stopping
first of stopped
stopped
--
body
--
body
stopped
--
body
first of stopped
stopped
--
starting, from a dependency
starting
body
started
stopping
a task of a hook
first of stopped
stopped";
    assert_eq!(end.rest.join("\n"), expected, "{end:?}");
}

#[test]
fn they_can_be_registered_at_run_time() {
    let end = program(&["run_time"]).end();
    let expected = [
        "body",
        "stopped",
        "the first closure, at stopped",
        "the last closure",
        "body",
        "stopped",
        "the last closure",
        "an async one at `leaked`: panics",
    ];
    ended(&end, 0, &expected);
    assert_eq!(end.errors.matches("`the closure of tests/bin/hooks.rs:").count(), 2, "{}", end.errors);
    assert!(end.errors.contains("failed: it is sad"), "{}", end.errors);
}

#[test]
fn a_runtime_that_was_given_is_not_made_or_closed() {
    let end = program(&["given"]).end();
    let expected = [
        "runtime::set",
        "runtime::started",
        "starting, from a dependency",
        "starting",
        "body",
        "started",
        "stopping",
        "first of stopped",
        "stopped",
        "5",
    ];
    ended(&end, 0, &expected);
}

#[test]
fn a_policy_shapes_the_runtime() {
    let end = program(&["policies"]).end();
    let expected = ["policy::set", "policy::set", "Some(\"second\")", "policy::set", "Some(\"own\")"];
    ended(&end, 0, &expected);
    let warning = "ayo: a policy was set already; the new one takes its place\n";
    assert_eq!(end.errors, warning.repeat(2));
}

#[test]
fn each_context_has_its_own() {
    let end = program(&["contexts"]).end();
    let shop = ["the shop opens", "in the shop: main/till/sale #1: no change", "selling", "the shop closes"];
    let usual = [
        "runtime::set",
        "runtime::started",
        "starting, from a dependency",
        "starting",
        "body",
        "started",
        "stopping",
        "first of stopped",
        "stopped",
        "runtime::closed",
    ];
    let expected: Vec<_> = shop.into_iter().chain(["--"]).chain(usual).chain(["--"]).chain(shop).collect();
    ended(&end, 0, &expected);
}

#[test]
fn a_scope_in_somebody_elses_runtime_has_the_default_context() {
    let end = program(&["foreign"]).end();
    let [told, hook, kind] = &*end.rest else { panic!("{end:?}") };
    assert!(told.starts_with("mine/") && told.ends_with(" #1: of nobody"), "{told}");
    assert_eq!((&**hook, &**kind), ("task_failed", "Failed"));
}
