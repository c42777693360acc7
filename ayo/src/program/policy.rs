//! The policy: what shapes the Tokio runtime that ayo builds.

use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::runtime::Builder;

use super::Context;
use super::hooks::{Event, Hook, fire};
use super::print;
use crate::sync::lock;

/// Shapes a runtime.
#[derive(Clone)]
pub(crate) struct Policy(Arc<dyn Fn(&mut Builder) + Send + Sync>);

static SET: Mutex<Option<Policy>> = Mutex::new(None);

/// Sets the policy of all programs to come in this process, which have none of their own: it shapes each Tokio runtime
/// that ayo builds for them, after what the program's options say.
///
/// The second policy takes the place of the first, and a warning says so.
///
/// # Example
/// ```
/// ayo::policy::set(|builder| {
///     builder.thread_name("crawler").max_blocking_threads(16);
/// });
/// let name = ayo::run(async |run| {
///     let task = run.spawn(async { std::thread::current().name().map(str::to_owned) });
///     Ok::<_, ayo::Error>(task.await?)
/// });
/// assert_eq!(name.unwrap().as_deref(), Some("crawler"));
/// ```
pub fn set(policy: impl Fn(&mut Builder) + Send + Sync + 'static) {
    let before = lock(&SET).replace(Policy::new(policy));
    announce(Context::DEFAULT, true, before.is_some());
}

impl Policy {
    pub(crate) fn new(policy: impl Fn(&mut Builder) + Send + Sync + 'static) -> Self {
        Self(Arc::new(policy))
    }

    pub(crate) fn apply(&self, builder: &mut Builder) {
        (self.0)(builder);
    }

    /// The one that holds for a program: its own, else what [`set`] said.
    pub(crate) fn of(own: Option<&Self>, context: Context, hooks: bool) -> Option<Self> {
        let set = lock(&SET).clone();
        let Some(own) = own else { return set };
        announce(context, hooks, set.is_some());
        Some(own.clone())
    }
}

/// Tells the hooks; and, whatever they are, a person if it is the second one.
fn announce(context: Context, hooks: bool, again: bool) {
    if again {
        print::warn("a policy was set already; the new one takes its place");
    }
    if hooks {
        fire::now(&Event::new(Hook::PolicySet, context));
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy").finish_non_exhaustive()
    }
}
