//! Whether each path through a manager's code yields once.
//!
//! What cannot be seen here (a branch that ends in a call may never come back from it) is left to the run time. That the
//! body runs no more than once, rustc sees.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ExprBlock, ExprIf, ExprMatch, Item, Lifetime, LocalInit, Macro, Stmt,
};

use crate::kit::body::{self, Body};
use crate::kit::diagnostics::Errors;

const NOTHING: &str =
    "a manager has one `yield`: there the body runs, and what is behind it tears down; write `yield value`";
const IN_A_MACRO: &str = "a `yield` in the arguments of a macro is not the manager's: write `let exit = yield value;` outside of it";
const AGAIN: &str = "this is a second `yield` on the same path: the body runs once";
const NOT_HERE: &str = "nothing is yielded on this path: each one has a `yield`, or fails by `Err(e)?`";

/// Checks the code of a manager; `name` is its function's.
pub(crate) fn check(code: &mut Body, name: Span, errors: &mut Errors) {
    let Body::Parsed { block, .. } = code else { return };
    let mut flow = Flow { errors, here: Paths::FRESH, targets: Vec::new(), found: false, in_a_macro: None };
    flow.visit_block_mut(block);
    if flow.here.fresh && !flow.found {
        let (place, message) = flow.in_a_macro.map_or((name, NOTHING), |place| (place, IN_A_MACRO));
        flow.errors.at(place, message);
    }
}

/// Which kinds of paths come to a place.
#[derive(Clone, Copy, Default)]
struct Paths {
    /// Without a `yield` so far.
    fresh: bool,
    /// With one.
    yielded: bool,
}

impl Paths {
    const NONE: Self = Self { fresh: false, yielded: false };
    const FRESH: Self = Self { fresh: true, yielded: false };
    const YIELDED: Self = Self { fresh: false, yielded: true };

    fn or(self, other: Self) -> Self {
        Self { fresh: self.fresh || other.fresh, yielded: self.yielded || other.yielded }
    }
}

/// A block that `break` leaves.
struct Target {
    label: Option<Lifetime>,
    left: Paths,
}

/// The end of one branch.
struct Branch {
    paths: Paths,
    place: Span,
    /// It ends in a call, which may never return.
    is_open: bool,
}

struct Flow<'a> {
    errors: &'a mut Errors,
    here: Paths,
    targets: Vec<Target>,
    /// There was a `yield`, or something was said already.
    found: bool,
    /// The first one in the arguments of a macro. It may be that macro's, as in `stream!`.
    in_a_macro: Option<Span>,
}

impl Flow<'_> {
    fn refuse(&mut self, place: Span, message: &str) {
        self.found = true;
        self.errors.at(place, message);
    }

    fn yields(&mut self, place: Span) {
        self.found = true;
        if self.here.yielded {
            self.refuse(place, AGAIN);
        }
        if self.here.fresh {
            self.here = Paths::YIELDED;
        }
    }

    /// Code that may run any number of times, or somewhere else.
    fn elsewhere(&mut self, where_: &str, first: Option<Span>) {
        if let Some(place) = first {
            let message = format!(
                "`yield` cannot stand in {where_}: it stands in the function itself, on each path once"
            );
            self.refuse(place, &message);
            self.here = Paths::YIELDED;
        }
    }

    fn branch(&mut self, from: Paths, place: Span, is_open: bool, visit: impl FnOnce(&mut Self)) -> Branch {
        self.here = from;
        visit(self);
        Branch { paths: self.here, place, is_open }
    }

    /// Goes on behind branches: all have yielded, or none has.
    fn join(&mut self, branches: &[Branch]) {
        let all = branches.iter().fold(Paths::NONE, |all, branch| all.or(branch.paths));
        self.here = all;
        if all.fresh && all.yielded {
            for branch in branches.iter().filter(|branch| branch.paths.fresh && !branch.is_open) {
                self.refuse(branch.place, NOT_HERE);
            }
            self.here = Paths::YIELDED;
        }
    }

    fn of_if(&mut self, branches: &mut ExprIf) {
        self.visit_expr_mut(&mut branches.cond);
        let from = self.here;
        let then = &mut branches.then_branch;
        let (place, is_open) = (then.brace_token.span.open(), ends_in_call(then));
        let first = self.branch(from, place, is_open, |this| this.visit_block_mut(then));
        let second = match &mut branches.else_branch {
            Some((_, otherwise)) => {
                let (place, is_open) = (start(otherwise), is_call(otherwise));
                self.branch(from, place, is_open, |this| this.visit_expr_mut(otherwise))
            }
            None => Branch { paths: from, place: branches.if_token.span, is_open: false },
        };
        self.join(&[first, second]);
    }

    fn of_match(&mut self, choice: &mut ExprMatch) {
        self.visit_expr_mut(&mut choice.expr);
        let from = self.here;
        let arms = choice.arms.iter_mut();
        let branches: Vec<Branch> = arms
            .map(|Arm { body, .. }| {
                let (place, is_open) = (start(body), is_call(body));
                self.branch(from, place, is_open, |this| this.visit_expr_mut(body))
            })
            .collect();
        self.join(&branches);
    }

    /// `a && b`: the right side may be left out.
    fn of_condition(&mut self, condition: &mut ExprBinary) {
        self.visit_expr_mut(&mut condition.left);
        let without = Branch { paths: self.here, place: condition.op.span(), is_open: false };
        self.visit_expr_mut(&mut condition.right);
        let with = Branch { paths: self.here, place: condition.right.span(), is_open: false };
        self.join(&[without, with]);
    }

    fn of_labelled(&mut self, found: &mut ExprBlock) {
        let name = found.label.as_ref().map(|label| label.name.clone());
        let place = name.as_ref().map_or_else(|| found.block.span(), Lifetime::span);
        self.targets.push(Target { label: name, left: Paths::NONE });
        self.visit_block_mut(&mut found.block);
        let left = self.targets.pop().map_or(Paths::NONE, |target| target.left);
        let branch = |paths| Branch { paths, place, is_open: false };
        self.join(&[branch(self.here), branch(left)]);
    }

    /// `break 'label` of a block; of a loop it is no matter.
    fn of_break(&mut self, label: Option<&Lifetime>) {
        let here = self.here;
        let named =
            |target: &&mut Target| target.label.as_ref().map(|own| &own.ident) == label.map(|own| &own.ident);
        if let Some(target) = self.targets.iter_mut().rev().find(named) {
            target.left = target.left.or(here);
        }
    }
}

