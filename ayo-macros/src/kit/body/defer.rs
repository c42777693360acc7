//! `defer!`: what a block with one in it becomes.
//!
//! What follows it is made an `async` block, which runs as the body of a frame; then what was deferred is evaluated, in the
//! same code. So both may use the same variables, one after the other.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Block, Expr, ExprAsync, ExprClosure, Macro, Pat, ReturnType, Stmt, Token, token};

use super::super::diagnostics::Errors;
use super::super::paths::{self, Paths, generated};
use super::fill;
use super::tails::{self, Leaf};

/// What follows a `defer!` in a block.
pub(crate) struct Found {
    attrs: Vec<Attribute>,
    mac: Macro,
    pub(crate) rest: Block,
}

/// How the end of the rest goes on to the code around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The block is all of a function or an `async` block, whose result is that of the rest.
    Whole,
    /// The block has a value of its own, and `?` leaves the code around it.
    Fallible,
    /// The block has a value of its own, and no error can leave the code around it.
    Bare,
}

/// What was deferred.
pub(crate) struct Code {
    exit: Option<Pat>,
    pub(crate) future: ExprAsync,
    /// It was no `async` block: a `return` in it would be meant for the code around it.
    pub(crate) is_plain: bool,
}

/// Whether it is ours, and not that of some other crate.
pub(crate) fn is_defer(mac: &Macro, paths: &Paths) -> bool {
    let path = &mac.path;
    path.is_ident("defer") || paths.is_public(path, "defer")
}

/// Where the first `defer!` of a block stands.
pub(crate) fn first(block: &Block, paths: &Paths) -> Option<usize> {
    block.stmts.iter().position(|stmt| match stmt {
        Stmt::Macro(found) => is_defer(&found.mac, paths),
        Stmt::Expr(Expr::Macro(found), _) => is_defer(&found.mac, paths),
        _ => false,
    })
}

/// Takes the first `defer!` out of a block, with all that follows it.
pub(crate) fn take(block: &mut Block, paths: &Paths) -> Option<Found> {
    let at = first(block, paths)?;
    let mut rest = block.stmts.split_off(at).into_iter();
    let (attrs, mac) = match rest.next()? {
        Stmt::Macro(found) => (found.attrs, found.mac),
        Stmt::Expr(Expr::Macro(found), _) => (found.attrs, found.mac),
        _ => return None,
    };
    let rest = Block { brace_token: block.brace_token, stmts: rest.collect() };
    Some(Found { attrs, mac, rest })
}

impl Found {
    /// Where messages point to.
    pub(crate) fn place(&self) -> Span {
        self.mac.path.span()
    }

    /// A semicolon, for a block that ends in no value, as Clippy wants it to be written.
    pub(crate) fn ends_in_nothing(&mut self) -> Option<Token![;]> {
        let mut has_value = false;
        tails::of_block(&mut self.rest, &mut |leaf| has_value |= !matches!(leaf, Leaf::Unit));
        (!has_value).then(|| Token![;](generated(self.place())))
    }

    /// Reads what was deferred.
    pub(crate) fn code(&self, paths: &Paths, errors: &mut Errors) -> Code {
        for attr in &self.attrs {
            errors.on(
                attr,
                "`defer!` has no attributes: put it, and what follows it, into a block that has them",
            );
        }
        if self.mac.tokens.is_empty() {
            errors.at(
                self.place(),
                "`defer!` needs what is to be done at the end: write `defer!(async { .. })`",
            );
        }
        let mut code = match expression.parse2(self.mac.tokens.clone()) {
            Ok(Expr::Closure(closure)) => with_exit(closure, errors),
            Ok(expr) => Code::of(None, expr, false),
            Err(error) => {
                errors.absorb(error);
                Code::of(None, Expr::Verbatim(quote!({})), false)
            }
        };
        fill::fill(&mut code.future.block, paths);
        code
    }
}

/// An expression, or several statements.
fn expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    let ahead = input.fork();
    if ahead.parse::<Expr>().is_ok() && ahead.is_empty() {
        return input.parse();
    }
    let stmts = input.call(Block::parse_within)?;
    let brace_token = token::Brace(input.span());
    Ok(Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: Block { brace_token, stmts } }))
}

