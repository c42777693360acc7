//! What `#[ayo::on]` becomes. Nothing can fail here.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::known::Known;
use super::model::{Model, Takes};
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, generated, hidden};
use crate::kit::settings::{Setting, Value};

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let function = &model.function;
    let errors = errors.into_tokens();
    let registration = model.hook.map(|hook| registration(model, hook));
    quote!(#errors #function #registration)
}

fn registration(model: &Model, hook: Known) -> TokenStream {
    let paths = &model.paths;
    let place = model.function.sig.ident.span();
    let span = generated(place);
    let (register, registration) = (paths.hook(place, "register"), paths.hook(place, "Registration"));
    let (variant, name, call) = (paths.hook_variant(place, hook.variant), name(model), call(model));
    let order = value(model.order.as_ref()).unwrap_or_else(|| quote_spanned!(span=> 0));
    let context = context(model);
    let cfgs = model.function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    quote_spanned! {span=>
        #(#cfgs)*
        const _: () = {
            #register! {
                #registration {
                    hook: #variant,
                    name: #name,
                    order: #order,
                    context: #context,
                    call: #call,
                }
            }
        };
    }
}

/// The path of the function, as far as it can be known here: its module and its name.
fn name(model: &Model) -> TokenStream {
    let ident = &model.function.sig.ident;
    let span = generated(ident.span());
    let (concat, module_path) =
        (paths::core_macro(ident.span(), "concat"), paths::core_macro(ident.span(), "module_path"));
    let text = ident.to_string();
    quote_spanned!(span=> #concat!(#module_path!(), "::", #text))
}

fn value(setting: Option<&Setting>) -> Option<TokenStream> {
    match &setting?.value {
        Value::Expr(expr) => Some(quote!(#expr)),
        Value::Constant(tokens) => Some(tokens.clone()),
        _ => None,
    }
}

fn context(model: &Model) -> TokenStream {
    let place = model.function.sig.ident.span();
    let span = generated(place);
    match model.context.as_ref().map(|setting| &setting.value) {
        Some(Value::Expr(context)) => {
            let (of, context) = (model.paths.hook(place, "context"), paths::borrowed(context));
            quote_spanned!(span=> #of(#context))
        }
        _ => {
            let context = model.paths.context_type(place);
            quote_spanned!(span=> #context::DEFAULT)
        }
    }
}

/// A closure that calls the function as the hook's kind needs it.
fn call(model: &Model) -> TokenStream {
    let sig = &model.function.sig;
    let place = sig.ident.span();
    let span = generated(place);
    let (result, event) = (model.result_place(), hidden("__ayo_event"));
    let mut function = sig.ident.clone();
    function.set_span(result.last().resolved_at(place));
    let argument = match model.takes {
        Takes::Nothing => TokenStream::new(),
        Takes::Event => quote_spanned!(span=> #event),
        Takes::Scope => {
            let scope = model.paths.hook(place, "scope");
            quote_spanned!(span=> #scope(#event))
        }
    };
    let param =
        if model.takes == Takes::Nothing { quote_spanned!(span=> _) } else { quote_spanned!(span=> #event) };
    let (kind, done) = if sig.asyncness.is_some() { ("Async", "awaited") } else { ("Sync", "done") };
    let called = quote_spanned!(result.last()=> #function(#argument));
    let (call, done) = (model.paths.hook_call(place, kind), model.paths.hook_result(result, done));
    quote_spanned!(span=> #call(|#param| #done(#called)))
}
