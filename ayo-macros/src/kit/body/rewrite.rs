//! Walks through a body and rewrites what the macros' language adds to Rust.
//!
//! It goes into closures and `async` blocks, and stays out of nested items, the tokens of other macros, and places that
//! are evaluated at compile time (types, array lengths, `const` blocks).

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprBlock, ExprForLoop, ExprLoop, ExprMethodCall, ExprTuple, ExprWhile,
    GenericArgument, Item, Label, Lifetime, Local, Meta, MetaList, Pat, Stmt, Type, token,
};

use super::super::diagnostics::Errors;
use super::super::durations;
use super::ending::Targets;
use super::launch::{Launch, Position};
use super::{Kind, Rules, ending, fill, launch, periods, reuse, task};

pub(crate) struct Rewriter<'a> {
    rules: &'a Rules<'a>,
    errors: &'a mut Errors,
    launches: bool,
    /// Whether `return` would leave the body itself.
    is_own: bool,
    /// Where `break` and `continue` can go.
    targets: Targets,
}

impl<'a> Rewriter<'a> {
    pub(crate) fn new(rules: &'a Rules<'a>, errors: &'a mut Errors) -> Self {
        Self { is_own: rules.kind.is_try_block(), rules, errors, launches: true, targets: Targets::default() }
    }

    pub(crate) fn units_only(rules: &'a Rules<'a>, errors: &'a mut Errors) -> Self {
        Self { launches: false, ..Self::new(rules, errors) }
    }

    pub(crate) fn block(&mut self, block: &mut Block) {
        self.visit_block_mut(block);
    }

    pub(crate) fn expr(&mut self, expr: &mut Expr) {
        self.visit_expr_mut(expr);
    }

    /// Rewrites `scope << future`, if that is what it is.
    fn launch(&mut self, expr: &mut Expr, position: Position, outer: Vec<Attribute>) -> bool {
        let Some(mut launch) = self.launches.then(|| Launch::take(expr)).flatten() else {
            return false;
        };
        let reused = reuse::check(&launch.target, &mut launch.future, self.errors);
        fill::error_type(&mut launch.future, self.rules.paths);
        self.visit_expr_mut(&mut launch.future);
        if let Some(name) = reused {
            launch.future = reuse::with_own_handle(&launch.future, &name);
        }
        let options = task::read(outer.into_iter().chain(launch.task_attrs()), self.errors);
        *expr = launch.into_expr(position, options, self.rules);
        true
    }

    /// `#[task(..)] let name = scope << future;`
    fn task_on_let(&mut self, local: &mut Local) {
        let (tasks, others) = task::split(std::mem::take(&mut local.attrs));
        local.attrs = others;
        let launched = local.init.as_mut().filter(|_| !tasks.is_empty());
        let launched = launched.filter(|init| launch::is_launch(&init.expr));
        match launched {
            Some(init) => {
                self.launch(&mut init.expr, Position::Value, tasks);
            }
            None => task::misplaced(tasks.iter(), self.errors),
        }
    }

    /// Everything inside belongs to another body than the macro's own.
    fn elsewhere(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_own, false);
        visit(self);
        self.is_own = before;
    }

    /// Everything inside can be left to here by `break`.
    fn target(&mut self, label: Option<&Label>, is_loop: bool, expr: &mut Expr) {
        self.targets.push(label, is_loop);
        visit_mut::visit_expr_mut(self, expr);
        self.targets.pop();
    }

    fn literal(&mut self, expr: &mut Expr) -> bool {
        let Some(duration) = durations::with_unit(expr) else {
            return false;
        };
        let duration = duration.unwrap_or_else(|error| {
            let place = error.span();
            self.errors.absorb(error);
            durations::stand_in(place)
        });
        *expr = Expr::Verbatim(duration);
        true
    }

    /// What leaves the body by another way than its end or `?`, refused.
    fn refused(&mut self, expr: &Expr) -> Option<Expr> {
        let kind = self.rules.kind;
        let leaves = |label: Option<&Lifetime>| kind == Kind::With && !self.targets.has(label);
        match expr {
            _ if !self.is_own => None,
            Expr::Return(found) => Some(ending::refuse_return(found, kind, self.errors)),
            Expr::Break(found) if leaves(found.label.as_ref()) => {
                let (place, value) = (found.break_token.span, found.expr.as_deref());
                Some(ending::refuse_jump("break", place, value, kind, self.errors))
            }
            Expr::Continue(found) if leaves(found.label.as_ref()) => {
                Some(ending::refuse_jump("continue", found.continue_token.span, None, kind, self.errors))
            }
            _ => None,
        }
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        let is_launched = match stmt {
            Stmt::Expr(expr, Some(_)) => self.launch(expr, Position::Statement, Vec::new()),
            Stmt::Local(local) => {
                self.task_on_let(local);
                false
            }
            _ => false,
        };
        if !is_launched {
            visit_mut::visit_stmt_mut(self, stmt);
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::MethodCall(call) = expr {
            periods::check(call, &self.rules.scopes, self.errors);
        }
        if self.literal(expr) || self.launch(expr, Position::Value, Vec::new()) {
            return;
        }
        match expr {
            Expr::Closure(_) | Expr::Async(_) => {
                self.elsewhere(|this| visit_mut::visit_expr_mut(this, expr));
            }
            Expr::Loop(ExprLoop { label, .. })
            | Expr::While(ExprWhile { label, .. })
            | Expr::ForLoop(ExprForLoop { label, .. }) => {
                let label = label.clone();
                self.target(label.as_ref(), true, expr);
            }
            Expr::Block(ExprBlock { label: Some(label), .. }) => {
                let label = label.clone();
                self.target(Some(&label), false, expr);
            }
            Expr::Repeat(repeat) => self.visit_expr_mut(&mut repeat.expr),
            Expr::Const(_) => {}
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        if let Some(instead) = self.refused(expr) {
            *expr = instead;
        } else if let (Expr::MethodCall(call), true) = (&mut *expr, self.launches) {
            many_at_once(call);
        }
    }

    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        if let Pat::Guard(guarded) = pat {
            self.visit_expr_mut(&mut guarded.guard);
        }
    }

    fn visit_attribute_mut(&mut self, attr: &mut Attribute) {
        if self.launches && task::is_task(attr) {
            task::misplaced(std::iter::once(&*attr), self.errors);
            attr.meta = no_effect(attr.span());
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Item::Fn(function) = item {
            let attrs = &mut function.attrs;
            attrs.iter_mut().for_each(|attr| self.visit_attribute_mut(attr));
        }
    }

    fn visit_type_mut(&mut self, _: &mut Type) {}

    fn visit_generic_argument_mut(&mut self, _: &mut GenericArgument) {}
}

/// `#[cfg(all())]`, in the place of an attribute that was refused.
fn no_effect(place: Span) -> Meta {
    Meta::List(MetaList {
        path: syn::Ident::new("cfg", place).into(),
        delimiter: syn::MacroDelimiter::Paren(token::Paren(place)),
        tokens: quote::quote_spanned!(place=> all()),
    })
}

/// `run.all(a, b, c)` becomes `run.all((a, b, c))`.
fn many_at_once(call: &mut ExprMethodCall) {
    if call.method != "all" || call.args.len() < 2 {
        return;
    }
    let tuple =
        ExprTuple { attrs: Vec::new(), paren_token: call.paren_token, elems: std::mem::take(&mut call.args) };
    call.args.push(Expr::Tuple(tuple));
}
