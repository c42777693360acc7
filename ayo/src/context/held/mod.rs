//! Managers as values: entered in one place and left in another, by code that is not their body.
//!
//! `verdict.rs` is how such a manager hears of its end. `manager.rs`: the value that `manager!` makes; its body is a future
//! that hands the value out and waits for the verdict. `enter.rs`: what `with!` does with one. `group.rs`: many at once.
//! `stack.rs`: one after the other, as the program goes.

mod enter;
mod group;
mod manager;
mod stack;
mod verdict;

pub use enter::{Enter, enter};
pub use group::{Group, group};
pub use manager::{Manager, door, manager};
pub use stack::{ExitStack, exit_stack};
pub(crate) use verdict::Verdict;
