//! What `#[ayo::cached]` becomes. Nothing can fail here.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Attribute;

use super::key::Arg;
use super::model::{Home, Keeps, Model};
use crate::kit::paths::{Place, generated, hidden};

pub(crate) fn expand(model: &Model) -> TokenStream {
    let function = function(model);
    let home = match &model.home {
        Home::Beside => beside(model),
        Home::Associated(name) => cache_fn(model, name),
    };
    quote!(#function #home)
}

/// The function itself; what was its body runs when nothing is kept.
fn function(model: &Model) -> TokenStream {
    let Model { inner, function, key, output, .. } = model;
    let (attrs, vis, sig) = (&function.attrs, &function.vis, &function.sig);
    let span = generated(key.place);
    let (call, cache, body) = (model.paths.cached(span, "call"), cache_path(model), body(model));
    let (key, result) =
        (&key.expr, output.written.then_some(&output.ty).map(|ty| quote_spanned!(span=> -> #ty)));
    quote_spanned! {span=>
        #(#attrs)*
        #vis #sig {
            #(#inner)*
            #call(#cache(), #key, async move || #result #body).await
        }
    }
}

/// The body, with parameters taken apart as they were written.
fn body(model: &Model) -> TokenStream {
    let body = &model.function.body;
    let apart: Vec<TokenStream> = model.args.iter().filter_map(taken_apart).collect();
    if apart.is_empty() { quote!(#body) } else { quote!({ #(#apart)* #body }) }
}

fn taken_apart(arg: &Arg) -> Option<TokenStream> {
    let (name, pattern) = (&arg.name, arg.pattern.as_ref()?);
    let span = generated(name.span());
    Some(quote_spanned!(span=> let #pattern = #name;))
}

fn cache_path(model: &Model) -> TokenStream {
    let name = &model.function.sig.ident;
    let span = generated(name.span());
    match &model.home {
        Home::Beside => quote_spanned!(span=> #name::cache),
        Home::Associated(cache) => quote_spanned!(span=> Self::#cache),
    }
}

/// A type of the function's name, for `f::cache()`: types and functions do not get in each other's way.
fn beside(model: &Model) -> TokenStream {
    let (vis, name) = (&model.function.vis, &model.function.sig.ident);
    let span = generated(name.span());
    let (conditions, docs) =
        (conditions(&model.function.attrs), format!("The results of [`{name}()`] that are kept."));
    let mut cache = Ident::new("cache", span);
    cache.set_span(span.resolved_at(name.span()));
    let cache = cache_fn(model, &cache);
    quote_spanned! {span=>
        #(#conditions)*
        #[doc = #docs]
        #[allow(non_camel_case_types, dead_code, clippy::empty_enums)]
        #vis enum #name {}
        #(#conditions)*
        impl #name {
            #cache
        }
    }
}

/// The function that gives the cache.
fn cache_fn(model: &Model, cache: &Ident) -> TokenStream {
    let (vis, name) = (&model.function.vis, &model.function.sig.ident);
    let span = generated(name.span());
    let (key, value) = (&model.key.ty, &model.output.ty);
    let (ty, slot) = (model.paths.cache_type(span), model.paths.cached(span, "Slot"));
    let holder = hidden("__AYO_CACHE");
    let (conditions, docs) =
        (conditions(&model.function.attrs), format!("What `{name}()` keeps, to clear it or to look at it."));
    let made = made(model);
    quote_spanned! {span=>
        #(#conditions)*
        #[doc = #docs]
        #[allow(dead_code)]
        #[must_use]
        #vis fn #cache() -> &'static #ty<#key, #value> {
            static #holder: #slot<#key, #value> = #slot::new(|| #made);
            &#holder
        }
    }
}

/// The cache as the options say.
fn made(model: &Model) -> TokenStream {
    let name = &model.function.sig.ident;
    let span = generated(name.span());
    let (builder, settings) =
        (model.paths.cached(generated(model.key.place), "CacheBuilder"), model.settings.calls());
    let (name, sharing) = (name.to_string(), sharing(model));
    let build = quote_spanned!(generated(model.key.place)=> .build(#sharing));
    quote_spanned!(span=> #builder::new(#name)#settings #build)
}

/// Finds out at compile time what of the results is kept.
fn sharing(model: &Model) -> TokenStream {
    let Model { paths, output, .. } = model;
    let (ty, place) = (&output.ty, output.place);
    let span = place.last();
    let (probe, whole) = (paths.cached(place, "Probe"), paths.cached(span, "Whole"));
    if output.keeps == Keeps::All {
        return quote_spanned!(span=> #whole::sharing(&#probe::<#ty>::NEW));
    }
    let (both, own) = (paths.cached(span, "Both"), paths.cached(span, "Own"));
    let is_result = (output.keeps == Keeps::Ok).then(|| {
        let is_result = paths.cached(Place::from(span), "is_result");
        quote_spanned!(span=> #is_result::<#ty>();)
    });
    quote_spanned! {span=>
        {
            use #both as _;
            use #own as _;
            use #whole as _;
            #is_result
            (&&&#probe::<#ty>::NEW).sharing()
        }
    }
}

/// `#[cfg(..)]` of the function holds for what is emitted beside it.
fn conditions(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
}
