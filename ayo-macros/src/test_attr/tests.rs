//! Snapshots of `#[ayo::test]`, and its mistakes.

use proc_macro2::TokenStream;

use super::test;
use crate::kit::testing::{Form, attribute, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    let (args, item) = attribute(input);
    test(args, item)
}

#[test]
fn snapshots() {
    check_room("test", Form::Items, expand);
}

/// Each mistake is one message, and the rest of the expansion parses.
fn bad(text: &str, parts: &[&str]) {
    let expansion = expand(text.parse().unwrap());
    check_messages(text, &expansion, parts);
    syn::parse2::<syn::File>(expansion).unwrap();
}

fn good(text: &str) {
    bad(text, &[]);
}

#[test]
fn it_stands_on_an_async_function() {
    bad("#[test] fn t() {}", &["add `async`"]);
    bad("#[test] struct T;", &["stands on an `async fn`"]);
    bad("#[test] async fn t<T>() where T: Copy {}", &["generic", "`where`"]);
    bad("#[test] #[tokio::test] async fn t() {}", &["remove this"]);
    bad("#[test] #[test] async fn t() {}", &["remove this"]);
    assert!(expand("#[test] async fn t(&self) {}".parse().unwrap()).to_string().contains("not a method"));
}

#[test]
fn it_takes_the_scope_anywhere_and_what_others_give() {
    good("#[test] async fn t(run: &ayo::Scope) {}");
    good("#[test] async fn t(_: Scope) {}");
    good("#[test] #[rstest] #[case(1)] async fn t(#[case] n: u8, run: &Scope, mut db: Db) {}");
    bad("#[test] async fn t(run: &Scope, n: u8) {}", &["gets its value from another attribute"]);
    bad("#[test] #[should_panic] async fn t(n: u8) {}", &["gets its value from another attribute"]);
    bad("#[test] #[rstest] async fn t(#[case] (a, b): (u8, u8)) {}", &["give this parameter a name"]);
    bad("#[test] async fn t(a: &Scope, b: Scope) {}", &["one scope"]);
    bad("#[test] async fn t(run: &Scope<Collect<u8>>) {}", &["collects no values"]);
    bad("#[test] async fn t(run: &mut Scope) {}", &["takes `run: &Scope`"]);
}

#[test]
fn options_are_checked() {
    good("#[test(real_time, timeout = 5s, name = \"x\", max_concurrency = 2)] async fn t() {}");
    good("#[test(flavor = \"multi_thread\", real_time, worker_threads = 2)] async fn t() {}");
    good("#[test(cancel_everywhere, drop_everywhere, interleave = 10)] async fn t() {}");
    good("#[test(cancel_everywhere, replay = 3, seed = 4)] async fn t() {}");
    bad("#[test(worker_threads = 2)] async fn t() {}", &["goes with `flavor"]);
    bad("#[test(cancel_everwhere)] async fn t() {}", &["did you mean `cancel_everywhere`?"]);
    bad("#[test(start_paused = true)] async fn t() {}", &["virtual from the start"]);
    bad("#[test(deadline = x)] async fn t() {}", &["write `timeout = 30s`"]);
    bad(
        "#[test(real_time, cancel_everywhere, replay = 1)] async fn t() {}",
        &["`real_time` does not go with"],
    );
    bad("#[test(seed = 1, flavor = \"multi_thread\")] async fn t() {}", &["does not go with `seed`"]);
    bad("#[test(replay = 1)] async fn t() {}", &["add that"]);
    bad("#[test(cancel_everywhere, drop_everywhere, replay = 1)] async fn t() {}", &["keep one of them"]);
    bad("#[test(cancel_everywhere, interleave = 5, replay = 1)] async fn t() {}", &["by `seed`"]);
    bad("#[test(interleave = 5, seed = 1)] async fn t() {}", &["keep one"]);
    bad("#[test(replay = 0, cancel_everywhere)] async fn t() {}", &["at least 1"]);
    bad(
        "#[test(timeout = -1, threads = 2)] fn t(run: u8) {}",
        &["negative", "unknown option", "add `async`", "takes"],
    );
}
