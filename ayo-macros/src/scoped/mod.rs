//! `#[ayo::scoped]`: the language of `scope!` bodies, in a helper function.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Signature;

use crate::kit::body::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};
use crate::kit::options::Grammar;
use crate::kit::paths::Paths;
use crate::kit::specs;

const GRAMMAR: Grammar = Grammar { of: "`#[ayo::scoped]`", specs: &[specs::CRATE] };

/// The whole way from what was written to what is emitted.
pub(crate) fn scoped(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let item = match parse(&args, &item, &mut errors) {
        Some(parsed) => {
            let function = check(parsed, &mut errors);
            quote!(#function)
        }
        None => item,
    };
    errors.beside(&item)
}

struct Parsed {
    paths: Paths,
    function: Function,
}

fn parse(args: &TokenStream, item: &TokenStream, errors: &mut Errors) -> Option<Parsed> {
    let mut settings = GRAMMAR.read(args.clone(), errors);
    let paths = Paths::new(settings.take_crate());
    match syn::parse2(item.clone()) {
        Ok(function) => Some(Parsed { paths, function }),
        Err(_) => {
            errors.on(
                function::keyword(item),
                "`#[ayo::scoped]` stands on a function with a body; in an `impl`, on each function that needs it",
            );
            None
        }
    }
}

/// Its body is all that changes.
fn check(parsed: Parsed, errors: &mut Errors) -> Function {
    let Parsed { paths, mut function } = parsed;
    rewrite(&mut function.body, &function.sig, &paths, errors);
    function
}

fn rewrite(body: &mut Body, sig: &Signature, paths: &Paths, errors: &mut Errors) {
    let rules = Rules { paths, scopes: function::scope_names(sig), kind: Kind::Function };
    body.rewrite(&rules, errors);
}
