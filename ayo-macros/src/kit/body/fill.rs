//! The error type of an `async` block right of `<<`, where nobody names it.
//!
//! Such a block that uses `?` or ends in `Ok(..)` or `Err(..)` gets `BoxError`. Where an end of the block says the type
//! (a call, a macro that returns, `Ok::<_, E>(..)`), that one is taken.

use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprCall, ExprReturn, Item, Macro, Stmt, token};

use super::super::paths::{self, Paths, generated};
use super::tails::{self, Leaf};

/// Fills it in, if `future` is such a block.
pub(crate) fn error_type(future: &mut Expr, paths: &Paths) {
    match future {
        Expr::Paren(inner) => error_type(&mut inner.expr, paths),
        Expr::Group(inner) => error_type(&mut inner.expr, paths),
        Expr::Async(found) => {
            fill(&mut found.block, paths);
        }
        _ => {}
    }
}

/// Whether an error can leave such a block, or the body of a function: by `?`, or by an end that is literally `Ok(..)` or
/// `Err(..)`.
pub(crate) fn may_fail(block: &mut Block) -> bool {
    let ends = Ends::of(block);
    ends.question || ends.ok || ends.err || is_filled(block)
}

/// Whether this was here before and wrote the type into the block.
fn is_filled(block: &Block) -> bool {
    let is_written = |stmt: &Stmt| match stmt {
        Stmt::Expr(Expr::Verbatim(_), None) => true,
        Stmt::Expr(Expr::Call(call), None) => matches!(&*call.func, Expr::Verbatim(_)),
        _ => false,
    };
    block.stmts.first().is_some_and(is_written) || block.stmts.last().is_some_and(is_written)
}

/// Whether there is a `?` in it that is its own.
pub(crate) fn uses_question_mark(block: &mut Block) -> bool {
    Ends::of(block).question
}

/// The same for the block itself. Whether it can come to an error of that type.
pub(crate) fn fill(block: &mut Block, paths: &Paths) -> bool {
    let ends = Ends::of(block);
    if ends.other {
        return false;
    }
    let plan = ends.plan();
    if !ends.typed_return {
        for_each_end(block, &mut |leaf| write_type(leaf, ends.ok || plan == Plan::Append, paths));
    }
    match plan {
        Plan::Nothing => {}
        Plan::Append => append(block, ends.typed_return, paths),
        Plan::Pin => pin(block, paths),
    }
    ends.is_result()
}

/// What is to be added to the block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Nothing,
    /// `Ok(())` at the end.
    Append,
    /// A statement that says the type of a block that never ends.
    Pin,
}

/// How a block can end.
#[derive(Default)]
struct Ends {
    unit: bool,
    ok: bool,
    err: bool,
    /// The tail says the type.
    other: bool,
    /// A `return` says the type.
    typed_return: bool,
    question: bool,
}

impl Ends {
    fn of(block: &mut Block) -> Self {
        let mut ends = Self::default();
        tails::of_block(block, &mut |leaf| match leaf {
            Leaf::Unit => ends.unit = true,
            Leaf::Diverges => {}
            Leaf::Ok(_) => ends.ok = true,
            Leaf::Err(_) => ends.err = true,
            Leaf::Other => ends.other = true,
        });
        let mut on_return = |leaf: Leaf<'_>| match leaf {
            Leaf::Ok(_) => ends.ok = true,
            Leaf::Err(_) => ends.err = true,
            Leaf::Diverges => {}
            Leaf::Unit | Leaf::Other => ends.typed_return = true,
        };
        let mut own = OwnLevel::new(&mut on_return);
        own.visit_block_mut(block);
        let OwnLevel { question, opaque, .. } = own;
        ends.question = question;
        ends.typed_return |= opaque;
        ends
    }

    fn is_result(&self) -> bool {
        self.question || self.ok || self.err
    }

    fn plan(&self) -> Plan {
        match (self.unit, self.is_result()) {
            (_, false) => Plan::Nothing,
            (true, true) => Plan::Append,
            (false, true) if self.ok || self.err || self.typed_return => Plan::Nothing,
            (false, true) => Plan::Pin,
        }
    }
}

