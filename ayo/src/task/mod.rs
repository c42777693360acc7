//! Tasks: how one runs, directly or in a lane, and the handles that wait for it.

pub(crate) mod builder;
pub(crate) mod cell;
pub(crate) mod child;
pub(crate) mod deliver;
mod end;
pub(crate) mod handle;
pub(crate) mod job;
pub(crate) mod lane;
pub(crate) mod node;
pub(crate) mod spawn;
pub(crate) mod work;

pub use builder::TaskBuilder;
pub use end::{Cancelled, TaskError};
pub use handle::{Attempt, Task};
