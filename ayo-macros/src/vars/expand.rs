//! What a `vars!` becomes. Nothing can fail here.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::parse::Var;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{Paths, generated};

pub(crate) fn expand(vars: &[Var], paths: &Paths, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    let items = vars.iter().map(|var| item(var, paths));
    quote!(#errors #(#items)*)
}

fn item(var: &Var, paths: &Paths) -> TokenStream {
    let Var { attrs, vis, keyword, name, ty, .. } = var;
    let span = generated(ty.span());
    let variable = paths.var(ty.span());
    let (kind, made) = match &var.default {
        None => (None, quote_spanned!(span=> #variable::new())),
        Some(default) => {
            let kind = paths.has_default(ty.span());
            (
                Some(quote_spanned!(span=> , #kind)),
                quote_spanned!(span=> #variable::with_default(|| #default)),
            )
        }
    };
    let no_inherit = (!var.is_inherited).then(|| quote_spanned!(span=> .no_inherit()));
    let declared = quote_spanned!(span=> : #variable<#ty #kind> = #made #no_inherit;);
    quote!(#(#attrs)* #vis #keyword #name #declared)
}
