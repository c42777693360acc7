//! A context manager that runs: its code up to the `yield`, the body, and its code behind it.
//!
//! # Phases
//!
//! 1. **Set-up** runs in the code around it. It is no frame: cancelled, it is dropped, and nothing is torn down.
//! 2. **The body** runs in a place of its own. A request drops it, once what is in it has cleaned up, and the code behind
//!    the `yield` goes on with `Exit::Cancelled`.
//! 3. **Tear-down** runs in a shielded place, to its end.
//!
//! Then control goes back, unless the code around is asked to end: then it never does, and what went wrong goes up.
//!
//! From the first suspension in 2 or 3 on, the manager is a frame of the code around it. One that never suspends there
//! registers nothing and allocates nothing: its places are made when something first needs them.

mod end;
mod failure;
mod frame;
mod run;
mod shape;

pub use failure::passed_on;
pub(crate) use failure::whole;
pub use frame::Frame;
pub(super) use frame::Payload;
pub(super) use run::Unplain;
pub use shape::{BodyFuture, Lends, lend};
