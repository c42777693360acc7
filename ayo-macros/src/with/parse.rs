//! Takes a `with!` apart: the managers, and the block.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Pat, Path, Token};

use crate::kit::diagnostics::Errors;
use crate::kit::paths;

/// A `with!` in its parts.
pub(crate) struct Parsed {
    pub(crate) root: Option<Path>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) body: Group,
}

/// `pat = manager`
pub(crate) struct Entry {
    pub(crate) pat: Pat,
    pub(crate) manager: Expr,
}

const FORM: &str = "write `with!(value = manager(..) => { .. })`";

pub(crate) fn parse(input: TokenStream, errors: &mut Errors) -> Parsed {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let (head, rest) = halves(&tokens, errors);
    let before = errors.is_empty();
    let (root, entries) = entries(head.iter().cloned().collect(), errors);
    if entries.is_empty() && before && errors.is_empty() {
        let place = tokens.first().map_or_else(Span::call_site, TokenTree::span);
        errors.at(place, format!("`with!` needs a manager: {FORM}"));
    }
    Parsed { root, entries, body: body(rest, errors) }
}

/// What stands before and after `=>`.
fn halves<'a>(tokens: &'a [TokenTree], errors: &mut Errors) -> (&'a [TokenTree], &'a [TokenTree]) {
    let arrow = |pair: &[TokenTree]| is_punct(&pair[0], '=') && is_punct(&pair[1], '>');
    if let Some(at) = tokens.windows(2).position(arrow) {
        return (&tokens[..at], &tokens[at + 2..]);
    }
    match tokens.split_last() {
        Some((last, head)) if block(last).is_some() && !head.is_empty() => {
            errors.at(start(last), format!("write `=>` between the managers and the body: {FORM}"));
            (head, std::slice::from_ref(last))
        }
        Some((last, [])) if block(last).is_some() => (&[], tokens),
        _ => (tokens, &[]),
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// The managers, and where the crate is.
fn entries(head: TokenStream, errors: &mut Errors) -> (Option<Path>, Vec<Entry>) {
    let parser = |input: ParseStream<'_>| {
        let mut found = (None, Vec::new());
        let parsed = all(input, &mut found, errors);
        if errors.ok(parsed).is_none() {
            let _: TokenStream = input.parse()?; // what came before is kept
        }
        Ok(found)
    };
    parser.parse2(head).unwrap_or_default()
}

fn all(
    input: ParseStream<'_>,
    (root, entries): &mut (Option<Path>, Vec<Entry>),
    errors: &mut Errors,
) -> syn::Result<()> {
    *root = self::root(input)?;
    while !input.is_empty() {
        entries.push(entry(input, errors)?);
        let separated = comma(input);
        errors.ok(separated);
    }
    Ok(())
}

/// `crate = path,`
fn root(input: ParseStream<'_>) -> syn::Result<Option<Path>> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        return Ok(None);
    }
    input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    let path = input.call(Path::parse_mod_style)?;
    comma(input)?;
    Ok(Some(path))
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        return Err(input.error("write `,` between two managers"));
    }
    Ok(())
}

fn entry(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Entry> {
    if !has_pattern(input) {
        let manager: Expr = input.parse()?;
        errors.on(&manager, format!("a manager gives a value to the body: {FORM}, or `_ = manager(..)`"));
        return Ok(Entry { pat: syn::parse_quote!(_), manager });
    }
    let pat = input.call(Pat::parse_single)?;
    input.parse::<Token![=]>()?;
    Ok(Entry { pat, manager: input.parse()? })
}

fn has_pattern(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(Pat::parse_single).is_ok() && fork.peek(Token![=]) && !fork.peek(Token![==])
}

fn body(rest: &[TokenTree], errors: &mut Errors) -> Group {
    let found = rest.first().and_then(block);
    match (found, rest) {
        (Some(body), [_]) => body,
        (Some(body), [_, others @ ..]) => {
            let is_comma = others.len() == 1 && is_punct(&others[0], ',');
            if !is_comma {
                errors.at(start(&others[0]), format!("nothing follows the body: {FORM}"));
            }
            body
        }
        (None, [first, ..]) => {
            errors.at(start(first), format!("the body of `with!` is a block: {FORM}"));
            Group::new(Delimiter::Brace, rest.iter().cloned().collect())
        }
        (_, []) => {
            if errors.is_empty() {
                errors.at(Span::call_site(), format!("`with!` needs a body: {FORM}"));
            }
            let span = Span::mixed_site();
            let never = paths::never_runs(span);
            Group::new(Delimiter::Brace, quote_spanned!(span=> #never).into_token_stream())
        }
    }
}

/// A block in braces, be it one that another macro passed on.
fn block(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inner = group.stream().into_iter();
            inner.next().as_ref().and_then(block).filter(|_| inner.next().is_none())
        }
        _ => None,
    }
}

/// Not a whole group: its opening delimiter.
fn start(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}
