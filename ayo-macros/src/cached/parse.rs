//! Reads `#[ayo::cached(..)]` and the function below it.

use proc_macro2::TokenStream;

use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};
use crate::kit::options::Grammar;
use crate::kit::settings::Settings;
use crate::kit::specs;

pub(crate) struct Parsed {
    pub(crate) settings: Settings,
    pub(crate) function: Function,
}

const GRAMMAR: Grammar = Grammar {
    of: "`#[ayo::cached]`",
    specs: &[specs::MAX_SIZE, specs::TTL, specs::KEY, specs::RESULT, specs::ASSOCIATED, specs::CRATE],
};

pub(crate) fn parse(args: TokenStream, item: &TokenStream, errors: &mut Errors) -> Option<Parsed> {
    let settings = GRAMMAR.read(args, errors);
    match syn::parse2(item.clone()) {
        Ok(function) => Some(Parsed { settings, function }),
        Err(_) => {
            errors.on(
                function::keyword(item),
                "`#[ayo::cached]` stands on an `async fn` with a body; in an `impl`, on each function that needs it",
            );
            None
        }
    }
}
