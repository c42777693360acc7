//! `generator!`: a body with `yield` in it.

mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted.
pub(crate) fn generator(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed = parse::parse(input);
    let model = model::check(parsed, &mut errors);
    expand::expand(&model, errors)
}
