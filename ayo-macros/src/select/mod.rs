//! `select!`: the first of several branches, when the others have cleaned up.

mod expand;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted; `parse` gives checked facts.
pub(crate) fn select(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let model = parse::parse(input, &mut errors);
    expand::expand(model.as_ref(), errors)
}
