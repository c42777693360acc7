//! What an eager function becomes. Nothing can fail here.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use super::model::Model;
use crate::kit::function::Function;
use crate::kit::paths::generated;

pub(crate) fn expand(model: Model) -> TokenStream {
    let Model { paths, function, output, taken } = model;
    let Function { attrs, vis, mut sig, body } = function;
    let place = output.as_ref().map_or_else(|| sig.ident.span(), |output| output.span());
    let span = generated(place);
    let output = output.map_or_else(|| quote_spanned!(span=> ()), |output| output.into_token_stream());
    let (eager, task) = (paths.eager(place), paths.eager_task(place));
    sig.asyncness = None;
    sig.output = syn::parse_quote_spanned!(span=> -> #task<#output>);
    let taken = taken.iter().map(|(pattern, argument)| quote_spanned!(span=> let #pattern = #argument;));
    quote_spanned! {span=>
        #(#attrs)*
        #[track_caller]
        #vis #sig {
            #eager::<#output, _>(async move {
                #(#taken)*
                #body
            })
        }
    }
}
