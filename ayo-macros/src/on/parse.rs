//! Reads `#[ayo::on(hook, ..)]` and the function below it.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Path, Token};

use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};
use crate::kit::options::Grammar;
use crate::kit::settings::Settings;
use crate::kit::specs;

pub(crate) struct Parsed {
    /// What stands first; `None` if that is no path.
    pub(crate) hook: Option<Path>,
    pub(crate) settings: Settings,
    pub(crate) function: Function,
}

const GRAMMAR: Grammar = Grammar { of: "`#[ayo::on]`", specs: &[specs::ORDER, specs::CONTEXT, specs::CRATE] };

/// `Err` gives the item back, if it is no function.
pub(crate) fn parse(
    args: TokenStream,
    item: TokenStream,
    errors: &mut Errors,
) -> Result<Parsed, TokenStream> {
    let (hook, rest) = first(args, errors);
    let settings = GRAMMAR.read(rest, errors);
    match syn::parse2(item.clone()) {
        Ok(function) => Ok(Parsed { hook, settings, function }),
        Err(_) => {
            errors.on(function::keyword(&item), "`#[ayo::on]` stands on a function with a body");
            Err(item)
        }
    }
}

/// The hook's name, and the options behind it.
fn first(args: TokenStream, errors: &mut Errors) -> (Option<Path>, TokenStream) {
    let name = |input: ParseStream<'_>| {
        let names_none = input.is_empty() || input.peek2(Token![=]);
        let hook = if names_none { None } else { Some(input.call(Path::parse_mod_style)?) };
        if hook.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok((hook, input.parse::<TokenStream>()?))
    };
    match name.parse2(args) {
        Ok((Some(hook), rest)) => (Some(hook), rest),
        Ok((None, rest)) => {
            let message = format!("say which hook: write `#[ayo::on(stopping)]`; {}", super::known::list());
            errors.at(Span::call_site(), message);
            (None, rest)
        }
        Err(error) => {
            let message =
                format!("write `#[ayo::on(stopping)]`, and options behind a comma; {}", super::known::list());
            errors.at(error.span(), message);
            (None, TokenStream::new())
        }
    }
}
