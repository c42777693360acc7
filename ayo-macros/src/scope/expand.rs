//! What a `scope!` becomes. Nothing can fail here.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::model::{Local, Model};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::hidden;

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let span = Span::mixed_site();
    let errors = errors.into_tokens();
    let room = if model.local.is_some() { "local" } else { "scope" };
    let (prepare, run) = (model.paths.prepare(span, room), model.paths.run_scope(span, room));
    let (builder, calls) = (model.paths.scope_builder(span), model.settings.calls());
    let local = model.local.map(|local| match local {
        Local::ThisThread => quote_spanned!(span=> .local()),
        Local::Send => quote_spanned!(span=> .local_send()),
    });
    let (scope, handle) = (hidden("__ayo_scope"), handle(model));
    let body = body(model, &handle);
    let capture = model.capture;
    quote_spanned! {span=>
        {
            #errors
            let (#scope, #handle) = #prepare(#builder()#calls #local);
            #run(#scope, async #capture #body)
        }
    }
}

/// The variable that owns the handle. Where tasks borrow, rustc names it in messages, so there it has the name that the user
/// gave the handle (and is another variable all the same).
fn handle(model: &Model) -> Ident {
    match (&model.local, &model.name) {
        (Some(_), Some(name)) => {
            let mut name = name.clone();
            name.set_span(Span::mixed_site());
            name
        }
        _ => hidden("__ayo_run"),
    }
}

/// The handle is used by value, and so moves in; everything else keeps the capture mode that it would have had.
///
/// A `match` and not `value(body)`: where the body never ends, rustc would warn that the call is unreachable. On an arm
/// that can be allowed without allowing it in the user's code.
fn body(model: &Model, handle: &Ident) -> TokenStream {
    let span = Span::mixed_site();
    let tail = hidden("__ayo_value");
    let (value, body) = (model.paths.value(span), &model.body);
    let name = model.name.as_ref().map(|name| quote_spanned!(span=> let #name = &#handle;));
    quote_spanned! {span=>
        {
            let #handle = #handle;
            #name
            match #body {
                #[allow(unreachable_code)]
                #tail => #value(#tail),
            }
        }
    }
}
