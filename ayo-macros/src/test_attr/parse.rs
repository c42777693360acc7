//! Reads `#[ayo::test(..)]` and the function below it.

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
    of: "`#[ayo::test]`",
    specs: &[
        specs::REAL_TIME,
        specs::FLAVOR,
        specs::WORKER_THREADS,
        specs::TIMEOUT,
        specs::CANCEL_EVERYWHERE,
        specs::DROP_EVERYWHERE,
        specs::REPLAY,
        specs::INTERLEAVE,
        specs::SEED,
        specs::MAX_CONCURRENCY,
        specs::RECURSIVE,
        specs::NAME,
        specs::SUPERVISE,
        specs::EAGER,
        specs::ON_ERROR,
        specs::CANCEL_TIMEOUT,
        specs::CRATE,
        specs::refused(
            "collect",
            "`#[ayo::test]` has no report to collect into: use `scope!(collect => |run| { .. }).report()` inside",
        ),
        specs::refused("parent", "the scope of `#[ayo::test]` is the outermost one: it has no parent"),
        specs::refused(
            "deadline",
            "the clock of a test starts with it: write `timeout = 30s` against a hang, or \
             `scope!(timeout = 30s => |run| { .. })` inside",
        ),
        specs::refused(
            "start_paused",
            "the clock of `#[ayo::test]` is virtual from the start: leave this out, or write `real_time`",
        ),
    ],
};

/// `Err` gives the item back, if it is no function of its own.
pub(crate) fn parse(
    args: TokenStream,
    item: TokenStream,
    errors: &mut Errors,
) -> Result<Parsed, TokenStream> {
    let settings = GRAMMAR.read(args, errors);
    let Ok(function) = syn::parse2::<Function>(item.clone()) else {
        errors.on(function::keyword(&item), "`#[ayo::test]` stands on an `async fn`");
        return Err(item);
    };
    if let Some(receiver) = function.sig.receiver() {
        errors.on(receiver, "a test is a function of its own, not a method: move it out of the `impl`");
        return Err(item);
    }
    Ok(Parsed { settings, function })
}
