//! The one error of a scope, with what came beside it.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::BoxError;
use crate::cancel::Reason;
use crate::panic::Panic;
use crate::task::Cancelled;

/// Why a scope failed: the first failure, what it came from, and every later one.
///
/// `{}` is one line. `{:#}` and `{:?}` print the chain of sources and the others too. It converts into `anyhow`,
/// `eyre` and `Box<dyn Error>` by `?`, and into `miette` with the feature of that name.
///
/// # Example
/// ```
/// use ayo::{ErrorKind, scope};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// async fn parse(text: &'static str) -> Result<u32, std::num::ParseIntError> { text.parse() }
///
/// let error = scope!(name = "numbers" => |run| { run << parse("seven"); }).await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Failed);
/// assert_eq!(error.task().unwrap().path(), "numbers/parse #1");
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// assert_eq!(error.to_string(), "numbers/parse #1: invalid digit found in string");
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    text: Option<String>,
    source: Option<BoxError>,
    task: Option<TaskInfo>,
    others: Vec<Error>,
    /// It was made of what a block failed with, on its way out of that block: whoever takes it further takes it as it is.
    is_passing: bool,
}

/// What kind of end an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A task returned an error, or `?` in the body did.
    Failed,
    /// A task or the body panicked. Only in reports: a scope that is awaited resumes the panic.
    Panicked,
    /// The time was up.
    TimedOut,
    /// It was cancelled before it had a value.
    Cancelled,
    /// Clean-up took longer than `cancel_timeout` allows, and was dropped by force.
    Abandoned,
}

/// Which task it was.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: u32,
    pub(crate) location: &'static Location<'static>,
}

impl TaskInfo {
    /// Its name: the one given, else that of its function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it hangs in the tree, from the outermost scope that has a name: `main/crawl/fetch #12`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its number within its scope, in the order of spawning, from 1.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Where it was spawned.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Display for TaskInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Drop for Inner {
    /// Takes the chain of errors of nested scopes apart link by link: a deep tree is no deep recursion.
    fn drop(&mut self) {
        let mut next = self.source.take();
        while let Some(source) = next {
            next = source.downcast::<Error>().ok().and_then(|mut error| error.0.source.take());
        }
    }
}

impl Error {
    fn new(kind: ErrorKind, text: Option<String>, source: Option<BoxError>) -> Self {
        Self(Box::new(Inner { kind, text, source, task: None, others: Vec::new(), is_passing: false }))
    }

    /// What a task or body returned. A [`Cancelled`] that was passed on stays a cancellation.
    pub(crate) fn failed(source: BoxError) -> Self {
        match source.downcast::<Self>() {
            Ok(mut error) if error.0.is_passing => {
                error.0.is_passing = false;
                *error
            }
            Ok(nested) => Self::made_of(nested),
            Err(source) => Self::made_of(source),
        }
    }

    fn made_of(source: BoxError) -> Self {
        let kind = if source.is::<Cancelled>() { ErrorKind::Cancelled } else { ErrorKind::Failed };
        Self::new(kind, None, Some(source))
    }

    pub(crate) fn panicked(panic: &Panic) -> Self {
        Self::new(ErrorKind::Panicked, Some(panic.to_string()), None)
    }

    pub(crate) fn timed_out(text: String) -> Self {
        Self::new(ErrorKind::TimedOut, Some(text), None)
    }

    pub(crate) fn cancelled(reason: &Reason) -> Self {
        Self::new(ErrorKind::Cancelled, Some(format!("cancelled: {reason}")), None)
    }

    pub(crate) fn abandoned(text: String) -> Self {
        crate::probe::abandoned(&text);
        Self::new(ErrorKind::Abandoned, Some(text), None)
    }

    /// Of a block that it passes through: in the code around, it stands for what it was made of.
    #[must_use]
    pub(crate) fn passing(mut self) -> Self {
        self.0.is_passing = true;
        self
    }

    /// What a passing error was made of, if nothing was added to it.
    pub(crate) fn unmade(mut self) -> Result<BoxError, Self> {
        if !self.0.is_passing || !self.0.others.is_empty() {
            return Err(self);
        }
        self.0.source.take().ok_or(self)
    }

    /// For the hook that hears of a frame that was dropped from outside.
    pub(crate) fn leaked(text: String) -> Self {
        Self::new(ErrorKind::Abandoned, Some(text), None)
    }

    #[must_use]
    pub(crate) fn of_task(mut self, task: Option<TaskInfo>) -> Self {
        self.0.task = task;
        self
    }

    #[must_use]
    pub(crate) fn beside(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        self.0.others.extend(others);
        self
    }

    /// This one and the others, each by itself.
    pub(crate) fn apart(mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.0.others);
        std::iter::once(self).chain(others).collect()
    }

    /// Another error for the same failure, for where two places tell of it.
    pub(crate) fn shared(error: &Arc<Self>) -> Self {
        Self::new(error.kind(), None, Some(Box::new(Shared(Arc::clone(error)))))
    }

    /// The first of some errors, with the rest beside it.
    pub(crate) fn joined(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let first = errors.next()?;
        Some(first.beside(errors))
    }

    /// What it came from, and the errors beside it.
    pub(crate) fn into_parts(mut self) -> (Option<BoxError>, Vec<Self>) {
        (self.0.source.take(), std::mem::take(&mut self.0.others))
    }

    /// What kind of end it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The task that failed; `None` for the body and for the scope as a whole.
    #[must_use]
    pub fn task(&self) -> Option<&TaskInfo> {
        self.0.task.as_ref()
    }

    /// Every later error of the scope, in order. For an abandoned one, what had led to the clean-up is the first.
    #[must_use]
    pub fn others(&self) -> &[Error] {
        &self.0.others
    }

    /// The error of type `E` that this one was made from, through any number of scopes and sources.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        let mut next = self.source();
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<E>() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(task) = &self.0.task {
            write!(f, "{}: ", task.path)?;
        }
        match (&self.0.text, &self.0.source) {
            (Some(text), _) => f.write_str(text),
            (None, Some(source)) => write!(f, "{source}"),
            (None, None) => write!(f, "{:?}", self.0.kind),
        }
    }

    /// The line, its chain, and the others, each further in.
    fn report(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let pad = " ".repeat(indent);
        self.line(f)?;
        if let Some(task) = &self.0.task {
            write!(f, "\n{pad}  spawned at {}", task.location)?;
        }
        let shown =
            if self.0.text.is_some() { self.source() } else { self.source().and_then(StdError::source) };
        let mut next = shown;
        while let Some(error) = next {
            write!(f, "\n{pad}  caused by: {error}")?;
            next = error.source();
        }
        for other in &self.0.others {
            write!(f, "\n{pad}  beside it: ")?;
            other.report(f, indent + 2)?;
        }
        Ok(())
    }
}

/// An error that somebody else has, too.
#[derive(Debug)]
struct Shared(Arc<Error>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.line(f)
    }
}

impl StdError for Shared {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<Cancelled> for Error {
    /// The news that a task has no value, as an error of a function that passes it on.
    fn from(cancelled: Cancelled) -> Self {
        Self::failed(cancelled.into())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

/// With the feature `miette`.
#[cfg(feature = "miette")]
impl miette::Diagnostic for Error {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("ayo::{:?}", self.0.kind)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { self.report(f, 0) } else { self.line(f) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report(f, 0)
    }
}
