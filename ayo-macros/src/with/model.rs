//! The checked facts about a `with!`.

use syn::{Expr, Pat};

use super::parse::{Entry, Parsed};
use crate::kit::body::{self, Body, Kind, Rules};
use crate::kit::call::Call;
use crate::kit::diagnostics::Errors;
use crate::kit::paths::Paths;

/// All that the expansion needs.
pub(crate) struct Model {
    pub(crate) paths: Paths,
    /// From the outermost on; there is one at least.
    pub(crate) managers: Vec<Manager>,
    pub(crate) body: Body,
}

/// One manager, and the pattern that its value is bound to.
pub(crate) struct Manager {
    pub(crate) pat: Pat,
    pub(crate) how: How,
}

/// How a manager is entered.
pub(crate) enum How {
    /// A call, which the body is added to.
    Call(Call),
    /// A value that is a manager.
    Value(Expr),
}

pub(crate) fn check(parsed: Parsed, errors: &mut Errors) -> Model {
    let paths = Paths::new(parsed.root);
    let mut body = Body::of(parsed.body);
    let managers = parsed.entries.into_iter().map(|entry| Manager::check(entry, errors)).collect();
    let rules = Rules { paths: &paths, scopes: Vec::new(), kind: Kind::With };
    body.rewrite(&rules, errors);
    Model { paths, managers, body }
}

impl Manager {
    fn check(entry: Entry, errors: &mut Errors) -> Self {
        let Entry { pat, mut manager } = entry;
        body::units(&mut manager, errors);
        Self { pat, how: How::of(manager, errors) }
    }
}

impl How {
    fn of(manager: Expr, errors: &mut Errors) -> Self {
        match Call::of(manager) {
            Ok(call) => Self::Call(call),
            Err(other) => match *other {
                Expr::Await(found) => {
                    errors.at(found.await_token.span, AWAITED);
                    Self::of(*found.base, errors)
                }
                Expr::Try(found) => {
                    errors.on(found.question_token, TRIED);
                    Self::of(*found.expr, errors)
                }
                value => Self::Value(value),
            },
        }
    }
}

const AWAITED: &str = "`with!` awaits the manager: leave `.await` out here, and write it behind `with!(..)`";
const TRIED: &str = "an error of the manager comes out of `with!(..).await`: write `?` behind that";
