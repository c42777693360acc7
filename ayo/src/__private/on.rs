//! Calls of `#[ayo::on]`.

use std::future::Future;

use crate::BoxError;
use crate::program::Context;
use crate::program::hooks::{Event, HookFuture, HookOutput};
use crate::scope::Scope;

pub use crate::__register_hook as register;
pub use crate::program::hooks::linked::{Call, Registration};

#[doc(hidden)]
pub use inventory;

/// Puts a [`Registration`] where the program finds it.
#[doc(hidden)]
#[macro_export]
macro_rules! __register_hook {
    ($registration:expr) => {
        $crate::__private::on::inventory::submit! { $registration }
    };
}

/// The context that an option names.
#[must_use]
pub const fn context(context: &Context) -> Context {
    *context
}

/// What an `async` hook does.
pub fn awaited<'a, F>(hook: F) -> HookFuture<'a>
where
    F: Future<Output: HookOutput> + 'a,
{
    Box::pin(async move { hook.await.done() })
}

/// What any other hook has done.
///
/// # Errors
/// What the hook returned as its error.
pub fn done(output: impl HookOutput) -> Result<(), BoxError> {
    output.done()
}

/// The scope of an event that has one.
///
/// # Panics
/// Never for hooks that the macro lets have a scope.
#[must_use]
pub fn scope(event: &Event) -> &Scope {
    event.scope().expect("this hook has a scope")
}
