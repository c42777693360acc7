//! What `#[ayo::main]` becomes. Nothing can fail here.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;

use super::model::{Model, Param};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, generated, hidden};

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let Model { attrs, inner, vis, name, output, .. } = model;
    let place = model.result_span();
    let span = generated(place);
    let (run, runtime, scope) = (model.paths.run_main(place), runtime(model), scope(model));
    let body = closure(model);
    let call = quote_spanned!(span=> #run(#runtime, #scope, #body));
    let errors = errors.into_tokens();
    quote! {
        #errors
        #(#attrs)*
        #vis fn #name() #output {
            #(#inner)*
            #call
        }
    }
}

/// The item as it was, beside the messages.
pub(crate) fn untouched(item: &TokenStream, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    quote!(#errors #item)
}

fn runtime(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let runtime = model.paths.runtime(place);
    if model.runtime.is_current_thread {
        return quote_spanned!(span=> #runtime::current_thread());
    }
    let threads = model.runtime.worker_threads.as_ref();
    let threads = threads.map(crate::kit::settings::Setting::call);
    quote_spanned!(span=> #runtime::multi_thread()#threads)
}

fn scope(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let (builder, calls) = (model.paths.scope_builder(place), model.settings.calls());
    let name = (!model.settings.has("name")).then(|| quote_spanned!(span=> .name("main")));
    quote_spanned!(span=> #builder()#name #calls)
}

fn closure(model: &Model) -> TokenStream {
    let (place, body) = (model.name.span(), &model.body);
    let span = generated(place);
    let (scope, output) = (model.paths.scope_type(place), closure_output(&model.output));
    match &model.param {
        Param::Reference(param) => quote_spanned!(span=> async |#param| #output #body),
        Param::None | Param::Refused(None) => {
            quote_spanned!(span=> async |_: &#scope| #output #body)
        }
        Param::Refused(Some(name)) => {
            quote_spanned!(span=> async |#name: &#scope| #output #body)
        }
        Param::Value(param) => {
            let (handle, clone) = (hidden("__ayo_run"), paths::clone(place));
            quote_spanned! {span=>
                async |#handle: &#scope| #output {
                    let #param = #clone(#handle);
                    #body
                }
            }
        }
    }
}

/// A closure cannot return `impl Trait`; there the type is inferred.
fn closure_output(output: &ReturnType) -> TokenStream {
    let tokens = output.to_token_stream();
    if mentions_impl(tokens.clone()) { TokenStream::new() } else { tokens }
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        _ => false,
    })
}
