//! Snapshots of `with!`, and its mistakes.

use proc_macro2::TokenStream;

use super::with;
use crate::kit::testing::{Form, call, check_messages, check_room};

#[test]
fn snapshots() {
    check_room("with", Form::Expression, |input| with(call(input)));
}

/// Each mistake is one message, and the rest of the expansion parses.
fn bad(text: &str, parts: &[&str]) {
    let input: TokenStream = text.parse().unwrap();
    let expansion = with(input);
    check_messages(text, &expansion, parts);
    syn::parse2::<syn::Expr>(expansion).unwrap();
}

fn good(text: &str) {
    bad(text, &[]);
}

#[test]
fn a_manager_is_a_call_or_a_value() {
    good("a = f() => { 5 }");
    good("mut a = x.f::<T>(1, 2) => { 5 }");
    good("(a, _) = f::<T>(1), B { x, .. } = g(a), => { 5 }");
    good("_ = f() => {}");
    good("all = &mut group => {}");
    good("one = manager, other = self.next => {}");
    good("one = manager!(f()) => {}");
    good("crate = my::ayo, a = f() => {}");
}

#[test]
fn the_form_is_told() {
    bad("", &["`with!` needs a manager"]);
    bad("{ 5 }", &["`with!` needs a manager"]);
    bad("=> { 5 }", &["`with!` needs a manager"]);
    bad("a = f()", &["`with!` needs a body"]);
    bad("a = f() { 5 }", &["write `=>`"]);
    bad("a = f() => 5", &["the body of `with!` is a block"]);
    bad("a = f() => { 5 } + 1", &["nothing follows the body"]);
    bad("f() => { 5 }", &["or `_ = manager(..)`"]);
    bad("a = f() b = g() => { 5 }", &["write `,` between two managers"]);
    bad("a = f().await => { 5 }", &["leave `.await` out here"]);
    bad("a = f()? => { 5 }", &["write `?` behind that"]);
}

#[test]
fn nothing_leaves_the_body_but_its_end_and_errors() {
    bad("a = f() => { return; }", &["`return` cannot leave a `with!` body"]);
    bad("a = f() => { break; }", &["`break` cannot leave a `with!` body"]);
    bad("a = f() => { if x { continue; } }", &["`continue` cannot leave a `with!` body"]);
    bad("a = f() => { break 'a 5; }", &["`break` cannot leave"]);
    bad("a = f() => { loop { continue 'a; } }", &["`continue` cannot leave"]);
    bad("a = f() => { Ok(5) }", &["write `v` instead of `Ok(v)`"]);
    good("a = f() => { loop { break; } for x in y { continue; } }");
    good("a = f() => { 'a: loop { while x { break 'a; } } 'b: { break 'b 5 } }");
    good("a = f() => { f(|x| { return x; }); async { loop { break; } return 1; } }");
}

#[test]
fn every_mistake_at_once() {
    bad(
        "f().await => { run.after(5sec); return 5 }",
        &["or `_ =", "leave `.await`", "unknown unit", "`return`"],
    );
}
