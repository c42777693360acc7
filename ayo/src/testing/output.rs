//! What a test may return.

use std::fmt::Debug;
use std::process::ExitCode;

/// What an `#[ayo::test]` function may return: `()`, [`ExitCode`], or a `Result` whose error is `Debug`.
#[diagnostic::on_unimplemented(
    message = "a test cannot return `{Self}`",
    label = "neither `()`, `ExitCode`, nor a `Result` whose error is `Debug`",
    note = "return `Result<(), ayo::BoxError>`, or nothing"
)]
pub trait TestOutput {
    /// What it failed with, if it did.
    #[doc(hidden)]
    fn failure(&self) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl TestOutput for () {
    fn failure(&self) -> Option<String> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl TestOutput for ExitCode {
    fn failure(&self) -> Option<String> {
        (*self != Self::SUCCESS).then(|| format!("{self:?}"))
    }
}

#[diagnostic::do_not_recommend]
impl<T: TestOutput, E: Debug> TestOutput for Result<T, E> {
    fn failure(&self) -> Option<String> {
        match self {
            Ok(output) => output.failure(),
            Err(error) => Some(format!("{error:?}")),
        }
    }
}
