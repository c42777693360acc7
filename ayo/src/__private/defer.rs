//! Calls of `defer!`.

use std::panic::Location;

pub use crate::context::defer::{Bare, both, conclude, rest, run, shown};
use crate::context::manager::Frame;

/// The state of the `defer!` at the caller.
#[track_caller]
#[inline]
#[must_use]
pub fn frame() -> Frame {
    Frame::without_set_up(Location::caller())
}
