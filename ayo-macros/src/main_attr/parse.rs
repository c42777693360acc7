//! Reads `#[ayo::main(..)]` and the function below it.

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
    of: "`#[ayo::main]`",
    specs: &[
        specs::FLAVOR,
        specs::WORKER_THREADS,
        specs::GRACE,
        specs::SIGNALS,
        specs::DUMP_ON_SIGNAL,
        specs::CONTEXT,
        specs::HOOKS,
        specs::POLICY,
        specs::MAX_CONCURRENCY,
        specs::RECURSIVE,
        specs::TIMEOUT,
        specs::DEADLINE,
        specs::NAME,
        specs::SUPERVISE,
        specs::EAGER,
        specs::ON_ERROR,
        specs::CANCEL_TIMEOUT,
        specs::TIMELINE,
        specs::CRATE,
        specs::refused(
            "collect",
            "`#[ayo::main]` has no report to collect into: use `scope!(collect => |run| { .. }).report()` inside",
        ),
        specs::refused("parent", "the scope of `#[ayo::main]` is the outermost one: it has no parent"),
        specs::refused(
            "local",
            "the scope of `#[ayo::main]` is for tasks that run in parallel: use `scope!(local => |run| { .. })` inside",
        ),
    ],
};

/// `Err` gives the item back, if it is no function.
pub(crate) fn parse(
    args: TokenStream,
    item: TokenStream,
    errors: &mut Errors,
) -> Result<Parsed, TokenStream> {
    let settings = GRAMMAR.read(args, errors);
    match syn::parse2(item.clone()) {
        Ok(function) => Ok(Parsed { settings, function }),
        Err(_) => {
            let keyword = function::keyword(&item);
            errors.on(keyword, "`#[ayo::main]` stands on `async fn main`");
            Err(item)
        }
    }
}
