//! Snapshots of `select!`, and its mistakes.

use proc_macro2::TokenStream;

use super::select;
use crate::kit::testing::{Form, call, check_messages, check_room, messages};

fn expand(input: TokenStream) -> TokenStream {
    select(call(input))
}

#[test]
fn snapshots() {
    check_room("select", Form::Expression, expand);
}

fn bad(text: &str, part: &str) {
    check_messages(text, &select(text.parse().unwrap()), &[part]);
}

#[test]
fn mistakes() {
    bad("", "needs a branch at least");
    bad("biased;", "needs a branch at least");
    bad("else => 1", "needs a branch at least");
    bad("else => 1, x = f() => 2", "`else` is the last branch");
    bad("x = f() => 1 y = g() => 2", "write `,` between two branches");
    bad("f() => 1", "the pattern is missing: write `pattern = future => what to do,`");
    bad("x = f()", "write `pattern = future => what to do,`");
    bad("x = f(), y = g() => 1", "write `pattern = future => what to do,`");
    let many = "x = f() => 1,".repeat(13);
    bad(&many, "at most 12 branches");
}

#[test]
fn a_block_needs_no_comma() {
    for text in
        ["x = f() => {} y = g() => {}", "x = f() => if a { 1 } else { 2 } y = g() => match b { _ => 3 }"]
    {
        assert!(messages(select(text.parse().unwrap())).is_empty(), "{text}");
    }
}
