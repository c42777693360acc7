//! Snapshots of `#[ayo::on]`, and its mistakes.

use proc_macro2::TokenStream;

use super::on;
use crate::kit::testing::{Form, attribute, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    let (args, item) = attribute(input);
    on(args, item)
}

#[test]
fn snapshots() {
    check_room("on", Form::Items, expand);
}

/// Each mistake is one message, the function is kept, and the whole parses.
fn bad(text: &str, parts: &[&str]) {
    let expansion = expand(text.parse().unwrap());
    check_messages(text, &expansion, parts);
    if !parts.is_empty() {
        assert!(!expansion.to_string().contains("Registration"), "{expansion}");
    }
    syn::parse2::<syn::File>(expansion).unwrap();
}

#[test]
fn the_hook_is_named() {
    bad(
        "#[on] fn f() {}",
        &["say which hook: write `#[ayo::on(stopping)]`; the hooks are `policy::set`, `runtime::created`"],
    );
    bad("#[on(order = 1)] fn f() {}", &["say which hook"]);
    bad("#[on(stoping)] fn f() {}", &["unknown hook `stoping`, did you mean `stopping`? the hooks are"]);
    bad("#[on(created)] fn f() {}", &["did you mean `runtime::created`?"]);
    bad("#[on(banana)] fn f() {}", &["unknown hook `banana`; the hooks are"]);
    bad("#[on(\"stopping\")] fn f() {}", &["write `#[ayo::on(stopping)]`"]);
    bad("#[on(stopping order = 1)] fn f() {}", &["behind a comma"]);
    bad(
        "#[on(stopping, priority = 1)] fn f() {}",
        &["the options of `#[ayo::on]` are `order`, `context`, `crate`"],
    );
}

#[test]
fn its_function_fits() {
    bad("#[on(stopping)] async fn f(run: &Scope) {}", &[]);
    bad("#[on(stopping)] fn f(event: &ayo::Event) {}", &[]);
    bad("#[on(stopping)] async fn f(run: Scope) {}", &["takes `run: &Scope`, `event: &Event`, or nothing"]);
    bad("#[on(stopping)] async fn f(n: u32, m: u32) {}", &["remove this", "or nothing"]);
    bad("#[on(stopping)] fn f(&self) {}", &["not a method"]);
    bad("#[on(stopping)] fn f<T>(event: &Event) where T: Copy {}", &["generic", "`where`"]);
    bad(
        "#[on(runtime::created)] async fn f() {}",
        &["`runtime::created` hooks are called where nothing can be awaited"],
    );
    bad("#[on(task_failed)] fn f(run: &Scope) {}", &["no scope: take `event: &Event`"]);
    bad("#[on(leaked)] async fn f(run: &Scope) {}", &["remove `async`", "no scope"]);
    bad("#[on(stopping)] struct Stop;", &["stands on a function"]);
}
