//! What a task inherits from the code that spawns it: the context variables and the `tracing` span.
//!
//! # Invariants
//!
//! 1. What is set is immutable. Whoever sets one more makes a [`Set`] of its own; it is shared from then on, and a spawn
//!    adds one reference to it.
//! 2. A [`Set`] lives in an [`Extra`] with nothing else in it, so that a task without options of its own carries that
//!    very one. A task with options points to it.
//! 3. `HERE` points to the set of the running code around every poll and every drop: to that of the task and no other,
//!    be it empty, and to nothing where nothing was ever set.
//! 4. A variable that is not inherited is in the set of the code below its `with`, and not in what that hands down.

use std::any::Any;
use std::sync::{Arc, LazyLock};

use scoped_tls::scoped_thread_local;

use crate::probe;
use crate::site::Extra;
use crate::timeline::Track;
use crate::trace::{self, Span};

scoped_thread_local!(static HERE: Arc<Extra>);

/// What hides the variables of the code that happens to poll a task without any.
static NOTHING: LazyLock<Arc<Extra>> = LazyLock::new(Arc::default);

/// The variables of a task.
#[derive(Default)]
pub(crate) enum Vars {
    #[default]
    Unset,
    /// They are here, and nothing else is.
    Own(Set),
    /// They are there.
    Shared(Arc<Extra>),
}

/// Variables and their values: few, so they are searched from the start.
pub(crate) struct Set {
    entries: Box<[Entry]>,
    heirs: Heirs,
}

/// What of a set goes on to tasks.
enum Heirs {
    All,
    Some(Arc<Extra>),
    Nothing,
}

/// One variable's value.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The address of the `static`.
    pub(crate) key: usize,
    pub(crate) value: Arc<dyn Any + Send + Sync>,
    pub(crate) is_inherited: bool,
}

impl Set {
    fn alone(entries: Box<[Entry]>) -> Arc<Extra> {
        let heirs = heirs(&entries);
        Arc::new(Extra { vars: Vars::Own(Self { entries, heirs }), ..Extra::default() })
    }
}

fn heirs(entries: &[Entry]) -> Heirs {
    if entries.iter().all(|entry| entry.is_inherited) {
        return Heirs::All;
    }
    let inherited: Box<[Entry]> = entries.iter().filter(|entry| entry.is_inherited).cloned().collect();
    if inherited.is_empty() { Heirs::Nothing } else { Heirs::Some(Set::alone(inherited)) }
}

/// Where the variables of a task are, if it has any.
#[inline]
fn place(extra: &Arc<Extra>) -> Option<&Arc<Extra>> {
    match &extra.vars {
        Vars::Unset => None,
        Vars::Own(_) => Some(extra),
        Vars::Shared(place) => Some(place),
    }
}

/// Shows `see` where the variables of the running code are.
#[inline]
fn here<R>(see: impl FnOnce(Option<(&Arc<Extra>, &Set)>) -> R) -> R {
    if !HERE.is_set() {
        return see(None);
    }
    HERE.with(|here| match &here.vars {
        Vars::Own(set) => see(Some((here, set))),
        Vars::Unset | Vars::Shared(_) => see(None),
    })
}

/// Shows `see` the value of a variable in the running code.
#[inline]
pub(crate) fn look<R>(key: usize, see: impl FnOnce(Option<&(dyn Any + Send + Sync)>) -> R) -> R {
    here(|here| {
        let entry = here.and_then(|(_, set)| set.entries.iter().find(|entry| entry.key == key));
        see(entry.map(|entry| &*entry.value))
    })
}

/// The variables of the running code with one more, or with another value of it.
pub(crate) fn overlaid(entry: Entry) -> Arc<Extra> {
    here(|here| {
        let before = here.map_or(&[][..], |(_, set)| &set.entries);
        let others = before.iter().filter(|other| other.key != entry.key).cloned();
        // what was set last is looked for first
        Set::alone(std::iter::once(entry.clone()).chain(others).collect())
    })
}

/// What the running code hands down to a task: its variables and its span, beside what is said of the task.
#[inline]
pub(crate) fn inherit(extra: Option<Box<Extra>>) -> Option<Arc<Extra>> {
    if extra.is_none() && !HERE.is_set() && !trace::has_spans() { None } else { put_together(extra) }
}

#[inline(never)]
fn put_together(extra: Option<Box<Extra>>) -> Option<Arc<Extra>> {
    let (vars, span) = (variables(), trace::span());
    match (extra, vars, span) {
        (None, vars, None) => vars,
        (Some(extra), None, None) => Some(Arc::from(extra)),
        (extra, vars, span) => {
            let extra = extra.map_or_else(Extra::default, |extra| *extra);
            let vars = vars.map_or(Vars::Unset, Vars::Shared);
            Some(Arc::new(Extra { vars, span, ..extra }))
        }
    }
}

/// The same things for a task that has a span or a track of its own: what it inherited, known by these.
pub(crate) fn known_by(extra: Option<Arc<Extra>>, span: Option<Span>, track: Option<Track>) -> Arc<Extra> {
    let Some(extra) = extra else { return Arc::new(Extra { span, track, ..Extra::default() }) };
    Arc::new(Extra {
        name: extra.name.clone(),
        cancel_timeout: extra.cancel_timeout,
        span: span.or_else(|| extra.span.clone()),
        track,
        vars: place(&extra).map_or(Vars::Unset, |place| Vars::Shared(Arc::clone(place))),
        type_name: extra.type_name,
    })
}

/// The variables that the running code hands down.
#[inline]
fn variables() -> Option<Arc<Extra>> {
    here(|here| {
        let (place, set) = here?;
        match &set.heirs {
            Heirs::All => Some(Arc::clone(place)),
            Heirs::Some(part) => Some(Arc::clone(part)),
            Heirs::Nothing => None,
        }
    })
}

/// Runs `f` in what was inherited, as a part of the task that did.
#[inline]
pub(crate) fn inherited<R>(extra: Option<&Arc<Extra>>, f: impl FnOnce() -> R) -> R {
    let (span, track) = extra.map_or((None, None), |extra| (extra.span.as_ref(), extra.track.as_ref()));
    let place = extra.and_then(place);
    if place.is_none() && !HERE.is_set() {
        return probe::within(span, track, f);
    }
    HERE.set(place.unwrap_or(&NOTHING), || probe::within(span, track, f))
}

/// Runs `f` with these variables and no others; the span stays.
#[inline]
pub(crate) fn within<R>(vars: &Arc<Extra>, f: impl FnOnce() -> R) -> R {
    HERE.set(vars, f)
}
