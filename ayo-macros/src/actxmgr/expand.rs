//! What a manager becomes: an ordinary function that takes the body last. Nothing can fail here.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, GenericParam, Generics};

use super::model::{Model, Param};
use super::shape::Shape;
use crate::kit::diagnostics::Errors;
use crate::kit::function::Function;
use crate::kit::paths::{self, generated, hidden};

/// The state of a manager that runs.
pub(crate) const FRAME: &str = "__ayo_frame";
/// The body, which is also what the documentation calls it.
pub(crate) const BODY: &str = "body";
/// The value of the body.
pub(crate) const YIELDED: &str = "__ayo_yielded";
/// A parameter that is a pattern.
pub(crate) const PARAM: &str = "__ayo_param";

/// A function whose code does not parse: rustc says why.
pub(crate) fn untouched(function: &Function) -> TokenStream {
    quote!(#function)
}

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    let Model { attrs, vis, sig, paths, .. } = model;
    let span = generated(sig.ident.span());
    let (output, error) = (paths::future(span), paths.error(span));
    let (result, caller, site) = (paths::result(span), paths::caller(span), hidden("__ayo_site"));
    let Types { generics, body, value } = types(model, span);
    let sig = Signature { model, generics: &generics, body };
    let (where_, future) = (&generics.where_clause, future(model, span));
    quote_spanned! {span=>
        #errors
        #(#attrs)*
        #[track_caller]
        #[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
        #vis #sig -> impl #output<Output = #result<#value, #error>> #where_ {
            let #site = #caller;
            #future
        }
    }
}

/// What the signature gets in addition.
struct Types {
    generics: Generics,
    /// The type of the body.
    body: TokenStream,
    /// Of its value.
    value: TokenStream,
}

fn types(model: &Model, span: Span) -> Types {
    let (paths, yielded) = (&model.paths, &model.yielded);
    let (ty, result, error) = (&yielded.ty, paths::result(span), paths.manager(span, "BodyError"));
    let async_fn = paths::async_fn_once(span);
    let mut generics = model.sig.generics.clone();
    let (param, body, value): (GenericParam, _, _) = match yielded.shape {
        Shape::Given => {
            let (name, future) = (hidden("__F"), paths.manager(span, "BodyFuture"));
            let fn_once = paths::fn_once(span);
            (
                syn::parse_quote!(#name: #future),
                quote_spanned!(span=> impl #fn_once(#ty) -> #name),
                quote_spanned!(span=> #name::Value),
            )
        }
        Shape::Lent => {
            let name = hidden("__R");
            (
                syn::parse_quote!(#name),
                quote_spanned!(span=> impl #async_fn(#ty) -> #result<#name, #error>),
                quote_spanned!(span=> #name),
            )
        }
        Shape::Mixed => {
            let (name, lends) = (hidden("__R"), paths.manager(span, "Lends"));
            let (named, own) = (&yielded.named, &yielded.own);
            (
                syn::parse_quote!(#name),
                quote_spanned! {span=>
                    impl #async_fn(#ty) -> #result<#name, #error> + for<#(#own),*> #lends<#named, #name>
                },
                quote_spanned!(span=> #name),
            )
        }
    };
    generics.params.push(param);
    Types { generics, body, value }
}

/// The function's signature up to its result.
struct Signature<'a> {
    model: &'a Model,
    generics: &'a Generics,
    body: TokenStream,
}

impl ToTokens for Signature<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (sig, generics, ty) = (&self.model.sig, self.generics, &self.body);
        let syn::Signature { safety, abi, fn_token, ident, .. } = sig;
        let (inputs, body) = (sig.inputs.iter(), hidden(BODY));
        let inputs: Vec<&FnArg> = inputs.collect();
        tokens.extend(quote!(#safety #abi #fn_token #ident #generics(#(#inputs,)* #body: #ty)));
    }
}

fn future(model: &Model, span: Span) -> TokenStream {
    let [frame, site, end, yielded] = [FRAME, "__ayo_site", "__ayo_end", YIELDED].map(hidden);
    let new = model.paths.manager(span, "frame");
    let name = model.sig.ident.to_string();
    let unused = allow_unused(model, span);
    let params = model
        .params
        .iter()
        .map(|Param { attrs, pat, name }| quote_spanned!(span=> #(#attrs)* #unused let #pat = #name;));
    let (code, ended) = (&model.code, model.paths.manager(span, "ended"));
    let start = if model.is_sound { "not_yielded" } else { "refused" };
    let start = model.paths.manager(span, start);
    quote_spanned! {span=>
        async move {
            let mut #frame = #new(#site);
            #(#params)*
            let #end = #frame.run(#name, async {
                #[allow(unused_assignments, unused_mut)]
                let mut #yielded = #start();
                match { let (): () = #code; } {
                    #[allow(unreachable_code)]
                    () => #ended(#yielded),
                }
            }).await;
            #frame.conclude(#end).await
        }
    }
}

/// A parameter may be used by an attribute of the function alone, as the fields of `#[tracing::instrument]` do.
fn allow_unused(model: &Model, span: Span) -> Option<TokenStream> {
    let has_attribute = model.attrs.iter().any(|attr| !attr.path().is_ident("doc"));
    has_attribute.then(|| quote_spanned!(span=> #[allow(unused_variables)]))
}
