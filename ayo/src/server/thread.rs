//! A worker that is a thread.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use super::WorkerFn;
use super::mail::Mail;
use super::master::{Event, Events, Link, Start};
use super::sockets::Sockets;
use super::worker::{Home, Seed, line, work};
use crate::panic::{Panic, caught};
use crate::program::Signal;

struct ThreadHome {
    events: Events,
    sockets: Sockets,
}

impl Home for ThreadHome {
    fn listener(&self, addresses: &[SocketAddr]) -> io::Result<TcpListener> {
        self.sockets.get(addresses)
    }

    fn ready(&self) {
        self.events.send(Event::Ready);
    }
}

struct ThreadLink(Mail);

impl Link for ThreadLink {
    fn signal(&self, signal: Signal) {
        self.0.push(signal);
    }

    /// A thread cannot be killed.
    fn kill(&self) -> bool {
        false
    }

    fn name(&self) -> String {
        "a thread".to_owned()
    }
}

/// Begins one.
pub(super) fn start(start: &Start, function: &WorkerFn, events: Events) -> io::Result<Box<dyn Link>> {
    let mail = Mail::default();
    let home = Arc::new(ThreadHome { events: events.clone(), sockets: start.sockets.clone() });
    let seed = Seed {
        index: start.index,
        mail: mail.clone(),
        home,
        context: Arc::clone(&start.context),
        wait_timeout: start.wait_timeout,
    };
    let function = Arc::clone(function);
    thread::Builder::new().name(format!("worker-{}", start.index)).spawn(move || {
        let how = match caught(|| work(&function, seed, |_| {})) {
            Ok(result) => result.map_err(|error| line(&error)),
            Err(payload) => Err(Panic::new(payload).to_string()),
        };
        drop(function);
        events.send(Event::Ended(how));
    })?;
    Ok(Box::new(ThreadLink(mail)))
}
