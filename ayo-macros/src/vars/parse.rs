//! Takes a `vars!` apart into its variables. A mistake costs the rest of its own line at most.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Ident, Meta, Token, Type, Visibility};

use crate::kit::diagnostics::Errors;

/// One variable.
pub(crate) struct Var {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) is_inherited: bool,
    pub(crate) vis: Visibility,
    pub(crate) keyword: Token![static],
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) default: Option<Expr>,
}

/// What stands before and after a `=>`; without options, all of it comes after.
pub(crate) fn halves(input: TokenStream) -> (TokenStream, TokenStream) {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    match arrow(&tokens).filter(|_| starts_options(&tokens)) {
        Some(at) => (tokens[..at].iter().cloned().collect(), tokens[at + 2..].iter().cloned().collect()),
        None => (TokenStream::new(), tokens.into_iter().collect()),
    }
}

fn arrow(tokens: &[TokenTree]) -> Option<usize> {
    let is =
        |token: &TokenTree, wanted| matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted);
    tokens.windows(2).position(|pair| is(&pair[0], '=') && is(&pair[1], '>'))
}

/// `name =`: no variable starts so.
fn starts_options(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Ident(_), TokenTree::Punct(equals), ..] = tokens else {
        return false;
    };
    equals.as_char() == '='
}

pub(crate) fn parse(items: TokenStream, errors: &mut Errors) -> Vec<Var> {
    let parser = |input: ParseStream<'_>| {
        let mut vars = Vec::new();
        while !input.is_empty() {
            match var(input, errors) {
                Ok(var) => vars.push(var),
                Err(error) => {
                    errors.absorb(error);
                    skip(input);
                }
            }
        }
        Ok(vars)
    };
    parser.parse2(items).unwrap_or_default()
}

/// Goes behind the next semicolon.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![;]) {
        let _: syn::Result<TokenTree> = input.parse();
    }
    let _: syn::Result<Token![;]> = input.parse();
}

fn var(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Var> {
    let attrs = input.call(Attribute::parse_outer)?;
    let (is_inherited, attrs) = inheritance(attrs, errors);
    let vis: Visibility = input.parse()?;
    let keyword = keyword(input, errors)?;
    let name = name(input)?;
    let ty = ty(input, &name)?;
    let default = match input.parse::<Option<Token![=]>>()? {
        Some(_) => Some(input.parse()?),
        None => None,
    };
    end(input)?;
    Ok(Var { attrs, is_inherited, vis, keyword, name, ty, default })
}

/// Whether tasks inherit it, and the attributes that are not ours.
fn inheritance(attrs: Vec<Attribute>, errors: &mut Errors) -> (bool, Vec<Attribute>) {
    let (ours, others): (Vec<_>, Vec<_>) =
        attrs.into_iter().partition(|attr| attr.path().is_ident("no_inherit"));
    for attr in &ours {
        if !matches!(attr.meta, Meta::Path(_)) {
            errors.on(&attr.meta, "`#[no_inherit]` has no options: tasks do not inherit the variable");
        }
    }
    for again in ours.iter().skip(1) {
        errors.on(again.path(), "`#[no_inherit]` once is enough");
    }
    (ours.is_empty(), others)
}

/// `static`, or what people write in its place.
fn keyword(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Token![static]> {
    if let Some(keyword) = input.parse::<Option<Token![static]>>()? {
        if let Some(mutability) = input.parse::<Option<Token![mut]>>()? {
            errors.on(mutability, "a context variable is set by `with`, for one future: remove `mut`");
        }
        return Ok(keyword);
    }
    if input.peek(Token![const]) || input.peek(Token![let]) {
        let wrong: TokenTree = input.parse()?;
        errors.on(&wrong, "a context variable is a `static`");
        input.parse::<Option<Token![mut]>>()?;
        return Ok(Token![static](wrong.span()));
    }
    Err(input.error("`vars!` holds variables: write `static NAME: Type;` or `static NAME: Type = default;`"))
}

fn name(input: ParseStream<'_>) -> syn::Result<Ident> {
    input
        .parse()
        .map_err(|error| syn::Error::new(error.span(), "the variable needs a name: `static NAME: Type;`"))
}

fn ty(input: ParseStream<'_>, name: &Ident) -> syn::Result<Type> {
    if input.parse::<Option<Token![:]>>()?.is_none() {
        let text = format!("the variable needs its type: `static {name}: Type`");
        return Err(syn::Error::new_spanned(name.to_token_stream(), text));
    }
    input.parse()
}

fn end(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![;]>>()?.is_some() {
        return Ok(());
    }
    Err(input.error("expected `;` after the variable"))
}
