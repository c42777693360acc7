//! The checked facts about a hook.

use quote::ToTokens;
use syn::{FnArg, PatType, Path, ReturnType, Signature, Type};

use super::known::{self, Kind, Known};
use super::parse::Parsed;
use crate::kit::body::{self, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function, Holds};
use crate::kit::nearest::nearest;
use crate::kit::paths::{Paths, Place};
use crate::kit::settings::Setting;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    /// `None`: something is wrong, and the function is all that goes out.
    pub(crate) hook: Option<Known>,
    pub(crate) order: Option<Setting>,
    pub(crate) context: Option<Setting>,
    pub(crate) takes: Takes,
    pub(crate) function: Function,
}

/// What the function takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Scope,
    Event,
}

const TAKES: &str = "a hook takes `run: &Scope`, `event: &Event`, or nothing";

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let Parsed { hook, mut settings, mut function } = parsed;
    let paths = Paths::new(settings.take_crate());
    let (order, context) = (settings.take("order"), settings.take("context"));
    signature(&function.sig, errors);
    let takes = takes(&function.sig, errors);
    let hook = hook.and_then(|hook| find(&hook, errors));
    if let Some(hook) = hook {
        fits(hook, &function.sig, takes, errors);
    }
    let rules =
        Rules { paths: &paths, scopes: function::scope_names(&function.sig), kind: body::Kind::Function };
    function.body.rewrite(&rules, errors);
    Model { hook: hook.filter(|_| errors.is_empty()), paths, order, context, takes, function }
}

fn find(hook: &Path, errors: &mut Errors) -> Option<Known> {
    let name = hook.to_token_stream().to_string().replace(' ', "");
    let found = known::ALL.iter().find(|known| known.name == name);
    if found.is_none() {
        let near = nearest(&name, known::ALL.iter().map(|known| known.name));
        let hint = near.map_or_else(|| ";".to_owned(), |near| format!(", did you mean `{near}`?"));
        errors.on(hook, format!("unknown hook `{name}`{hint} {}", known::list()));
    }
    found.copied()
}

fn signature(sig: &Signature, errors: &mut Errors) {
    if !sig.generics.params.is_empty() {
        errors.on(
            &sig.generics.params,
            "a hook cannot be generic: nobody could say for which type it is called",
        );
    }
    if let Some(clause) = &sig.generics.where_clause {
        errors.on(clause, "a hook cannot have a `where` clause");
    }
    if let syn::Safety::Unsafe(unsafety) = &sig.safety {
        errors.on(unsafety, "a hook cannot be `unsafe`");
    }
}

fn takes(sig: &Signature, errors: &mut Errors) -> Takes {
    let mut params = sig.inputs.iter();
    let Some(first) = params.next() else { return Takes::Nothing };
    let others: Vec<&FnArg> = params.collect();
    if let (Some(from), Some(to)) = (others.first(), others.last()) {
        errors.on(quote::quote!(#from #to), format!("{TAKES}: remove this"));
    }
    match first {
        FnArg::Typed(param) => typed(param).unwrap_or_else(|| {
            errors.on(&param.ty, TAKES);
            Takes::Nothing
        }),
        FnArg::Receiver(receiver) => {
            errors.on(receiver, format!("{TAKES}; and it is a function, not a method"));
            Takes::Nothing
        }
    }
}

fn typed(param: &PatType) -> Option<Takes> {
    if function::is_collecting(&param.ty) {
        return None;
    }
    match function::holds_scope(&param.ty) {
        Some(Holds::Reference) => Some(Takes::Scope),
        Some(Holds::Value) => None,
        None => is_event(&param.ty).then_some(Takes::Event),
    }
}

/// `&Event`
fn is_event(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let Type::Path(path) = &*reference.elem else { return false };
    reference.mutability.is_none() && path.path.segments.last().is_some_and(|last| last.ident == "Event")
}

/// Whether this function can be such a hook.
fn fits(hook: Known, sig: &Signature, takes: Takes, errors: &mut Errors) {
    if hook.kind == Kind::Any {
        return;
    }
    let name = hook.name;
    if let Some(asyncness) = &sig.asyncness {
        errors
            .on(asyncness, format!("`{name}` hooks are called where nothing can be awaited: remove `async`"));
    }
    if takes == Takes::Scope {
        let message =
            format!("`{name}` hooks may be called where there is no scope: take `event: &Event`, or nothing");
        errors.on(sig.inputs.first(), message);
    }
}

impl Model {
    /// Where messages about the function's result point to.
    pub(crate) fn result_place(&self) -> Place {
        match &self.function.sig.output {
            ReturnType::Default => Place::from(self.function.sig.ident.span()),
            ReturnType::Type(_, ty) => Place::over(ty),
        }
    }
}
