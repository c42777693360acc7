//! Tests: a virtual clock, and a fuzzer for cancel safety. With the feature `testing`.
//!
//! [`#[ayo::test]`](macro@crate::test) is the way in; what stands here is for tests that need more.
//!
//! # Invariants
//!
//! 1. A run has a runtime, a scope and an `Observer` of its own; nothing of it is left when the next
//!    one starts, but what the test itself shares.
//! 2. The observer is installed on every thread of the run's runtime, and on no other: tests side by side do not mix.
//! 3. On the virtual clock and one thread, all runs go the same way up to where they are cut.
//! 4. The watchdog alone looks at the real clock.

mod clock;
mod everywhere;
mod finding;
pub(crate) mod observer;
mod output;
pub(crate) mod run;
pub(crate) mod single;
mod steering;
mod watch;
mod watchdog;

pub use clock::VirtualClock;
pub use everywhere::{Everywhere, Failure, Summary, cancel_everywhere, drop_everywhere};
pub use output::TestOutput;
pub use watch::{Watch, afterwards, watch};
