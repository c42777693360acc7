//! Walks through a body and rewrites what the macros' language adds to Rust.
//!
//! It goes into closures and `async` blocks, and stays out of nested items, the tokens of other macros, and places that
//! are evaluated at compile time (types, array lengths, `const` blocks).

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprBlock, ExprClosure, ExprForLoop, ExprLoop, ExprMethodCall, ExprTuple,
    ExprWhile, GenericArgument, Item, Label, Lifetime, Local, Meta, MetaList, Pat, Stmt, Type, token,
};

use super::super::diagnostics::Errors;
use super::super::durations;
use super::defer::Ending;
use super::ending::Targets;
use super::launch::{Launch, Position};
use super::{Kind, Rules, defer, ending, fill, launch, periods, reuse, task};

pub(crate) struct Rewriter<'a> {
    rules: &'a Rules<'a>,
    errors: &'a mut Errors,
    launches: bool,
    place: Place,
    /// Where `break` and `continue` can go.
    targets: Targets,
}

/// Which code a place in the body belongs to.
#[derive(Clone, Copy)]
struct Place {
    /// `return` would leave the body itself.
    is_own: bool,
    /// It follows a `defer!`, past which `return` cannot leave.
    is_past_defer: bool,
    /// The next block is all of a function, an `async` block or a closure.
    is_whole: bool,
    /// An error can leave that code.
    may_fail: bool,
}

impl<'a> Rewriter<'a> {
    pub(crate) fn new(rules: &'a Rules<'a>, errors: &'a mut Errors) -> Self {
        let is_own = rules.kind.is_try_block();
        let place = Place { is_own, is_past_defer: false, is_whole: !is_own, may_fail: is_own };
        Self { place, rules, errors, launches: true, targets: Targets::default() }
    }

    pub(crate) fn units_only(rules: &'a Rules<'a>, errors: &'a mut Errors) -> Self {
        Self { launches: false, ..Self::new(rules, errors) }
    }

    pub(crate) fn block(&mut self, block: &mut Block) {
        self.place.may_fail |= fill::may_fail(block);
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

    /// Everything inside belongs to another body than the macro's own; if all of that is the next block, whether it may
    /// fail.
    fn elsewhere(&mut self, whole: Option<bool>, visit: impl FnOnce(&mut Self)) {
        let (is_whole, may_fail) = (whole.is_some(), whole.unwrap_or(false));
        self.at(Place { is_own: false, is_past_defer: false, is_whole, may_fail }, visit);
    }

    fn at(&mut self, place: Place, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.place, place);
        visit(self);
        self.place = before;
    }

    /// What nothing but its end and `?` can leave.
    fn past_defer(&mut self, is_whole: bool, may_fail: bool, visit: impl FnOnce(&mut Self)) {
        let targets = std::mem::take(&mut self.targets);
        self.at(Place { is_past_defer: true, is_whole, may_fail, ..self.place }, visit);
        self.targets = targets;
    }

    /// A block with a `defer!` in it.
    fn deferred(&mut self, block: &mut Block, mut found: defer::Found) {
        let Place { is_whole, may_fail, .. } = self.place;
        let ending = match (is_whole, may_fail) {
            (true, _) => Ending::Whole,
            (false, true) => Ending::Fallible,
            (false, false) => Ending::Bare,
        };
        self.at(Place { is_whole: false, ..self.place }, |this| visit_mut::visit_block_mut(this, block));
        let mut code = found.code(self.rules.paths, self.errors);
        self.deferred_code(&mut code);
        let semicolon = found.ends_in_nothing();
        self.past_defer(is_whole, may_fail, |this| this.visit_block_mut(&mut found.rest));
        let tail = defer::expand(found.place(), &found.rest, &code, ending, self.rules.paths);
        block.stmts.push(Stmt::Expr(tail, semicolon));
    }

    fn deferred_code(&mut self, code: &mut defer::Code) {
        let block = &mut code.future.block;
        let may_fail = fill::may_fail(block);
        if code.is_plain {
            self.past_defer(true, may_fail, |this| this.visit_block_mut(block));
        } else {
            self.elsewhere(Some(may_fail), |this| this.visit_block_mut(block));
        }
    }

    /// A `defer!` that is no statement.
    fn misplaced_defer(&mut self, expr: &Expr) -> Option<Expr> {
        let Expr::Macro(found) = expr else { return None };
        if !self.launches || !defer::is_defer(&found.mac, self.rules.paths) {
            return None;
        }
        self.errors.on(
            &found.mac.path,
            "`defer!` is a statement: it stands by itself in a block, before what it follows",
        );
        Some(Expr::Verbatim(quote::quote!(())))
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
        let Place { is_own, is_past_defer, .. } = self.place;
        let kind = if is_past_defer { Kind::Defer } else { self.rules.kind };
        let confines = matches!(kind, Kind::With | Kind::Defer);
        let leaves = |label: Option<&Lifetime>| confines && !self.targets.has(label);
        match expr {
            _ if !is_own && !is_past_defer => None,
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

    fn visit_block_mut(&mut self, block: &mut Block) {
        match self.launches.then(|| defer::take(block, self.rules.paths)).flatten() {
            Some(found) => self.deferred(block, found),
            None => self
                .at(Place { is_whole: false, ..self.place }, |this| visit_mut::visit_block_mut(this, block)),
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
            Expr::Closure(ExprClosure { body, .. }) => {
                let whole = match &mut **body {
                    Expr::Block(body) if body.label.is_none() => Some(fill::may_fail(&mut body.block)),
                    _ => None,
                };
                self.elsewhere(whole, |this| visit_mut::visit_expr_mut(this, expr));
            }
            Expr::Async(found) => {
                let may_fail = fill::may_fail(&mut found.block);
                self.elsewhere(Some(may_fail), |this| visit_mut::visit_expr_mut(this, expr));
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
        if let Some(instead) = self.refused(expr).or_else(|| self.misplaced_defer(expr)) {
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
