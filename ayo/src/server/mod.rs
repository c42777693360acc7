//! Servers: several workers behind one listening socket, each a process or a thread of its own, and a master that watches
//! over them.
//!
//! # Invariants
//!
//! 1. The master holds every listening socket from the first request for it to its own end, so that what clients have
//!    begun waits for the next worker, whichever it is.
//! 2. Every worker that is begun is waited for: the master returns when none is left.
//! 3. The master has one list of workers and one loop (`master.rs`); what a worker is (`process.rs`, `thread.rs`) it does not
//!    know.
//! 4. A worker is a program whose signals come by `mail.rs`; how it stops is the business of `program/ladder.rs`.
//!
//! A worker process is the same executable, started anew: nothing is forked that has threads. What stands before
//! [`Server::run`] is repeated there, up to the call, which then does not return.
//!
//! The idea, and `extra` and `main_context`, are those of aiotools' `start_server`.

mod context;
pub(crate) mod mail;
mod main_context;
mod master;
#[cfg(unix)]
mod process;
mod sockets;
mod thread;
#[cfg(unix)]
mod wire;
mod worker;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::BoxError;
use crate::duration::{IntoDuration, checked};
use crate::error::Error;
use crate::outcome::Outcome;

pub use main_context::MainContext;
pub use worker::Worker;

use main_context::MainFn;

/// How long a worker may take to end by itself.
const WAIT: Duration = Duration::from_secs(10);

/// What a worker runs.
type WorkerFn = Arc<dyn Fn(Worker) -> Pin<Box<dyn Future<Output = Result<(), BoxError>>>> + Send + Sync>;

/// A server with options, made by [`serve`].
#[must_use = "a server starts with `.run()`"]
pub struct Server {
    work: WorkerFn,
    workers: usize,
    extra: Vec<WorkerFn>,
    threads: bool,
    restart: bool,
    wait_timeout: Duration,
    main: Option<MainFn>,
}

/// A server whose workers run `worker`: what [`server!`](crate::server!) makes, or any async function of a [`Worker`].
///
/// # Example
/// ```
/// use ayo::{Scope, Signal, Worker, server};
/// # use tokio::net::TcpListener;
/// /// A task for each connection; no new ones once it is asked to stop.
/// async fn accept(run: Scope, listener: TcpListener) -> std::io::Result<()> {
///     loop {
///         tokio::select! {
///             connection = listener.accept() => {
///                 let (mut stream, _) = connection?;
///                 run.spawn(async move {
///                     let (mut from, mut to) = stream.split();
///                     tokio::io::copy(&mut from, &mut to).await.map(drop)
///                 });
///             }
///             () = run.stopping() => return Ok(()),
///         }
///     }
/// }
///
/// server! {
///     /// Answers with what it is asked.
///     async fn echo(worker: Worker) {
///         let listener = worker.listener("127.0.0.1:0")?;
///         let run = worker.scope();
///         run << accept(run.clone(), listener);
///         let signal: Signal = yield;                // it is ready; this waits until it is to stop
///         println!("worker {} stops for {signal}", worker.index());
///     }
/// }
///
/// # fn start() -> Result<(), ayo::Error> {
/// ayo::serve(echo).workers(2).restart().run()
/// # }
/// ```
pub fn serve<F, O>(worker: F) -> Server
where
    F: AsyncFn(Worker) -> O + Send + Sync + 'static,
    O: Outcome<Value = ()>,
{
    Server {
        work: worker_fn(worker),
        workers: 1,
        extra: Vec::new(),
        threads: false,
        restart: false,
        wait_timeout: WAIT,
        main: None,
    }
}

fn worker_fn<F, O>(work: F) -> WorkerFn
where
    F: AsyncFn(Worker) -> O + Send + Sync + 'static,
    O: Outcome<Value = ()>,
{
    let work = Arc::new(work);
    Arc::new(move |worker| {
        let work = Arc::clone(&work);
        Box::pin(async move { work(worker).await.into_result().map_err(Into::into) })
    })
}

impl Server {
    /// So many workers; 1 if it is not said.
    ///
    /// # Panics
    /// At the caller, for 0.
    #[track_caller]
    pub fn workers(mut self, workers: usize) -> Self {
        assert!(workers > 0, "`workers(0)` would let nobody serve");
        self.workers = workers;
        self
    }

    /// Workers are threads of this process, each with a current-thread runtime, and not processes.
    pub fn threads(mut self) -> Self {
        self.threads = true;
        self
    }

    /// A worker that ends or crashes after it was ready is replaced: at once, and if it goes on like that, after a
    /// time that doubles from 100 ms to 10 s. It is reported in any case.
    pub fn restart(mut self) -> Self {
        self.restart = true;
        self
    }

    /// How long a worker may take to end after it was asked to (seconds, or a `Duration`; 10 seconds if it is not said).
    /// Then its scope is cancelled, which has a second to clean up; then it is killed.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn wait_timeout(mut self, limit: impl IntoDuration) -> Self {
        self.wait_timeout = checked(limit);
        self
    }

    /// One more worker, which runs something else: a scheduler, a collector of figures. Its index is behind the others'.
    pub fn extra<F, O>(mut self, worker: F) -> Self
    where
        F: AsyncFn(Worker) -> O + Send + Sync + 'static,
        O: Outcome<Value = ()>,
    {
        self.extra.push(worker_fn(worker));
        self
    }

    /// Runs `main` around the workers, in the master alone: it sets up, calls [`MainContext::serve`] with a value for the
    /// workers, and cleans up when that returns.
    ///
    /// # Example
    /// ```no_run
    /// # async fn work(worker: ayo::Worker) -> Result<(), ayo::Error> {
    /// #     let token: String = worker.context()?; worker.ready().await; Ok(()) }
    /// # fn main() -> Result<(), ayo::Error> {
    /// ayo::serve(work)
    ///     .main_context(async |main| {
    ///         let token = String::from("made once, for all workers");
    ///         main.serve(&token).await
    ///     })
    ///     .run()
    /// # }
    /// ```
    pub fn main_context<F, E>(mut self, main: F) -> Self
    where
        F: AsyncFnOnce(MainContext) -> Result<(), E> + 'static,
        E: Into<BoxError>,
    {
        self.main = Some(main_context::main_fn(main));
        self
    }

    /// Runs the server until it is asked to end, or no worker is left.
    ///
    /// SIGINT and SIGTERM stop every worker, and a second one kills them; SIGHUP replaces them one after the other, each new one
    /// being ready before the old one is asked to end, so that no connection is dropped.
    ///
    /// In a worker process this call does not return. What stands before it runs there, too; what is expensive
    /// belongs into [`main_context`](Self::main_context).
    ///
    /// # Errors
    /// A worker that fails before it is ready ends the server, and is its error. So is what workers fail with when they
    /// end, one that had to be killed, and that none is left.
    ///
    /// # Panics
    /// Inside of a Tokio runtime.
    pub fn run(self) -> Result<(), Error> {
        #[cfg(unix)]
        if let Some(end) = process::as_worker(&self) {
            return end;
        }
        master::run(self)
    }

    /// What the worker with this index runs.
    fn work_of(&self, index: usize) -> Option<&WorkerFn> {
        if index < self.workers { Some(&self.work) } else { self.extra.get(index - self.workers) }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("workers", &self.workers)
            .field("extra", &self.extra.len())
            .field("threads", &self.threads)
            .field("restart", &self.restart)
            .field("wait_timeout", &self.wait_timeout)
            .finish_non_exhaustive()
    }
}
