//! The ears of the process: threads that hear signals, and hand each to everyone who listens.
//!
//! It is a thread of its own and no task, so that a program whose runtime is blocked, or is shutting down, can still be
//! ended by its third signal. (A task of the runtime would be deaf just then; and one that registers anew for each
//! signal would miss what comes in between: tokio#7905.)
//!
//! # Invariants
//!
//! 1. Whoever has an [`Ear`] gets every signal from then on, each once, in order.
//! 2. A signal that nobody listens for ends the process, as it would have without us.
//! 3. A program hears two signals; the third ends the process, and so does any while its runtime shuts down.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, Once};
use std::task::{Context, Poll, Waker};
use std::thread;

use slab::Slab;

use super::signals::Signal;
use crate::sync::lock;

/// The third signal ends the process.
const LAST: usize = 3;

static HUB: Mutex<Hub> = Mutex::new(Hub { inboxes: Slab::new(), exit: None });

struct Hub {
    inboxes: Slab<Inbox>,
    /// A program was cut by this signal; the last program to end takes the process with it.
    exit: Option<Signal>,
}

/// Who listens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A program, with its ladder.
    Program,
    /// A program that has ended, and whose runtime shuts down.
    Closing,
    /// Code that wants them itself.
    Stream,
}

struct Inbox {
    role: Role,
    heard: usize,
    queue: VecDeque<Signal>,
    waker: Option<Waker>,
}

impl Inbox {
    fn wants(&self, signal: Signal) -> bool {
        self.role == Role::Stream || signal != Signal::Hangup
    }

    /// Takes it in; `true`: it is one too many.
    fn take(&mut self, signal: Signal) -> bool {
        self.heard += 1;
        self.queue.push_back(signal);
        match self.role {
            Role::Program => self.heard >= LAST,
            Role::Closing => true,
            Role::Stream => false,
        }
    }
}

/// A listener. Dropping it ends the listening.
pub(crate) struct Ear {
    key: usize,
}

impl Ear {
    /// Listens from now on.
    ///
    /// # Panics
    /// If the system refuses to tell us of signals.
    pub(crate) fn open(role: Role) -> Self {
        listen(role);
        let inbox = Inbox { role, heard: 0, queue: VecDeque::new(), waker: None };
        Self { key: lock(&HUB).inboxes.insert(inbox) }
    }

    /// The next signal.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Signal> {
        let mut hub = lock(&HUB);
        let inbox = &mut hub.inboxes[self.key];
        if let Some(signal) = inbox.queue.pop_front() {
            return Poll::Ready(signal);
        }
        let old = inbox.waker.replace(cx.waker().clone());
        drop(hub);
        drop(old);
        Poll::Pending
    }

    /// The program has ended, and only its runtime is left.
    pub(crate) fn closing(&mut self) {
        lock(&HUB).inboxes[self.key].role = Role::Closing;
    }

    /// The end of a program that a signal may have cut. For the last program of the process, the signal that cut it or
    /// another one before.
    pub(crate) fn close(self, cut: Option<Signal>) -> Option<Signal> {
        let mut hub = lock(&HUB);
        hub.exit = hub.exit.or(cut);
        let programs = hub.inboxes.iter().filter(|(_, inbox)| inbox.role != Role::Stream).count();
        let exit = if programs == 1 { hub.exit.take() } else { None };
        drop(hub);
        drop(self);
        exit
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let inbox = lock(&HUB).inboxes.try_remove(self.key);
        drop(inbox);
    }
}

/// Hands a signal to everyone who wants it.
fn deliver(signal: Signal) {
    let (mut wakers, mut heard, mut last) = (Vec::new(), false, false);
    for (_, inbox) in &mut lock(&HUB).inboxes {
        if inbox.wants(signal) {
            heard = true;
            last |= inbox.take(signal);
            wakers.extend(inbox.waker.take());
        }
    }
    if last || !heard {
        std::process::exit(signal.exit_code().into());
    }
    wakers.into_iter().for_each(Waker::wake);
}

/// Has the threads started that such a listener needs, and waits until they listen.
fn listen(role: Role) {
    static ENDING: Once = Once::new();
    static HANGUP: Once = Once::new();
    ENDING.call_once(|| start(|| sources_of_all(&[Signal::Interrupt, Signal::Terminate]), deliver));
    if role == Role::Stream && cfg!(unix) {
        HANGUP.call_once(|| start(|| sources_of_all(&[Signal::Hangup]), deliver));
    }
}

/// Starts a thread that opens sources and acts whenever one is ready, and waits until it listens.
///
/// # Panics
/// If the system refuses to tell us of signals.
pub(super) fn start<S: Copy + 'static>(open: fn() -> io::Result<Sources<S>>, act: fn(S)) {
    let (tell, told) = channel();
    let thread = thread::Builder::new().name("ayo-signals".to_owned());
    let started = thread.spawn(move || hear(open, act, &tell)).and_then(|_| {
        told.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that listens has ended")))
    });
    if let Err(error) = started {
        panic!("the system does not tell us of signals: {error}");
    }
}

/// What the thread does, until the process ends.
fn hear<S: Copy>(open: fn() -> io::Result<Sources<S>>, act: fn(S), tell: &Sender<io::Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(tell.send(Err(error))),
    };
    runtime.block_on(async {
        let mut sources = match open() {
            Ok(sources) => sources,
            Err(error) => return drop(tell.send(Err(error))),
        };
        let _ = tell.send(Ok(()));
        loop {
            act(poll_fn(|cx| next(&mut sources, cx)).await);
        }
    });
}

/// Ready once when the system has told us.
pub(super) type Source = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<()>>>;

/// Sources, and what each stands for.
pub(super) type Sources<S> = Vec<(S, Source)>;

fn next<S: Copy>(sources: &mut Sources<S>, cx: &mut Context<'_>) -> Poll<S> {
    for (signal, source) in sources {
        if source(cx).is_ready() {
            return Poll::Ready(*signal);
        }
    }
    Poll::Pending
}

fn sources_of_all(signals: &[Signal]) -> io::Result<Sources<Signal>> {
    let mut sources = Vec::new();
    for &signal in signals {
        sources.extend(sources_of(signal)?.into_iter().map(|source| (signal, source)));
    }
    Ok(sources)
}

#[cfg(unix)]
fn sources_of(signal: Signal) -> io::Result<Vec<Source>> {
    Ok(vec![source_of(tokio::signal::unix::SignalKind::from_raw(signal.number().into()))?])
}

#[cfg(unix)]
pub(super) fn source_of(kind: tokio::signal::unix::SignalKind) -> io::Result<Source> {
    let mut stream = tokio::signal::unix::signal(kind)?;
    Ok(Box::new(move |cx| stream.poll_recv(cx)))
}

#[cfg(windows)]
fn sources_of(signal: Signal) -> io::Result<Vec<Source>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
    Ok(match signal {
        Signal::Hangup => Vec::new(),
        Signal::Interrupt => {
            let mut c = ctrl_c()?;
            vec![Box::new(move |cx| c.poll_recv(cx))]
        }
        Signal::Terminate => {
            let (mut again, mut close, mut shutdown) = (ctrl_break()?, ctrl_close()?, ctrl_shutdown()?);
            vec![
                Box::new(move |cx| again.poll_recv(cx)),
                Box::new(move |cx| close.poll_recv(cx)),
                Box::new(move |cx| shutdown.poll_recv(cx)),
            ]
        }
    })
}
