//! The checked facts about a `generator!`.

use proc_macro2::Span;
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprYield, Item, Macro, Stmt};

use super::parse::Parsed;
use crate::kit::body::{self, Body, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::options::Grammar;
use crate::kit::paths::{Paths, generated, hidden};
use crate::kit::specs;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) body: Body,
    pub(crate) kind: Kind,
}

/// What the generator can do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Its body can come to an error.
    pub(crate) can_fail: bool,
    /// A `yield` has a value: the reader sends answers.
    pub(crate) is_answered: bool,
}

const GRAMMAR: Grammar = Grammar { of: "`generator!`", specs: &[specs::CRATE] };

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let paths = Paths::new(GRAMMAR.read(parsed.options, errors).take_crate());
    let mut body = Body::of(parsed.body);
    let can_fail = body.fill_error_type(&paths);
    let mut is_answered = true;
    if let Body::Parsed { block, .. } = &mut body {
        let mut yields = Yields { paths: &paths, errors, can_fail, found: false, has_value: false, depth: 0 };
        yields.visit_block_mut(block);
        is_answered = yields.has_value;
        if !yields.found {
            errors.at(Span::call_site(), "a generator gives its items with `yield item;`, and there is none");
        }
    }
    // after the `yield`s: what follows a `defer!` becomes a block of its own
    body.rewrite(&Rules { paths: &paths, scopes: Vec::new(), kind: body::Kind::Function }, errors);
    Model { paths, body, kind: Kind { can_fail, is_answered } }
}

/// Writes what each `yield` stands for.
struct Yields<'a> {
    paths: &'a Paths,
    errors: &'a mut Errors,
    can_fail: bool,
    found: bool,
    has_value: bool,
    /// How many closures and `async` blocks are around.
    depth: usize,
}

impl Yields<'_> {
    fn replaced(&mut self, found: &mut ExprYield) -> Expr {
        self.found = true;
        let place = found.yield_token.span;
        if self.depth > 0 {
            self.errors.at(
                place,
                "`yield` stands in the body of the generator itself; to give items from elsewhere, write \
                 `Generator::new(|out: Emitter<_>| async move { .. })` and hand a clone of `out` there",
            );
        }
        let span = generated(place);
        let (give, out) = (self.paths.give(place, self.can_fail), hidden("__ayo_out"));
        let item = found.expr.take();
        let item = item.map_or_else(|| quote_spanned!(span=> ()), |item| item.into_token_stream());
        let call = match (self.depth, self.can_fail) {
            // only so that the rest is checked: the message is out
            (1.., _) => quote_spanned!(span=> { let _ = #item; }),
            (0, true) => quote_spanned!(span=> #give(&#out, #item).await?),
            (0, false) => quote_spanned!(span=> #give(&#out, #item).await),
        };
        // as code, so that what stands in it is rewritten, too
        syn::parse2(call.clone()).unwrap_or(Expr::Verbatim(call))
    }

    fn elsewhere(&mut self, visit: impl FnOnce(&mut Self)) {
        self.depth += 1;
        visit(self);
        self.depth -= 1;
    }
}

impl VisitMut for Yields<'_> {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Expr(expr, Some(_)) = stmt
            && let Expr::Yield(found) = expr
        {
            visit_mut::visit_expr_yield_mut(self, found);
            *expr = self.replaced(found);
            return;
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        // what stands for it needs no parentheses
        if let Expr::Paren(inner) = expr
            && let Expr::Yield(found) = &mut *inner.expr
        {
            *expr = Expr::Yield(found.clone());
        }
        match expr {
            Expr::Closure(_) | Expr::Async(_) => {
                self.elsewhere(|this| visit_mut::visit_expr_mut(this, expr));
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        if let Expr::Yield(found) = expr {
            self.has_value = true;
            *expr = self.replaced(found);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}
