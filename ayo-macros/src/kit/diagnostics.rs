//! Collects mistakes, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

/// The mistakes found so far, in the order in which they were found.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<syn::Error>,
}

impl Errors {
    /// A mistake at one place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.absorb(syn::Error::new(span, message));
    }

    /// A mistake that covers the given tokens.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.absorb(syn::Error::new_spanned(tokens, message));
    }

    /// Takes over what a parser reported.
    pub(crate) fn absorb(&mut self, error: syn::Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// Keeps the value and notes the error.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.absorb(error);
                None
            }
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_none()
    }

    /// One `compile_error!` each, good as items and as statements; nothing if nothing is wrong.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.all.map(syn::Error::into_compile_error).unwrap_or_default()
    }

    /// An item as it was, beside the messages.
    pub(crate) fn beside(self, item: &TokenStream) -> TokenStream {
        let errors = self.into_tokens();
        quote!(#errors #item)
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.all.iter().flatten().map(|error| error.to_string()).collect()
    }
}
