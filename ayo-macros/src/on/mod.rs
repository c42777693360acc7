//! `#[ayo::on(stopping)]`: a function as a hook.

mod expand;
mod known;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted.
pub(crate) fn on(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    match parse::parse(args, item, &mut errors) {
        Ok(parsed) => {
            let model = model::check(parsed, &mut errors);
            expand::expand(&model, errors)
        }
        Err(item) => expand::untouched(&item, errors),
    }
}
