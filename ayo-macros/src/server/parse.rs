//! Reads the functions of `server!`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};

/// `Err` gives the items back, if they are no functions.
pub(crate) fn parse(input: TokenStream, errors: &mut Errors) -> Result<Vec<Function>, TokenStream> {
    let functions = |input: ParseStream<'_>| {
        let mut functions = vec![input.parse()?];
        while !input.is_empty() {
            functions.push(input.parse()?);
        }
        Ok(functions)
    };
    functions.parse2(input.clone()).map_err(|_| {
        let message = "`server!` takes functions: write `server! { async fn serve(worker: Worker) { .. } }`";
        errors.on(function::keyword(&input), message);
        input
    })
}
