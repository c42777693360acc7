//! Mistakes that people make, and what the compiler answers.
//!
//! A room is a feature, under the same name as in `ayo` and `ayo-macros`. In it `syntax`, `types`, `borrow` and
//! `warnings` are the phases of the compiler, apart because an error in an early one hides the later ones; `pass` is
//! what must compile and run. A `.stderr` is text that users read: `TRYBUILD=overwrite cargo test -p ui-tests` writes
//! them anew, and the difference is to be reviewed as such.
//!
//! No `.stderr` shows a line of the standard library: there it would depend on whether rust-src is installed.

use std::path::Path;

#[test]
fn scope() {
    room("scope");
}

#[test]
fn spawn() {
    room("spawn");
}

#[test]
fn main() {
    room("main");
}

#[test]
fn test() {
    room("test");
}

#[test]
fn server() {
    room("server");
}

#[test]
fn on() {
    room("on");
}

#[test]
fn scoped() {
    room("scoped");
}

#[test]
fn blocking() {
    room("blocking");
}

#[test]
fn schedules() {
    room("schedules");
}

#[test]
fn select() {
    room("select");
}

#[test]
fn race() {
    room("race");
}

#[test]
fn cached() {
    room("cached");
}

#[test]
fn local() {
    room("local");
}

#[test]
fn eager() {
    room("eager");
}

#[test]
fn generator() {
    room("generator");
}

#[test]
fn plain() {
    room("plain");
}

#[test]
fn defer() {
    room("defer");
}

#[test]
fn vars() {
    room("vars");
}

#[test]
fn actxmgr() {
    room("actxmgr");
}

#[test]
fn manager() {
    room("manager");
}

#[test]
fn with() {
    room("with");
}

fn room(name: &str) {
    let cases = trybuild::TestCases::new();
    for phase in ["syntax", "types", "borrow", "warnings"] {
        if has(name, phase) {
            cases.compile_fail(format!("{name}/{phase}/*.rs"));
        }
    }
    if has(name, "pass") {
        cases.pass(format!("{name}/pass/*.rs"));
    }
}

fn has(room: &str, phase: &str) -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(room).join(phase).is_dir()
}

/// What rust-src would change.
#[test]
fn no_message_shows_the_standard_library() {
    let mut folders = vec![env!("CARGO_MANIFEST_DIR").into()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir::<std::path::PathBuf>(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "stderr") {
                let text = std::fs::read_to_string(&path).unwrap();
                let shows = ["$RUST", "/rustc/", "library/core", "library/std", "library/alloc"];
                let shown = shows.iter().find(|part| text.contains(*part));
                assert_eq!(shown, None, "{}", path.display());
            }
        }
    }
}
