//! The checked facts about an eager function.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{FnArg, Pat, PatIdent, ReturnType, Signature, Type};

use crate::kit::body::{Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Function};
use crate::kit::options::Grammar;
use crate::kit::paths::{Paths, hidden};
use crate::kit::specs;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) function: Function,
    /// What it returns, as written.
    pub(crate) output: Option<Box<Type>>,
    /// What takes the arguments into the future: `let pattern = argument;`.
    pub(crate) taken: Vec<(Pat, TokenStream)>,
}

const GRAMMAR: Grammar = Grammar { of: "`#[ayo::eager]`", specs: &[specs::CRATE] };

pub(crate) fn read(args: TokenStream, item: &TokenStream, errors: &mut Errors) -> (Paths, Option<Function>) {
    let paths = Paths::new(GRAMMAR.read(args, errors).take_crate());
    (paths, syn::parse2(item.clone()).ok())
}

/// A function that is none of ours comes back.
pub(crate) fn check(
    mut function: Function,
    paths: Paths,
    errors: &mut Errors,
) -> Result<Model, Box<Function>> {
    let rules = Rules { paths: &paths, scopes: function::scope_names(&function.sig), kind: Kind::Function };
    function.body.rewrite(&rules, errors);
    if function.sig.asyncness.is_none() {
        errors.on(function.sig.fn_token, "an eager function is async: write `async fn`");
        return Err(Box::new(function));
    }
    let output = match &function.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, output) => Some(output.clone()),
    };
    if let Some(Type::ImplTrait(opaque)) = output.as_deref() {
        errors.on(opaque, "an eager function gives a `Task` of its value, so that type needs a name");
        return Err(Box::new(function));
    }
    let taken = take_arguments(&mut function.sig);
    Ok(Model { paths, function, output, taken })
}

/// An async function owns its arguments until its end, those too that it does not use.
fn take_arguments(sig: &mut Signature) -> Vec<(Pat, TokenStream)> {
    let typed = sig.inputs.iter_mut().enumerate().filter_map(|(n, input)| match input {
        FnArg::Typed(param) => Some((n, param)),
        FnArg::Receiver(_) => None,
    });
    typed
        .map(|(n, param)| {
            let name = match &*param.pat {
                Pat::Ident(PatIdent { ident, subpat: None, by_ref: None, .. }) => ident.clone(),
                _ => hidden(&format!("__ayo_argument_{n}")),
            };
            let plain: Pat = syn::parse_quote!(#name);
            (std::mem::replace(&mut *param.pat, plain), name.into_token_stream())
        })
        .collect()
}
