//! Calls of `select!`.

pub use crate::race::one_of::One;
pub use crate::race::select::{branch, nothing_left, select};
