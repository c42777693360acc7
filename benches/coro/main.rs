//! Coroutines beside what they are alternatives to: `cargo bench -p benches --bench coro -- --help`.

mod rows;

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::program(&rows::all(), &[])
}
