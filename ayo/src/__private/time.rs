//! For tests of what follows the wall clock.

pub use crate::time::wall::{Injected, inject};
