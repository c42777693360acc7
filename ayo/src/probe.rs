//! Where a test looks at the running code: single lines in the core that call in here. Without the feature `testing` each
//! of them is nothing; with it, it looks once at a thread-local outside of a test.

use std::panic::Location;
use std::sync::Arc;

use crate::cancel::domain::Fault;
use crate::scope::core::Core;
use crate::site::Who;
#[cfg(feature = "testing")]
use crate::testing::observer;

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
#[inline(always)]
#[cfg_attr(not(feature = "testing"), allow(unused_variables))]
pub(crate) fn leaked(what: &str, site: &Location<'_>) {
    #[cfg(feature = "testing")]
    observer::with(|observer| observer.leaked(what, site));
}

/// A fault in clean-up came to no scope.
#[inline(always)]
#[cfg_attr(not(feature = "testing"), allow(unused_variables))]
pub(crate) fn unheard(fault: &Fault) {
    #[cfg(feature = "testing")]
    observer::with(|observer| observer.unheard(fault));
}

/// Clean-up took too long, and was dropped by force.
#[inline(always)]
#[cfg_attr(not(feature = "testing"), allow(unused_variables))]
pub(crate) fn abandoned(text: &str) {
    #[cfg(feature = "testing")]
    observer::with(|observer| observer.abandoned(text));
}
