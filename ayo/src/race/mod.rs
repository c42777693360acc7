//! Several futures at once in the task that awaits them: `race`, `race_ok`, `gather`, `as_completed`, `select!`.
//!
//! # Invariants
//!
//! 1. No task is spawned. Each member has a waker of its own (`crowd.rs`): one that is woken is polled, the others are not.
//! 2. Each member runs in a domain of its own, which is made when something in it asks for one: a member without clean-up
//!    costs no domain.
//! 3. When the end is decided, members without a domain are dropped at once, and the others asked to end; control goes back
//!    when the last of them has cleaned up. The same when one panics: the panic goes on after that.
//! 4. In code that is asked to end, members have one more turn like any code there; then the end is decided.
//! 5. A member that has ended costs one unit of Tokio's cooperative budget, so that a set that is never through lets
//!    others have their turns.
//!
//! `crew.rs` is all of them, each a `coro/body.rs`; `set.rs` what people write them as (over `one_of.rs` for tuples, whose members
//! differ in type).

mod as_completed;
mod cancel_and_wait;
mod crew;
mod gather;
pub(crate) mod one_of;
#[allow(clippy::module_inception, reason = "the function of that name")]
mod race;
mod race_ok;
mod repeat_until;
pub(crate) mod select;
mod set;

pub use as_completed::{AsCompleted, as_completed};
pub use cancel_and_wait::{CancelAndWait, Handle, HandleSet, cancel_and_wait};
pub use gather::{Gather, gather};
pub use race::{Race, race};
pub use race_ok::{AllFailed, Fallible, RaceOk, race_ok};
pub use repeat_until::{RepeatUntil, repeat_until};
pub use set::{FutureSet, SameSet};
