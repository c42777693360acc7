//! What a `generator!` becomes. Nothing can fail here.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::model::Model;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::hidden;

pub(crate) fn expand(model: &Model, errors: Errors) -> TokenStream {
    let span = Span::mixed_site();
    let errors = errors.into_tokens();
    let generator = model.paths.generator(span, model.kind.can_fail, model.kind.is_answered);
    let (out, body) = (hidden("__ayo_out"), &model.body);
    quote_spanned! {span=>
        {
            #errors
            #generator(|#out| async move #body)
        }
    }
}
