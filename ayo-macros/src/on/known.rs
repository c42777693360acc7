//! The hooks that exist. (The enum `Hook` of `ayo` has the same; `tests/hooks.rs` has each of them called.)

/// One hook, as it is written and as the enum calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) kind: Kind,
}

/// What its functions may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `async` or not, with `&Scope`, `&Event` or nothing.
    Any,
    /// Not `async`, with `&Event` or nothing.
    Sync,
}

const fn known(name: &'static str, variant: &'static str, kind: Kind) -> Known {
    Known { name, variant, kind }
}

/// In the order in which they come.
pub(crate) const ALL: &[Known] = &[
    known("policy::set", "PolicySet", Kind::Sync),
    known("runtime::created", "RuntimeCreated", Kind::Sync),
    known("runtime::set", "RuntimeSet", Kind::Sync),
    known("runtime::started", "RuntimeStarted", Kind::Sync),
    known("starting", "Starting", Kind::Any),
    known("started", "Started", Kind::Any),
    known("stopping", "Stopping", Kind::Any),
    known("stopped", "Stopped", Kind::Any),
    known("runtime::closed", "RuntimeClosed", Kind::Sync),
    known("signal", "Signal", Kind::Any),
    known("task_failed", "TaskFailed", Kind::Sync),
    known("leaked", "Leaked", Kind::Sync),
    known("thread::started", "ThreadStarted", Kind::Sync),
    known("thread::stopped", "ThreadStopped", Kind::Sync),
];

/// All of them, for a message.
pub(crate) fn list() -> String {
    let names: Vec<String> = ALL.iter().map(|known| format!("`{}`", known.name)).collect();
    format!("the hooks are {}", names.join(", "))
}
