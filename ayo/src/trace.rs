//! Everything about `tracing`: a span for each scope and task, which tasks inherit, and the events.
//!
//! The targets and levels are told in `docs/tracing.md`. Where nobody listens, [`listens`] is one relaxed load, and the
//! rest of this file does not run.

use std::panic::Location;

use crate::cancel::Reason;
use crate::cancel::domain::Fault;
use crate::error::Error;

/// What a task runs in, and inherits from the code that spawns it.
#[cfg(feature = "tracing")]
pub(crate) type Span = tracing::Span;

/// What a task runs in: without `tracing` there is none.
#[cfg(not(feature = "tracing"))]
#[derive(Clone)]
pub(crate) enum Span {}

/// Whose span, or news, it is.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    Scope,
    Task,
}

/// An event of a scope or a task, in the running span: the target is a constant of each call site.
#[cfg(feature = "tracing")]
macro_rules! event {
    ($of:expr, $($event:tt)*) => {
        match $of {
            Of::Scope => tracing::debug!(target: "ayo::scope", $($event)*),
            Of::Task => tracing::debug!(target: "ayo::task", $($event)*),
        }
    };
}

/// Whether anybody might hear of spans and of how things end.
#[inline(always)]
pub(crate) fn listens() -> bool {
    #[cfg(feature = "tracing")]
    {
        use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
        STATIC_MAX_LEVEL >= LevelFilter::DEBUG && LevelFilter::current() >= LevelFilter::DEBUG
    }
    #[cfg(not(feature = "tracing"))]
    false
}

/// The span of a scope or task that begins, if somebody takes it. The code that starts it is in `parent`.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn begin(
    of: Of,
    parent: Option<&Span>,
    name: impl FnOnce() -> Option<String>,
    id: u32,
    site: &Location<'_>,
) -> Option<Span> {
    #[cfg(feature = "tracing")]
    {
        let parent = parent.and_then(Span::id);
        let span = match of {
            Of::Scope => {
                tracing::debug_span!(target: "ayo::scope", parent: parent, "scope", name = name(), id, site = %site)
            }
            Of::Task => {
                tracing::debug_span!(target: "ayo::task", parent: parent, "task", name = name(), id, site = %site)
            }
        };
        (!span.is_disabled()).then_some(span)
    }
    #[cfg(not(feature = "tracing"))]
    None
}

/// Something has failed.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn failed(of: Of, error: &dyn std::fmt::Display) {
    #[cfg(feature = "tracing")]
    event!(of, error = %error, "failed");
}

/// A scope is asked to end; or a task has ended because it was.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn cancelled(of: Of, reason: &Reason) {
    #[cfg(feature = "tracing")]
    event!(of, reason = %reason, "cancelled");
}

/// Clean-up took too long, and was dropped by force.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn abandoned(text: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "ayo", "{text}");
}

/// An error that does not bubble and that no `on_error` takes.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn contained(error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "ayo", "{error:#}");
}

/// A fault in clean-up outside of every scope.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn unheard(fault: &Fault) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "ayo", "clean-up failed, with no scope around it: {}", fault.text());
}

/// A frame that was dropped from outside before it had finished.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn leaked(what: &str, site: &Location<'_>) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "ayo", "the `{what}` of {site} was dropped from outside before it had finished");
}

/// Whether code may run in a span.
#[inline]
pub(crate) fn has_spans() -> bool {
    #[cfg(feature = "tracing")]
    return tracing::dispatcher::has_been_set();
    #[cfg(not(feature = "tracing"))]
    false
}

/// The span of the running code, where there is one.
#[inline]
pub(crate) fn span() -> Option<Span> {
    #[cfg(feature = "tracing")]
    if has_spans() {
        let span = tracing::Span::current();
        return (!span.is_none()).then_some(span);
    }
    None
}

/// Runs `f` in the span.
#[inline]
pub(crate) fn in_span<R>(span: Option<&Span>, f: impl FnOnce() -> R) -> R {
    #[cfg(feature = "tracing")]
    if let Some(span) = span {
        return span.in_scope(f);
    }
    #[cfg(not(feature = "tracing"))]
    let _ = span;
    f()
}
