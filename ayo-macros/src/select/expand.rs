//! What a `select!` becomes. Nothing can fail here.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{FieldPat, Pat, parse_quote};

use super::parse::{Branch, Model, is_binding};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, hidden};

pub(crate) fn expand(model: Option<&Model>, errors: Errors) -> TokenStream {
    let span = Span::mixed_site();
    let is_wrong = !errors.is_empty();
    let errors = errors.into_tokens();
    match model {
        Some(model) if !is_wrong => choose(model),
        _ => {
            let never = paths::never_runs(span);
            quote!({ #errors #never })
        }
    }
}

/// The futures are gone, with all that they borrowed, when the arms come.
fn choose(model: &Model) -> TokenStream {
    let span = Span::mixed_site();
    let (select, chosen, is_biased) =
        (model.paths.select(span, "select"), hidden("__ayo_chosen"), model.is_biased);
    let branches = model.branches.iter().map(|branch| future(model, branch));
    let arms = model.branches.iter().enumerate().map(|(n, branch)| arm(model, n, branch));
    let (none, otherwise) = (paths::none(span), otherwise(model));
    let never = paths::unreachable(span);
    quote_spanned! {span=>
        {
            let #chosen = #select((#(#branches,)*), #is_biased).await;
            match #chosen {
                #(#arms)*
                #none => #otherwise,
                #[allow(unreachable_patterns)]
                _ => #never,
            }
        }
    }
}

/// `branch(condition, future, |output| whether it matches)`
fn future(model: &Model, branch: &Branch) -> TokenStream {
    let Branch { future, condition, pattern, .. } = branch;
    let place = paths::first_span(future);
    let span = paths::generated(place);
    let make = model.paths.select(place, "branch");
    let condition = condition.as_ref().map_or_else(|| quote_spanned!(span=> true), ToTokens::to_token_stream);
    let check = check(pattern);
    quote_spanned!(span=> #make(#condition, #future, #check))
}

/// Whether an output matches, told from a reference to it.
fn check(pattern: &Pat) -> TokenStream {
    let span = Span::mixed_site();
    if always_matches(pattern) {
        return quote_spanned!(span=> |_| true);
    }
    let mut pattern = pattern.clone();
    Unbound.visit_pat_mut(&mut pattern);
    let output = hidden("__ayo_output");
    quote_spanned! {span=>
        |#output| match *#output {
            #[allow(unreachable_patterns)]
            #pattern => true,
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }
}

fn always_matches(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(pat) => pat.subpat.is_none() && is_binding(&pat.ident),
        Pat::Tuple(tuple) => tuple.elems.iter().all(always_matches),
        Pat::Type(typed) => always_matches(&typed.pat),
        _ => false,
    }
}

/// Makes a pattern one that only looks: without bindings it moves nothing, and can be matched against what is borrowed.
struct Unbound;

impl VisitMut for Unbound {
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        while let Pat::Ident(pat) = pattern
            && is_binding(&pat.ident)
        {
            let below = pat.subpat.take().map(|(_, below)| *below);
            *pattern = below.unwrap_or_else(|| parse_quote!(_));
        }
        visit_mut::visit_pat_mut(self, pattern);
    }

    /// `State { name }` becomes `State { name: _ }`.
    fn visit_field_pat_mut(&mut self, field: &mut FieldPat) {
        field.colon_token.get_or_insert_default();
        visit_mut::visit_field_pat_mut(self, field);
    }
}

fn arm(model: &Model, n: usize, branch: &Branch) -> TokenStream {
    let Branch { pattern, handler, .. } = branch;
    let span = Span::mixed_site();
    let (one, some) = (model.paths.select(span, "One"), paths::some(span));
    let letter = char::from(b'A' + u8::try_from(n).unwrap_or_default());
    let variant = format_ident!("{letter}", span = span);
    quote_spanned!(span=> #some(#one::#variant(#some(#pattern))) => #handler,)
}

fn otherwise(model: &Model) -> TokenStream {
    match &model.otherwise {
        Some(otherwise) => otherwise.to_token_stream(),
        None => {
            let nothing_left = model.paths.select(Span::call_site(), "nothing_left");
            quote_spanned!(Span::call_site()=> #nothing_left())
        }
    }
}
