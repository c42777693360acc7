//! How the body of a held manager ended, told by whoever holds it.

use std::fmt;
use std::sync::Arc;

use crate::context::Exit;
use crate::error::Error;

/// What a held manager is told at its exit. Unless it is `Done`, it goes through the manager as the error of the body.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The body reached its end.
    Done,
    /// It failed with this.
    Failed(Arc<Error>),
    /// It was cancelled.
    Cancelled,
    /// It panicked.
    Panicked,
}

impl Verdict {
    /// What the code behind a `yield` is told of a body that failed with `error`.
    pub(crate) fn exit(error: &Arc<Error>) -> Exit<'_> {
        match error.downcast_ref::<Self>() {
            None => Exit::Failed(error),
            Some(Self::Failed(error)) => Exit::Failed(error),
            Some(Self::Cancelled) => Exit::Cancelled,
            Some(Self::Panicked) => Exit::Panicked,
            Some(Self::Done) => Exit::Done,
        }
    }

    /// What is news in the error of a manager: whoever told it a verdict knows that. What is left is of its tear-down.
    pub(crate) fn beyond(error: Error) -> Option<Error> {
        let mut errors = Vec::new();
        gather(error, &mut errors);
        Error::joined(errors)
    }
}

/// Takes an error apart as far as it tells of a verdict.
fn gather(error: Error, errors: &mut Vec<Error>) {
    if error.downcast_ref::<Verdict>().is_none() {
        errors.push(error);
        return;
    }
    let (source, others) = error.into_parts();
    if let Some(inner) = source.and_then(|source| source.downcast::<Error>().ok()) {
        gather(*inner, errors);
    }
    errors.extend(others);
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Failed(error) => error.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Panicked => f.write_str("panicked"),
        }
    }
}

impl std::error::Error for Verdict {}
