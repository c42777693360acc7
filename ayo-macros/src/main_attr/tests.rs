//! Snapshots of `#[ayo::main]`, and its mistakes.

use proc_macro2::TokenStream;

use super::main;
use crate::kit::testing::{Form, attribute, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    let (args, item) = attribute(input);
    main(args, item)
}

#[test]
fn snapshots() {
    check_room("main", Form::Items, expand);
}

/// Each mistake is one message, and the rest of the expansion parses.
fn bad(text: &str, parts: &[&str]) {
    let expansion = expand(text.parse().unwrap());
    check_messages(text, &expansion, parts);
    syn::parse2::<syn::File>(expansion).unwrap();
}

#[test]
fn it_stands_on_an_async_function() {
    bad("#[main] fn main() {}", &["add `async`"]);
    bad("#[main] struct Main;", &["stands on `async fn main`"]);
    bad("#[main] pub mod main {}", &["stands on `async fn main`"]);
    bad("#[main] async fn main<T>() where T: Copy {}", &["generic", "`where`"]);
    bad("#[main] async unsafe extern \"C\" fn main() {}", &["`unsafe`", "ABI"]);
}

#[test]
fn it_takes_the_scope_or_nothing() {
    bad("#[main] async fn main(a: &Scope, b: u8, c: u8) {}", &["remove this"]);
    bad("#[main] async fn main(run: u32) {}", &["takes `run: &Scope`"]);
    bad("#[main] async fn main(run: &mut Scope) {}", &["takes `run: &Scope`"]);
    bad("#[main] async fn main(&self) {}", &["takes `run: &Scope`"]);
    bad("#[main] async fn main(run: &ayo::Scope) {}", &[]);
    bad("#[main] async fn main(_: Scope) {}", &[]);
}

#[test]
fn options_are_checked() {
    bad("#[main(collect)] async fn main() {}", &["no report to collect into"]);
    bad("#[main(parent = x)] async fn main() {}", &["it has no parent"]);
    bad("#[main(worker_threads = 0)] async fn main() {}", &["at least 1"]);
    bad("#[main(flavour = \"current_thread\")] async fn main() {}", &["did you mean `flavor`?"]);
    bad("#[main(grace = -1)] async fn main() {}", &["negative"]);
    bad("#[main(signals)] async fn main() {}", &["write `signals = false`"]);
    bad("#[main(dump_on_signal = true)] async fn main() {}", &["takes no value"]);
    bad("#[main(dump_on_signals)] async fn main() {}", &["did you mean `dump_on_signal`?"]);
    bad("#[main(policy)] async fn main() {}", &["write `policy = |builder| { .. }`"]);
    bad("#[main(hook = false)] async fn main() {}", &["did you mean `hooks`?"]);
    bad("#[main(signal = false)] async fn main() {}", &["did you mean `signals`?"]);
    bad("#[main(flavor = \"single\")] async fn main() {}", &["is one of"]);
    bad(
        "#[main(flavor = \"current_thread\", worker_threads = 2)] async fn main() {}",
        &["goes with `flavor = \"multi_thread\"`"],
    );
    bad(
        "#[main(timeout = -1, threads = 2)] fn main(run: u8) { run << f(5min); }",
        &["negative", "unknown option", "add `async`", "takes `run", "unknown unit"],
    );
}
