//! What `#[ayo::test]` becomes. Nothing can fail here.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, PatType};

use super::model::{Model, Param};
use crate::kit::diagnostics::Errors;
use crate::kit::function::Holds;
use crate::kit::paths::{self, generated, hidden};
use crate::kit::settings::Setting;

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let Model { attrs, inner, vis, name, output, .. } = model;
    let is_case = model.params.iter().any(|param| matches!(param, Param::Case(..)));
    let test = (!is_case).then(|| paths::test_attribute(name.span()));
    let (params, function, call) = (outer_params(model), function(model), call(model));
    let errors = errors.into_tokens();
    quote! {
        #errors
        #(#attrs)*
        #test
        #vis fn #name(#(#params),*) #output {
            #(#inner)*
            #function
            #call
        }
    }
}

/// What is left for other attributes to give: with theirs, and without a `mut`.
fn outer_params(model: &Model) -> Vec<TokenStream> {
    let case = |param: &Param| match param {
        Param::Case(param, name) => {
            let PatType { attrs, colon_token, ty, .. } = param;
            Some(quote!(#(#attrs)* #name #colon_token #ty))
        }
        Param::Scope(..) | Param::Refused(_) => None,
    };
    model.params.iter().filter_map(case).collect()
}

/// The function as it was written, inside of the one that is the test.
fn function(model: &Model) -> TokenStream {
    let Model { name, output, body, .. } = model;
    let span = generated(name.span());
    let params = model.params.iter().map(|param| {
        let (Param::Scope(param, _) | Param::Case(param, _) | Param::Refused(param)) = param;
        let PatType { attrs, pat, colon_token, ty } = param;
        let lints = attrs.iter().filter(|attr| is_lint(attr));
        quote!(#(#lints)* #pat #colon_token #ty)
    });
    let mut callee = name.clone();
    callee.set_span(span);
    quote_spanned!(span=> async fn #callee(#(#params),*) #output #body)
}

/// What stays with a parameter; other attributes belong to whoever gives it its value.
fn is_lint(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|lint| attr.path().is_ident(lint))
}

fn call(model: &Model) -> TokenStream {
    let place = model.result_place();
    let span = place.last();
    let (options, scope) = (options(model), scope(model));
    let test = closure(model);
    if model.run.is_campaign {
        let run = model.paths.run_test(place, "run_everywhere");
        quote_spanned!(span=> #run(&#options, || #scope, #test))
    } else {
        let run = model.paths.run_test(place, "run_once");
        quote_spanned!(span=> #run(&#options, #scope, #test))
    }
}

fn options(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let options = model.paths.test_options(place);
    let multi_thread = model.run.is_multi_thread.then(|| quote_spanned!(span=> .multi_thread()));
    let calls = model.run.options.iter().map(Setting::call);
    quote_spanned!(span=> #options::new()#multi_thread #(#calls)*)
}

fn scope(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let (builder, calls) = (model.paths.scope_builder(place), model.settings.calls());
    let text = model.name.to_string();
    let name = (!model.settings.has("name")).then(|| quote_spanned!(span=> .name(#text)));
    quote_spanned!(span=> #builder()#name #calls)
}

/// Calls the function with the scope and with the values of its other parameters, which more than one run clones.
fn closure(model: &Model) -> TokenStream {
    let place = model.name.span();
    let span = generated(place);
    let (handle, scope) = (hidden("__ayo_run"), model.paths.scope_type(place));
    let has_scope = model.params.iter().any(|param| matches!(param, Param::Scope(..)));
    let param = if has_scope { quote_spanned!(span=> #handle) } else { quote_spanned!(span=> _) };
    let args = model.params.iter().map(|param| match param {
        Param::Scope(_, Holds::Reference) => quote_spanned!(span=> #handle),
        Param::Scope(_, Holds::Value) => {
            let clone = paths::clone(place);
            quote_spanned!(span=> #clone(#handle))
        }
        Param::Case(_, name) if model.run.is_campaign => {
            let clone = paths::clone(name.span());
            quote_spanned!(span=> #clone(&#name))
        }
        Param::Case(_, name) => quote!(#name),
        Param::Refused(_) => paths::never_runs(place),
    });
    let mut callee = model.name.clone();
    callee.set_span(span);
    quote_spanned!(span=> async |#param: &#scope| #callee(#(#args),*).await)
}
