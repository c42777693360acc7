//! Snapshots of `server!`, and its mistakes.

use proc_macro2::TokenStream;

use super::server;
use crate::kit::testing::{Form, call, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    server(call(input))
}

#[test]
fn snapshots() {
    check_room("server", Form::Items, expand);
}

/// Each mistake is one message, and the rest parses.
fn bad(text: &str, parts: &[&str]) {
    let expansion = server(text.parse().unwrap());
    check_messages(text, &expansion, parts);
    syn::parse2::<syn::File>(expansion).unwrap();
}

#[test]
fn a_worker_has_its_form() {
    bad("async fn f(worker: Worker) { yield; }", &[]);
    bad("async fn f(worker: ayo::Worker) -> Result<(), E> { let s: Signal = yield; Ok(()) }", &[]);
    bad("fn f(worker: Worker) { yield; }", &["add `async`"]);
    bad("async fn f() { yield; }", &["write `f(worker: Worker)`"]);
    bad("async fn f(worker: &Worker) { yield; }", &["takes `worker: Worker`"]);
    bad("async fn f(worker: Worker, port: u16) { yield; }", &["`worker.context()`"]);
    bad("async fn f<T>(worker: Worker) { yield; }", &["generic"]);
    bad("struct Server;", &["takes functions"]);
    bad("", &["takes functions"]);
}

#[test]
fn it_yields_once_and_for_itself() {
    bad("async fn f(worker: Worker) { serve().await; }", &["never says that it is ready"]);
    bad("async fn f(worker: Worker) { run << async { yield; }; }", &["is in an `async` block"]);
    bad("async fn f(worker: Worker) { yield; call(|| yield); }", &["is in a closure"]);
    bad("async fn f(worker: Worker) { yield 5; }", &["no value to give"]);
    bad("async fn f(worker: Worker) { fn g() { yield } }", &["never says that it is ready"]);
}
