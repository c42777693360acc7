//! The live tree on the standard error, whenever a signal asks for it.
//!
//! It is printed by the thread that hears the signal, so that a program whose runtime is blocked can be looked at, too.

use std::io::{self, Write};
use std::sync::Once;

use tokio::signal::unix::SignalKind;

use super::hub::{Sources, source_of, start};

/// Has the tree printed at each SIGUSR1 from now on, and at each SIGINFO (Ctrl-T) where there is one.
///
/// # Panics
/// If the system refuses to tell us of signals.
pub(super) fn on_signal() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| start(sources, |()| print()));
}

fn sources() -> io::Result<Sources<()>> {
    let kinds = [
        SignalKind::user_defined1(),
        #[cfg(any(
            target_os = "dragonfly",
            target_os = "freebsd",
            target_os = "illumos",
            target_os = "macos",
            target_os = "netbsd",
            target_os = "openbsd"
        ))]
        SignalKind::info(),
    ];
    kinds.into_iter().map(|kind| Ok(((), source_of(kind)?))).collect()
}

/// Writes all of it at once, so that nothing comes in between. If nobody can read it, that is no concern of the program.
fn print() {
    let forest = crate::scope::tree();
    let text = format!("--- live tree of process {} ---\n{forest}\n---\n", std::process::id());
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
