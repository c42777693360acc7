//! `#[derive(Plain)]`: a task may return this type as it is.

#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Generics, Ident, Meta, Variant};

use crate::kit::diagnostics::Errors;
use crate::kit::options::Grammar;
use crate::kit::paths::Paths;
use crate::kit::specs;

const GRAMMAR: Grammar = Grammar { of: "`#[ayo(..)]`", specs: &[specs::CRATE] };

/// The whole way from what was written to what is emitted.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    match syn::parse2::<DeriveInput>(input) {
        Ok(input) => {
            let mut errors = Errors::default();
            let model = check(input, &mut errors);
            expand(&model, errors)
        }
        Err(error) => error.into_compile_error(),
    }
}

struct Model {
    paths: Paths,
    name: Ident,
    generics: Generics,
}

fn check(input: DeriveInput, errors: &mut Errors) -> Model {
    inside(&input.data, errors);
    let ours = input.attrs.iter().filter(|attr| is_ours(attr));
    let paths: Vec<Paths> = ours.map(|attr| options(attr, errors)).collect();
    Model { paths: paths.into_iter().next().unwrap_or_default(), name: input.ident, generics: input.generics }
}

fn is_ours(attr: &Attribute) -> bool {
    attr.path().is_ident("ayo")
}

/// Fields and variants have no options.
fn inside(data: &Data, errors: &mut Errors) {
    let (variants, fields): (Vec<&Variant>, Vec<&Field>) = match data {
        Data::Struct(data) => (Vec::new(), data.fields.iter().collect()),
        Data::Enum(data) => (
            data.variants.iter().collect(),
            data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        ),
        Data::Union(data) => (Vec::new(), data.fields.named.iter().collect()),
    };
    let on_variants = variants.iter().flat_map(|variant| &variant.attrs);
    let on_fields = fields.iter().flat_map(|field| &field.attrs);
    for attr in on_variants.chain(on_fields).filter(|attr| is_ours(attr)) {
        errors
            .on(attr.path(), "`#[ayo(crate = ..)]` stands on the type; fields and variants have no options");
    }
}

fn options(attr: &Attribute, errors: &mut Errors) -> Paths {
    match &attr.meta {
        Meta::List(list) => Paths::new(GRAMMAR.read(list.tokens.clone(), errors).take_crate()),
        other => {
            errors.on(other, "write `#[ayo(crate = path::to::ayo)]`");
            Paths::default()
        }
    }
}

fn expand(model: &Model, errors: Errors) -> TokenStream {
    let Model { paths, name, generics } = model;
    let span = Span::mixed_site();
    let (errors, plain) = (errors.into_tokens(), paths.plain(span));
    let (parameters, arguments, clause) = generics.split_for_impl();
    let implementation = quote_spanned! {span=>
        #[automatically_derived]
        impl #parameters #plain for #name #arguments #clause {}
    };
    quote!(#errors #implementation)
}
