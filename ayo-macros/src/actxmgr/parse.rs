//! Takes an `actxmgr!` apart: one function, or more.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};

use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};

const IS_A_FUNCTION: &str = "`actxmgr!` holds an async function: write `async fn transaction(pool: &Pool) -> &mut Tx { .. yield .. }`";

/// `None`: there is nothing that could be emitted.
pub(crate) fn parse(input: &TokenStream, errors: &mut Errors) -> Option<Vec<Function>> {
    if input.is_empty() {
        errors.at(Span::call_site(), IS_A_FUNCTION);
        return None;
    }
    let parsed = functions.parse2(input.clone());
    if parsed.is_err() {
        let keyword = function::keyword(input);
        match keyword.to_string().as_str() {
            // It is one, and rustc would say the same that syn says.
            "async" | "fn" | "const" | "unsafe" | "extern" => {}
            _ => {
                errors.on(keyword, IS_A_FUNCTION);
                return None;
            }
        }
    }
    errors.ok(parsed)
}

fn functions(input: ParseStream<'_>) -> syn::Result<Vec<Function>> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(input.parse()?);
    }
    Ok(all)
}
