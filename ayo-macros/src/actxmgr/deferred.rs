//! A `yield` that follows a `defer!` in its block. There the body would run within the frame of the `defer!`, and the
//! tear-down behind it would not be shielded.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item};

use crate::kit::body::{Body, first_defer};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::Paths;

const BEHIND: &str = "a `yield` cannot follow a `defer!`: write what is to be done at the end behind the `yield`, which goes on \
                      however the body ended";

/// Refuses them.
pub(crate) fn check(code: &mut Body, paths: &Paths, errors: &mut Errors) {
    if let Body::Parsed { block, .. } = code {
        Search { paths, errors, is_past: false }.visit_block_mut(block);
    }
}

struct Search<'a> {
    paths: &'a Paths,
    errors: &'a mut Errors,
    is_past: bool,
}

impl VisitMut for Search<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let before = self.is_past;
        let first = first_defer(block, self.paths);
        for (at, stmt) in block.stmts.iter_mut().enumerate() {
            self.is_past = before || first.is_some_and(|first| at > first);
            self.visit_stmt_mut(stmt);
        }
        self.is_past = before;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(_) | Expr::Async(_) => {}
            Expr::Yield(found) if self.is_past => self.errors.at(found.yield_token.span, BEHIND),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
