//! What programs and their hooks hang on.

use std::fmt;

use super::hooks::registry::{self, HookGuard};
use super::hooks::{Hook, IntoHook};

/// A name that a program and its hooks share: with several programs in one binary, each has its own.
///
/// Its name is its identity: two contexts of the same name, in whatever crate, are one. What says nothing of a context
/// belongs to [`DEFAULT`](Self::DEFAULT).
///
/// # Example
/// ```
/// use ayo::{Context, Scope};
///
/// const BILLING: Context = Context::new("billing");
///
/// #[ayo::on(starting, context = BILLING)]
/// async fn connect() { println!("the ledger is open") }
///
/// #[ayo::main(context = BILLING, flavor = "current_thread")]
/// async fn main(run: &Scope) {
///     run << async { println!("an invoice") };
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context {
    name: &'static str,
}

impl Context {
    /// That of programs and hooks which name none.
    pub const DEFAULT: Self = Self::new("main");

    /// The context of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Has `hear` called at the hook, until the guard is dropped; after hooks of the same order that are there at link
    /// time. It takes a `&Event`, and is a closure or an `async` one.
    ///
    /// # Example
    /// ```
    /// use ayo::{Context, Event, Hook};
    /// # #[ayo::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let told = Context::DEFAULT.on(Hook::Stopped, async |event: &Event| {
    ///     println!("{} is over", event.context().name());
    /// });
    /// told.forget(); // for as long as the process lives
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller, for an `async` closure at a hook that is sync.
    #[track_caller]
    pub fn on<M>(&self, hook: Hook, hear: impl IntoHook<M>) -> HookGuard {
        registry::add(*self, hook, hear.into_hook())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.name).finish()
    }
}
