//! Calls of `manager!`.

pub use crate::context::held::{door, manager};
