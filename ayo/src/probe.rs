//! Where others look at the running code: single lines in the core that call in here.
//!
//! Three may listen: a test (`testing`), `tracing`, and a timeline; each hears of a point what concerns it. Without its
//! feature each of them is nothing. With it, and while nobody listens, a point is one look: a test's at a thread-local, the
//! others' at a global number. Only a task or scope that begins while somebody listens is followed from then on: it carries
//! what it is known by ([`Seen`], and the span and track in [`Extra`]), and where that is missing the later points end at once.

use std::panic::Location;
use std::sync::{Arc, Mutex, OnceLock};

use crate::cancel::Reason;
use crate::cancel::domain::{Fault, Node};
use crate::inherit::{inherited, known_by};
use crate::scope::core::Core;
use crate::site::{Extra, Label, Who};
use crate::sync::{AtomicBool, AtomicU32, Ordering, lock};
#[cfg(feature = "testing")]
use crate::testing::observer;
use crate::timeline::{self, Track};
use crate::trace::{self, Of, Span};

/// What a scope is known by, from its begin on, if somebody listened then.
#[derive(Default)]
pub(crate) struct Seen(OnceLock<Box<SeenScope>>);

struct SeenScope {
    /// `None` once it has ended.
    span: Mutex<Option<Span>>,
    track: Option<Track>,
    /// It was asked to end, or has ended.
    told: AtomicBool,
}

impl Seen {
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.0.get().is_some()
    }

    fn track(&self) -> Option<&Track> {
        self.0.get()?.track.as_ref()
    }
}

/// What a task that has begun waits for.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "timeline"), allow(dead_code))]
pub(crate) enum Wait {
    /// Its first poll.
    Turn,
    /// Its turn under `max_concurrency`.
    Place,
}

/// What has a begin and an end in a task or a scope; it ends when this is dropped.
pub(crate) use crate::timeline::Slice;

/// A number for a scope, a track or a slice, like no other in this process.
pub(crate) fn number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

/// Whether anybody wants to know of scopes and tasks.
#[inline(always)]
fn listens() -> bool {
    trace::listens() || timeline::listens()
}

/// A scope begins: at its first poll, or with its first task.
#[inline]
pub(crate) fn scope_begins(core: &Arc<Core>) {
    if listens() || core.settings.timeline.is_some() {
        seen(core);
    }
}

#[cold]
fn seen(core: &Arc<Core>) -> &SeenScope {
    core.seen.0.get_or_init(|| {
        let settings = &core.settings;
        let around = core.domain().parent().and_then(|above| Core::around(Arc::clone(&above.node)));
        let around = around.or_else(Core::current).filter(|around| !Arc::ptr_eq(around, core));
        let number = number();
        let around = around.as_deref().and_then(|around| around.seen.track());
        let track = timeline::scope_begins(settings, number, around);
        let name = || settings.name.as_deref().map(ToOwned::to_owned);
        let span = trace::begin(Of::Scope, trace::span().as_ref(), name, number, settings.location);
        Box::new(SeenScope { span: Mutex::new(span), track, told: AtomicBool::new(false) })
    })
}

/// Runs `f` as a part of the scope.
#[inline]
pub(crate) fn in_scope<R>(core: &Core, f: impl FnOnce() -> R) -> R {
    let Some(seen) = core.seen.0.get() else { return f() };
    let span = lock(&seen.span).clone();
    within(span.as_ref(), seen.track.as_ref(), f)
}

/// The scope is asked to end, or will be in a moment.
#[inline]
pub(crate) fn scope_requested(core: &Core, reason: &Reason) {
    if let Some(seen) = core.seen.0.get()
        && !core.marks().requested()
        && !seen.told.swap(true, Ordering::Relaxed)
    {
        in_scope(core, || trace::cancelled(Of::Scope, reason));
        timeline::scope_requested(seen.track.as_ref(), reason);
    }
}

/// The scope has ended, with all that is below it.
#[inline]
pub(crate) fn scope_ends(core: &Core) {
    if let Some(seen) = core.seen.0.get() {
        seen.told.store(true, Ordering::Relaxed);
        timeline::scope_ends(seen.track.as_ref());
        let _closed = lock(&seen.span).take();
    }
}

/// A task begins, and waits for its first poll. What it carries comes back, with what it is known by.
#[inline(always)]
pub(crate) fn task_begins(
    core: &Arc<Core>,
    label: Label,
    extra: Option<Arc<Extra>>,
    wait: Wait,
) -> Option<Arc<Extra>> {
    if listens() { seen_task(core, Who { label, extra }, wait) } else { extra }
}

#[cold]
fn seen_task(core: &Arc<Core>, who: Who, wait: Wait) -> Option<Arc<Extra>> {
    let scope = seen(core);
    let of_scope = lock(&scope.span).clone();
    let of_spawner = who.extra.as_ref().and_then(|extra| extra.span.as_ref());
    let parent = of_spawner.or(of_scope.as_ref());
    let span = trace::begin(Of::Task, parent, || Some(who.name()), who.label.id, who.label.location);
    let track = timeline::task_begins(scope.track.as_ref(), &who, wait);
    if span.is_none() && track.is_none() { who.extra } else { Some(known_by(who.extra, span, track)) }
}

