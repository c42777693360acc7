//! Panics as values.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;

use crate::sync::lock;

/// What a task panicked with.
///
/// # Example
/// ```
/// use ayo::{TaskError, scope};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let message = scope!(|run| {
///     let risky = run.attempt(async { if true { panic!("no disk") }; Ok::<(), String>(()) });
///     match risky.await {
///         Err(TaskError::Panicked(panic)) => panic.message().to_owned(),
///         _ => String::new(),
///     }
/// }).await?;
/// assert_eq!(message, "no disk");
/// # Ok(()) }
/// ```
pub struct Panic {
    message: String,
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Panic {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        Self { message: Self::text(&*payload).to_owned(), payload: Mutex::new(Some(payload)) }
    }

    /// The text that a payload holds.
    pub(crate) fn text(payload: &(dyn Any + Send)) -> &str {
        payload
            .downcast_ref::<&'static str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a value that is no text")
    }

    /// What was said, for a payload that is a text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The payload, as [`std::thread::JoinHandle::join`] gives it.
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.take().expect("it is taken with the whole")
    }

    fn take(&self) -> Option<Box<dyn Any + Send>> {
        lock(&self.payload).take()
    }

    /// Lets the panic go on in this thread.
    pub fn resume(self) -> ! {
        resume_unwind(self.into_payload())
    }
}

impl Drop for Panic {
    /// A payload may have a destructor that panics. It is dropped where nobody expects that.
    fn drop(&mut self) {
        let payload = self.take();
        if let Err(another) = caught(|| drop(payload)) {
            std::mem::forget(another);
        }
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic").field("message", &self.message).finish_non_exhaustive()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.message)
    }
}

/// Runs `f`, and gives what it panicked with as a value.
///
/// That is sound for invariants since nothing that `f` touches is used after a panic but to drop it.
#[inline]
pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(f))
}
