//! Takes a `scope!` apart: options, name and block. Every mistake has a stand-in, so that the rest is still checked.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::Token;

use crate::kit::diagnostics::Errors;
use crate::kit::paths;

/// A `scope!` in its parts.
pub(crate) struct Parsed {
    pub(crate) options: TokenStream,
    pub(crate) capture: Option<Token![move]>,
    /// `None` for `|_|`.
    pub(crate) name: Option<Ident>,
    pub(crate) body: Group,
}

const NO_NAME: &str = "the body of `scope!` starts with the name of the scope: write `|run| { .. }`";

pub(crate) fn parse(input: TokenStream, errors: &mut Errors) -> Parsed {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let (options, head) = halves(&tokens, errors);
    let (capture, head) = modifiers(head, errors);
    let (name, rest) = name(head, errors);
    Parsed { options: options.iter().cloned().collect(), capture, name, body: body(rest, errors) }
}

/// What stands before and after `=>`.
fn halves<'a>(tokens: &'a [TokenTree], errors: &mut Errors) -> (&'a [TokenTree], &'a [TokenTree]) {
    if let Some(at) = arrow(tokens) {
        return (&tokens[..at], &tokens[at + 2..]);
    }
    if tokens.first().is_none_or(starts_head) {
        return (&[], tokens);
    }
    match bars_before_block(tokens) {
        Some(at) => {
            errors.at(
                tokens[at].span(),
                "write `=>` between the options and the name: `scope!(timeout = 30s => |run| { .. })`",
            );
            tokens.split_at(at)
        }
        // Without a name there is no telling where the options end; a block at the end is the body.
        None => match tokens.last() {
            Some(last) if block(last).is_some() => tokens.split_at(tokens.len() - 1),
            _ => (tokens, &[]),
        },
    }
}

fn arrow(tokens: &[TokenTree]) -> Option<usize> {
    tokens
        .windows(2)
        .position(|pair| is_punct(&pair[0], '=') && is_joint(&pair[0]) && is_punct(&pair[1], '>'))
}

fn is_joint(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.spacing() == proc_macro2::Spacing::Joint)
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_word(token: &TokenTree, wanted: &str) -> bool {
    matches!(token, TokenTree::Ident(word) if word == wanted)
}

fn starts_head(token: &TokenTree) -> bool {
    is_punct(token, '|') || is_word(token, "move") || is_word(token, "async")
}

/// The place of `|run| { .. }` (or `move |run| { .. }`) at the end.
fn bars_before_block(tokens: &[TokenTree]) -> Option<usize> {
    let [before @ .., close, last] = tokens else {
        return None;
    };
    block(last).filter(|_| is_punct(close, '|'))?;
    let open = before.iter().rposition(|token| is_punct(token, '|'))?;
    let moves = open > 0 && is_word(&before[open - 1], "move");
    Some(open - usize::from(moves))
}

/// `move` before the name.
fn modifiers<'a>(mut head: &'a [TokenTree], errors: &mut Errors) -> (Option<Token![move]>, &'a [TokenTree]) {
    if let [first, rest @ ..] = head
        && is_word(first, "async")
    {
        errors.on(first, "the body of `scope!` is async already: write `|run| { .. }`");
        head = rest;
    }
    match head {
        [first, rest @ ..] if is_word(first, "move") => (Some(Token![move](first.span())), rest),
        _ => (None, head),
    }
}

/// What stands between the bars, and what follows them.
fn name<'a>(head: &'a [TokenTree], errors: &mut Errors) -> (Option<Ident>, &'a [TokenTree]) {
    let Some((open, rest)) = head.split_first().filter(|(first, _)| is_punct(first, '|')) else {
        match head.first() {
            Some(first) => errors.at(start(first), NO_NAME),
            None => errors.at(Span::call_site(), NO_NAME),
        }
        return (Some(stand_in()), head);
    };
    let Some(close) = rest.iter().position(|token| is_punct(token, '|')) else {
        errors.at(open.span(), NO_NAME);
        return (Some(stand_in()), rest);
    };
    let (inside, rest) = (&rest[..close], &rest[close + 1..]);
    match inside {
        [TokenTree::Ident(name)] if name == "_" => (None, rest),
        [TokenTree::Ident(name)] => (Some(name.clone()), rest),
        _ => (Some(wrong_name(open, inside, errors)), rest),
    }
}

/// Says what is wrong between the bars, and guesses the name.
fn wrong_name(open: &TokenTree, inside: &[TokenTree], errors: &mut Errors) -> Ident {
    match inside {
        [] => errors.at(open.span(), "the scope needs a name: write `|run|`, or `|_|`"),
        [first, ..] if is_punct(first, '&') => {
            errors.on(first, "the scope comes as `&Scope` already: write `|run|`");
        }
        [TokenTree::Ident(_), colon, ..] if is_punct(colon, ':') => {
            let ty: TokenStream = inside[1..].iter().cloned().collect();
            errors.on(ty, "the type is known: write `|run|`");
        }
        [TokenTree::Ident(_), comma, ..] if is_punct(comma, ',') => {
            let others: TokenStream = inside[1..].iter().cloned().collect();
            errors.on(others, "the body of `scope!` gets one thing, the scope: write `|run|`");
        }
        _ => {
            let pattern: TokenStream = inside.iter().cloned().collect();
            errors.on(pattern, "the scope is a plain name: write `|run|`");
        }
    }
    let words = inside.iter().filter_map(|token| match token {
        TokenTree::Ident(word) if word != "mut" && word != "ref" => Some(word.clone()),
        _ => None,
    });
    words.into_iter().next().unwrap_or_else(stand_in)
}

/// What people call it in the documentation.
fn stand_in() -> Ident {
    Ident::new("run", Span::call_site())
}

fn body(rest: &[TokenTree], errors: &mut Errors) -> Group {
    match rest {
        [only] if block(only).is_some() => block(only).unwrap_or_else(never),
        [] => {
            if errors.is_empty() {
                errors.at(Span::call_site(), "`scope!` needs a body: write `|run| { .. }`");
            }
            never()
        }
        [first, others @ ..] => match block(first) {
            Some(body) => {
                after_body(others, errors);
                body
            }
            None => no_block(first, rest, errors),
        },
    }
}

fn after_body(others: &[TokenTree], errors: &mut Errors) {
    let is_comma = others.len() == 1 && is_punct(&others[0], ',');
    if let (Some(first), false) = (others.first(), is_comma) {
        errors.at(
            start(first),
            "nothing follows the body; options stand before the name: `scope!(timeout = 30s => |run| { .. })`",
        );
    }
}

fn no_block(first: &TokenTree, rest: &[TokenTree], errors: &mut Errors) -> Group {
    let Some((last, before)) = rest.split_last() else {
        return never();
    };
    let returns = is_punct(first, '-') && before.get(1).is_some_and(|next| is_punct(next, '>'));
    if returns {
        let ty: TokenStream = before.iter().cloned().collect();
        errors.on(ty, "the type of the value is inferred: write `|run| { .. }`");
    } else if errors.is_empty() {
        errors.at(start(first), "the body of `scope!` is a block: write `|run| { .. }`");
    }
    block(last).unwrap_or_else(|| Group::new(Delimiter::Brace, rest.iter().cloned().collect()))
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

fn never() -> Group {
    let span = Span::mixed_site();
    let never = paths::never_runs(span);
    Group::new(Delimiter::Brace, quote_spanned!(span=> #never).into_token_stream())
}

/// Not a whole group: its opening delimiter.
fn start(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}
