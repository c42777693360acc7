//! `#[ayo::eager]`: an async function that runs at the call.

mod expand;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use crate::kit::diagnostics::Errors;
use crate::kit::function;

/// The whole way from what was written to what is emitted.
pub(crate) fn eager(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let (paths, parsed) = model::read(args, &item, &mut errors);
    let item = match parsed {
        Some(function) => match model::check(function, paths, &mut errors) {
            Ok(model) => expand::expand(model),
            Err(function) => quote!(#function),
        },
        None => {
            errors.on(
                function::keyword(&item),
                "`#[ayo::eager]` stands on an `async fn` with a body; in an `impl`, on each function that is to run at the call",
            );
            item
        }
    };
    errors.beside(&item)
}
