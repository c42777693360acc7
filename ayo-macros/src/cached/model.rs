//! The checked facts about a cached function.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, GenericParam, Receiver, ReturnType, Signature, Type};

use super::key::{Arg, Key};
use super::names::Names;
use super::parse::Parsed;
use crate::kit::diagnostics::Errors;
use crate::kit::function::Function;
use crate::kit::paths::{Paths, Place};
use crate::kit::settings::{Settings, Value};

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    /// Those that the cache is made with.
    pub(crate) settings: Settings,
    pub(crate) inner: Vec<Attribute>,
    pub(crate) function: Function,
    pub(crate) args: Vec<Arg>,
    pub(crate) key: Key,
    pub(crate) output: Output,
    pub(crate) home: Home,
}

/// What the function returns, and how much of it is kept.
pub(crate) struct Output {
    pub(crate) ty: TokenStream,
    /// Whether it was written, or is `()`.
    pub(crate) written: bool,
    /// Where messages about it point to.
    pub(crate) place: Place,
    pub(crate) keeps: Keeps,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// As the type is: of a `Result` only an `Ok`.
    ByType,
    /// It has to be a `Result`.
    Ok,
    /// Errors too.
    All,
}

/// Where the cache is found.
pub(crate) enum Home {
    /// `f::cache()`, by a type beside the function.
    Beside,
    /// `Self::f_cache()`, by another associated function.
    Associated(Ident),
}

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Option<Model> {
    let Parsed { mut settings, mut function } = parsed;
    let sig = &mut function.sig;
    signature(sig, errors);
    let paths = Paths::new(settings.take_crate());
    let receiver = sig.receiver().cloned();
    let home = home(sig, receiver.as_ref(), &mut settings);
    let keeps = keeps(&mut settings);
    let output = Output::check(sig, keeps, errors);
    let args = Arg::all(sig);
    let generics = generics(sig);
    let key = match settings.take("key").map(|setting| setting.value) {
        Some(Value::Typed(ty, expr)) => Key::given(ty, &expr, &args, &generics, errors),
        _ => Key::of_all(sig, receiver.as_ref(), &args, &generics, errors),
    };
    let inner = function.body.take_inner();
    Some(Model { paths, settings, inner, args, key: key?, output: output?, home, function })
}

fn signature(sig: &Signature, errors: &mut Errors) {
    if sig.asyncness.is_none() {
        errors.at(sig.fn_token.span, "`#[ayo::cached]` needs an `async fn`: add `async`");
    }
    if let Some(constness) = &sig.constness {
        errors.on(constness, "`#[ayo::cached]` cannot be `const`");
    }
    if let Some(abi) = &sig.abi {
        errors.on(abi, "`#[ayo::cached]` cannot have a foreign ABI");
    }
}

fn home(sig: &Signature, receiver: Option<&Receiver>, settings: &mut Settings) -> Home {
    let name = sig.ident.unraw();
    match settings.take("associated").map(|flag| flag.name.span()).or(receiver.map(Spanned::span)) {
        Some(_) => Home::Associated(Ident::new(&format!("{name}_cache"), sig.ident.span())),
        None => Home::Beside,
    }
}

fn keeps(settings: &mut Settings) -> Keeps {
    match settings.take("result").map(|setting| setting.value) {
        Some(Value::Bool(true)) => Keeps::Ok,
        Some(Value::Bool(false)) => Keeps::All,
        _ => Keeps::ByType,
    }
}

/// The names of its type parameters and constants.
fn generics(sig: &Signature) -> Vec<Ident> {
    let name = |param: &GenericParam| match param {
        GenericParam::Type(ty) => Some(ty.ident.clone()),
        GenericParam::Const(constant) => Some(constant.ident.clone()),
        GenericParam::Lifetime(_) => None,
    };
    sig.generics.params.iter().filter_map(name).collect()
}

impl Output {
    fn check(sig: &Signature, keeps: Keeps, errors: &mut Errors) -> Option<Self> {
        let ReturnType::Type(_, ty) = &sig.output else {
            return Some(Self { ty: quote!(()), written: false, place: sig.ident.span().into(), keeps });
        };
        let names = Names::of(ty, &generics(sig));
        if let Some(place) = names.borrow {
            errors.at(
                place,
                "a result is kept for longer than the call, so it cannot borrow: return an owned value, such as \
                 `String` or `Arc<T>`",
            );
        } else if let Some(place) = names.impl_trait {
            errors.at(
                place,
                "the cache has to know the type of the result: name it, or return a `Box<dyn ..>`",
            );
        } else {
            names.in_static(errors)?;
            return Some(Self { ty: ty.to_token_stream(), written: true, place: Place::over(ty), keeps });
        }
        None
    }
}

impl Names {
    /// Refuses what the type of a cache cannot name.
    pub(crate) fn in_static(&self, errors: &mut Errors) -> Option<()> {
        if let Some(place) = self.self_type {
            errors.at(place, "the type of a cache cannot name `Self`: write the type's own name");
            return None;
        }
        if let Some(name) = &self.generic {
            errors.on(
                name,
                format!("there is one cache for all types, so what it keeps cannot depend on `{name}`"),
            );
            return None;
        }
        Some(())
    }
}

/// Whether it has type parameters, named or not.
pub(crate) fn has_type_params(sig: &Signature) -> bool {
    let is_impl = |arg: &FnArg| match arg {
        FnArg::Typed(param) => Names::of(&param.ty, &[]).impl_trait.is_some(),
        FnArg::Receiver(_) => false,
    };
    !generics(sig).is_empty() || sig.inputs.iter().any(is_impl)
}

/// Where a message about the generics of a function points to.
pub(crate) fn generic_place(sig: &Signature) -> TokenStream {
    let params = &sig.generics.params;
    if !params.is_empty() {
        return params.to_token_stream();
    }
    let types = sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(param) => Some(&*param.ty),
        FnArg::Receiver(_) => None,
    });
    let mut generic = types.filter(|ty: &&Type| Names::of(ty, &[]).impl_trait.is_some());
    generic.next().to_token_stream()
}
