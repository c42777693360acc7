//! The way through the room of an attribute.

use proc_macro2::TokenStream;

use super::diagnostics::Errors;

/// From what was written to what is emitted. What `parse` gives back, since the attribute cannot stand on it, stays as it is.
pub(crate) fn attribute<P, M>(
    (args, item): (TokenStream, TokenStream),
    parse: impl FnOnce(TokenStream, TokenStream, &mut Errors) -> Result<P, TokenStream>,
    check: impl FnOnce(P, &mut Errors) -> M,
    expand: impl FnOnce(&M, Errors) -> TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    match parse(args, item, &mut errors) {
        Ok(parsed) => {
            let model = check(parsed, &mut errors);
            expand(&model, errors)
        }
        Err(item) => errors.beside(&item),
    }
}
