//! Snapshots of `vars!`, and its mistakes.

use super::vars;
use crate::kit::testing::{Form, call, check_messages, check_room};

#[test]
fn snapshots() {
    check_room("vars", Form::Items, |input| vars(call(input)));
}

/// Each mistake is one message, and the rest of the expansion parses.
fn bad(text: &str, parts: &[&str], kept: &[&str]) {
    let expansion = vars(text.parse().unwrap());
    check_messages(text, &expansion, parts);
    let names: Vec<String> =
        syn::parse2::<syn::File>(expansion).unwrap().items.iter().filter_map(name).collect();
    assert_eq!(names, kept, "{text}");
}

fn name(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Static(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

#[test]
fn a_variable_is_a_static_with_a_type() {
    bad("", &[], &[]);
    bad("static A: u8", &[], &["A"]);
    bad("const A: u8; static B: u8;", &["is a `static`"], &["A", "B"]);
    bad("let mut a: u8 = 1;", &["is a `static`"], &["a"]);
    bad("static mut A: u8 = 1;", &["remove `mut`"], &["A"]);
    bad("static A = 1; static B: u8 = 2;", &["needs its type: `static A: Type`"], &["B"]);
    bad("static A; static B: u8;", &["needs its type"], &["B"]);
    bad("A: u8; static B: u8;", &["write `static NAME: Type;`"], &["B"]);
    bad("static _: u8;", &["needs a name"], &[]);
    bad("fn f() {} ; static B: u8;", &["write `static NAME: Type;`"], &["B"]);
    bad("static A: u8 static B: u8;", &["expected `;`"], &[]);
}

#[test]
fn what_stands_before_it() {
    bad("#[no_inherit(x)] static A: u8;", &["has no options"], &["A"]);
    bad("#[no_inherit] #[no_inherit] static A: u8;", &["once is enough"], &["A"]);
    bad("krate = x => static A: u8;", &["did you mean `crate`?"], &["A"]);
    bad("crate = => static A: u8;", &["`crate`"], &["A"]);
    bad("static A: fn() -> u8 = || match 1 { _ => 2 };", &[], &["A"]);
}

#[test]
fn every_mistake_at_once() {
    bad("static A = 1; const B: u8; static mut C: u8;", &["its type", "`static`", "`mut`"], &["B", "C"]);
}
