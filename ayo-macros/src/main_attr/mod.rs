//! `#[ayo::main]`: the program as a scope. (A module called `main` is a rustc warning, `special_module_name`.)

mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::kit::door;

/// The whole way from what was written to what is emitted.
pub(crate) fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    door::attribute((args, item), parse::parse, model::check, expand::expand)
}
