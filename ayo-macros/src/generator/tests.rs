//! Snapshots of `generator!`, and its mistakes.

use proc_macro2::TokenStream;

use super::generator;
use crate::kit::testing::{Form, call, check_messages, check_room};

#[test]
fn snapshots() {
    check_room("generator", Form::Expression, |input| generator(call(input)));
}

fn bad(text: &str, parts: &[&str]) {
    let input: TokenStream = text.parse().unwrap();
    let expansion = generator(input);
    check_messages(text, &expansion, parts);
    syn::parse2::<syn::Expr>(expansion).unwrap();
}

#[test]
fn mistakes() {
    bad("", &["and there is none"]);
    bad("for n in 0..3 { f(n); }", &["and there is none"]);
    bad("let f = |n| { yield n; };", &["in the body of the generator itself"]);
    bad("yield 1; let f = async { yield 2; };", &["in the body of the generator itself"]);
    bad("timeout = 1 => yield 1;", &["the only option of `generator!` is `crate`"]);
    bad("let f = |n| { yield n; yield 5sec; };", &["itself", "itself", "unknown unit"]);
    bad("yield 1; let s = match yield 2 { Some(x) => x, None => 3 };", &[]);
}
