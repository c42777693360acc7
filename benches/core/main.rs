//! Runs the rows: `cargo bench -p benches --bench core -- --help`.

mod memory;
mod rows;

use std::process::ExitCode;

use benches::heap::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    benches::program(&rows::all(), &memory::all())
}
