//! What `yield` becomes: the worker says that it is ready, and waits for the signal.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprYield, Item};

use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, Paths};

/// Rewrites every `yield` of a body; tells how many there were.
pub(crate) fn rewrite(block: &mut Block, worker: &Ident, paths: &Paths, errors: &mut Errors) -> usize {
    let mut yields = Yields { worker, paths, errors, found: 0, inside: None };
    yields.visit_block_mut(block);
    yields.found
}

struct Yields<'a> {
    worker: &'a Ident,
    paths: &'a Paths,
    errors: &'a mut Errors,
    found: usize,
    /// What it is in, that is no part of the function itself.
    inside: Option<&'static str>,
}

impl Yields<'_> {
    fn within(&mut self, what: &'static str, visit: impl FnOnce(&mut Self)) {
        let before = self.inside.replace(what);
        visit(self);
        self.inside = before;
    }

    /// Whether it is where it can be.
    fn check(&mut self, at: Span, value: Option<&Expr>) -> bool {
        if let Some(what) = self.inside {
            self.errors.at(
                at,
                format!("this `yield` is in {what}, which is not the worker's own flow: write it in the function itself"),
            );
        }
        if let Some(value) = value {
            self.errors.on(value, "a worker has no value to give: write `let signal = yield;`");
        }
        self.inside.is_none()
    }

    fn replaced(&mut self, found: &ExprYield) -> Expr {
        self.found += 1;
        let at = found.yield_token.span();
        if self.check(at, found.expr.as_deref()) {
            return self.paths.worker_ready(at, self.worker);
        }
        let never = paths::never_runs(at);
        syn::parse_quote!(#never)
    }
}

impl VisitMut for Yields<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        // The parentheses that `match (yield) { .. }` needs are none of what comes in its place.
        let bare = match &*expr {
            Expr::Paren(paren) => &*paren.expr,
            other => other,
        };
        if let Expr::Yield(found) = bare {
            *expr = self.replaced(found);
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_expr_async_mut(&mut self, block: &mut ExprAsync) {
        self.within("an `async` block", |this| visit_mut::visit_expr_async_mut(this, block));
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.within("a closure", |this| visit_mut::visit_expr_closure_mut(this, closure));
    }

    /// Another function is none of ours.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
