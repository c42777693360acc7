//! A small, honest harness for comparing ways to run many tasks on Tokio.
//!
//! A [`Row`] is a piece of work with several contenders; one of them is the floor, the bare Tokio
//! code that a good engineer would write for it by hand. All contenders of a row run in one
//! process, on one runtime, taking turns round by round, so that whatever else the machine does
//! hits them alike. What is reported is the median, over the rounds, of a contender's time divided
//! by the floor's time *in the same round*.
//!
//! A [`HeapRow`] does the same for memory, with the counting allocator in [`heap`].
//!
//! The rows themselves are in `core/`: `main.rs` runs them, `smoke.rs` checks that each contender
//! does all of its work.

mod flavor;
pub mod heap;
mod heap_row;
pub mod jobs;
mod latch;
mod machine;
mod options;
mod program;
mod report;
mod rounds;
mod row;
mod stats;
mod table;
pub mod tally;

pub use flavor::{Flavor, Stage};
pub use heap_row::{HeapContender, HeapRow};
pub use latch::Latch;
pub use program::program;
pub use row::{Contender, Evidence, Role, Row, Target, Timed};
