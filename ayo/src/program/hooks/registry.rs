//! All hooks there are, and which of them are off.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use super::{Hook, HookFn};
use crate::program::Context;
use crate::sync::{AtomicU32, Ordering, lock};

/// One hook, as it is called.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) hook: Hook,
    pub(crate) context: Context,
    pub(crate) order: i32,
    /// 0 for those of link time, which come first.
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) call: Arc<HookFn>,
}

#[derive(Default)]
struct Registry {
    entries: Vec<Entry>,
    scanned: bool,
    last_id: u64,
    /// Bits of hooks that are off.
    off: u32,
    /// Functions that are off.
    off_fns: Vec<String>,
}

static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { entries: Vec::new(), scanned: false, last_id: 0, off: 0, off_fns: Vec::new() });

/// Bits of hooks that anybody listens to. It is all ones until somebody has looked.
static WANTED: AtomicU32 = AtomicU32::new(u32::MAX);

fn bit(hook: Hook) -> u32 {
    1 << hook as u32
}

/// Whether anybody may listen to this one: one relaxed load, for places that are not to pay for hooks.
#[inline]
pub(crate) fn wanted(hook: Hook) -> bool {
    WANTED.load(Ordering::Relaxed) & bit(hook) != 0
}

impl Registry {
    /// The registry, with what there is at link time.
    fn with<R>(f: impl FnOnce(&mut Self) -> R) -> R {
        let mut registry = lock(&REGISTRY);
        if !std::mem::replace(&mut registry.scanned, true) {
            #[cfg(feature = "macros")]
            registry.entries.extend(super::linked::all());
            registry.sort();
        }
        let result = f(&mut registry);
        let wanted = registry.entries.iter().fold(0, |bits, entry| bits | bit(entry.hook));
        WANTED.store(wanted & !registry.off, Ordering::Relaxed);
        result
    }

    /// What the linker puts first is chance, so those of the same order go by name.
    fn sort(&mut self) {
        self.entries.sort_by(|a, b| {
            let by_name = if a.id == 0 { a.name.cmp(&b.name) } else { std::cmp::Ordering::Equal };
            a.order.cmp(&b.order).then(a.id.cmp(&b.id)).then(by_name)
        });
    }

    fn is_on(&self, entry: &Entry) -> bool {
        self.off & bit(entry.hook) == 0 && !self.off_fns.iter().any(|path| is_path(&entry.name, path))
    }
}

/// Whether `path` is the name, or its end: `shop::bye` or `bye` for `app::shop::bye`.
fn is_path(name: &str, path: &str) -> bool {
    name.strip_suffix(path).is_some_and(|before| before.is_empty() || before.ends_with("::"))
}

/// The hooks to be called, in order.
pub(crate) fn of(hook: Hook, context: Context) -> Vec<Entry> {
    if !wanted(hook) {
        return Vec::new();
    }
    Registry::with(|registry| {
        let called = |entry: &&Entry| entry.hook == hook && entry.context == context && registry.is_on(entry);
        registry.entries.iter().filter(called).cloned().collect()
    })
}

/// Registers one at run time.
#[track_caller]
pub(crate) fn add(context: Context, hook: Hook, call: HookFn) -> HookGuard {
    assert!(
        !hook.is_sync() || matches!(call, HookFn::Sync(_)),
        "`{hook}` hooks are called where nothing can be awaited: take a closure without `async`"
    );
    let name = format!("the closure of {}", Location::caller());
    let call = Arc::new(call);
    let id = Registry::with(|registry| {
        registry.last_id += 1;
        let id = registry.last_id;
        registry.entries.push(Entry { hook, context, order: 0, id, name, call });
        registry.sort();
        id
    });
    HookGuard { id: Some(id) }
}

/// Keeps a hook that was registered at run time; dropping it takes the hook away.
#[must_use = "the hook goes with its guard: keep it, or `forget()` it"]
#[derive(Debug)]
pub struct HookGuard {
    id: Option<u64>,
}

impl HookGuard {
    /// Leaves the hook there for as long as the process lives.
    pub fn forget(mut self) {
        self.id = None;
    }
}

impl Drop for HookGuard {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let gone = Registry::with(|registry| {
                let at = registry.entries.iter().position(|entry| entry.id == id)?;
                Some(registry.entries.remove(at))
            });
            drop(gone);
        }
    }
}

/// Hooks of this kind are not called from now on.
///
/// # Example
/// ```
/// use ayo::{Hook, hooks};
/// hooks::disable(Hook::Stopping);
/// hooks::enable(Hook::Stopping);
/// ```
pub fn disable(hook: Hook) {
    Registry::with(|registry| registry.off |= bit(hook));
}

/// Undoes [`disable`], and for this kind [`disable_all`].
pub fn enable(hook: Hook) {
    Registry::with(|registry| registry.off &= !bit(hook));
}

/// No hooks are called from now on. What ayo itself says of leaks and of a second policy stays.
pub fn disable_all() {
    Registry::with(|registry| registry.off = Hook::ALL.iter().fold(0, |bits, hook| bits | bit(*hook)));
}

/// Undoes everything that was disabled, kinds and functions.
pub fn enable_all() {
    Registry::with(|registry| {
        registry.off = 0;
        registry.off_fns.clear();
    });
}

/// The hook with this function is not called from now on: `"app::shop::bye"`, or as much of its end as is needed.
///
/// # Example
/// ```
/// use ayo::hooks;
///
/// #[ayo::on(stopped)]
/// fn bye() { println!("bye") }
///
/// hooks::disable_fn("bye")?;
/// let error = hooks::disable_fn("by").unwrap_err();
/// assert!(error.to_string().starts_with("there is no hook `by`; there are: "));
/// # Ok::<_, hooks::UnknownHook>(())
/// ```
///
/// # Errors
/// If there is none, with those that there are.
pub fn disable_fn(path: &str) -> Result<(), UnknownHook> {
    Registry::with(|registry| {
        known(registry, path)?;
        registry.off_fns.push(path.to_owned());
        Ok(())
    })
}

/// Undoes [`disable_fn`].
///
/// # Errors
/// If there is no such hook, with those that there are.
pub fn enable_fn(path: &str) -> Result<(), UnknownHook> {
    Registry::with(|registry| {
        known(registry, path)?;
        let Registry { off_fns, entries, .. } = registry;
        let meant: Vec<&str> =
            entries.iter().map(|entry| &*entry.name).filter(|name| is_path(name, path)).collect();
        off_fns.retain(|off| !meant.iter().any(|name| is_path(name, off)));
        Ok(())
    })
}

fn known(registry: &Registry, path: &str) -> Result<(), UnknownHook> {
    let linked = || registry.entries.iter().filter(|entry| entry.id == 0).map(|entry| &entry.name);
    if linked().any(|name| is_path(name, path)) {
        return Ok(());
    }
    Err(UnknownHook { path: path.to_owned(), known: linked().cloned().collect() })
}

/// There is no hook with such a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHook {
    path: String,
    known: Vec<String>,
}

impl fmt::Display for UnknownHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
        write!(f, "there is no hook `{}`; there are: {known}", self.path)
    }
}

impl StdError for UnknownHook {}
