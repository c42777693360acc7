//! ayo's own suite again, as food for its own fuzzer: each body that the files below run on the virtual clock is cancelled
//! at each of its suspension points, dropped at each of them, and run with its tasks in other orders.

#![allow(clippy::duplicate_mod, reason = "each file has the support that it has in its own target")]
#![allow(
    dead_code,
    unused_imports,
    reason = "what does not go by `both!` and `paused!` runs in its own target only"
)]

#[path = "everywhere/support.rs"]
mod support;

#[path = "adoption.rs"]
mod adoption;
#[path = "cancel.rs"]
mod cancel;
#[path = "handles.rs"]
mod handles;
#[path = "options.rs"]
mod options;
#[path = "rules.rs"]
mod rules;
