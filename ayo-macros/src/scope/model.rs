//! The checked facts about a `scope!`.

use proc_macro2::Ident;
use syn::Token;

use super::parse::Parsed;
use crate::kit::body::{Body, Kind, Rules};
use crate::kit::diagnostics::Errors;
use crate::kit::options::Grammar;
use crate::kit::paths::Paths;
use crate::kit::settings::Settings;
use crate::kit::specs;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    pub(crate) settings: Settings,
    pub(crate) capture: Option<Token![move]>,
    pub(crate) name: Option<Ident>,
    pub(crate) body: Body,
}

const GRAMMAR: Grammar = Grammar {
    of: "`scope!`",
    specs: &[
        specs::MAX_CONCURRENCY,
        specs::TIMEOUT,
        specs::DEADLINE,
        specs::NAME,
        specs::COLLECT,
        specs::SUPERVISE,
        specs::EAGER,
        specs::ON_ERROR,
        specs::CANCEL_TIMEOUT,
        specs::PARENT,
        specs::CRATE,
        specs::refused(
            "local",
            "scopes whose tasks borrow (`local`) are not there yet; move or clone what the tasks need",
        ),
    ],
};

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let mut settings = GRAMMAR.read(parsed.options, errors);
    let paths = Paths::new(settings.take_crate());
    let mut body = Body::of(parsed.body);
    let rules = Rules { paths: &paths, scopes: parsed.name.clone().into_iter().collect(), kind: Kind::Scope };
    body.rewrite(&rules, errors);
    Model { settings, capture: parsed.capture, name: parsed.name, body, paths }
}