impl VisitMut for Flow<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Yield(found) => {
                let place = found.yield_token.span;
                visit_mut::visit_expr_mut(self, expr);
                return self.yields(place);
            }
            Expr::If(branches) => return self.of_if(branches),
            Expr::Match(choice) => return self.of_match(choice),
            Expr::Binary(binary) if matches!(binary.op, BinOp::And(_) | BinOp::Or(_)) => {
                return self.of_condition(binary);
            }
            Expr::Block(found) if found.label.is_some() => return self.of_labelled(found),
            Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => self.elsewhere("a loop", first_yield(expr)),
            Expr::Closure(_) => self.elsewhere("a closure", first_yield(expr)),
            Expr::Async(_) => self.elsewhere("an `async` block", first_yield(expr)),
            Expr::Const(_) => {}
            Expr::Break(found) => {
                let label = found.label.clone();
                visit_mut::visit_expr_mut(self, expr);
                self.of_break(label.as_ref());
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        if body::diverges(expr) {
            self.here = Paths::NONE;
        }
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        visit_mut::visit_stmt_mut(self, stmt);
        if let Stmt::Macro(found) = stmt
            && body::is_diverging_macro(&found.mac)
        {
            self.here = Paths::NONE;
        }
    }

    fn visit_macro_mut(&mut self, found: &mut Macro) {
        self.in_a_macro = self.in_a_macro.or_else(|| yield_among(found.tokens.clone()));
    }

    fn visit_local_init_mut(&mut self, init: &mut LocalInit) {
        self.visit_expr_mut(&mut init.expr);
        if let Some((_, otherwise)) = &mut init.diverge {
            let here = self.here;
            self.visit_expr_mut(otherwise);
            self.here = here;
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        let mut find = Find(None);
        find.visit_item_mut(item);
        let here = self.here;
        self.elsewhere("a function of its own", find.0);
        self.here = here;
    }
}

/// Whether a block ends in a call.
fn ends_in_call(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(last, _)) => is_call(last),
        Some(Stmt::Macro(_)) => true,
        _ => false,
    }
}

fn is_call(expr: &Expr) -> bool {
    match expr {
        Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) | Expr::Await(_) | Expr::Try(_) => true,
        Expr::Block(inner) => ends_in_call(&inner.block),
        Expr::Unsafe(inner) => ends_in_call(&inner.block),
        _ => false,
    }
}

/// Where a branch is pointed at.
fn start(branch: &Expr) -> Span {
    match branch {
        Expr::Block(found) => found.block.brace_token.span.open(),
        other => other.span(),
    }
}

fn yield_among(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "yield" => Some(word.span()),
        TokenTree::Group(group) => yield_among(group.stream()),
        _ => None,
    })
}

fn first_yield(expr: &mut Expr) -> Option<Span> {
    let mut find = Find(None);
    find.visit_expr_mut(expr);
    find.0
}

/// Looks for a `yield` anywhere.
struct Find(Option<Span>);

impl VisitMut for Find {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Yield(found) = expr {
            self.0.get_or_insert(found.yield_token.span);
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}