/// `|exit| ..`
fn with_exit(closure: ExprClosure, errors: &mut Errors) -> Code {
    let place = closure.inputs_begin.span();
    if let ReturnType::Type(arrow, ty) = &closure.output {
        errors.on(quote!(#arrow #ty), "what was deferred has no declared type: leave this out");
    }
    let mut inputs = closure.inputs.into_iter();
    let exit = inputs.next();
    if exit.is_none() {
        errors.at(place, "write `|exit|` to see how the block ended, or no closure: `defer!(async { .. })`");
    }
    if let Some(second) = inputs.next() {
        errors.on(second, "what was deferred is shown one thing, how the block ended: write `|exit|`");
    }
    Code::of(exit, *closure.body, closure.asyncness.is_some())
}

impl Code {
    fn of(exit: Option<Pat>, expr: Expr, is_async: bool) -> Self {
        match expr {
            Expr::Paren(inner) => Self::of(exit, *inner.expr, is_async),
            Expr::Group(inner) => Self::of(exit, *inner.expr, is_async),
            Expr::Async(future) => Self { exit, future, is_plain: false },
            Expr::Block(inner) if inner.label.is_none() => Self::plain(exit, inner.block, is_async),
            expr => {
                let brace_token = token::Brace(expr.span());
                let mut block = Block { brace_token, stmts: vec![Stmt::Expr(expr, None)] };
                if fill::uses_question_mark(&mut block)
                    && let Some(Stmt::Expr(_, semi)) = block.stmts.last_mut()
                {
                    *semi = Some(Token![;](generated(brace_token.span.join())));
                }
                Self::plain(exit, block, is_async)
            }
        }
    }

    fn plain(exit: Option<Pat>, block: Block, is_async: bool) -> Self {
        let async_token = Token![async](generated(block.brace_token.span.open()));
        let future =
            ExprAsync { attrs: Vec::new(), async_token, capture: None, modifiers: Default::default(), block };
        Self { exit, future, is_plain: !is_async }
    }
}

/// The block's tail: the rest in its frame, and after that what was deferred.
pub(crate) fn expand(place: Span, rest: &Block, code: &Code, ending: Ending, paths: &Paths) -> Expr {
    let span = generated(place);
    let [frame, value, exit, torn, end] =
        ["block", "value", "exit", "torn", "end"].map(|name| name_at(name, span));
    let call = |name: &str| paths.defer(place, name);
    let (new, run, both, conclude) = (call("frame"), call("run"), call("both"), call("conclude"));
    let (ok, err) = (paths::ok(place), paths::err(place));
    let (rest_of, shown_as, deferred) =
        (call(code.runs_rest_by()), code.shown_as(&exit), code.evaluated(&exit));
    let rest = body(place, rest, ending, paths);
    let whole = quote_spanned! {span=>
        {
            let mut #frame = #new();
            let #end = #frame.run("defer!", async {
                let (#value, #shown_as) = #frame.body(#rest_of(#rest)).await;
                #[allow(clippy::async_yields_async)]
                let #torn = #run(#deferred).await;
                #both(&#frame, #value, #torn)
            }).await;
            #conclude(&mut #frame, #end).await
        }
    };
    Expr::Verbatim(match ending {
        Ending::Whole => whole,
        Ending::Bare => quote_spanned!(span=> #whole.0),
        Ending::Fallible => quote_spanned! {span=>
            match #whole {
                #ok(#value) => #value,
                #err(#value) => return #err(#value),
            }
        },
    })
}

/// A generated name that messages point to the `defer!` for.
fn name_at(name: &str, span: Span) -> Ident {
    Ident::new(&format!("__ayo_{name}"), span)
}

/// The rest as a future.
fn body(place: Span, rest: &Block, ending: Ending, paths: &Paths) -> TokenStream {
    let span = generated(place);
    let made = match ending {
        Ending::Whole => return quote_spanned!(span=> async #rest),
        Ending::Fallible => paths::ok(place),
        Ending::Bare => paths.defer(place, "Bare"),
    };
    let tail = name_at("value", span);
    // A `match`, as around the body of a scope: what never ends gives no warning that the call is unreachable.
    quote_spanned! {span=>
        async {
            match #rest {
                #[allow(unreachable_code)]
                #tail => #made(#tail),
            }
        }
    }
}

impl Code {
    fn runs_rest_by(&self) -> &'static str {
        if self.exit.is_some() { "shown" } else { "rest" }
    }

    fn shown_as(&self, exit: &Ident) -> TokenStream {
        if self.exit.is_some() { exit.to_token_stream() } else { quote!(_) }
    }

    /// A future that runs it, with the exit under the name that the user gave it.
    fn evaluated(&self, exit: &Ident) -> TokenStream {
        let future = &self.future;
        match &self.exit {
            None => future.to_token_stream(),
            Some(name) => {
                let span = generated(name.span());
                quote_spanned!(span=> async { let #name = #exit; #future.await })
            }
        }
    }
}
