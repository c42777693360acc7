//! What a `yield` becomes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprYield, Type, token};

use super::expand;
use super::shape::Shape;
use crate::kit::body::Body;
use crate::kit::paths::{Paths, generated, hidden};

/// How each `yield` of one manager is rewritten.
pub(crate) struct Yields<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) ty: &'a Type,
    pub(crate) shape: Shape,
    /// Something is wrong with one of them: none runs anything.
    pub(crate) is_refused: bool,
}

impl Yields<'_> {
    pub(crate) fn rewrite(mut self, code: &mut Body) {
        if let Body::Parsed { block, .. } = code {
            self.visit_block_mut(block);
        }
    }

    fn call(&self, found: &ExprYield) -> TokenStream {
        let span = generated(found.yield_token.span);
        let value = match &found.expr {
            Some(value) => value.to_token_stream(),
            None => quote_spanned!(span=> ()),
        };
        if self.is_refused {
            let refused = self.paths.manager(span, "refused_yield");
            return quote_spanned!(span=> { let _ = #value; #refused() });
        }
        let [frame, body, out, exit, given] =
            [expand::FRAME, expand::BODY, expand::YIELDED, "__ayo_exit", "__ayo_given"].map(hidden);
        let (ty, run) = (self.ty, self.run(span, &body, &given));
        quote_spanned! {span=>
            {
                let #given: #ty = #value;
                let #exit;
                (#out, #exit) = #frame.body(#run).await;
                #exit
            }
        }
    }

    /// The future of the body.
    fn run(&self, span: Span, body: &Ident, given: &Ident) -> TokenStream {
        match self.shape {
            Shape::Given | Shape::Lent => quote_spanned!(span=> #body(#given)),
            Shape::Mixed => {
                let lend = self.paths.manager(span, "lend");
                quote_spanned!(span=> #lend(#body, #given))
            }
        }
    }
}

impl VisitMut for Yields<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Paren(around) = expr
            && matches!(*around.expr, Expr::Yield(_))
        {
            // A `yield` in a `match` needs them, and what it becomes does not: rustc is not to say so.
            around.paren_token = token::Paren(generated(around.paren_token.span.join()));
        }
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Yield(found) = expr {
            let call = self.call(found);
            *expr = syn::parse2(call.clone()).unwrap_or(Expr::Verbatim(call));
        }
    }
}
