//! Calls of `#[ayo::main]`.

pub use crate::program::MainOutput;

use crate::program::Program;
use crate::scope::{Scope, ScopeBuilder};

/// A program on Tokio's multi-thread runtime.
#[cfg(feature = "multi-thread")]
pub fn multi_thread() -> Program {
    crate::program::program().multi_thread()
}

/// A program on Tokio's current-thread runtime.
pub fn current_thread() -> Program {
    crate::program::program().current_thread()
}

/// Runs it.
pub fn run<R, B>(program: Program, scope: ScopeBuilder, body: B) -> R
where
    R: MainOutput,
    B: AsyncFnOnce(&Scope) -> R,
{
    crate::program::run::run(&program, scope, body)
}
