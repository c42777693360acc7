//! A function as an attribute macro gets it, read so that its body may be anything.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, Ident, Pat, PatType, Result, Signature, Type, Visibility};

use super::body::Body;
use super::diagnostics::Errors;

/// A function with its parts apart.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: Body::of(input.parse::<Group>()?),
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote!(#(#attrs)* #vis #sig #body));
    }
}

/// The token where an item says what it is, for a message about an item that is no function.
pub(crate) fn keyword(item: &TokenStream) -> TokenStream {
    let start = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let keyword: TokenTree = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(keyword.into_token_stream())
    };
    syn::parse::Parser::parse2(start, item.clone()).unwrap_or_default()
}

/// Checks that it is an `async fn` and nothing more, as a function that nobody calls has to be.
pub(crate) fn plain_async(sig: &Signature, of: &str, errors: &mut Errors) {
    if sig.asyncness.is_none() {
        errors.at(sig.fn_token.span, format!("{of} needs an `async fn`: add `async`"));
    }
    if !sig.generics.params.is_empty() {
        let message = format!("{of} cannot be generic: nobody could say for which type it runs");
        errors.on(&sig.generics.params, message);
    }
    if let Some(clause) = &sig.generics.where_clause {
        errors.on(clause, format!("{of} cannot have a `where` clause"));
    }
    if let Some(constness) = &sig.constness {
        errors.on(constness, format!("{of} cannot be `const`"));
    }
    if let syn::Safety::Unsafe(unsafety) = &sig.safety {
        errors.on(unsafety, format!("{of} cannot be `unsafe`"));
    }
    if let Some(abi) = &sig.abi {
        errors.on(abi, format!("{of} cannot have a foreign ABI"));
    }
}

/// How a parameter holds the scope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// `run: &Scope`
    Reference,
    /// `run: Scope`
    Value,
}

/// How a type holds a scope, if it does.
pub(crate) fn holds_scope(ty: &Type) -> Option<Holds> {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            (last.ident == "Scope").then_some(Holds::Value)
        }
        Type::Reference(reference) if reference.mutability.is_none() => {
            let inner = holds_scope(&reference.elem)?;
            (inner == Holds::Value).then_some(Holds::Reference)
        }
        Type::Group(group) => holds_scope(&group.elem),
        Type::Paren(paren) => holds_scope(&paren.elem),
        _ => None,
    }
}

/// Whether it is written as another kind of scope than the ordinary one.
pub(crate) fn is_collecting(ty: &Type) -> bool {
    let mut tokens = ty.to_token_stream().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(word) if word == "Collect"))
}

/// The name of a parameter, if it is just a name.
pub(crate) fn name(param: &PatType) -> Option<&Ident> {
    match &*param.pat {
        Pat::Ident(pat) => Some(&pat.ident),
        _ => None,
    }
}

/// The names of the parameters that are scopes.
pub(crate) fn scope_names(sig: &Signature) -> Vec<Ident> {
    let typed = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(param) => Some(param),
        FnArg::Receiver(_) => None,
    });
    typed.filter(|param| holds_scope(&param.ty).is_some()).filter_map(name).cloned().collect()
}
