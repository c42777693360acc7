//! What nobody is there to hear, and the span that tasks inherit. Everything about `tracing` is in here.

use std::panic::Location;

use crate::cancel::domain::Fault;
use crate::error::Error;

/// An error that does not bubble and that no `on_error` takes.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn contained(error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "ayo", "{error:#}");
}

/// A fault in clean-up outside of every scope.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn unheard(fault: &Fault) {
    crate::probe::unheard(fault);
    #[cfg(feature = "tracing")]
    tracing::error!(target: "ayo", "clean-up failed, with no scope around it: {}", fault.text());
}

/// A frame that was dropped from outside before it had finished.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub(crate) fn leaked(what: &str, site: &Location<'_>) {
    crate::probe::leaked(what, site);
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "ayo", "the `{what}` of {site} was dropped from outside before it had finished");
    crate::program::hooks::place::leaked(what, site);
}

/// What a task inherits from the code that spawns it.
#[cfg(feature = "tracing")]
pub(crate) type Span = tracing::Span;

/// What a task inherits from the code that spawns it: without `tracing`, nothing.
#[cfg(not(feature = "tracing"))]
pub(crate) type Span = ();

/// The span of the running code, where there is one.
#[inline]
pub(crate) fn span() -> Option<Span> {
    #[cfg(feature = "tracing")]
    if tracing::dispatcher::has_been_set() {
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
