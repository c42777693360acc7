//! A task that starts more tasks: it cannot borrow the handle of the body that it is started in.
//!
//! `run << async move { run << next(); };` never compiles, and what rustc says of it is hard to read.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAsync, ExprPath, Ident, Item, PatIdent, Token};

use super::super::diagnostics::Errors;
use super::super::paths::generated;

/// Refuses an `async` block that uses the scope which it is started in, and gives the name of that.
pub(crate) fn check(target: &Expr, future: &mut Expr, errors: &mut Errors) -> Option<Ident> {
    let Expr::Path(target) = target else { return None };
    let (name, block) = (target.path.get_ident()?, async_block(future)?);
    let mut uses = Uses { name, first: None, is_another: false };
    uses.visit_block_mut(&mut block.block);
    let place = uses.first.filter(|_| !uses.is_another)?;
    errors.at(
        place,
        format!(
            "a task cannot borrow `{name}` from the body that starts it: write `let inner = {name}.clone();` before it, \
             and `inner` in its `async move {{ .. }}`"
        ),
    );
    block.capture.get_or_insert(Token![move](place));
    Some(name.clone())
}

/// Gives the block a handle of its own, so that nothing else is reported.
pub(crate) fn with_own_handle(future: &Expr, name: &Ident) -> Expr {
    let span = generated(name.span());
    Expr::Verbatim(quote_spanned!(span=> { let #name = #name.clone(); #future }))
}

fn async_block(future: &mut Expr) -> Option<&mut ExprAsync> {
    match future {
        Expr::Async(block) => Some(block),
        Expr::Paren(inner) => async_block(&mut inner.expr),
        Expr::Group(inner) => async_block(&mut inner.expr),
        _ => None,
    }
}

/// Looks for a name. The tokens of macros are not seen: a `scope!` in there has a handle of its own.
struct Uses<'a> {
    name: &'a Ident,
    first: Option<Span>,
    /// The block binds the name itself.
    is_another: bool,
}

impl VisitMut for Uses<'_> {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if let Some(found) = path.path.get_ident().filter(|found| *found == self.name) {
            self.first.get_or_insert(found.span());
        }
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.is_another |= pat.ident == *self.name;
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
