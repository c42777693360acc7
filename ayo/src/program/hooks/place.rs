//! Which program something happened in, for hooks that are called from the depth of it: `task_failed` and `leaked`.

use std::any::Any;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use super::registry::wanted;
use super::{Event, Hook, fire};
use crate::cancel::ambient;
use crate::cancel::domain::Node;
use crate::error::Error;
use crate::program::Context;
use crate::scope::Scope;
use crate::scope::core::Core;
use crate::sync::lock;

/// The programs that run, by their root scopes.
static PROGRAMS: Mutex<Vec<Running>> = Mutex::new(Vec::new());

struct Running {
    root: Scope,
    context: Context,
    hooks: bool,
}

/// A program that runs; dropped when it has ended.
pub(crate) struct Place {
    root: Scope,
}

impl Place {
    pub(crate) fn take(root: &Scope, context: Context, hooks: bool) -> Self {
        lock(&PROGRAMS).push(Running { root: root.clone(), context, hooks });
        Self { root: root.clone() }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let gone = {
            let mut programs = lock(&PROGRAMS);
            let at = programs.iter().position(|running| Arc::ptr_eq(running.root.core(), self.root.core()));
            at.map(|at| programs.swap_remove(at))
        };
        drop(gone);
    }
}

/// A task of this scope has failed. Gives the error back.
#[inline]
pub(crate) fn task_failed(core: &Core, error: Error) -> Error {
    if wanted(Hook::TaskFailed) { happened(Hook::TaskFailed, of(core), error) } else { error }
}

/// A clean-up was dropped from outside.
#[inline]
pub(crate) fn leaked(what: &str, site: &Location<'_>) {
    if wanted(Hook::Leaked) {
        let text = format!("the `{what}` of {site} was dropped from outside before it had finished");
        happened(Hook::Leaked, around(ambient::nearest()), Error::leaked(text));
    }
}

/// Where something happened: the program, if it is in one, and the outermost scope.
#[derive(Default)]
struct Where {
    program: Option<(Context, bool)>,
    scope: Option<Scope>,
}

#[cold]
fn happened(hook: Hook, at: Where, error: Error) -> Error {
    let (context, hooks) = at.program.unwrap_or((Context::DEFAULT, true));
    if !hooks {
        return error;
    }
    let mut event = Event::new(hook, context);
    event.scope = at.scope;
    event.error = Some(error);
    fire::now(&event);
    event.error.take().expect("nobody else can take it")
}

/// Of a scope; the outermost one, if it is that itself, is known by its program.
#[cold]
fn of(core: &Core) -> Where {
    match core.domain().parent() {
        Some(parent) => around(Some(Arc::clone(&parent.node))),
        None => program_of(core),
    }
}

/// Of a domain.
#[cold]
fn around(mut next: Option<Arc<dyn Node>>) -> Where {
    let mut outermost = None;
    while let Some(node) = next {
        next = node.above().map(|above| above.node);
        let any: Arc<dyn Any + Send + Sync> = node;
        outermost = any.downcast::<Core>().ok().or(outermost);
    }
    let Some(core) = outermost else { return Where::default() };
    Where { scope: Some(Scope::of(Arc::clone(&core))), ..program_of(&core) }
}

fn program_of(core: &Core) -> Where {
    let programs = lock(&PROGRAMS);
    let found = programs.iter().find(|running| std::ptr::eq(&**running.root.core(), core));
    found.map_or_else(Where::default, |running| Where {
        program: Some((running.context, running.hooks)),
        scope: Some(running.root.clone()),
    })
}
