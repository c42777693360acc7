//! What a program may return, and what it returns when something else decided its end.

use std::process::ExitCode;

use super::print;
use crate::error::Error;

/// What an `#[ayo::main]` function may return: `()`, [`ExitCode`], or a `Result<T, E>` of these with
/// `E: From<ayo::Error>`.
#[diagnostic::on_unimplemented(
    message = "a program cannot return `{Self}`",
    label = "neither `()`, `ExitCode`, nor a `Result` whose error takes an `ayo::Error`",
    note = "return `anyhow::Result<()>`, `Result<(), ayo::Error>`, `Result<(), Box<dyn std::error::Error + Send + Sync>>`, or implement `From<ayo::Error>` for your error"
)]
pub trait MainOutput: Sized {
    /// Whether this ends the program as a failure, so that its tasks are cancelled.
    #[doc(hidden)]
    fn is_failure(&self) -> bool;

    /// What to return when a task failed.
    #[doc(hidden)]
    fn failed(error: Error) -> Self;

    /// What to return when a signal cut this program, and the process goes on for others.
    #[doc(hidden)]
    fn cut(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl MainOutput for () {
    fn is_failure(&self) -> bool {
        false
    }

    fn failed(error: Error) -> Self {
        print::failure(&error);
        std::process::exit(1)
    }

    fn cut(_: Error) -> Self {}
}

#[diagnostic::do_not_recommend]
impl MainOutput for ExitCode {
    fn is_failure(&self) -> bool {
        false
    }

    fn failed(error: Error) -> Self {
        print::failure(&error);
        Self::FAILURE
    }

    fn cut(_: Error) -> Self {
        Self::FAILURE
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> MainOutput for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }

    fn failed(error: Error) -> Self {
        Err(error.into())
    }

    fn cut(error: Error) -> Self {
        Err(error.into())
    }
}
