//! Snapshots of `#[ayo::scoped]`, and its mistakes.

use proc_macro2::TokenStream;

use super::scoped;
use crate::kit::testing::{Form, attribute, check_messages, check_room};

fn expand(input: TokenStream) -> TokenStream {
    let (args, item) = attribute(input);
    scoped(args, item)
}

#[test]
fn snapshots() {
    check_room("scoped", Form::Items, expand);
}

#[test]
fn mistakes_keep_the_item() {
    let bad = |text: &str, kept: &str, part: &str| {
        let expansion = expand(text.parse().unwrap());
        check_messages(text, &expansion, &[part]);
        assert!(expansion.to_string().contains(kept), "{expansion}");
    };
    bad("#[scoped] impl Server { }", "impl Server", "stands on a function");
    bad("#[scoped] fn declared(run: &Scope);", "declared", "with a body");
    bad("#[scoped(timeout = 1)] fn f() { kept() }", "kept", "the only option of `#[ayo::scoped]` is `crate`");
}