fn for_each_end(block: &mut Block, visit: &mut dyn FnMut(Leaf<'_>)) {
    tails::of_block(block, visit);
    OwnLevel::new(visit).visit_block_mut(block);
}

fn write_type(leaf: Leaf<'_>, has_ok: bool, paths: &Paths) {
    let (call, is_err) = match leaf {
        Leaf::Ok(call) => (call, false),
        Leaf::Err(call) => (call, true),
        Leaf::Unit | Leaf::Diverges | Leaf::Other => return,
    };
    let place = syn::spanned::Spanned::span(&*call);
    let Some(argument) = tails::take_argument(call) else {
        return;
    };
    let (span, error) = (generated(place), paths.box_error(place));
    *call = if is_err {
        let (err, value) = (paths::err(place), if has_ok { quote!(_) } else { quote!(()) });
        let argument = converted(argument, place);
        one_argument(quote_spanned!(span=> #err::<#value, #error>), argument, place)
    } else {
        let ok = paths::ok(place);
        one_argument(quote_spanned!(span=> #ok::<_, #error>), argument, place)
    };
}

/// `Into::into(error)`, unless that is what the user wrote.
fn converted(error: Expr, place: proc_macro2::Span) -> Expr {
    match &error {
        Expr::MethodCall(call) if call.method == "into" && call.args.is_empty() => error,
        _ => one_argument(paths::into(place), error, place),
    }
}

fn one_argument(function: TokenStream, argument: Expr, place: proc_macro2::Span) -> Expr {
    Expr::Call(ExprCall {
        attrs: Vec::new(),
        func: Box::new(Expr::Verbatim(function)),
        paren_token: token::Paren(generated(place)),
        args: std::iter::once(argument).collect(),
    })
}

fn append(block: &mut Block, is_typed: bool, paths: &Paths) {
    let place = block.brace_token.span.close();
    let (span, ok) = (generated(place), paths::ok(place));
    let error = if is_typed { quote!(_) } else { paths.box_error(place) };
    if let Some(Stmt::Expr(last, semi @ None)) = block.stmts.last_mut()
        && matches!(last, Expr::Assign(_) | Expr::Binary(_))
    {
        *semi = Some(token::Semi(generated(place)));
    }
    let done = quote_spanned!(span=> #ok::<_, #error>(()));
    block.stmts.push(Stmt::Expr(Expr::Verbatim(done), None));
}

fn pin(block: &mut Block, paths: &Paths) {
    let place = block.brace_token.span.open();
    let (span, ok, error) = (generated(place), paths::ok(place), paths.box_error(place));
    let never = quote_spanned!(span=> if false { return #ok::<(), #error>(()); });
    block.stmts.insert(0, Stmt::Expr(Expr::Verbatim(never), None));
}

/// Looks at what belongs to the block itself, not to closures, blocks and items inside it.
struct OwnLevel<'a> {
    on_return: &'a mut dyn FnMut(Leaf<'_>),
    question: bool,
    /// A macro returns something that cannot be seen.
    opaque: bool,
}

impl<'a> OwnLevel<'a> {
    fn new(on_return: &'a mut dyn FnMut(Leaf<'_>)) -> Self {
        Self { on_return, question: false, opaque: false }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) => self.opaque |= word == "return",
                TokenTree::Punct(punct) => self.question |= punct.as_char() == '?',
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn returned(&mut self, found: &mut ExprReturn) {
        match &mut found.expr {
            Some(value) => tails::of_expr(value, self.on_return),
            None => (self.on_return)(Leaf::Unit),
        }
    }
}

impl VisitMut for OwnLevel<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(_) | Expr::Async(_) | Expr::TryBlock(_) => return,
            Expr::Try(_) => self.question = true,
            Expr::Return(found) => self.returned(found),
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        let name = mac.path.segments.last().map(|last| last.ident.to_string());
        match name.as_deref() {
            // Their bodies are their own.
            Some("scope" | "with" | "defer") => {}
            Some("bail" | "ensure") => self.opaque = true,
            _ => self.tokens(mac.tokens.clone()),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
