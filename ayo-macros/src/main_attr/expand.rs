//! What `#[ayo::main]` becomes. Nothing can fail here.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use super::model::{Model, Param};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, generated, hidden};
use crate::kit::settings::Setting;

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let Model { attrs, inner, vis, name, output, .. } = model;
    let place = model.result_place();
    let span = place.last();
    let (run, program, scope) = (model.paths.run_main(place), program(model), scope(model));
    let (function, body) = body(model);
    let call = quote_spanned!(span=> #run(#program, #scope, #body));
    let errors = errors.into_tokens();
    quote! {
        #errors
        #(#attrs)*
        #vis fn #name() #output {
            #(#inner)*
            #function
            #call
        }
    }
}

fn program(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let program = model.paths.program(place, model.program.flavor);
    let calls: TokenStream = model.program.settings.iter().map(Setting::call).collect();
    quote_spanned!(span=> #program()#calls)
}

fn scope(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let (builder, calls) = (model.paths.scope_builder(place), model.settings.calls());
    let name = (!model.settings.has("name")).then(|| quote_spanned!(span=> .name("main")));
    quote_spanned!(span=> #builder()#name #calls)
}

/// What `run` gets: the name of a function that stands in this one, so that rustc speaks of its result as of any
/// function's. Only where that is an `impl Trait` it is a closure, whose result is inferred.
fn body(model: &Model) -> (TokenStream, TokenStream) {
    let (name, output, body) = (&model.name, model.output.to_token_stream(), &model.body);
    let span = generated(name.span());
    let (param, body) = param_and_body(model, body.to_token_stream());
    if mentions_impl(output.clone()) {
        return (TokenStream::new(), quote_spanned!(span=> async |#param| #body));
    }
    let mut callee = name.clone();
    callee.set_span(span);
    (quote_spanned!(span=> async fn #callee(#param) #output #body), quote_spanned!(span=> #callee))
}

fn param_and_body(model: &Model, body: TokenStream) -> (TokenStream, TokenStream) {
    let place = model.name.span();
    let span = generated(place);
    let scope = model.paths.scope_type(place);
    match &model.param {
        Param::Reference(param) => (quote!(#param), body),
        Param::None | Param::Refused(None) => (quote_spanned!(span=> _: &#scope), body),
        Param::Refused(Some(name)) => (quote_spanned!(span=> #name: &#scope), body),
        Param::Value(param) => {
            let (handle, clone) = (hidden("__ayo_run"), paths::clone(place));
            let body = quote_spanned!(span=> { let #param = #clone(#handle); #body });
            (quote_spanned!(span=> #handle: &#scope), body)
        }
    }
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        _ => false,
    })
}
