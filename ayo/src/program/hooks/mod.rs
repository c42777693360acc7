//! Hooks: code that is called at the turning points of a program.
//!
//! They are registered at link time by [`#[ayo::on(..)]`](macro@crate::on), from any crate of the program, or at run time
//! by [`Context::on`](crate::Context::on). Whatever is here holds for the whole process.
//!
//! The idea, and most names, are those of aiorun and of Python's `atexit`; the order is that of a program's life.

pub(crate) mod fire;
#[cfg(feature = "macros")]
pub(crate) mod linked;
pub(crate) mod place;
pub(crate) mod registry;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use registry::{HookGuard, UnknownHook, disable, disable_all, disable_fn, enable, enable_all, enable_fn};

use super::{Context, Signal};
use crate::BoxError;
use crate::error::Error;
use crate::scope::Scope;

macro_rules! hooks {
    ($($(#[$doc:meta])* $variant:ident $name:literal $sync:literal,)*) => {
        /// A turning point of a program, in the order in which they come.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Hook { $($(#[$doc])* $variant,)* }

        impl Hook {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// As `#[ayo::on(..)]` writes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether its functions cannot be `async`.
            #[must_use]
            pub const fn is_sync(self) -> bool {
                match self { $(Self::$variant => $sync,)* }
            }
        }
    };
}

hooks! {
    /// A policy was set: by `policy::set`, or by a program that has its own.
    PolicySet "policy::set" true,
    /// The runtime is built. Not of a runtime that ayo was given.
    RuntimeCreated "runtime::created" true,
    /// The runtime is that of the main thread: `tokio::runtime::Handle::current()` gives it.
    RuntimeSet "runtime::set" true,
    /// The runtime runs.
    RuntimeStarted "runtime::started" true,
    /// Before the body. If it fails, the body does not run, and the program ends with its error.
    Starting "starting" false,
    /// The body was polled for the first time.
    Started "started" false,
    /// The body has ended or the program is asked to stop; before the tasks are awaited. It may take as long as the grace.
    Stopping "stopping" false,
    /// Every task has ended. It may take as long as the grace.
    Stopped "stopped" false,
    /// The runtime is gone. Not of a runtime that ayo was given.
    RuntimeClosed "runtime::closed" true,
    /// A signal came, and the program has been told to act on it.
    Signal "signal" false,
    /// A task has failed or panicked, or its clean-up was cut off; in any scope of the program.
    TaskFailed "task_failed" true,
    /// A clean-up was dropped from outside, and so could not finish.
    Leaked "leaked" true,
    /// A thread of the runtime begins. Not of a runtime that ayo was given.
    ThreadStarted "thread::started" true,
    /// A thread of the runtime ends. Not of a runtime that ayo was given.
    ThreadStopped "thread::stopped" true,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a hook is told.
#[derive(Debug)]
pub struct Event {
    pub(crate) hook: Hook,
    pub(crate) context: Context,
    pub(crate) scope: Option<Scope>,
    pub(crate) signal: Option<Signal>,
    pub(crate) error: Option<Error>,
}

impl Event {
    pub(crate) fn new(hook: Hook, context: Context) -> Self {
        Self { hook, context, scope: None, signal: None, error: None }
    }

    pub(crate) fn of_scope(hook: Hook, context: Context, scope: &Scope) -> Self {
        Self { scope: Some(scope.clone()), ..Self::new(hook, context) }
    }

    /// Which it is.
    #[must_use]
    pub fn hook(&self) -> Hook {
        self.hook
    }

    /// Whose it is.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context
    }

    /// The outermost scope of the program, from `starting` to `stopped`; of `task_failed` and `leaked`, the outermost
    /// scope around the place where it happened.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Of `signal`: which one.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        self.signal
    }

    /// Of `task_failed`: what it failed with, with the task's name and place. Of `leaked`: what was leaked, and where.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

/// What a hook may return: nothing, or a `Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "a hook cannot return `{Self}`",
    label = "a hook returns `()`, or a `Result<(), E>` whose error converts into `ayo::BoxError`"
)]
pub trait HookOutput {
    /// What went wrong, if anything.
    #[doc(hidden)]
    fn done(self) -> Result<(), BoxError>;
}

#[diagnostic::do_not_recommend]
impl HookOutput for () {
    fn done(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> HookOutput for Result<(), E> {
    fn done(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// What an async hook does.
pub(crate) type HookFuture<'a> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + 'a>>;

type SyncHook = Box<dyn Fn(&Event) -> Result<(), BoxError> + Send + Sync>;
type AsyncHook = Box<dyn for<'a> Fn(&'a Event) -> HookFuture<'a> + Send + Sync>;

/// A hook as a value.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is a function")]
pub enum HookFn {
    Sync(SyncHook),
    Async(AsyncHook),
}

/// What can be a hook at run time: a closure that takes a `&Event`, `async` or not, and returns `()` or a `Result`.
///
/// `M` tells the two kinds apart, and is inferred.
#[diagnostic::on_unimplemented(
    message = "this cannot be a hook",
    label = "expected `|event: &Event| ..` or `async |event: &Event| ..`",
    note = "it returns `()` or a `Result<(), E>`, and what it captures is `Send + Sync + 'static`"
)]
pub trait IntoHook<M> {
    #[doc(hidden)]
    fn into_hook(self) -> HookFn;
}

/// Of a closure.
#[derive(Debug)]
pub enum Called {}

/// Of an `async` closure.
#[derive(Debug)]
pub enum Awaited {}

#[diagnostic::do_not_recommend]
impl<F, O> IntoHook<Called> for F
where
    F: Fn(&Event) -> O + Send + Sync + 'static,
    O: HookOutput,
{
    fn into_hook(self) -> HookFn {
        HookFn::Sync(Box::new(move |event| self(event).done()))
    }
}

#[diagnostic::do_not_recommend]
impl<F, O> IntoHook<Awaited> for F
where
    F: AsyncFn(&Event) -> O + Send + Sync + 'static,
    O: HookOutput,
{
    fn into_hook(self) -> HookFn {
        let hook = std::sync::Arc::new(self);
        HookFn::Async(Box::new(move |event| {
            let hook = std::sync::Arc::clone(&hook);
            Box::pin(async move { hook(event).await.done() })
        }))
    }
}
