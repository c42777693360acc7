//! Where the value of a block comes from: its tail, looked at through `if`, `match` and blocks.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Block, Expr, ExprCall, ExprIf, ExprLoop, Item, Lifetime, Macro, Stmt};

/// One end of a block.
pub(crate) enum Leaf<'a> {
    /// `()`
    Unit,
    /// It does not come here.
    Diverges,
    /// The call `Ok(value)`.
    Ok(&'a mut Expr),
    /// The call `Err(error)`.
    Err(&'a mut Expr),
    /// Anything else.
    Other,
}

/// Calls `visit` for each end of the block.
pub(crate) fn of_block(block: &mut Block, visit: &mut dyn FnMut(Leaf<'_>)) {
    match block.stmts.last_mut() {
        Some(Stmt::Expr(Expr::Macro(last), None)) if is_defer(&last.mac) => visit(Leaf::Unit),
        Some(Stmt::Expr(tail, None)) => of_expr(tail, visit),
        Some(Stmt::Expr(last, Some(_))) => visit(ending_in(last, Leaf::Unit)),
        Some(Stmt::Macro(last)) if is_diverging_macro(&last.mac) => visit(Leaf::Diverges),
        Some(Stmt::Macro(tail)) if tail.semi_token.is_none() && !is_defer(&tail.mac) => visit(Leaf::Other),
        _ => visit(Leaf::Unit),
    }
}

/// Calls `visit` for each end of an expression.
pub(crate) fn of_expr(expr: &mut Expr, visit: &mut dyn FnMut(Leaf<'_>)) {
    match expr {
        Expr::Call(call) if is_literally(call, "Ok") => visit(Leaf::Ok(expr)),
        Expr::Call(call) if is_literally(call, "Err") => visit(Leaf::Err(expr)),
        Expr::Paren(inner) => of_expr(&mut inner.expr, visit),
        Expr::Group(inner) => of_expr(&mut inner.expr, visit),
        Expr::If(branches) => of_if(branches, visit),
        Expr::Match(choice) => {
            let arms = choice.arms.iter_mut();
            arms.for_each(|arm| of_expr(&mut arm.body, visit));
        }
        Expr::Block(inner) if inner.label.is_none() => of_block(&mut inner.block, visit),
        Expr::Unsafe(inner) => of_block(&mut inner.block, visit),
        Expr::Loop(endless) => visit(of_loop(endless)),
        Expr::ForLoop(_) | Expr::While(_) | Expr::Assign(_) => visit(Leaf::Unit),
        Expr::Binary(binary) if assigns(binary.op) => visit(Leaf::Unit),
        _ => visit(ending_in(expr, Leaf::Other)),
    }
}

/// Takes the argument out of `Ok(value)` or `Err(error)`.
pub(crate) fn take_argument(call: &mut Expr) -> Option<Expr> {
    match call {
        Expr::Call(call) => call.args.pop(),
        _ => None,
    }
}

/// Whether it is `name(one argument)`, without a path or types.
pub(crate) fn is_literally(call: &ExprCall, name: &str) -> bool {
    let named = matches!(&*call.func, Expr::Path(path) if path.path.is_ident(name));
    named && call.args.len() == 1
}

fn of_if(branches: &mut ExprIf, visit: &mut dyn FnMut(Leaf<'_>)) {
    match &mut branches.else_branch {
        Some((_, otherwise)) => {
            of_block(&mut branches.then_branch, visit);
            of_expr(otherwise, visit);
        }
        None => visit(Leaf::Unit),
    }
}

fn assigns(op: BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// `otherwise`, unless it does not come to the end.
fn ending_in(expr: &mut Expr, otherwise: Leaf<'static>) -> Leaf<'static> {
    if diverges(expr) { Leaf::Diverges } else { otherwise }
}

/// Whether it is a statement whatever stands behind it.
fn is_defer(mac: &Macro) -> bool {
    mac.path.segments.last().is_some_and(|last| last.ident == "defer")
}

/// Whether it is seen not to come to its end.
pub(crate) fn diverges(expr: &mut Expr) -> bool {
    match expr {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Loop(endless) => matches!(of_loop(endless), Leaf::Diverges),
        Expr::Macro(call) => is_diverging_macro(&call.mac),
        Expr::Try(tried) => matches!(&*tried.expr, Expr::Call(call) if is_literally(call, "Err")),
        _ => false,
    }
}

/// Whether it is a macro that panics.
pub(crate) fn is_diverging_macro(mac: &Macro) -> bool {
    let names = ["panic", "unreachable", "todo", "unimplemented"];
    let last = mac.path.segments.last();
    last.is_some_and(|last| names.iter().any(|name| last.ident == name))
}

fn of_loop(endless: &mut ExprLoop) -> Leaf<'static> {
    let mut breaks = Breaks {
        label: endless.label.as_ref().map(|label| label.name.clone()),
        depth: 0,
        plain: false,
        with_value: false,
    };
    breaks.visit_block_mut(&mut endless.body);
    match breaks {
        Breaks { with_value: true, .. } => Leaf::Other,
        Breaks { plain: true, .. } => Leaf::Unit,
        _ => Leaf::Diverges,
    }
}

/// Looks for what leaves a loop, in the arguments of macros such as `select!` too.
struct Breaks {
    label: Option<Lifetime>,
    depth: usize,
    plain: bool,
    with_value: bool,
}

impl Breaks {
    fn found(&mut self, label: Option<&Lifetime>, has_value: bool) {
        let leaves = match label {
            None => self.depth == 0,
            Some(name) => self.label.as_ref().is_some_and(|own| own.ident == name.ident),
        };
        self.plain |= leaves && !has_value;
        self.with_value |= leaves && has_value;
    }

    fn deeper(&mut self, visit: impl FnOnce(&mut Self)) {
        self.depth += 1;
        visit(self);
        self.depth -= 1;
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) if word == "break" => {
                    let has_value = match tokens.peek() {
                        None => false,
                        Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), ';' | ',' | '\''),
                        Some(_) => true,
                    };
                    self.found(None, has_value);
                }
                _ => {}
            }
        }
    }
}

impl VisitMut for Breaks {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(_) | Expr::Async(_) => {}
            Expr::Break(found) => {
                self.found(found.label.as_ref(), found.expr.is_some());
                visit_mut::visit_expr_mut(self, expr);
            }
            Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => {
                self.deeper(|this| visit_mut::visit_expr_mut(this, expr));
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        self.tokens(mac.tokens.clone());
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
