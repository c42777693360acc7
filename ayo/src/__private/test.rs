//! Calls of `#[ayo::test]`.

pub use crate::testing::single::{Options, run_everywhere, run_once};
