//! Snapshots of `#[ayo::eager]`, and its mistakes.

use proc_macro2::TokenStream;

use super::eager;
use crate::kit::testing::{Form, attribute, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    let (args, item) = attribute(input);
    eager(args, item)
}

#[test]
fn snapshots() {
    check_room("eager", Form::Items, expand);
}

#[test]
fn mistakes_keep_the_item() {
    let bad = |text: &str, kept: &str, part: &str| {
        let expansion = expand(text.parse().unwrap());
        check_messages(text, &expansion, &[part]);
        assert!(expansion.to_string().contains(kept), "{expansion}");
    };
    bad("#[eager] struct Server;", "Server", "stands on an `async fn`");
    bad("#[eager] async fn declared();", "declared", "with a body");
    bad("#[eager] fn f() { kept() }", "kept", "write `async fn`");
    bad("#[eager] async fn f() -> impl Sized { kept() }", "kept", "needs a name");
    bad(
        "#[eager(name = \"x\")] async fn f() { kept() }",
        "kept",
        "the only option of `#[ayo::eager]` is `crate`",
    );
}
