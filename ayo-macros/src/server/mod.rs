//! `server!`: what a worker of a server does, with `yield` where it is ready.

mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;
mod yields;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted.
pub(crate) fn server(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    match parse::parse(input, &mut errors) {
        Ok(functions) => {
            let model = model::check(functions, &mut errors);
            expand::expand(&model, errors)
        }
        Err(items) => errors.beside(&items),
    }
}
