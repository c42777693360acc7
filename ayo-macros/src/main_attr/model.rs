//! The checked facts about the main function.

use syn::{Attribute, FnArg, Ident, PatType, ReturnType, Signature, Visibility};

use super::parse::Parsed;
use crate::kit::body::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::function::{self, Holds};
use crate::kit::paths::{Paths, Place};
use crate::kit::settings::{Setting, Settings, Value};

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) program: Program,
    pub(crate) settings: Settings,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) inner: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) output: ReturnType,
    pub(crate) param: Param,
    pub(crate) body: Body,
}

/// What is the program's and not its scope's.
pub(crate) struct Program {
    pub(crate) flavor: &'static str,
    pub(crate) settings: Vec<Setting>,
}

/// How the function takes the scope.
pub(crate) enum Param {
    None,
    Reference(PatType),
    Value(PatType),
    /// It was refused; the name keeps the body sound.
    Refused(Option<Ident>),
}

const TAKES: &str = "`#[ayo::main]` takes `run: &Scope`, `run: Scope`, or nothing";

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let Parsed { mut settings, function } = parsed;
    function::plain_async(&function.sig, "`#[ayo::main]`", errors);
    let paths = Paths::new(settings.take_crate());
    let program = Program::check(&mut settings, errors);
    let param = Param::check(&function.sig, errors);
    let mut body = function.body;
    let rules =
        Rules { paths: &paths, scopes: param.name().cloned().into_iter().collect(), kind: Kind::Function };
    body.rewrite(&rules, errors);
    Model {
        program,
        settings,
        attrs: function.attrs,
        inner: body.take_inner(),
        vis: function.vis,
        name: function.sig.ident,
        output: function.sig.output,
        param,
        body,
        paths,
    }
}

impl Program {
    fn check(settings: &mut Settings, errors: &mut Errors) -> Self {
        let flavor = match settings.take("flavor").map(|setting| setting.value) {
            Some(Value::Choice(word)) => word,
            _ => "multi_thread",
        };
        let mut worker_threads = settings.take("worker_threads");
        if let ("current_thread", Some(setting)) = (flavor, &worker_threads) {
            errors.at(
                setting.name.span(),
                "`worker_threads` goes with `flavor = \"multi_thread\"`: a current-thread runtime has none",
            );
            worker_threads = None;
        }
        let others = ["grace", "signals", "dump_on_signal", "context", "hooks", "policy"]
            .map(|name| settings.take(name));
        Self { flavor, settings: worker_threads.into_iter().chain(others.into_iter().flatten()).collect() }
    }
}

impl Param {
    fn check(sig: &Signature, errors: &mut Errors) -> Self {
        let mut params = sig.inputs.iter();
        let Some(first) = params.next() else {
            return Self::None;
        };
        let others: Vec<&FnArg> = params.collect();
        if let (Some(from), Some(to)) = (others.first(), others.last()) {
            errors.on(quote::quote!(#from #to), format!("{TAKES}: remove this"));
        }
        match first {
            FnArg::Typed(param) => Self::typed(param, errors),
            FnArg::Receiver(receiver) => {
                errors.on(receiver, TAKES);
                Self::Refused(None)
            }
        }
    }

    fn typed(param: &PatType, errors: &mut Errors) -> Self {
        match function::holds_scope(&param.ty) {
            Some(_) if function::is_collecting(&param.ty) => {
                errors.on(&param.ty, format!("{TAKES}; it collects no values"));
                Self::Refused(function::name(param).cloned())
            }
            Some(Holds::Reference) => Self::Reference(param.clone()),
            Some(Holds::Value) => Self::Value(param.clone()),
            None => {
                errors.on(&param.ty, TAKES);
                Self::Refused(function::name(param).cloned())
            }
        }
    }

    fn name(&self) -> Option<&Ident> {
        match self {
            Self::None => None,
            Self::Reference(param) | Self::Value(param) => function::name(param),
            Self::Refused(name) => name.as_ref(),
        }
    }
}

impl Model {
    /// Where messages about the function's result point to.
    pub(crate) fn result_place(&self) -> Place {
        match &self.output {
            ReturnType::Default => Place::from(self.name.span()),
            ReturnType::Type(_, ty) => Place::over(ty),
        }
    }
}
