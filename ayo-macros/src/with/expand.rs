//! What a `with!` becomes: calls of the managers, one in the body of the other. Nothing can fail here.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;

use super::model::{How, Manager, Model};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, hidden};

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let span = Span::mixed_site();
    let errors = errors.into_tokens();
    let Some((innermost, around)) = model.managers.split_last() else {
        let (refused, body) = (refused(span), body(model));
        return quote_spanned!(span=> { #errors let _ = async { #body }; #refused });
    };
    let inner = enter(innermost, &body(model));
    let future = around.iter().rev().fold(inner, |inner, manager| {
        let passed_on = model.paths.passed_on(span);
        enter(manager, &quote_spanned!(span=> #passed_on(#inner.await)))
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
fn enter(manager: &Manager, inner: &TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    let pat = &manager.pat;
    let body = quote_spanned!(span=> async |#pat| #inner);
    match &manager.how {
        How::Call(Expr::Call(call)) => {
            let (attrs, func, args) = (&call.attrs, &call.func, call.args.iter());
            quote_spanned!(call.paren_token.span.join()=> #(#attrs)* #func(#(#args,)* #body))
        }
        How::Call(Expr::MethodCall(call)) => {
            let syn::ExprMethodCall { attrs, receiver, method, turbofish, .. } = call;
            let args = call.args.iter();
            quote_spanned!(method.span()=> #(#attrs)* #receiver.#method #turbofish(#(#args,)* #body))
        }
        How::Call(_) | How::Refused => {
            let refused = refused(span);
            quote_spanned!(span=> { let _ = #body; #refused })
        }
    }
}

/// A future of any type, beside the message that says what is wrong.
fn refused(span: Span) -> TokenStream {
    let never = paths::never_runs(span);
    quote_spanned!(span=> async { #never })
}
