//! `start`: a task that says when it is ready (Trio's `nursery.start`).

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::core::Core;
use super::handle::Scope;
use super::spawn::{Order, TaskFuture};
use crate::BoxError;
use crate::cancel::domain::{Fault, Node, report};
use crate::cancel::note::On;
use crate::cancel::{ambient, cancelled, shield};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::panic::{Panic, caught};
use crate::sync::{AtomicBool, Ordering};
use crate::task::cell::Cell;
use crate::task::{Cancelled, Task};

/// Says that a task is ready: what the closure of [`Scope::start`] gets.
///
/// It is used up by [`ok`](Ready::ok), so that a task is ready once:
///
/// ```compile_fail,E0382
/// # async fn example(run: &ayo::Scope) {
/// let started = run.start(|ready| async move {
///     ready.ok(1);
///     ready.ok(2);
/// });
/// # let _ = started.await;
/// # }
/// ```
///
/// The task keeps it until then: one that drops it, or that does not move it into its future, is not ready any more.
pub struct Ready<T, E> {
    cell: Arc<StartCell<T, E>>,
    gone: Arc<AtomicBool>,
}

type StartCell<T, E> = Cell<Result<T, StartError<E>>>;

impl<T, E> Ready<T, E> {
    /// The task is ready: whoever has started it goes on with this value, and the task goes on in the scope.
    pub fn ok(self, value: T) {
        drop(self.cell.put(Ok(value)));
    }
}

impl<T, E> Drop for Ready<T, E> {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

impl<T, E> fmt::Debug for Ready<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

/// Why a task did not become ready.
#[derive(Debug)]
pub enum StartError<E> {
    /// It returned this error before.
    Failed(E),
    /// It panicked before.
    Panicked(Panic),
    /// It was cancelled before.
    Cancelled(Cancelled),
    /// It ended, or dropped its [`Ready`], without having called [`ok`](Ready::ok).
    NotReady,
}

impl<E: fmt::Display> fmt::Display for StartError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(panic) => panic.fmt(f),
            Self::Cancelled(cancelled) => cancelled.fmt(f),
            Self::NotReady => f.write_str("the task ended without calling `ready.ok(..)`"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for StartError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked(_) | Self::Cancelled(_) | Self::NotReady => None,
        }
    }
}

impl<E: Into<BoxError>> From<StartError<E>> for Error {
    /// For an `E` that is no [`std::error::Error`] itself, and so does not go on by `?` in the body of a scope: an
    /// `anyhow::Error`.
    fn from(error: StartError<E>) -> Self {
        match error {
            StartError::Failed(error) => Self::failed(error.into()),
            StartError::Panicked(panic) => Self::panicked(&panic),
            StartError::Cancelled(cancelled) => cancelled.into(),
            StartError::NotReady => Self::failed(StartError::<Self>::NotReady.into()),
        }
    }
}

impl<C> Scope<C> {
    /// Starts a task and waits until it says that it is ready, with a value; then it goes on in the scope (Trio's
    /// `nursery.start`).
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// use tokio::net::TcpListener;
    ///
    /// ayo::scope!(|run| {
    ///     let server = run.start(|ready| async move {
    ///         let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///         ready.ok(listener.local_addr()?.port());
    ///         loop { listener.accept().await?; }
    ///         #[allow(unreachable_code)]
    ///         Ok::<(), std::io::Error>(())
    ///     });
    ///     let port = server.await?;                    // it listens, on this port
    ///     assert_ne!(port, 0);
    ///     run.cancel();
    /// }).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StartError`]: what goes wrong before the task is ready comes out here alone. Later it is the scope's, as for any task.
    ///
    /// # Panics
    /// Where there is no Tokio runtime.
    ///
    /// # Cancel safety
    /// If whoever waits is cancelled before the task is ready, the task is cancelled too, and has ended before the canceller goes
    /// on. Dropped from outside, the task is cancelled, and the scope waits for it. Either way, what goes wrong in it from then
    /// on is the scope's.
    #[track_caller]
    pub fn start<M, F, T>(
        &self,
        make: M,
    ) -> impl Future<Output = Result<T, StartError<<F::Out as Outcome>::Error>>> + use<M, F, T, C>
    where
        M: FnOnce(Ready<T, <F::Out as Outcome>::Error>) -> F,
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        T: Send + 'static,
    {
        let (cell, gone) = (Cell::new(), Arc::<AtomicBool>::default());
        let future = make(Ready { cell: Arc::clone(&cell), gone: Arc::clone(&gone) });
        let starting = Starting { future: Some(future), cell: Arc::clone(&cell), gone };
        let task = self.core().spawn(starting, Order::plain());
        Waiting { task, core: Arc::clone(self.core()), cell, is_over: false }.wait()
    }
}

