//! Calls of `#[ayo::main]`.

pub use crate::program::{MainOutput, Runtime, run};
