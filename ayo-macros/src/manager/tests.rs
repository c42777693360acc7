//! Snapshots of `manager!`, and its mistakes.

use super::manager;
use crate::kit::testing::{Form, call, check_messages, check_room};

#[test]
fn snapshots() {
    check_room("manager", Form::Expression, |input| manager(call(input)));
}

fn bad(text: &str, part: &str) {
    let expansion = manager(text.parse().unwrap());
    check_messages(text, &expansion, &[part]);
    syn::parse2::<syn::Expr>(expansion).unwrap();
}

#[test]
fn it_takes_a_call() {
    bad("", "write `manager!(open(\"a\"))`");
    bad("open", "write `manager!(open(\"a\"))`");
    bad("open(\"a\").await", "write `manager!(open(\"a\"))`");
    bad("open(\"a\"), open(\"b\")", "unexpected token");
    bad("open(5sec)", "unknown unit");
}