pin_project! {
    /// The task: before it is ready, what it comes to is the starter's.
    struct Starting<F, T, E> {
        #[pin]
        future: Option<F>,
        cell: Arc<StartCell<T, E>>,
        gone: Arc<AtomicBool>,
    }
}

impl<F, T, E> Future for Starting<F, T, E>
where
    F: Future<Output: Outcome<Error = E>>,
    E: Into<BoxError>,
{
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        let mut this = self.project();
        let polled = caught(|| {
            let running = this.future.as_mut().as_pin_mut().expect("polled after its end");
            let output = ready!(running.poll(cx));
            this.future.set(None);
            Poll::Ready(output.into_result())
        });
        let end = match polled {
            Ok(Poll::Ready(Ok(_))) => StartError::NotReady,
            Ok(Poll::Ready(Err(error))) => StartError::Failed(error),
            Err(payload) => StartError::Panicked(Panic::new(payload)),
            Ok(Poll::Pending) => {
                if this.gone.load(Ordering::Relaxed) {
                    drop(this.cell.put(Err(StartError::NotReady)));
                }
                return Poll::Pending;
            }
        };
        match this.cell.put(Err(end)) {
            Some(Err(StartError::Failed(error))) => Poll::Ready(Err(error)),
            Some(Err(StartError::Panicked(panic))) => panic.resume(),
            _ => Poll::Ready(Ok(())),
        }
    }
}

/// Whoever has started it.
struct Waiting<T, E: Into<BoxError>> {
    task: Task<()>,
    core: Arc<Core>,
    cell: Arc<StartCell<T, E>>,
    is_over: bool,
}

impl<T, E: Into<BoxError>> Waiting<T, E> {
    /// Asked to end, it has the task end first.
    async fn wait(mut self) -> Result<T, StartError<E>> {
        let this = &mut self;
        let mut asked = pin!(cancelled());
        let is_asked = poll_fn(|cx| match this.poll_ready(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => {
                let asked = asked.as_mut().poll(cx).map(|()| None);
                ambient::waits(On::ready(this.core.domain(), this.task.id()));
                asked
            }
        });
        if let Some(result) = is_asked.await {
            return result;
        }
        this.give_up();
        shield(async {
            let _ = (&mut this.task).await;
        })
        .await;
        std::future::pending().await
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, StartError<E>>> {
        if let Poll::Ready(Some(result)) = self.cell.poll(cx) {
            self.is_over = result.is_ok();
            return Poll::Ready(result);
        }
        let ended = ready!(Pin::new(&mut self.task).poll(cx));
        self.is_over = true;
        let last = match self.cell.poll(cx) {
            Poll::Ready(Some(result)) => return Poll::Ready(result),
            _ => ended.map_or_else(StartError::Cancelled, |()| StartError::NotReady),
        };
        Poll::Ready(Err(last))
    }
}

impl<T, E: Into<BoxError>> Waiting<T, E> {
    /// Nobody waits for it any more: it is to end, and what goes wrong in it is the scope's.
    fn give_up(&mut self) {
        self.is_over = true;
        self.task.cancel();
        let fault = match self.cell.close() {
            Some((Err(StartError::Failed(error)), _)) => Fault::Error(error.into()),
            Some((Err(StartError::Panicked(panic)), _)) => Fault::Panic(panic.into_payload()),
            _ => return,
        };
        report(&self.core.as_node().into(), fault);
    }
}

impl<T, E: Into<BoxError>> Drop for Waiting<T, E> {
    fn drop(&mut self) {
        if !self.is_over {
            self.give_up();
        }
    }
}
