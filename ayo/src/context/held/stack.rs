//! `ExitStack`: managers and clean-up that come together as the program goes.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::enter::Enter;
use super::verdict::Verdict;
use crate::cancel::shield;
use crate::context::manager::{Frame, Lends, lend, whole};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::panic::{Panic, caught};
use crate::probe;
use crate::scope::future::BodyError;

/// Managers that are entered, and clean-up that is registered, as the program goes; it is left last in first out (Python's
/// `AsyncExitStack`).
///
/// `with!(stack = exit_stack() => ..)` leaves it at the end of the body, however that ends; see [`exit_stack`]. One that is
/// made by [`new`](Self::new) is left by [`close`](Self::close).
///
/// # Example
/// ```
/// use ayo::{ExitStack, actxmgr, manager};
///
/// actxmgr! {
///     async fn open(name: &'static str) -> String {
///         yield name.to_owned();
///         println!("{name} is closed");
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let mut stack = ExitStack::new();
/// let mut files = Vec::new();
/// for name in ["a", "b", "c"] {
///     files.push(stack.enter(manager!(open(name))).await?);
/// }
/// stack.defer(async { println!("first of all") });
/// assert_eq!(files, ["a", "b", "c"]);
/// stack.close().await?;
/// # Ok(()) }
/// ```
///
/// # Cancel safety
/// Dropped with something in it, it cannot clean up; a warning is traced then, for each. So is that of code which is cancelled
/// while it has one that was made by `new`: let `with!` hold it there.
#[derive(Default)]
#[must_use = "what is in a stack is left by `close().await`"]
pub struct ExitStack<'a> {
    entries: Vec<Box<dyn Exits + Send + 'a>>,
}

/// Something that can be left.
trait Exits {
    fn tell(&mut self, verdict: Verdict);
    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;
}

struct Entered<M>(M);

impl<M: Enter> Exits for Entered<M> {
    fn tell(&mut self, verdict: Verdict) {
        self.0.tell(verdict);
    }

    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_exit(cx)
    }
}

/// A future that runs at the exit.
struct Deferred<F> {
    future: Option<Pin<Box<F>>>,
    site: &'static Location<'static>,
}

impl<F: Future<Output: Outcome>> Exits for Deferred<F> {
    fn tell(&mut self, _: Verdict) {}

    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(future) = &mut self.future else { return Poll::Ready(Ok(())) };
        let polled = caught(|| future.as_mut().poll(cx));
        if let Ok(Poll::Pending) = polled {
            return Poll::Pending;
        }
        self.future = None;
        match polled {
            Ok(polled) => polled
                .map(|output| output.into_result().map(drop).map_err(|error| Error::failed(error.into()))),
            Err(payload) => resume_unwind(payload),
        }
    }
}

impl<F> Drop for Deferred<F> {
    fn drop(&mut self) {
        if self.future.is_some() {
            probe::leaked("ExitStack::defer", self.site);
        }
    }
}

impl<'a> ExitStack<'a> {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters a manager, and gives its value; it is left with the stack.
    ///
    /// # Errors
    /// That of the set-up. The stack is as before.
    ///
    /// # Cancel safety
    /// A set-up that is cut is dropped, and the stack is as before.
    pub async fn enter<M: Enter + Send + 'a>(&mut self, manager: M) -> Result<M::Value, Error> {
        let mut entered = Box::new(Entered(manager));
        let value = poll_fn(|cx| entered.0.poll_enter(cx)).await?;
        entered.0.settle();
        self.entries.push(entered);
        Ok(value)
    }

    /// Runs a future when the stack is left. Its output is an [`Outcome`]: an error is one of the tear-down.
    #[track_caller]
    pub fn defer(&mut self, future: impl Future<Output: Outcome> + Send + 'a) {
        self.entries.push(Box::new(Deferred { future: Some(Box::pin(future)), site: Location::caller() }));
    }

    /// How many there are to leave.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing to leave.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Leaves all that is in it, the last first. It is shielded: once begun, it comes to its end.
    ///
    /// # Errors
    /// The first error of a tear-down, with the later ones in its `others()`. Each is left, whatever the others come to; those
    /// that were entered before one that fails are told of its error.
    ///
    /// # Panics
    /// With the first panic of a tear-down, when all are left.
    pub async fn close(self) -> Result<(), Error> {
        shield(async move { self.leave(Verdict::Done).await }).await
    }

    /// Takes everything out into another stack, which is left at another time (Python's `pop_all`).
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    async fn leave(mut self, verdict: Verdict) -> Result<(), Error> {
        let mut leaving = Leaving { verdict, errors: Vec::new(), panic: None, told: false };
        poll_fn(|cx| leaving.poll(&mut self.entries, cx)).await;
        leaving.conclude()
    }
}

