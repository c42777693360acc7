//! Context managers and what belongs to them: code that runs after other code, however that ended.
//!
//! `exit.rs` is what clean-up learns of the code before it.

mod exit;

pub use exit::Exit;
