//! Snapshots of `#[ayo::cached]`, and its mistakes.

use proc_macro2::TokenStream;

use super::cached;
use crate::kit::testing::{Form, attribute, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    let (args, item) = attribute(input);
    cached(args, item)
}

#[test]
fn snapshots() {
    check_room("cached", Form::Items, expand);
}

/// Each mistake is one message, and the function stays as it was.
fn bad(text: &str, parts: &[&str]) {
    let expansion = expand(text.parse().unwrap());
    check_messages(text, &expansion, parts);
    let (_, item) = attribute(text.parse().unwrap());
    assert!(expansion.to_string().ends_with(&item.to_string()), "{expansion}");
}

#[test]
fn it_stands_on_an_async_function() {
    bad("#[cached] fn f() -> u8 { 1 }", &["add `async`"]);
    bad("#[cached] struct Cache;", &["stands on an `async fn`"]);
    bad("#[cached] async fn f() -> u8;", &["with a body"]);
    bad("#[cached] async extern \"C\" fn f() {}", &["ABI"]);
}

#[test]
fn results_are_owned() {
    bad("#[cached] async fn f(id: u8) -> &str { x }", &["cannot borrow: return an owned value"]);
    bad("#[cached] async fn f(id: u8) -> Result<Cow<'_, str>, E> { x }", &["cannot borrow"]);
    bad("#[cached] async fn f(id: u8) -> impl Iterator<Item = u8> { x }", &["name it"]);
    bad("#[cached(key = id)] async fn f(&self, id: u8) -> Self { x }", &["the type's own name"]);
    bad("#[cached(key = id)] async fn f<T>(id: u8) -> Vec<T> { x }", &["cannot depend on `T`"]);
}

#[test]
fn keys_are_owned_and_known() {
    bad("#[cached] async fn f(&self, id: u8) {}", &["what of `self`"]);
    bad("#[cached] async fn f<T: Hash>(id: T) {}", &["a generic function has to say its key"]);
    bad("#[cached] async fn f(id: impl Hash) {}", &["a generic function has to say its key"]);
    bad("#[cached] async fn f(to: &mut u8) {}", &["may be changed"]);
    bad("#[cached] async fn f(name: Name<'_>) {}", &["the key is kept for longer"]);
    bad("#[cached(key = id + 1)] async fn f(id: u8) {}", &["say the type of a key that is no argument"]);
    bad("#[cached(key = (id, x))] async fn f(id: u8) {}", &["say the type of a key that is no argument"]);
    bad("#[cached(key: &str = name)] async fn f(name: String) {}", &["the key is kept for longer"]);
    bad("#[cached(key: T = id)] async fn f<T>(id: T) {}", &["cannot depend on `T`"]);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    bad(
        "#[cached(max_size = 0, tll = 5, result = 1)] fn f(&self) -> &str { x }",
        &[
            "at least 1",
            "did you mean `ttl`?",
            "`true` or `false`",
            "add `async`",
            "cannot borrow",
            "what of `self`",
        ],
    );
}
