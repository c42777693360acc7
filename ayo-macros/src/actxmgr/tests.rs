//! Snapshots of `actxmgr!`, and its mistakes.

use proc_macro2::TokenStream;

use super::actxmgr;
use crate::kit::testing::{Form, call, check_messages, check_room, messages};

#[test]
fn snapshots() {
    check_room("actxmgr", Form::Items, |input| actxmgr(call(input)));
}

fn of(code: &str) -> TokenStream {
    actxmgr(format!("async fn f() -> u32 {{ {code} }}").parse().unwrap())
}

/// Each mistake is one message, and what is emitted is a function.
fn bad(code: &str, parts: &[&str]) {
    let expansion = of(code);
    check_messages(code, &expansion, parts);
    let file = syn::parse2::<syn::File>(expansion).unwrap();
    let Some(function @ syn::Item::Fn(_)) = file.items.last() else { panic!("{code}: no function") };
    let text = quote::quote!(#function).to_string();
    assert!(!text.replace("refused_yield", "").contains("yield "), "{code}: {text}");
}

fn good(code: &str) {
    bad(code, &[]);
}

#[test]
fn each_path_yields_once() {
    good("yield 1;");
    good("let exit = yield 1; f(exit).await?;");
    good("match (yield 1) { Exit::Done => {} _ => {} }");
    good("if a { yield 1; } else { yield 2; }");
    good("if a { Err(e)?; } yield 1;");
    good("if a { panic!(\"no\"); } yield 1;");
    good("match a { 1 => { yield 1; } 2 => Err(e)?, 3 => panic!(), _ => { yield 2; } }");
    good("match a { 1 => { yield 1; } _ => std::process::exit(1), }");
    good("let Some(x) = y else { Err(e)? }; yield x;");
    good("let Some(x) = y else { panic!() }; yield x;");
    good("for x in y { f(x)?; } yield 1; while a { g(); }");
    good("let x = loop { if a { break 1; } }; yield x;");
    good("'a: { if b { break 'a; } f(); } yield 1;");
    good("unsafe { yield 1; }");
    good("f(yield 1);");
}

#[test]
fn none_follows_a_defer() {
    bad("defer!(a()); yield 1;", &["a `yield` cannot follow a `defer!`"]);
    bad("defer!(a()); match b { _ => { yield 1; } }", &["a `yield` cannot follow a `defer!`"]);
    good("{ defer!(a()); b().await } yield 1; defer!(c()); d().await;");
}

#[test]
fn none_is_a_mistake() {
    bad("", &["a manager has one `yield`"]);
    bad("f().await?;", &["a manager has one `yield`"]);
    bad("loop { f(); }", &[]);
}

#[test]
fn one_in_the_arguments_of_a_macro_is_not_seen() {
    let [message] = &messages(of("println!(\"{:?}\", (yield 1).is_done());"))[..] else { panic!() };
    assert!(message.contains("in the arguments of a macro"), "{message}");
    assert!(messages(of("yield 1; let after = stream! { yield 2; };")).is_empty(), "that one is not ours");
}

#[test]
fn two_are_a_mistake() {
    bad("yield 1; yield 2;", &["second `yield`"]);
    bad("if a { yield 1; } else { yield 2; } yield 3;", &["second `yield`"]);
    bad("match (yield 1) { Exit::Done => { yield 2; } _ => {} }", &["second `yield`"]);
    bad("f(yield 1, yield 2);", &["second `yield`"]);
}

#[test]
fn a_path_without_is_a_mistake() {
    bad("if a { yield 1; }", &["nothing is yielded on this path"]);
    bad("if a { yield 1; } else { f(); x = 1; }", &["nothing is yielded on this path"]);
    bad("match a { 1 => { yield 1; } 2 => {} _ => {} }", &["on this path", "on this path"]);
    bad("let x = a && (yield 1).is_done();", &["on this path"]);
    bad("'a: { if b { break 'a; } yield 1; }", &["on this path"]);
}

#[test]
fn it_stands_in_the_function_itself() {
    bad("for x in y { yield x; }", &["cannot stand in a loop"]);
    bad("loop { yield 1; break; }", &["cannot stand in a loop"]);
    bad("let f = || { yield 1; };", &["cannot stand in a closure"]);
    bad("async { yield 1; }.await;", &["cannot stand in an `async` block"]);
    bad("fn g() { yield 1; }", &["cannot stand in a function of its own"]);
    bad("fn g() { yield 1; } yield 2;", &["cannot stand in a function of its own"]);
}

#[test]
fn return_cannot_leave_it() {
    bad("if a { return; } yield 1;", &["`return` cannot leave a manager"]);
    bad("if a { return Err(e); } yield 1;", &["write `Err(e)?` instead of `return Err(e)`"]);
    bad("yield 1; return;", &["`return` cannot leave a manager"]);
    bad("yield 1; Ok(())", &["a manager ends without a value: leave `Ok(())` out"]);
    bad("yield 1; Err(e)", &["write `Err(e)?` instead of `Err(e)`"]);
}

fn wrong(text: &str, part: &str) {
    let expansion = actxmgr(text.parse().unwrap());
    check_messages(text, &expansion, &[part]);
    syn::parse2::<syn::File>(expansion).unwrap();
}

#[test]
fn it_is_an_async_function() {
    wrong("", "holds an async function");
    wrong("struct A;", "holds an async function");
    wrong("impl A { async fn f() { yield; } }", "holds an async function");
    wrong("fn f() -> u32 { yield 1; }", "add `async`");
    wrong("const async fn f() { yield; }", "cannot be `const`");
    wrong("async fn f() -> impl Read { yield 1; }", "name the type");
    wrong("#[ayo(crat = x)] async fn f() { yield; }", "unknown option `crat`");
    wrong("#[ayo] async fn f() { yield; }", "write `#[ayo(crate = path::to::ayo)]`");
}
