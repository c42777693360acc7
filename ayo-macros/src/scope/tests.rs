//! Snapshots of `scope!`, and its mistakes.

use proc_macro2::TokenStream;

use super::scope;
use crate::kit::testing::{Form, call, check_messages, check_room};

#[test]
fn snapshots() {
    check_room("scope", Form::Expression, |input| scope(call(input)));
}

/// Each mistake is one message, and the rest of the expansion parses.
fn bad(text: &str, parts: &[&str]) {
    let input: TokenStream = text.parse().unwrap();
    let expansion = scope(input);
    check_messages(text, &expansion, parts);
    syn::parse2::<syn::Expr>(expansion).unwrap();
}

#[test]
fn the_name_is_needed_and_plain() {
    bad("", &["starts with the name"]);
    bad("{ 5 }", &["starts with the name"]);
    bad("timeout = 1 => { 5 }", &["starts with the name"]);
    bad("timeout = 1 => run { 5 }", &["starts with the name"]);
    bad("timeout = 1", &["starts with the name"]);
    bad("|| { 5 }", &["needs a name"]);
    bad("|run, x| { 5 }", &["gets one thing"]);
    bad("|&run| { 5 }", &["comes as `&Scope` already"]);
    bad("|run: Scope| { 5 }", &["the type is known"]);
    bad("|mut run| { 5 }", &["plain name"]);
    bad("|(a, b)| { 5 }", &["plain name"]);
    bad("|run { 5 }", &["starts with the name"]);
    bad("async |run| { 5 }", &["async already"]);
    bad("async move |run| { 5 }", &["async already"]);
}

#[test]
fn the_arrow_is_needed() {
    bad("timeout = 1 |run| { 5 }", &["write `=>`"]);
    bad("timeout = 1, |run| { 5 }", &["write `=>`"]);
    bad("timeout = 1 move |run| { 5 }", &["write `=>`"]);
    bad("supervise { 5 }", &["starts with the name"]);
}

#[test]
fn the_body_is_a_block_at_the_end() {
    bad("|run|", &["needs a body"]);
    bad("|run| run.go().await", &["is a block"]);
    bad("|run| -> u32 { 5 }", &["is inferred"]);
    bad("|run| { 5 }, timeout = 1", &["nothing follows the body"]);
}

#[test]
fn the_tail_is_the_value() {
    bad("|run| { Ok(5) }", &["write `v` instead of `Ok(v)`"]);
    bad("|run| { f(); Ok(()) }", &["leave `Ok(())` out"]);
    bad("|run| { Err(\"no\") }", &["write `Err(e)?`"]);
    bad("|run| { if a { Ok(1) } else { Err(2) } }", &["instead of `Ok(v)`", "`Err(e)?`"]);
    bad("|run| { match a { Ok(v) => Ok(v), Err(e) => f(e) } }", &[]);
    bad("|run| { Ok::<_, E>(5) }", &[]);
}

#[test]
fn return_cannot_leave_the_body() {
    bad("|run| { return; }", &["`return` cannot leave"]);
    bad("|run| { if x { return Err(e); } 5 }", &["`Err(e)?` instead of `return Err(e)`"]);
    bad("|run| { for x in y { match x { 1 => return Ok(1), _ => {} } } }", &["cannot leave"]);
    bad("|run| { f(|x| { return x; }); async { return 1; }; fn g() { return; } }", &[]);
    bad("|run| { f(|x| x); return }", &["cannot leave"]);
}

#[test]
fn every_mistake_at_once() {
    bad(
        "timout = 1, max_concurrency = 0 |run, x| { run.after(5sec); return Ok(5) }",
        &["write `=>`", "gets one thing", "`timeout`", "at least 1", "unknown unit", "cannot leave"],
    );
    bad(
        "timout = 1, max_concurrency = 0 => |run, x| { run.after(5sec); return Ok(5) }",
        &["gets one thing", "`timeout`", "at least 1", "unknown unit", "cannot leave"],
    );
}
