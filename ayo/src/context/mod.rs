//! Context managers and what belongs to them: code that runs after other code, however that ended; and values that are set
//! around code.
//!
//! `exit.rs` is what clean-up learns of the code before it, `manager/` what a manager of `actxmgr!` runs on, `held/` are
//! managers as values, `ready_made.rs` those that are there already, `defer.rs` is what runs at the end of a block, `vars.rs`
//! the context variables. `cache/` keeps the results of functions.

#[cfg(feature = "cache")]
pub(crate) mod cache;
pub(crate) mod defer;
mod exit;
pub(crate) mod held;
pub(crate) mod manager;
mod ready_made;
mod vars;

pub use exit::Exit;
pub use held::{Enter, ExitStack, Group, Manager, exit_stack, group};
pub use ready_made::{Close, closing, nullcontext, resetting};
pub use vars::{HasDefault, NoDefault, Var, VarValue, WithVar};
