//! A call of a manager, which the body is added to as the last argument.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Expr, ExprCall, ExprMethodCall, GenericArgument, PathArguments, PathSegment};

/// A call of a function or method.
pub(crate) enum Call {
    Function(ExprCall),
    Method(ExprMethodCall),
}

impl Call {
    /// `Err` gives back what is no call.
    pub(crate) fn of(manager: Expr) -> Result<Self, Box<Expr>> {
        match manager {
            Expr::Call(mut call) => {
                make_room(&mut call.func);
                Ok(Self::Function(call))
            }
            Expr::MethodCall(mut call) => {
                if let Some(generics) = &mut call.turbofish
                    && names_types(generics.args.iter())
                {
                    generics.args.push(syn::parse_quote!(_));
                }
                Ok(Self::Method(call))
            }
            other => Err(Box::new(other)),
        }
    }

    /// The same call with the body.
    pub(crate) fn with(&self, body: &TokenStream) -> TokenStream {
        match self {
            Self::Function(ExprCall { attrs, func, paren_token, args }) => {
                let args = args.iter();
                quote_spanned!(paren_token.span.join()=> #(#attrs)* #func(#(#args,)* #body))
            }
            Self::Method(call) => {
                let ExprMethodCall { attrs, receiver, method, turbofish, .. } = call;
                let args = call.args.iter();
                quote_spanned!(method.span()=> #(#attrs)* #receiver.#method #turbofish(#(#args,)* #body))
            }
        }
    }
}

/// A manager has one generic parameter more than it was written with, for its body.
fn make_room(function: &mut Expr) {
    let Expr::Path(function) = function else { return };
    if let Some(PathSegment { arguments: PathArguments::AngleBracketed(generics), .. }) =
        function.path.segments.last_mut()
        && names_types(generics.args.iter())
    {
        generics.args.push(syn::parse_quote!(_));
    }
}

fn names_types<'a>(mut args: impl Iterator<Item = &'a GenericArgument>) -> bool {
    args.any(|arg| !matches!(arg, GenericArgument::Lifetime(_)))
}
