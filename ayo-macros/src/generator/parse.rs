//! Takes a `generator!` apart: options and body.

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};

/// A `generator!` in its parts.
pub(crate) struct Parsed {
    pub(crate) options: TokenStream,
    pub(crate) body: Group,
}

/// An arrow that is in no group can only end the options: those of `match` are in its braces.
pub(crate) fn parse(input: TokenStream) -> Parsed {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let (options, body) = match tokens.windows(2).position(is_arrow) {
        Some(at) => (&tokens[..at], &tokens[at + 2..]),
        None => (&[][..], &tokens[..]),
    };
    Parsed { options: options.iter().cloned().collect(), body: braced(body) }
}

fn is_arrow(pair: &[TokenTree]) -> bool {
    match pair {
        [TokenTree::Punct(first), TokenTree::Punct(second)] => {
            first.as_char() == '=' && first.spacing() == Spacing::Joint && second.as_char() == '>'
        }
        _ => false,
    }
}

fn braced(body: &[TokenTree]) -> Group {
    let mut group = Group::new(Delimiter::Brace, body.iter().cloned().collect());
    group.set_span(Span::call_site());
    group
}
