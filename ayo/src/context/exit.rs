//! How the code before a clean-up ended.

use crate::error::Error;

/// How the code that a clean-up belongs to has ended.
///
/// # Example
/// ```
/// use ayo::Exit;
///
/// fn to_do(exit: Exit<'_>) -> &'static str {
///     match exit {
///         Exit::Done => "commit",
///         Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => "roll back",
///     }
/// }
/// assert_eq!(to_do(Exit::Done), "commit");
/// assert_eq!(to_do(Exit::Cancelled), "roll back");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Exit<'a> {
    /// It reached its end.
    Done,
    /// It failed with this error, which goes on when the clean-up has ended.
    Failed(&'a Error),
    /// It was cancelled, and has been dropped.
    Cancelled,
    /// It panicked; the panic goes on when the clean-up has ended.
    Panicked,
}

impl Exit<'_> {
    /// Whether it reached its end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}
