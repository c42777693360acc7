//! `#[task(..)]`: the options of one task.

use syn::{Attribute, Meta};

use super::super::diagnostics::Errors;
use super::super::options::Grammar;
use super::super::settings::Settings;
use super::super::specs;

const NO_LIMIT: &str = "a task has no time limit of its own: write `run << ayo::timeout(5s, future)`; \
                        `cancel_timeout` limits its clean-up";

const GRAMMAR: Grammar = Grammar {
    of: "`#[task]`",
    specs: &[
        specs::NAME,
        specs::MAIN,
        specs::BUBBLE,
        specs::BACKGROUND,
        specs::CANCEL_TIMEOUT,
        specs::refused("timeout", NO_LIMIT),
    ],
};

/// Whether it is `#[task]` or `#[task(..)]`.
pub(crate) fn is_task(attr: &Attribute) -> bool {
    attr.path().is_ident("task")
}

/// The task's attributes, and the others.
pub(crate) fn split(attrs: Vec<Attribute>) -> (Vec<Attribute>, Vec<Attribute>) {
    attrs.into_iter().partition(is_task)
}

/// The options of all `#[task(..)]` before one launch; `None` if there is none.
pub(crate) fn read(attrs: impl IntoIterator<Item = Attribute>, errors: &mut Errors) -> Option<Settings> {
    let mut attrs = attrs.into_iter();
    let settings = settings(attrs.next()?, errors);
    for again in attrs {
        errors.on(again.path(), "write all options in one `#[task(..)]`");
    }
    Some(settings)
}

fn settings(attr: Attribute, errors: &mut Errors) -> Settings {
    match attr.meta {
        Meta::Path(_) => Settings::default(),
        Meta::List(list) => GRAMMAR.read(list.tokens, errors),
        other @ Meta::NameValue(_) => {
            errors.on(other, "write `#[task(name = \"beat\", background)]`");
            Settings::default()
        }
    }
}

/// These stand before something that is no launch.
pub(crate) fn misplaced<'a>(attrs: impl Iterator<Item = &'a Attribute>, errors: &mut Errors) {
    for attr in attrs {
        errors.on(
            attr.path(),
            "`#[task]` stands before `scope << future`, which starts a task; without `<<`, write \
             `scope.task(future).name(\"beat\").start()`",
        );
    }
}
