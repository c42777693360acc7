//! `#[ayo::cached]`: a function whose results are kept.

mod expand;
mod key;
mod model;
mod names;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted. With a mistake in it, the function is left as it was.
pub(crate) fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let model = parse::parse(args, &item, &mut errors).and_then(|parsed| model::check(parsed, &mut errors));
    match model {
        Some(model) if errors.is_empty() => expand::expand(&model),
        _ => errors.beside(&item),
    }
}
