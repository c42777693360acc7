//! `with!`: runs a block inside of one context manager, or several.

mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted.
pub(crate) fn with(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed = parse::parse(input, &mut errors);
    let model = model::check(parsed, &mut errors);
    expand::expand(&model, errors)
}
