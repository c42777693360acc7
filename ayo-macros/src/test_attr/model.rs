//! The checked facts about a test.

use proc_macro2::Span;
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
    pub(crate) run: Run,
    pub(crate) settings: Settings,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) inner: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) output: ReturnType,
    pub(crate) params: Vec<Param>,
    pub(crate) body: Body,
}

/// How it is run: the options that are not its scope's, in the order in which they were written.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) is_multi_thread: bool,
    pub(crate) options: Vec<Setting>,
    /// It is run more than once.
    pub(crate) is_campaign: bool,
}

/// A parameter of the function.
pub(crate) enum Param {
    /// The scope.
    Scope(PatType, Holds),
    /// One that another attribute gives a value.
    Case(PatType, Ident),
    /// It was refused; the body may use it all the same.
    Refused(PatType),
}

const TAKES: &str = "`#[ayo::test]` takes `run: &Scope`, `run: Scope`, or nothing";

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let Parsed { mut settings, function } = parsed;
    function::plain_async(&function.sig, "`#[ayo::test]`", errors);
    let attrs = only_test(function.attrs, errors);
    let paths = Paths::new(settings.take_crate());
    let run = Run::check(&mut settings, errors);
    let params = params(&function.sig, &attrs, errors);
    let mut body = function.body;
    let scopes = params.iter().filter_map(Param::scope_name).cloned().collect();
    let rules = Rules { paths: &paths, scopes, kind: Kind::Function };
    body.rewrite(&rules, errors);
    Model {
        run,
        settings,
        attrs,
        inner: body.take_inner(),
        vis: function.vis,
        name: function.sig.ident,
        output: function.sig.output,
        params,
        body,
        paths,
    }
}

/// No other attribute makes a test of it, too.
fn only_test(mut attrs: Vec<Attribute>, errors: &mut Errors) -> Vec<Attribute> {
    attrs.retain(|attr| {
        let is_test = attr.path().segments.last().is_some_and(|last| last.ident == "test");
        if is_test {
            errors.on(attr, "`#[ayo::test]` makes a test of it already: remove this");
        }
        !is_test
    });
    attrs
}

impl Run {
    fn check(settings: &mut Settings, errors: &mut Errors) -> Self {
        let flavor = settings.take("flavor");
        let is_multi_thread =
            matches!(&flavor, Some(setting) if matches!(setting.value, Value::Choice("multi_thread")));
        let names = [
            "real_time",
            "worker_threads",
            "timeout",
            "cancel_everywhere",
            "drop_everywhere",
            "replay",
            "interleave",
            "seed",
        ];
        let mut run = Self { is_multi_thread, ..Self::default() };
        run.options = names.into_iter().filter_map(|name| settings.take(name)).collect();
        run.workers(errors);
        run.clock(flavor, errors);
        run.campaign(errors);
        run
    }

    /// Where an option stands, if it is there.
    fn span(&self, name: &str) -> Option<Span> {
        self.options.iter().find(|setting| setting.name == name).map(|setting| setting.name.span())
    }

    fn remove(&mut self, name: &str) {
        self.options.retain(|setting| setting.name != name);
    }

    fn workers(&mut self, errors: &mut Errors) {
        if let (false, Some(span)) = (self.is_multi_thread, self.span("worker_threads")) {
            errors.at(
                span,
                "`worker_threads` goes with `flavor = \"multi_thread\"`: a test runs on the current thread otherwise",
            );
            self.remove("worker_threads");
        }
    }

    /// What counts suspension points or shuffles needs one thread and the virtual clock.
    fn clock(&mut self, flavor: Option<Setting>, errors: &mut Errors) {
        let real = match flavor {
            Some(flavor) if self.is_multi_thread => Some((flavor.name.span(), "`flavor = \"multi_thread\"`")),
            _ => self.span("real_time").map(|span| (span, "`real_time`")),
        };
        let one_order = ["cancel_everywhere", "drop_everywhere", "interleave", "seed"];
        let needs = one_order.into_iter().find(|name| self.span(name).is_some());
        if let (Some((span, real)), Some(needs)) = (real, needs) {
            errors.at(
                span,
                format!("{real} does not go with `{needs}`, whose runs must all go the same way: remove one"),
            );
            one_order.into_iter().chain(["replay"]).for_each(|name| self.remove(name));
        }
    }

    fn campaign(&mut self, errors: &mut Errors) {
        let cancel = self.span("cancel_everywhere").is_some();
        let drop = self.span("drop_everywhere").is_some();
        let (interleave, seed) = (self.span("interleave"), self.span("seed"));
        if let Some(span) = self.span("replay") {
            let wrong = match (cancel, drop) {
                (false, false) => {
                    "`replay` names a point of `cancel_everywhere` or `drop_everywhere`: add that"
                }
                (true, true) => {
                    "`replay` names a point of `cancel_everywhere` or of `drop_everywhere`: keep one of them"
                }
                _ if interleave.is_some() => {
                    "`replay` is for one run: name its order by `seed`, not `interleave`"
                }
                _ => "",
            };
            if !wrong.is_empty() {
                errors.at(span, wrong);
                self.remove("replay");
            }
        }
        if let (Some(_), Some(span)) = (interleave, seed) {
            errors.at(span, "`seed` is one order, `interleave` many: keep one");
            self.remove("seed");
        }
        self.is_campaign = cancel || drop || interleave.is_some() || seed.is_some();
    }
}

fn params(sig: &Signature, attrs: &[Attribute], errors: &mut Errors) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    for input in &sig.inputs {
        let FnArg::Typed(param) = input else { continue };
        let scope_before = params.iter().any(|param| matches!(param, Param::Scope(..)));
        params.push(Param::check(param, attrs, scope_before, errors));
    }
    params
}

impl Param {
    fn check(param: &PatType, attrs: &[Attribute], scope_before: bool, errors: &mut Errors) -> Self {
        let wrong = match function::holds_scope(&param.ty) {
            Some(_) if function::is_collecting(&param.ty) => format!("{TAKES}; it collects no values"),
            Some(_) if scope_before => "a test has one scope: remove this".to_owned(),
            Some(holds) => return Self::Scope(param.clone(), holds),
            None if !attrs.iter().any(gives_values) => format!(
                "{TAKES}; a parameter that is not the scope gets its value from another attribute, `#[rstest]` for \
                 example, below `#[ayo::test]`"
            ),
            None => match function::name(param) {
                Some(name) => return Self::Case(param.clone(), name.clone()),
                None => "give this parameter a name, and take it apart in the body".to_owned(),
            },
        };
        errors.on(param, wrong);
        Self::Refused(param.clone())
    }

    fn scope_name(&self) -> Option<&Ident> {
        match self {
            Self::Scope(param, _) => function::name(param),
            Self::Refused(param) if function::holds_scope(&param.ty).is_some() => function::name(param),
            _ => None,
        }
    }
}

/// Whether an attribute may be what gives parameters their values: any that is not rustc's own.
fn gives_values(attr: &Attribute) -> bool {
    const RUSTC: &[&str] = &[
        "allow",
        "cfg",
        "cfg_attr",
        "cold",
        "deny",
        "doc",
        "expect",
        "forbid",
        "ignore",
        "inline",
        "must_use",
        "should_panic",
        "track_caller",
        "warn",
    ];
    !RUSTC.iter().any(|name| attr.path().is_ident(name))
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
