//! `scope << future`: what counts as it, and the calls that it becomes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, BinOp, Expr, ExprBinary, Lit, Token, UnOp};

use super::super::durations;
use super::super::paths::{self, Place};
use super::super::settings::Settings;
use super::{Kind, Rules, task};

/// Where it stands: whether somebody takes the handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Statement,
    Value,
}

/// A `scope << future`, taken apart.
pub(crate) struct Launch {
    attrs: Vec<Attribute>,
    task: Vec<Attribute>,
    pub(crate) target: Expr,
    op: Token![<<],
    pub(crate) future: Expr,
}

impl Launch {
    /// Takes it out of `expr`, if it is one. An attribute before it was parsed as the target's.
    pub(crate) fn take(expr: &mut Expr) -> Option<Self> {
        if !is_launch(expr) {
            return None;
        }
        let taken = std::mem::replace(expr, Expr::Verbatim(TokenStream::new()));
        let Expr::Binary(ExprBinary { mut attrs, mut left, op: BinOp::Shl(op), right }) = taken else {
            *expr = taken;
            return None;
        };
        attrs.append(attrs_of(&mut left)?);
        let (task, attrs) = task::split(attrs);
        Some(Self { attrs, task, target: *left, op, future: *right })
    }

    /// The `#[task(..)]` before it.
    pub(crate) fn task_attrs(&mut self) -> Vec<Attribute> {
        std::mem::take(&mut self.task)
    }

    /// The call that it becomes.
    pub(crate) fn into_expr(self, position: Position, options: Option<Settings>, rules: &Rules<'_>) -> Expr {
        let is_scope = self.target_is_one_of(rules);
        let is_plain = is_scope && rules.kind != Kind::LocalScope;
        let Self { attrs, target, op, future, .. } = self;
        // The call is the user's own code: its path covers the target and the operator.
        let (start, span) = (target.span(), op.spans[1]);
        let place = Place::own(start, op);
        // It is never moved: it may be a scope, a reference to one, or a number.
        let target = paths::borrowed(&target);
        let call = match (options, position) {
            (Some(options), _) => {
                let task = rules.paths.task(place);
                let (calls, end) = (options.calls(), end(position, op));
                // the options come first, as they are written: the future may move what they use
                quote_spanned!(span=> #task(#target)#calls.#end(#future))
            }
            (None, Position::Statement) if is_plain => {
                let start = rules.paths.start(place);
                quote_spanned!(span=> #start(#target, #future))
            }
            (None, Position::Value) if is_plain => {
                let spawn = rules.paths.spawn(place);
                quote_spanned!(span=> #spawn(#target, #future))
            }
            (None, Position::Value) if !is_scope => {
                // Clippy takes `&number << ..` for a reference too many.
                let identity = paths::identity(start);
                quote_spanned!(span=> #identity(#target) #op #future)
            }
            // its type says whether the task may borrow
            (None, position) => {
                let (task, end) = (rules.paths.task(place), end(position, op));
                quote_spanned!(span=> #task(#target).#end(#future))
            }
        };
        let mut tokens = TokenStream::new();
        attrs.iter().for_each(|attr| attr.to_tokens(&mut tokens));
        tokens.extend(call);
        Expr::Verbatim(tokens)
    }

    fn target_is_one_of(&self, rules: &Rules<'_>) -> bool {
        match &self.target {
            Expr::Path(path) => rules.scopes.iter().any(|name| path.path.is_ident(name)),
            _ => false,
        }
    }
}

/// What ends the options of a task.
fn end(position: Position, op: Token![<<]) -> syn::Ident {
    let name = match position {
        Position::Statement => "start_now",
        Position::Value => "spawn_now",
    };
    syn::Ident::new(name, op.spans[1])
}

/// Whether it is `path << future` or `place.field << future`, and no shift of numbers.
pub(crate) fn is_launch(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(binary) => {
            matches!(binary.op, BinOp::Shl(_)) && is_place(&binary.left) && !is_number(&binary.right)
        }
        _ => false,
    }
}

fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Field(_) => true,
        Expr::Group(group) => is_place(&group.expr),
        _ => false,
    }
}

/// Whether it can only be a number: a literal, arithmetic that starts with one, or a cast.
fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Cast(_) => true,
        Expr::Lit(lit) => {
            matches!(lit.lit, Lit::Int(_) | Lit::Float(_) | Lit::Byte(_))
                && durations::with_unit(expr).is_none()
        }
        Expr::Unary(unary) => matches!(unary.op, UnOp::Neg(_) | UnOp::Not(_)) && is_number(&unary.expr),
        Expr::Paren(inner) => is_number(&inner.expr),
        Expr::Group(inner) => is_number(&inner.expr),
        Expr::Binary(binary) => is_number(&binary.left),
        _ => false,
    }
}

fn attrs_of(place: &mut Expr) -> Option<&mut Vec<Attribute>> {
    match place {
        Expr::Path(path) => Some(&mut path.attrs),
        Expr::Field(field) => Some(&mut field.attrs),
        Expr::Group(group) => Some(&mut group.attrs),
        _ => None,
    }
}
