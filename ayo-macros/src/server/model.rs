//! The checked facts about the functions of a server.

use syn::{FnArg, Ident, Pat, ReturnType, Signature, Type};

use super::yields;
use crate::kit::body::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};
use crate::kit::paths::{Paths, hidden};

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) workers: Vec<WorkerFn>,
}

/// One function.
pub(crate) struct WorkerFn {
    pub(crate) function: Function,
    /// The worker, if the function's parameter has no name of its own.
    pub(crate) hidden: Option<Ident>,
    /// Nothing is said of a result, so that `?` takes any error.
    pub(crate) is_try_block: bool,
}

const TAKES: &str = "a worker takes `worker: Worker`";

pub(crate) fn check(functions: Vec<Function>, errors: &mut Errors) -> Model {
    let paths = Paths::default();
    let workers = functions.into_iter().map(|function| worker(function, &paths, errors)).collect();
    Model { paths, workers }
}

fn worker(mut function: Function, paths: &Paths, errors: &mut Errors) -> WorkerFn {
    signature(&function.sig, errors);
    function.sig.asyncness.get_or_insert_with(Default::default);
    let named = parameter(&function.sig, errors);
    let hidden = named.is_none().then(|| hidden("__ayo_worker"));
    let name = named.or_else(|| hidden.clone()).expect("one of the two");
    if let Body::Parsed { block, .. } = &mut function.body
        && yields::rewrite(block, &name, paths, errors) == 0
    {
        errors.at(
            function.sig.ident.span(),
            "this worker never says that it is ready: write `let signal = yield;` where it serves, which waits until it is to stop",
        );
    }
    let rules = Rules { paths, scopes: function::scope_names(&function.sig), kind: Kind::Function };
    function.body.rewrite(&rules, errors);
    let is_try_block = matches!(function.sig.output, ReturnType::Default);
    WorkerFn { function, hidden, is_try_block }
}

fn signature(sig: &Signature, errors: &mut Errors) {
    if sig.asyncness.is_none() {
        errors.at(sig.fn_token.span, "a worker is an `async fn`: add `async`");
    }
    if !sig.generics.params.is_empty() {
        errors
            .on(&sig.generics.params, "a worker cannot be generic: nobody could say for which type it runs");
    }
    if let syn::Safety::Unsafe(unsafety) = &sig.safety {
        errors.on(unsafety, "a worker cannot be `unsafe`");
    }
}

/// The name of the worker, if it has one.
fn parameter(sig: &Signature, errors: &mut Errors) -> Option<Ident> {
    let mut params = sig.inputs.iter();
    let Some(first) = params.next() else {
        errors.on(&sig.ident, format!("{TAKES}: write `{}(worker: Worker)`", sig.ident));
        return None;
    };
    let others: Vec<&FnArg> = params.collect();
    if let (Some(from), Some(to)) = (others.first(), others.last()) {
        errors.on(
            quote::quote!(#from #to),
            format!("{TAKES}: remove this; what all workers are given is `worker.context()`"),
        );
    }
    match first {
        FnArg::Typed(param) if is_worker(&param.ty) => match &*param.pat {
            Pat::Ident(pat) => Some(pat.ident.clone()),
            _ => None,
        },
        other => {
            errors.on(other, TAKES);
            None
        }
    }
}

fn is_worker(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Worker"))
}
