//! The signals that a worker is sent by its master: kept, so that everyone who asks sees each of them.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use crate::program::Signal;
use crate::sync::lock;

/// Where the master puts them.
#[derive(Clone, Default)]
pub(crate) struct Mail(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    signals: Vec<Signal>,
    wakers: Vec<Waker>,
}

impl Mail {
    pub(crate) fn push(&self, signal: Signal) {
        let wakers = {
            let mut inner = lock(&self.0);
            inner.signals.push(signal);
            std::mem::take(&mut inner.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Reads from this one on, where 0 is the first.
    pub(crate) fn reader(&self, next: usize) -> Reader {
        Reader { mail: self.clone(), next }
    }
}

/// One who reads all of it.
pub(crate) struct Reader {
    mail: Mail,
    next: usize,
}

impl Reader {
    /// Which one comes next.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Signal> {
        let mut inner = lock(&self.mail.0);
        if let Some(signal) = inner.signals.get(self.next) {
            self.next += 1;
            return Poll::Ready(*signal);
        }
        if !inner.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            inner.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
