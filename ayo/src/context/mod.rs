//! Context managers and what belongs to them: code that runs after other code, however that ended; and values that are set
//! around code.
//!
//! `exit.rs` is what clean-up learns of the code before it, `manager/` what a manager of `actxmgr!` runs on, `vars.rs` the
//! context variables. `cache/` keeps the results of functions.

#[cfg(feature = "cache")]
pub(crate) mod cache;
mod exit;
pub(crate) mod manager;
mod vars;

pub use exit::Exit;
pub use vars::{HasDefault, NoDefault, Var, VarValue, WithVar};
