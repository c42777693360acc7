//! The checked facts about a manager.

use syn::{Attribute, FnArg, Lifetime, Meta, Pat, PatIdent, ReturnType, Signature, Type, Visibility};

use super::shape::{self, Shape};
use super::yields::Yields;
use super::{deferred, expand, flow};
use crate::kit::body::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};
use crate::kit::options::Grammar;
use crate::kit::paths::{Paths, hidden};
use crate::kit::specs;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// The parameters are names only.
    pub(crate) sig: Signature,
    /// What takes them apart, in the code.
    pub(crate) params: Vec<Param>,
    pub(crate) yielded: Yielded,
    pub(crate) code: Body,
    /// Nothing was wrong with the function's own language.
    pub(crate) is_sound: bool,
}

/// `let pat = name;`
pub(crate) struct Param {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) pat: Pat,
    pub(crate) name: syn::Ident,
}

/// What the manager gives.
pub(crate) struct Yielded {
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    /// The same type with all lifetimes named, and those names.
    pub(crate) named: Type,
    pub(crate) own: Vec<Lifetime>,
}

const GRAMMAR: Grammar = Grammar { of: "`#[ayo(..)]` in `actxmgr!`", specs: &[specs::CRATE] };

pub(crate) fn check(function: Function, errors: &mut Errors) -> Model {
    let Function { mut attrs, vis, mut sig, body: mut code } = function;
    let paths = Paths::new(take_crate(&mut attrs, errors));
    asyncness(&mut sig, errors);
    let yielded = Yielded::check(&sig.output, errors);
    flow::check(&mut code, sig.ident.span(), errors);
    deferred::check(&mut code, &paths, errors);
    let is_sound = errors.is_empty();
    let yields = Yields { paths: &paths, ty: &yielded.ty, shape: yielded.shape, is_refused: !is_sound };
    yields.rewrite(&mut code);
    let rules = Rules { paths: &paths, scopes: function::scope_names(&sig), kind: Kind::Manager };
    code.rewrite(&rules, errors);
    let params = name_params(&mut sig);
    Model { attrs, vis, sig, params, yielded, code, is_sound, paths }
}

/// `#[ayo(crate = path)]`
fn take_crate(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<syn::Path> {
    let (own, others) = std::mem::take(attrs).into_iter().partition(|attr| attr.path().is_ident("ayo"));
    *attrs = others;
    let own: Vec<Attribute> = own;
    own.into_iter()
        .filter_map(|attr| match attr.meta {
            Meta::List(list) => GRAMMAR.read(list.tokens, errors).take_crate(),
            other => {
                errors.on(other, "write `#[ayo(crate = path::to::ayo)]`");
                None
            }
        })
        .next()
}

fn asyncness(sig: &mut Signature, errors: &mut Errors) {
    if sig.asyncness.take().is_none() {
        errors.at(sig.fn_token.span, "a manager is an `async fn`: add `async`");
    }
    if let Some(constness) = sig.constness.take() {
        errors.on(constness, "a manager cannot be `const`");
    }
    if let Some(variadic) = sig.variadic.take() {
        errors.on(variadic, "a manager cannot be variadic");
    }
}

impl Yielded {
    fn check(output: &ReturnType, errors: &mut Errors) -> Self {
        let ty = match output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => match shape::impl_trait(ty) {
                Some(found) => {
                    errors.on(
                        found,
                        "name the type that is yielded, as the body is a closure which takes it: `&mut Tx`, `Box<dyn Trait>`",
                    );
                    syn::parse_quote!(())
                }
                None => (**ty).clone(),
            },
        };
        let (shape, named, own) = shape::of(&ty);
        Self { ty, shape, named, own }
    }
}

/// Leaves names in the signature, as an `async fn` does, and puts the patterns into the code.
fn name_params(sig: &mut Signature) -> Vec<Param> {
    let typed = sig.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(param) => Some(param),
        FnArg::Receiver(_) => None,
    });
    typed
        .enumerate()
        .map(|(at, param)| {
            let (name, bare) = match &*param.pat {
                Pat::Ident(PatIdent { ident, by_ref: None, subpat: None, .. }) => {
                    (ident.clone(), syn::parse_quote!(#ident))
                }
                _ => {
                    let name = hidden(&format!("{}{at}", expand::PARAM));
                    (name.clone(), syn::parse_quote!(#name))
                }
            };
            let pat = std::mem::replace(&mut *param.pat, bare);
            Param { attrs: param.attrs.clone(), pat, name }
        })
        .collect()
}
