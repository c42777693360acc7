//! A worker, as its own code sees it.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::net::TcpListener;

use super::mail::Mail;
use super::{WorkerFn, context, sockets};
use crate::BoxError;
use crate::error::Error;
use crate::program::{Program, Signal, program, run};
use crate::scope::{Scope, scope};
use crate::sync::{AtomicUsize, Ordering};

/// What a worker needs from its master.
pub(super) trait Home: Send + Sync {
    /// A listening socket.
    fn listener(&self, addresses: &[SocketAddr]) -> io::Result<StdListener>;

    /// Tells that it is ready.
    fn ready(&self);
}

/// One of the workers of a server.
///
/// # Example
/// ```no_run
/// use ayo::Worker;
///
/// async fn work(worker: Worker) -> std::io::Result<()> {
///     let listener = worker.listener("127.0.0.1:8080")?;
///     println!("worker {} serves {}", worker.index(), listener.local_addr()?);
///     let signal = worker.ready().await;
///     println!("and ends for {signal}");
///     Ok(())
/// }
/// # fn main() -> Result<(), ayo::Error> {
/// ayo::serve(work).workers(4).run()
/// # }
/// ```
pub struct Worker {
    index: usize,
    scope: Scope,
    mail: Mail,
    /// How many signals it was given.
    read: AtomicUsize,
    home: Arc<dyn Home>,
    context: Arc<[u8]>,
}

impl Clone for Worker {
    /// Each clone is given the signals on its own.
    fn clone(&self) -> Self {
        Self {
            index: self.index,
            scope: self.scope.clone(),
            mail: self.mail.clone(),
            read: AtomicUsize::new(self.read.load(Ordering::Relaxed)),
            home: Arc::clone(&self.home),
            context: Arc::clone(&self.context),
        }
    }
}

impl Worker {
    /// Which one it is, from 0; extra ones come behind the others. One that replaces another has the same.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The scope of the worker: it is stopped with the first signal, its tasks are awaited after the worker's function,
    /// and it is cancelled after `wait_timeout`.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The listening socket for this address. The server has one, which its workers share: each connection is accepted by
    /// one of them.
    ///
    /// # Errors
    /// If the address cannot be resolved or had.
    ///
    /// # Panics
    /// Outside of a Tokio runtime with I/O.
    pub fn listener(&self, address: impl ToSocketAddrs) -> io::Result<TcpListener> {
        TcpListener::from_std(self.home.listener(&sockets::resolve(address)?)?)
    }

    /// What [`MainContext::serve`](super::MainContext::serve) was given.
    ///
    /// # Errors
    /// If there is none, or it is of another type.
    pub fn context<T: DeserializeOwned>(&self) -> Result<T, Error> {
        context::from_bytes(&self.context)
    }

    /// Tells that the worker is ready to serve, and waits until it is to end: what `yield` is in [`server!`](crate::server!).
    ///
    /// Called again, it waits for the next signal; that is the one at which the worker is cancelled, with one more turn for the
    /// code that waits here. A clone that was made before the first one is given that too, so several tasks may wait.
    ///
    /// # Cancel safety
    /// It holds nothing: a signal counts as given when this is ready.
    pub async fn ready(&self) -> Signal {
        self.home.ready();
        let mut reader = self.mail.reader(self.read.load(Ordering::Relaxed));
        let signal = poll_fn(|cx| reader.poll(cx)).await;
        self.read.fetch_max(reader.next(), Ordering::Relaxed);
        signal
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("index", &self.index).finish_non_exhaustive()
    }
}

/// What a worker is made of, before it runs.
pub(super) struct Seed {
    pub(super) index: usize,
    pub(super) mail: Mail,
    pub(super) home: Arc<dyn Home>,
    pub(super) context: Arc<[u8]>,
    pub(super) wait_timeout: Duration,
}

/// Runs a worker to its end: a program whose signals are its mail. `beside` runs in its scope, too.
pub(super) fn work(work: &WorkerFn, seed: Seed, beside: impl FnOnce(&Scope)) -> Result<(), BoxError> {
    let Seed { index, mail, home, context, wait_timeout } = seed;
    let program = Program { mail: Some(mail.clone()), ..program().current_thread().grace(wait_timeout) };
    run::run(&program, scope().name(format!("worker {index}")), async |run| {
        beside(run);
        let read = AtomicUsize::new(0);
        work(Worker { index, scope: run.clone(), mail, read, home, context }).await
    })
}

/// An error in one line, with what it came from.
pub(super) fn line(error: &BoxError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let cause = source.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
        next = source.source();
    }
    text
}