/// A stack that is being left.
struct Leaving {
    verdict: Verdict,
    errors: Vec<Error>,
    panic: Option<Box<dyn Any + Send>>,
    /// The last entry has its verdict.
    told: bool,
}

impl Leaving {
    fn poll(&mut self, entries: &mut Vec<Box<dyn Exits + Send + '_>>, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(last) = entries.last_mut() {
            if !std::mem::replace(&mut self.told, true) {
                last.tell(self.verdict.clone());
            }
            match caught(|| last.poll_exit(cx)) {
                Ok(polled) => self.note(ready!(polled)),
                Err(payload) => self.panicked(payload),
            }
            self.told = false;
            if let Err(payload) = caught(|| drop(entries.pop())) {
                self.panicked(payload);
            }
        }
        Poll::Ready(())
    }

    fn note(&mut self, state: Result<(), Error>) {
        let Err(error) = state else { return };
        let shared = Arc::new(error);
        self.errors.push(Error::shared(&shared));
        if let Verdict::Done = self.verdict {
            self.verdict = Verdict::Failed(shared);
        }
    }

    fn panicked(&mut self, payload: Box<dyn Any + Send>) {
        self.verdict = Verdict::Panicked;
        match &self.panic {
            None => self.panic = Some(payload),
            Some(_) => drop(Panic::new(payload)),
        }
    }

    fn conclude(self) -> Result<(), Error> {
        if let Some(payload) = self.panic {
            resume_unwind(payload);
        }
        Error::joined(self.errors).map_or(Ok(()), Err)
    }
}

/// A manager: an [`ExitStack`] that is left behind the body, however that ends.
///
/// The body must be `Send`.
///
/// # Example
/// ```
/// use ayo::{actxmgr, exit_stack, manager, with};
///
/// actxmgr! {
///     async fn open(name: &str) -> usize {
///         yield name.len();
///         println!("{name} is closed");
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let names = [String::from("a"), String::from("bcd")];
/// let sum = with!(stack = exit_stack() => {
///     let mut sum = 0;
///     for name in &names {
///         sum += stack.enter(manager!(open(name))).await?;
///     }
///     sum
/// }).await?;
/// assert_eq!(sum, 4);
/// # Ok(()) }
/// ```
#[track_caller]
pub fn exit_stack<'a, R>(
    body: impl AsyncFnOnce(&mut ExitStack<'a>) -> Result<R, BodyError> + for<'y> Lends<&'y mut ExitStack<'a>, R>,
) -> impl Future<Output = Result<R, Error>> {
    let site = Location::caller();
    async move {
        let mut frame = Frame::new(site);
        let end = frame
            .run("exit_stack", async {
                let mut stack = ExitStack::new();
                let (value, exit) = frame.body(lend(body, &mut stack)).await;
                stack.leave(frame.verdict(exit)).await.map_err(whole)?;
                Ok(value)
            })
            .await;
        frame.conclude(end).await
    }
}

impl fmt::Debug for ExitStack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitStack").field("len", &self.len()).finish()
    }
}
