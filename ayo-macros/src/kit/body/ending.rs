//! How the body of a macro may end: its tail is the value, and `return` cannot leave it.

use proc_macro2::Span;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Block, Expr, ExprReturn, Label, Lifetime};

use super::super::diagnostics::Errors;
use super::super::paths::{self, generated};
use super::tails::{self, Leaf};

/// Whose body it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A function's own: it ends like any other function.
    Function,
    /// A `scope!`.
    Scope,
    /// A `scope!` whose tasks borrow.
    LocalScope,
    /// A `with!`.
    With,
    /// The code of a manager, in an `actxmgr!`.
    Manager,
    /// What follows a `defer!`, whatever that stands in.
    Defer,
}

impl Kind {
    /// Whether `?` leaves it, and nothing else does.
    pub(crate) fn is_try_block(self) -> bool {
        self != Self::Function
    }

    fn body(self) -> &'static str {
        match self {
            Self::Function => "a function",
            Self::Scope | Self::LocalScope => "a `scope!` body",
            Self::With => "a `with!` body",
            Self::Manager => "a manager",
            Self::Defer => "a block past a `defer!`",
        }
    }
}

/// Refuses a tail that is literally `Ok(..)` or `Err(..)`, and puts what was meant in its place.
pub(crate) fn check(block: &mut Block, kind: Kind, errors: &mut Errors) {
    if !kind.is_try_block() {
        return;
    }
    let mut is_result = false;
    let mut has_other = false;
    tails::of_block(block, &mut |leaf| match leaf {
        Leaf::Ok(_) | Leaf::Err(_) => is_result = true,
        Leaf::Other => has_other = true,
        Leaf::Unit | Leaf::Diverges => {}
    });
    // Beside another tail, it can be a scope whose value is a `Result`.
    if is_result && !has_other {
        tails::of_block(block, &mut |leaf| refuse_tail(leaf, kind, errors));
    }
}

fn refuse_tail(leaf: Leaf<'_>, kind: Kind, errors: &mut Errors) {
    match leaf {
        Leaf::Ok(call) => {
            let place = call.to_token_stream();
            let Some(value) = tails::take_argument(call) else {
                return;
            };
            errors.on(first(place), value_itself(kind, &value));
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
                match kind {
                    Kind::Manager => "a manager ends without a value: to fail, write `Err(e)?` instead of `Err(e)`".to_owned(),
                    _ => format!(
                        "the tail of {} is its value, which cannot be an error: write `Err(e)?` instead of `Err(e)`",
                        kind.body()
                    ),
                },
            );
            *call = Expr::Verbatim(quote_spanned!(span=> #err(#error)?));
        }
        Leaf::Unit | Leaf::Diverges | Leaf::Other => {}
    }
}

fn value_itself(kind: Kind, value: &Expr) -> String {
    let is_unit = matches!(value, Expr::Tuple(tuple) if tuple.elems.is_empty());
    match (kind, is_unit) {
        (Kind::Manager, true) => "a manager ends without a value: leave `Ok(())` out".to_owned(),
        (Kind::Manager, false) => {
            "a manager ends without a value: what it gives, it gives by `yield v`".to_owned()
        }
        (_, true) => format!("the tail of {} is the value itself: leave `Ok(())` out", kind.body()),
        (_, false) => {
            format!("the tail of {} is the value itself: write `v` instead of `Ok(v)`", kind.body())
        }
    }
}

/// The name of a call, which is enough to point at.
fn first(tokens: proc_macro2::TokenStream) -> Option<proc_macro2::TokenTree> {
    tokens.into_iter().next()
}

/// Refuses a `return`, and gives an expression of the same type that keeps its value visible to an IDE.
pub(crate) fn refuse_return(found: &ExprReturn, kind: Kind, errors: &mut Errors) -> Expr {
    let place = found.return_token.span;
    errors.at(place, instead(found.expr.as_deref(), kind));
    never(place, payload(found.expr.as_deref()))
}

fn instead(value: Option<&Expr>, kind: Kind) -> String {
    let leaves = format!("`return` cannot leave {}", kind.body());
    let value_by_tail = "let its tail be the value: use `if` and `else`, or a block with a label around it and \
                         `break 'label value`; to fail, write `Err(e)?`";
    match (value, kind) {
        (Some(Expr::Call(call)), _) if tails::is_literally(call, "Err") => {
            format!("{leaves}; to fail, write `Err(e)?` instead of `return Err(e)`")
        }
        (_, Kind::Manager) => format!(
            "{leaves}: each path goes through one `yield` and comes to the end; to fail, write `Err(e)?`, else use \
             `if` and `else`"
        ),
        (_, Kind::Scope | Kind::LocalScope) => {
            format!("{leaves}; {value_by_tail}; to stop the tasks, `cancel()` the scope")
        }
        _ => format!("{leaves}; {value_by_tail}"),
    }
}

/// Refuses a `break` or `continue` out of the body.
pub(crate) fn refuse_jump(
    word: &str,
    place: Span,
    value: Option<&Expr>,
    kind: Kind,
    errors: &mut Errors,
) -> Expr {
    errors.at(
        place,
        format!(
            "`{word}` cannot leave {}: let {} come to its end, with a value that says what to do, and `{word}` behind it",
            kind.body(),
            if kind == Kind::Defer { "the block" } else { "the body" },
        ),
    );
    never(place, value)
}

/// The loops and labelled blocks around a place in the body.
#[derive(Default)]
pub(crate) struct Targets(Vec<Target>);

struct Target {
    label: Option<Lifetime>,
    is_loop: bool,
}

impl Targets {
    pub(crate) fn push(&mut self, label: Option<&Label>, is_loop: bool) {
        self.0.push(Target { label: label.map(|label| label.name.clone()), is_loop });
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// Whether a jump to this label stays in the body.
    pub(crate) fn has(&self, label: Option<&Lifetime>) -> bool {
        self.0.iter().any(|target| match label {
            None => target.is_loop,
            Some(label) => target.label.as_ref().is_some_and(|own| own.ident == label.ident),
        })
    }
}

/// What stands in for code that leaves the body.
fn never(place: Span, value: Option<&Expr>) -> Expr {
    let (span, never) = (generated(place), paths::unreachable(place)); // `let .. else` asks for it
    Expr::Verbatim(match value {
        Some(value) => quote_spanned!(span=> { let _ = #value; #never }),
        None => never,
    })
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
