//! `process`: a child process that is bound to its scope.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::process::ExitStatus;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::process::{Child, Command};

use crate::cancel::note::On;
use crate::cancel::{CancelRequested, Shield, ambient, cancelled, shield};
use crate::error::Error;
use crate::scope::core::Core;
use crate::scope::spawn::Order;
use crate::scope::{Collects, Scope};
use crate::sync::{AtomicBool, Ordering};
use crate::task::Task;

/// How long a process has between SIGTERM and SIGKILL, if no `cancel_timeout` leaves it less.
const GRACE: Duration = Duration::from_secs(10);

/// What [`Scope::process`] takes: a [`Command`] that it starts, or a [`Child`] that was started before.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no process",
    label = "expected a `tokio::process::Command` or `Child`",
    note = "a `std::process::Command` converts: `tokio::process::Command::from(command)`"
)]
pub trait Launch: Send + 'static {
    /// What the task is called.
    #[doc(hidden)]
    fn name(&self) -> String;

    /// The running process.
    #[doc(hidden)]
    fn launch(self) -> io::Result<Child>;

    /// What runs already, for one that will not be launched.
    #[doc(hidden)]
    fn running(self) -> Option<Child>;
}

#[diagnostic::do_not_recommend]
impl Launch for Command {
    fn name(&self) -> String {
        let program = std::path::Path::new(self.as_std().get_program());
        program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
    }

    fn launch(mut self) -> io::Result<Child> {
        let mut child = self.spawn()?;
        // nobody can get at them, so the process must not wait for what comes out of them
        drop((child.stdin.take(), child.stdout.take(), child.stderr.take()));
        Ok(child)
    }

    fn running(self) -> Option<Child> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl Launch for Child {
    fn name(&self) -> String {
        "process".to_owned()
    }

    fn launch(self) -> io::Result<Child> {
        Ok(self)
    }

    fn running(self) -> Option<Child> {
        Some(self)
    }
}

impl<C> Scope<C> {
    /// Runs a child process as a task of this scope, with the feature `process`. Its exit status is the task's value: one that
    /// is not 0 is no failure. That it cannot be started is one.
    ///
    /// Cancelled, the process gets SIGTERM, and SIGKILL if it is still there 10 s later; with a `cancel_timeout` (of this
    /// scope or of one around it) after three quarters of that, so that there is time left to see it end. The scope waits for
    /// the end and leaves no zombie. (On Windows it is killed at once. Processes that it has started itself are its own to end.)
    ///
    /// A [`Command`]'s standard input and output are inherited or go where the command says; pipes, which nobody could get
    /// at, are closed. To talk to a process, start it, take its pipes, and hand over the [`Child`].
    ///
    /// # Example
    /// ```
    /// use tokio::process::Command;
    /// # use std::process::Stdio; use tokio::io::AsyncReadExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// ayo::scope!(|run| {
    ///     let mut check = Command::new("sh");
    ///     check.args(["-c", "exit 3"]);
    ///     assert_eq!(run.process(check).await?.code(), Some(3));
    ///
    ///     let mut child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    ///     let mut output = child.stdout.take().expect("it is piped");
    ///     let status = run.process(child);
    ///     let mut text = String::new();
    ///     output.read_to_string(&mut text).await?;
    ///     assert_eq!(text, "hello\n");
    ///     assert!(status.await?.success());
    /// }).await
    /// # }
    /// ```
    ///
    /// # Panics
    /// At the caller, where there is no Tokio runtime.
    #[track_caller]
    pub fn process<L: Launch>(&self, process: L) -> Task<ExitStatus>
    where
        C: Collects<ExitStatus>,
    {
        let mut order = Order::plain().keep(<C as Collects<ExitStatus>>::KEEPS);
        order.extra.get_or_insert_default().name = Some(process.name().into());
        let told = Arc::new(AtomicBool::new(false));
        let bound = Bound { launch: Some(process), core: Arc::clone(self.core()) };
        let life = supervise(bound, Arc::clone(&told));
        self.core().spawn(Process { shield: shield(life), asked: cancelled(), told }, order)
    }
}

pin_project! {
    /// The life of a process in a shield, which is told of a request to end by a flag.
    struct Process<S> {
        #[pin]
        shield: Shield<S>,
        #[pin]
        asked: CancelRequested,
        told: Arc<AtomicBool>,
    }
}

impl<S: Future<Output = io::Result<ExitStatus>>> Future for Process<S> {
    type Output = io::Result<ExitStatus>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !this.told.load(Ordering::Relaxed) && this.asked.poll(cx).is_ready() {
            this.told.store(true, Ordering::Relaxed);
        }
        this.shield.poll(cx)
    }
}

