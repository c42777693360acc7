//! `Generator`: code that gives many values, one when one is asked for.

mod channel;
mod emit;
mod handle;
mod stream;

pub use emit::{Emit, EmitError, Emitter};
pub use handle::{Generator, Next};
pub use stream::Streams;
