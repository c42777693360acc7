//! `#[ayo::test]`: a test as a scope.

mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::door;

/// The whole way from what was written to what is emitted.
pub(crate) fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    door::attribute((args, item), parse::parse, model::check, expand::expand)
}
