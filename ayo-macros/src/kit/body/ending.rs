//! How the body of a `scope!` may end: its tail is the value, and `return` cannot leave it.

use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Block, Expr, ExprReturn};

use super::super::diagnostics::Errors;
use super::super::paths::{self, generated};
use super::tails::{self, Leaf};

/// Refuses a tail that is literally `Ok(..)` or `Err(..)`, and puts what was meant in its place.
pub(crate) fn check(block: &mut Block, errors: &mut Errors) {
    let mut is_result = false;
    let mut has_other = false;
    tails::of_block(block, &mut |leaf| match leaf {
        Leaf::Ok(_) | Leaf::Err(_) => is_result = true,
        Leaf::Other => has_other = true,
        Leaf::Unit | Leaf::Diverges => {}
    });
    // Beside another tail, it can be a scope whose value is a `Result`.
    if is_result && !has_other {
        tails::of_block(block, &mut |leaf| refuse_tail(leaf, errors));
    }
}

fn refuse_tail(leaf: Leaf<'_>, errors: &mut Errors) {
    match leaf {
        Leaf::Ok(call) => {
            let place = call.to_token_stream();
            let Some(value) = tails::take_argument(call) else {
                return;
            };
            errors.on(first(place), value_itself(&value));
            *call = value;
        }
        Leaf::Err(call) => {
            let place = call.to_token_stream();
            let Some(error) = tails::take_argument(call) else {
                return;
            };
            let span = generated(call.span());
            let err = paths::err(call.span());
            errors.on(
                first(place),
                "the tail of a `scope!` body is its value, which cannot be an error: write `Err(e)?` instead of `Err(e)`",
            );
            *call = Expr::Verbatim(quote_spanned!(span=> #err(#error)?));
        }
        Leaf::Unit | Leaf::Diverges | Leaf::Other => {}
    }
}

fn value_itself(value: &Expr) -> &'static str {
    let is_unit = matches!(value, Expr::Tuple(tuple) if tuple.elems.is_empty());
    if is_unit {
        "the tail of a `scope!` body is the value itself: leave `Ok(())` out"
    } else {
        "the tail of a `scope!` body is the value itself: write `v` instead of `Ok(v)`"
    }
}

/// The name of a call, which is enough to point at.
fn first(tokens: proc_macro2::TokenStream) -> Option<proc_macro2::TokenTree> {
    tokens.into_iter().next()
}

/// Refuses a `return`, and gives an expression of the same type that keeps its value visible to an IDE.
pub(crate) fn refuse_return(found: &ExprReturn, errors: &mut Errors) -> Expr {
    let place = found.return_token.span;
    errors.at(place, instead(found.expr.as_deref()));
    let (span, never) = (generated(place), paths::never_runs(place));
    Expr::Verbatim(match payload(found.expr.as_deref()) {
        Some(value) => quote_spanned!(span=> { let _ = #value; #never }),
        None => never,
    })
}

fn instead(value: Option<&Expr>) -> &'static str {
    match value {
        Some(Expr::Call(call)) if tails::is_literally(call, "Err") => {
            "`return` cannot leave a `scope!` body; to fail, write `Err(e)?` instead of `return Err(e)`"
        }
        _ => {
            "`return` cannot leave a `scope!` body; let its tail be the value: use `if` and `else`, or a block with a \
             label around it and `break 'label value`; to fail, write `Err(e)?`; to stop the tasks, `cancel()` the scope"
        }
    }
}

/// What is inside `Ok(..)` and `Err(..)`: the other half of their type would be unknown.
fn payload(value: Option<&Expr>) -> Option<&Expr> {
    match value? {
        Expr::Call(call) if tails::is_literally(call, "Ok") || tails::is_literally(call, "Err") => {
            call.args.first()
        }
        other => Some(other),
    }
}
