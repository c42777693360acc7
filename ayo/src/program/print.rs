//! What a program tells a person on its standard error.
//!
//! Colours are for terminals: not where `NO_COLOR` is set (<https://no-color.org>), or `TERM` is `dumb`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};

use super::ladder::Cut;
use crate::error::Error;

/// The end of a program that failed.
pub(super) fn failure(error: &Error) {
    say(&format!("Error: {error:#}"));
}

/// The end of a program that the ladder cut.
pub(super) fn cut(error: &Error, cut: &Cut) {
    let mut text = format!("Error: {error:#}");
    for line in &cut.running {
        let _ = write!(text, "\n  still running: {line}");
    }
    say(&text);
}

/// Something that is no failure of the program.
pub(super) fn note(text: &str) {
    say(text);
}

/// Something that went wrong beside the program: to `tracing`, or to the standard error where nobody has set that up.
pub(crate) fn warn(text: &str) {
    #[cfg(feature = "tracing")]
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(target: "ayo", "{text}");
        return;
    }
    say(&format!("ayo: {text}"));
}

/// A standard error that is closed is no reason to panic.
fn say(text: &str) {
    let text = if colours() { painted(text) } else { text.to_owned() };
    let _ = writeln!(stderr(), "{text}");
}

fn colours() -> bool {
    let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
    cfg!(unix) && stderr().is_terminal() && wanted(no_color.as_deref(), term.as_deref())
}

fn wanted(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

/// What a line begins with is painted: red what it is about, dim what is beside it.
fn painted(text: &str) -> String {
    const RED: [&str; 1] = ["Error:"];
    const DIM: [&str; 4] = ["spawned at ", "caused by:", "beside it:", "still running:"];
    let mut lines = Vec::new();
    for line in text.lines() {
        let body = line.trim_start();
        let pad = &line[..line.len() - body.len()];
        let begins = |words: &[&'static str]| words.iter().copied().find(|word| body.starts_with(word));
        lines.push(match (begins(&RED), begins(&DIM)) {
            (Some(word), _) => format!("{pad}\x1b[1;31m{word}\x1b[0m{}", &body[word.len()..]),
            (_, Some(word)) => format!("{pad}\x1b[2m{word}\x1b[0m{}", &body[word.len()..]),
            _ => line.to_owned(),
        });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::{painted, wanted};

    #[test]
    fn colours_are_left_out_where_somebody_says_so() {
        let is = |no_color: Option<&'static str>, term: Option<&'static str>| {
            wanted(no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(is(None, None) && is(None, Some("xterm")) && is(Some(""), Some("xterm")));
        assert!(!is(Some("1"), None) && !is(Some("0"), Some("xterm")) && !is(None, Some("dumb")));
    }

    #[test]
    fn only_what_a_line_begins_with_is_painted() {
        let text = "Error: Error: no\n  spawned at a.rs:1\n    beside it: caused by: x\nspawned atoms";
        let expected = "\x1b[1;31mError:\x1b[0m Error: no\n  \x1b[2mspawned at \x1b[0ma.rs:1\n    \
                        \x1b[2mbeside it:\x1b[0m caused by: x\nspawned atoms";
        assert_eq!(painted(text), expected);
    }
}