/// A process that is bound to a scope before its task runs.
struct Bound<L: Launch> {
    launch: Option<L>,
    core: Arc<Core>,
}

impl<L: Launch> Drop for Bound<L> {
    /// A task that is cancelled before its first poll is dropped, and a process that was handed over may run all the same: then
    /// the scope waits for the end of that.
    fn drop(&mut self) {
        let Some(child) = self.launch.take().and_then(Launch::running) else { return };
        let process = Running { child, core: Arc::clone(&self.core) };
        let held = self.core.adopt().then(|| Adopted(Arc::clone(&self.core)));
        self.core.runtime().spawn(async move {
            let _held = held;
            let mut process = process;
            if let Err(error) = process.end().await {
                process.core.contain(Error::failed(error.into()));
            }
        });
    }
}

/// Holds a scope open for a process that has no task.
struct Adopted(Arc<Core>);

impl Drop for Adopted {
    fn drop(&mut self) {
        self.0.release_adopted();
    }
}

/// A process that does not outlive this.
struct Running {
    child: Child,
    core: Arc<Core>,
}

impl Drop for Running {
    /// Not waited for to its end: it is killed, and Tokio sees to it that no zombie stays.
    fn drop(&mut self) {
        let _ = self.child.start_kill();
    }
}

impl Running {
    /// Ends it: SIGTERM, then SIGKILL.
    async fn end(&mut self) -> io::Result<ExitStatus> {
        terminate(&mut self.child)?;
        if let Ok(status) = tokio::time::timeout(grace(&self.core), self.child.wait()).await {
            return status;
        }
        self.child.start_kill()?;
        self.child.wait().await
    }
}

/// Runs a process to its end. It is polled again when the flag changes.
async fn supervise(mut bound: Bound<impl Launch>, told: Arc<AtomicBool>) -> io::Result<ExitStatus> {
    let launch = bound.launch.take().expect("launched once");
    let mut process = Running { child: launch.launch()?, core: Arc::clone(&bound.core) };
    match until_told(&mut process.child, &told).await {
        Some(status) => status,
        None => process.end().await,
    }
}

/// Waits for the end of a process; `None`: it is to be ended.
async fn until_told(child: &mut Child, told: &AtomicBool) -> Option<io::Result<ExitStatus>> {
    let id = child.id();
    let mut end = pin!(child.wait());
    poll_fn(|cx| match end.as_mut().poll(cx) {
        Poll::Ready(status) => Poll::Ready(Some(status)),
        Poll::Pending if told.load(Ordering::Relaxed) => Poll::Ready(None),
        Poll::Pending => {
            if let Some(id) = id {
                ambient::waits(On::process(id));
            }
            Poll::Pending
        }
    })
    .await
}

/// How long a process has after SIGTERM.
fn grace(core: &Core) -> Duration {
    core.tightest_cancel_timeout().map_or(GRACE, |limit| GRACE.min(limit * 3 / 4))
}

#[cfg(unix)]
fn terminate(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};

    // It has not been waited for, so the number is still its own.
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    id.map_or(Ok(()), |id| kill_process(id, Signal::TERM).map_err(io::Error::from))
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) -> io::Result<()> {
    child.start_kill()
}
