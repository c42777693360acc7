//! `manager!`: a value of a manager.

#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Path, Token};

use crate::kit::body;
use crate::kit::call::Call;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, Paths, hidden};

/// The whole way from what was written to what is emitted.
pub(crate) fn manager(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let (paths, call) = parse(input, &mut errors);
    expand(&paths, call.as_ref(), errors)
}

const IS_A_CALL: &str = "`manager!` calls a manager that `actxmgr!` defined: write `manager!(open(\"a\"))`";

/// `[crate = path,] call`
fn parse(input: TokenStream, errors: &mut Errors) -> (Paths, Option<Call>) {
    if input.is_empty() {
        errors.at(Span::call_site(), IS_A_CALL);
        return (Paths::default(), None);
    }
    let parser = |input: ParseStream<'_>| {
        let root = root(input)?;
        let call: Expr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok((root, call))
    };
    let parsed = parser.parse2(input);
    let Some((root, mut manager)) = errors.ok(parsed) else { return (Paths::default(), None) };
    body::units(&mut manager, errors);
    let call = Call::of(manager).map_err(|other| errors.on(other, IS_A_CALL)).ok();
    (Paths::new(root), call)
}

/// `crate = path,`
fn root(input: ParseStream<'_>) -> syn::Result<Option<Path>> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        return Ok(None);
    }
    input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    let path = input.call(Path::parse_mod_style)?;
    input.parse::<Token![,]>()?;
    Ok(Some(path))
}

fn expand(paths: &Paths, call: Option<&Call>, errors: Errors) -> TokenStream {
    let span = Span::mixed_site();
    let errors = errors.into_tokens();
    let Some(call) = call else {
        let never = paths::never_runs(span);
        return quote_spanned!(span=> { #errors #never });
    };
    let (door, manager) = (paths.held(span, "door"), paths.held(span, "manager"));
    let [outside, inside] = ["__ayo_door", "__ayo_body"].map(hidden);
    let call = call.with(&quote_spanned!(span=> #inside));
    quote_spanned! {span=>
        {
            #errors
            let (#outside, #inside) = #door();
            #manager(#outside, #call)
        }
    }
}
