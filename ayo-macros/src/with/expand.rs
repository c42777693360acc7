//! What a `with!` becomes: calls of the managers, one in the body of the other. Nothing can fail here.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::model::{How, Manager, Model};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, Place, hidden};

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let span = Span::mixed_site();
    let errors = errors.into_tokens();
    let Some((innermost, around)) = model.managers.split_last() else {
        let (never, body) = (paths::never_runs(span), body(model));
        return quote_spanned!(span=> { #errors let _ = async { #body }; async { #never } });
    };
    let inner = enter(model, innermost, &body(model));
    let future = around.iter().rev().fold(inner, |inner, manager| {
        let passed_on = model.paths.passed_on(span);
        enter(model, manager, &quote_spanned!(span=> #passed_on(#inner.await)))
    });
    quote_spanned!(span=> { #errors #future })
}

/// The body of the innermost one. (A `match`, as in `scope!`.)
fn body(model: &Model) -> TokenStream {
    let span = Span::mixed_site();
    let (value, tail, body) = (model.paths.value(span), hidden("__ayo_value"), &model.body);
    quote_spanned! {span=>
        match #body {
            #[allow(unreachable_code)]
            #tail => #value(#tail),
        }
    }
}

/// The future of one manager with what runs in it.
fn enter(model: &Model, manager: &Manager, inner: &TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    let pat = &manager.pat;
    let body = quote_spanned!(span=> async |#pat| #inner);
    match &manager.how {
        How::Call(call) => call.with(&body),
        How::Value(value) => {
            let enter = model.paths.enter(Place::over(value));
            quote_spanned!(span=> #enter(#value, #body))
        }
    }
}
