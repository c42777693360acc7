//! `vars!`: context variables, as `static`s.

mod expand;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;
use crate::kit::options::Grammar;
use crate::kit::paths::Paths;
use crate::kit::specs;

const GRAMMAR: Grammar = Grammar { of: "`vars!`", specs: &[specs::CRATE] };

/// The whole way from what was written to what is emitted.
pub(crate) fn vars(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let (options, items) = parse::halves(input);
    let paths = Paths::new(GRAMMAR.read(options, &mut errors).take_crate());
    let vars = parse::parse(items, &mut errors);
    expand::expand(&vars, &paths, errors)
}