/// Runs `f` in this span and on this track.
#[inline]
pub(crate) fn within<R>(span: Option<&Span>, track: Option<&Track>, f: impl FnOnce() -> R) -> R {
    timeline::on(track, || trace::in_span(span, f))
}

/// A task is going to be polled that is asked to end.
#[inline(always)]
pub(crate) fn told() {
    timeline::told();
}

/// A task, or the body of the scope, has failed.
#[inline]
pub(crate) fn failed(core: &Core, who: Option<&Who>, error: &dyn std::fmt::Display) {
    if listens() {
        news(core, who, |of| {
            trace::failed(of, error);
            timeline::failed(error);
        });
    }
}

/// A task has ended because it was asked to.
#[inline]
pub(crate) fn cancelled(core: &Core, who: impl FnOnce() -> Who, reason: &Reason) {
    if listens() {
        news(core, Some(&who()), |of| {
            trace::cancelled(of, reason);
            timeline::cancelled(reason);
        });
    }
}

/// Tells something of a task, or else of the scope.
#[cold]
fn news(core: &Core, who: Option<&Who>, tell: impl FnOnce(Of)) {
    match who {
        Some(who) => inherited(who.extra.as_ref(), || tell(Of::Task)),
        None => in_scope(core, || tell(Of::Scope)),
    }
}

/// A task has ended; it is not counted out yet.
#[inline]
pub(crate) fn task_ends(extra: Option<&Arc<Extra>>) {
    if let Some(extra) = extra {
        timeline::task_ends(extra.track.as_ref());
    }
}

/// A task waits again before it goes on.
#[inline]
pub(crate) fn waits(extra: Option<&Arc<Extra>>, wait: Wait) {
    if let Some(extra) = extra {
        timeline::waits(extra.track.as_ref(), wait);
    }
}

/// A task lends its place to another one, which it waits for: who to whom.
#[inline]
pub(crate) fn lends(tasks: impl FnOnce() -> Option<(Who, Who)>) -> Option<Slice> {
    if !takes_slices() {
        return None;
    }
    let (from, to) = tasks()?;
    timeline::lends(from.extra.as_ref()?.track.as_ref(), &to)
}

/// Whether anybody wants to know of slices.
#[inline]
pub(crate) fn takes_slices() -> bool {
    timeline::listens()
}

/// The running code is in the tear-down of a manager, and waits.
pub(crate) fn tears_down(name: &str, site: &'static Location<'static>) -> Option<Slice> {
    timeline::tears_down(name, site)
}

/// A task's future was pending, just now.
#[inline(always)]
#[cfg_attr(not(feature = "testing"), allow(unused_variables))]
pub(crate) fn suspended<'a>(task: impl FnOnce() -> (&'a Arc<Core>, Who)) {
    #[cfg(feature = "testing")]
    observer::with(|observer| {
        let (core, who) = task();
        observer.task_suspended(core, &who);
    });
}

/// Whether a task that is ready is to have its turn later, for the sake of another order.
#[inline(always)]
pub(crate) fn puts_off() -> bool {
    #[cfg(feature = "testing")]
    return observer::with(|observer| observer.puts_off()).unwrap_or(false);
    #[cfg(not(feature = "testing"))]
    false
}

/// Goes with a link, and if that is a frame's from its begin to its end: so a test knows of one that nobody ends.
pub(crate) struct Frame {
    #[cfg(feature = "testing")]
    observer: Option<Arc<observer::Observer>>,
}

impl Frame {
    #[inline(always)]
    #[cfg_attr(not(feature = "testing"), allow(unused_variables))]
    pub(crate) fn begin(is_frame: bool) -> Self {
        Self {
            #[cfg(feature = "testing")]
            observer: if is_frame { observer::with(observer::Observer::frame_begun) } else { None },
        }
    }
}

#[cfg(feature = "testing")]
impl Drop for Frame {
    /// On whatever thread that is.
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.frame_ended();
        }
    }
}

/// A frame was dropped from outside before it had finished.
pub(crate) fn leaked(what: &str, site: &Location<'_>) {
    #[cfg(feature = "testing")]
    observer::with(|observer| observer.leaked(what, site));
    trace::leaked(what, site);
    timeline::leaked(what, site);
    crate::program::hooks::place::leaked(what, site);
}

/// A fault in clean-up came to no scope.
pub(crate) fn unheard(fault: &Fault) {
    #[cfg(feature = "testing")]
    observer::with(|observer| observer.unheard(fault));
    trace::unheard(fault);
}

/// Clean-up took too long, and was dropped by force.
pub(crate) fn abandoned(text: &str) {
    #[cfg(feature = "testing")]
    observer::with(|observer| observer.abandoned(text));
    trace::abandoned(text);
    timeline::abandoned(text);
}
