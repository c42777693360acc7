//! Blocking work, bound to a scope: [`Scope::aside`](crate::Scope::aside) and
//! [`Scope::aside_in`](crate::Scope::aside_in) run a closure on a thread where it may block.
//!
//! # Example
//! ```
//! use ayo::{blocking, scope};
//!
//! fn checksum(data: &[u8]) -> Result<u32, ayo::Cancelled> {
//!     let mut sum = 0_u32;
//!     for chunk in data.chunks(4096) {
//!         blocking::check()?;                  // ends here when the scope is cancelled
//!         sum = chunk.iter().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
//!     }
//!     Ok(sum)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
//! let sum = scope!(|run| { run.aside(|| checksum(&[1; 100_000])).await? }).await?;
//! # assert_eq!(sum, checksum(&[1; 100_000]).unwrap());
//! # Ok(()) }
//! ```
//!
//! # How it works
//!
//! * `work`: a closure as a task of its scope. It has a domain, whose waker is the closure itself: a request drops one that
//!   has not begun, wherever it waits; a forced end lets go of one that runs.
//! * `crew`: a queue of closures and the threads that drain it. They are Tokio's own blocking threads; one of them runs
//!   closure after closure, and there are more of them when that takes long.
//! * `hold`: keeps a paused clock from flying while closures run.

mod aside;
mod check;
mod crew;
mod executor;
mod hold;
mod pool;
#[cfg(feature = "process")]
mod process;
mod work;

pub use aside::Blocking;
pub use check::{check, sleep};
pub use executor::{Executor, Job, Place};
pub use pool::{NameTaken, Pool, PoolBuilder, UnknownPool};
#[cfg(feature = "process")]
pub use process::Launch;
