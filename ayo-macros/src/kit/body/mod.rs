//! The body of a macro: read it, rewrite it, and give it back.
//!
//! `launch` knows what `scope << future` becomes, `task` the options before it, `fill` the error type of an `async` block
//! right of it, `tails` where the value of a block comes from, `ending` how the body of a macro may end, `reuse` why
//! a task cannot use the handle that started it, `periods` what length of time a schedule can have. `rewrite` walks.

mod defer;
mod ending;
mod fill;
mod launch;
mod periods;
mod reuse;
mod rewrite;
mod tails;
mod task;
#[cfg(test)]
mod tests;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Block, Expr, Ident, Stmt, braced, token};

use super::diagnostics::Errors;
use super::paths::Paths;
use rewrite::Rewriter;

pub(crate) use defer::first as first_defer;
pub(crate) use ending::Kind;
pub(crate) use tails::{diverges, is_diverging_macro};

/// A block that was parsed, or that is left to rustc because it does not parse.
pub(crate) enum Body {
    Parsed { inner: Vec<Attribute>, block: Block },
    Raw(TokenStream),
}

/// What the rewriting of a body has to know.
pub(crate) struct Rules<'a> {
    pub(crate) paths: &'a Paths,
    /// Names that are certainly scopes.
    pub(crate) scopes: Vec<Ident>,
    /// Whose body it is, which says how it may end.
    pub(crate) kind: Kind,
}

impl Body {
    /// Reads a block in braces.
    pub(crate) fn of(group: Group) -> Self {
        let tokens = TokenStream::from(TokenTree::Group(group));
        match block.parse2(tokens.clone()) {
            Ok((inner, block)) => Self::Parsed { inner, block },
            Err(_) => Self::Raw(tokens),
        }
    }

    /// Rewrites what the macros' language adds to Rust.
    pub(crate) fn rewrite(&mut self, rules: &Rules<'_>, errors: &mut Errors) {
        if let Self::Parsed { block, .. } = self {
            ending::check(block, rules.kind, errors);
            Rewriter::new(rules, errors).block(block);
        }
    }

    /// For the body of something whose error nobody names: writes the type in, if it can come to one. Whether it can.
    pub(crate) fn fill_error_type(&mut self, paths: &Paths) -> bool {
        match self {
            Self::Parsed { block, .. } => fill::fill(block, paths),
            Self::Raw(_) => false,
        }
    }

    /// Takes away the `#![..]` at its start.
    pub(crate) fn take_inner(&mut self) -> Vec<Attribute> {
        match self {
            Self::Parsed { inner, .. } => std::mem::take(inner),
            Self::Raw(_) => Vec::new(),
        }
    }
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Raw(raw) => raw.to_tokens(tokens),
            Self::Parsed { inner, block } => block.brace_token.surround(tokens, |tokens| {
                let stmts = &block.stmts;
                tokens.extend(quote!(#(#inner)* #(#stmts)*));
            }),
        }
    }
}

/// Rewrites only literals with a unit, in an expression outside any body.
pub(crate) fn units(expr: &mut Expr, errors: &mut Errors) {
    let paths = Paths::default();
    let rules = Rules { paths: &paths, scopes: Vec::new(), kind: Kind::Function };
    Rewriter::units_only(&rules, errors).expr(expr);
}

/// Rewrites what the macros' language adds to Rust, in an expression that is not a body of its own.
pub(crate) fn rewrite(expr: &mut Expr, paths: &Paths, errors: &mut Errors) {
    let rules = Rules { paths, scopes: Vec::new(), kind: Kind::Function };
    Rewriter::new(&rules, errors).expr(expr);
}

fn block(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Block)> {
    let content;
    let brace_token: token::Brace = braced!(content in input);
    let inner = content.call(Attribute::parse_inner)?;
    let stmts: Vec<Stmt> = content.call(Block::parse_within)?;
    Ok((inner, Block { brace_token, stmts }))
}
