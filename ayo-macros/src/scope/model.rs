//! The checked facts about a `scope!`.

use proc_macro2::Ident;
use syn::Token;

use super::parse::Parsed;
use crate::kit::body::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::options::Grammar;
use crate::kit::paths::Paths;
use crate::kit::settings::{Settings, Value};
use crate::kit::specs;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) settings: Settings,
    pub(crate) local: Option<Local>,
    pub(crate) capture: Option<Token![move]>,
    pub(crate) name: Option<Ident>,
    pub(crate) body: Body,
}

/// The tasks borrow.
#[derive(Clone, Copy)]
pub(crate) enum Local {
    /// They run wherever the scope does, which stays on its thread.
    ThisThread,
    /// They are `Send`, and so is the scope.
    Send,
}

impl Local {
    fn of(value: &Value) -> Self {
        match value {
            Value::Flag => Self::ThisThread,
            _ => Self::Send,
        }
    }
}

const GRAMMAR: Grammar = Grammar {
    of: "`scope!`",
    specs: &[
        specs::MAX_CONCURRENCY,
        specs::RECURSIVE,
        specs::TIMEOUT,
        specs::DEADLINE,
        specs::NAME,
        specs::COLLECT,
        specs::SUPERVISE,
        specs::EAGER,
        specs::ON_ERROR,
        specs::CANCEL_TIMEOUT,
        specs::TIMELINE,
        specs::PARENT,
        specs::LOCAL,
        specs::CRATE,
    ],
};

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let mut settings = GRAMMAR.read(parsed.options, errors);
    let paths = Paths::new(settings.take_crate());
    let local = settings.take("local").map(|setting| Local::of(&setting.value));
    let mut body = Body::of(parsed.body);
    let kind = if local.is_some() { Kind::LocalScope } else { Kind::Scope };
    let rules = Rules { paths: &paths, scopes: parsed.name.clone().into_iter().collect(), kind };
    body.rewrite(&rules, errors);
    Model { settings, local, capture: parsed.capture, name: parsed.name, body, paths }
}
