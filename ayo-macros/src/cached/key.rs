//! What a result is found by: the arguments, or what `key` makes of them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Pat, PatType, Receiver, Signature, Type};

use super::model::{generic_place, has_type_params};
use super::names::Names;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::{self, hidden};

/// The key: its type, and the expression that makes it before the body runs.
pub(crate) struct Key {
    pub(crate) ty: TokenStream,
    pub(crate) expr: TokenStream,
    /// Where messages about it point to: all at one place, so that rustc says it once.
    pub(crate) place: Span,
}

/// A parameter under a name.
pub(crate) struct Arg {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// What it is taken apart with, if it is not just a name.
    pub(crate) pattern: Option<Pat>,
}

const SAY_IT: &str = "write `#[ayo::cached(key: Type = expression)]`, or name the arguments: `key = id`";

impl Arg {
    /// All parameters; those that are not just a name get one.
    pub(crate) fn all(sig: &mut Signature) -> Vec<Self> {
        let typed = sig.inputs.iter_mut().filter_map(|arg| match arg {
            FnArg::Typed(param) => Some(param),
            FnArg::Receiver(_) => None,
        });
        typed.enumerate().map(|(n, param)| Self::of(n, param)).collect()
    }

    fn of(n: usize, param: &mut PatType) -> Self {
        let ty = (*param.ty).clone();
        if let Pat::Ident(pat) = &*param.pat
            && pat.by_ref.is_none()
            && pat.subpat.is_none()
        {
            return Self { name: pat.ident.clone(), ty, pattern: None };
        }
        let mut name = hidden(&format!("__ayo_arg{n}"));
        name.set_span(paths::generated(param.pat.span()));
        let by_name = syn::parse_quote!(#name);
        let pattern = std::mem::replace(&mut *param.pat, by_name);
        Self { name, ty, pattern: Some(pattern) }
    }

    /// This one as a key: a borrow is kept as what it was borrowed from.
    fn as_key(&self, generics: &[Ident], errors: &mut Errors) -> Option<Key> {
        let (name, place) = (&self.name, self.name.span());
        if let Type::Reference(reference) = &self.ty
            && reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static")
        {
            if let Some(mutability) = &reference.mutability {
                errors.on(
                    quote!(#mutability),
                    format!("`{name}` may be changed, so it cannot be part of the key; say what the result depends on: {SAY_IT}"),
                );
                return None;
            }
            part_of_key(&reference.elem, generics, errors)?;
            let (ty, to_owned) = (paths::owned_type(&reference.elem), paths::to_owned(place));
            let expr = quote_spanned!(paths::generated(place)=> #to_owned(#name));
            return Some(Key { ty, expr, place: reference.elem.span() });
        }
        part_of_key(&self.ty, generics, errors)?;
        let clone = paths::clone(place);
        let expr = quote_spanned!(paths::generated(place)=> #clone(&#name));
        Some(Key { ty: self.ty.to_token_stream(), expr, place: self.ty.span() })
    }
}

/// Refuses a type that cannot be part of a key.
fn part_of_key(ty: &Type, generics: &[Ident], errors: &mut Errors) -> Option<()> {
    let names = Names::of(ty, generics);
    if let Some(place) = names.borrow {
        errors.at(
            place,
            format!(
                "the key is kept for longer than the call, so it cannot borrow; say what it is: {SAY_IT}"
            ),
        );
        return None;
    }
    names.in_static(errors)
}

impl Key {
    /// All arguments.
    pub(crate) fn of_all(
        sig: &Signature,
        receiver: Option<&Receiver>,
        args: &[Arg],
        generics: &[Ident],
        errors: &mut Errors,
    ) -> Option<Self> {
        if let Some(receiver) = receiver {
            errors.on(
                receiver,
                format!("say what of `self` the result depends on, since one cache serves all: {SAY_IT}"),
            );
            return None;
        }
        if has_type_params(sig) {
            errors.on(
                generic_place(sig),
                format!("one cache serves all types, so a generic function has to say its key: {SAY_IT}"),
            );
            return None;
        }
        let keys: Vec<Option<Self>> = args.iter().map(|arg| arg.as_key(generics, errors)).collect();
        Self::together(keys, sig.ident.span())
    }

    /// One stands for itself, several for a tuple.
    fn together(keys: Vec<Option<Self>>, empty: Span) -> Option<Self> {
        let mut keys: Vec<Self> = keys.into_iter().collect::<Option<_>>()?;
        if keys.len() == 1 {
            return keys.pop();
        }
        let (types, exprs) = (keys.iter().map(|key| &key.ty), keys.iter().map(|key| &key.expr));
        let place = keys.first().map_or(empty, |key| key.place);
        Some(Self { ty: quote!((#(#types),*)), expr: quote!((#(#exprs),*)), place })
    }

    /// What `key` says.
    pub(crate) fn given(
        ty: Option<Type>,
        expr: &Expr,
        args: &[Arg],
        generics: &[Ident],
        errors: &mut Errors,
    ) -> Option<Self> {
        if let Some(ty) = ty {
            part_of_key(&ty, generics, errors)?;
            return Some(Self { place: ty.span(), ty: ty.to_token_stream(), expr: expr.to_token_stream() });
        }
        if let Expr::Tuple(tuple) = expr {
            let keys = tuple.elems.iter().map(|part| Self::named(part, args, generics, errors)).collect();
            return Self::together(keys, tuple.span());
        }
        Self::named(expr, args, generics, errors)
    }

    /// An argument by its name.
    fn named(expr: &Expr, args: &[Arg], generics: &[Ident], errors: &mut Errors) -> Option<Self> {
        let by_name = |arg: &&Arg| matches!(expr, Expr::Path(path) if path.path.is_ident(&arg.name));
        match args.iter().find(by_name) {
            Some(arg) => arg.as_key(generics, errors),
            None => {
                errors.on(expr, format!("say the type of a key that is no argument: {SAY_IT}"));
                None
            }
        }
    }
}
