//! `defer!` where nothing rewrites it. What it becomes elsewhere is in `kit/body/defer.rs`.

use proc_macro2::{Span, TokenStream};

/// Says where it belongs.
pub(crate) fn defer(_input: TokenStream) -> TokenStream {
    let text = "`defer!` stands as a statement in the body of `scope!`, `with!` or `#[ayo::main]`, or in an `async fn` that is \
                marked `#[ayo::scoped]`";
    syn::Error::new(Span::call_site(), text).into_compile_error()
}

#[cfg(test)]
mod tests {
    use crate::kit::testing::messages;

    #[test]
    fn outside_of_bodies_it_says_where_it_belongs() {
        let said = messages(super::defer("async {}".parse().unwrap()));
        assert!(said.len() == 1 && said[0].contains("marked `#[ayo::scoped]`"), "{said:#?}");
    }
}
