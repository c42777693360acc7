#![forbid(unsafe_code)]
#![deny(warnings)]

use std::process::ExitCode;

/// With a comment.
#[ayo::main(flavor = "current_thread", supervise, on_error = |error| eprintln!("{error}"))]
#[allow(clippy::unused_async)]
async fn main() -> ExitCode {
    ExitCode::SUCCESS
}
