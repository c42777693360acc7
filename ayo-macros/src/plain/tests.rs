//! Snapshots of `#[derive(Plain)]`, and its mistakes.

use super::derive;
use crate::kit::testing::{Form, check_messages, check_room};

#[test]
fn snapshots() {
    check_room("plain", Form::Items, derive);
}

#[test]
fn its_attribute_is_checked() {
    let bad = |text: &str, part: &str| {
        check_messages(text, &derive(text.parse().unwrap()), &[part]);
    };
    bad("#[ayo(krate = x)] struct A;", "did you mean `crate`?");
    bad("#[ayo] struct A;", "write `#[ayo(crate = path::to::ayo)]`");
    bad("#[ayo(crate)] struct A;", "`crate` needs a value");
}
