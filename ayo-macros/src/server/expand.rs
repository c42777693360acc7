//! What `server!` becomes. Nothing can fail here.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{FnArg, ReturnType};

use super::model::{Model, WorkerFn};
use crate::kit::body::Body;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, Paths, generated};

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let workers = model.workers.iter().map(|worker| function(worker, &model.paths));
    let errors = errors.into_tokens();
    quote!(#errors #(#workers)*)
}

/// An ordinary `async fn` of a worker.
fn function(worker: &WorkerFn, all: &Paths) -> TokenStream {
    let WorkerFn { function, hidden, is_try_block } = worker;
    let (attrs, vis, body) = (&function.attrs, &function.vis, &function.body);
    let mut sig = function.sig.clone();
    if let (Some(name), Some(FnArg::Typed(param))) = (hidden, sig.inputs.first_mut()) {
        *param.pat = syn::parse_quote!(#name);
    }
    if !is_try_block || matches!(body, Body::Raw(_)) {
        return quote!(#(#attrs)* #vis #sig #body);
    }
    let place = sig.ident.span();
    let span = generated(place);
    let (error, ok) = (all.box_error(place), paths::ok(place));
    let result = paths::result(place);
    sig.output = ReturnType::Default;
    // A body that never ends is none to warn of.
    quote_spanned! {span=>
        #(#attrs)*
        #vis #sig -> #result<(), #error> {
            let ended: () = #body;
            #[allow(unreachable_code)]
            let done = #ok(ended);
            done
        }
    }
}
