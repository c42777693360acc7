//! Coroutines: futures that are begun in one place and gone on with in another, that answer while they run, and that give
//! many values.
//!
//! # Invariants
//!
//! 1. A coroutine runs in a [`Roaming`](roaming::Roaming) domain, which hangs below whatever polls it at the time.
//! 2. It holds that open only while somebody drives it. Between two drives nobody would poll it, so nobody waits for it.
//! 3. A request that reaches it ends it: its frames clean up, and it is dropped. It does not come back to life elsewhere.
//!
//! The tools and their names are those of asynkit, a Python package.

pub(crate) mod body;
pub(crate) mod coroutine;
pub(crate) mod eager;
pub(crate) mod generator;
mod monitor;
mod reusable;
pub(crate) mod roaming;
mod started;
mod watched;

pub(crate) use coroutine::Coroutine;
pub use eager::eager;
pub use generator::{Emit, EmitError, Emitter, Generator, Next, Streams};
pub use monitor::{Drive, Monitor, Oob, Step};
pub use reusable::{Reusable, reusable};
pub use started::{Running, RunningMut, Started};
pub use watched::{Watched, watched};
