//! `actxmgr!`: an async context manager, written as a function with a `yield` in it.
//!
//! `parse` reads the functions, `shape` knows what kind of body the yielded type asks for, `flow` checks that each path
//! yields once, `deferred` that none follows a `defer!`, `yields` rewrites them.

mod deferred;
mod expand;
mod flow;
mod model;
mod parse;
mod shape;
#[cfg(test)]
mod tests;
mod yields;

use proc_macro2::TokenStream;

use crate::kit::body::Body;
use crate::kit::diagnostics::Errors;

/// The whole way from what was written to what is emitted.
pub(crate) fn actxmgr(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(functions) = parse::parse(&input, &mut errors) else {
        return errors.into_tokens();
    };
    functions
        .into_iter()
        .map(|function| {
            if matches!(function.body, Body::Raw(_)) {
                return expand::untouched(&function);
            }
            let mut errors = Errors::default();
            let model = model::check(function, &mut errors);
            expand::expand(&model, errors)
        })
        .collect()
}
