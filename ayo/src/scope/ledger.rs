//! The books of a scope: every failure is entered once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::core::Core;
use crate::cancel::domain::Fault;
use crate::error::{Error, TaskInfo};
use crate::panic::Panic;
use crate::sync::{AtomicBool, Ordering, lock};

/// Failures that nobody has read, and nobody can any more.
#[cfg(feature = "testing")]
impl Drop for Books {
    fn drop(&mut self) {
        if let Some(ledger) = self.close() {
            crate::testing::observer::with(|observer| observer.lost(&ledger.failures));
        }
    }
}

/// How many contained errors are kept; the rest is counted.
const KEPT: usize = 1024;

/// The books of one scope; there are none until there is something to enter.
#[derive(Default)]
pub(crate) struct Books {
    /// Whether there are any, to be read without the lock.
    opened: AtomicBool,
    ledger: Mutex<Option<Box<Ledger>>>,
}

impl Books {
    /// Enters something.
    pub(crate) fn with<R>(&self, enter: impl FnOnce(&mut Ledger) -> R) -> R {
        let mut ledger = lock(&self.ledger);
        self.opened.store(true, Ordering::Release);
        enter(ledger.get_or_insert_default())
    }

    /// Looks something up, if there are books.
    #[inline]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&mut Ledger) -> Option<R>) -> Option<R> {
        if self.are_empty() { None } else { look(lock(&self.ledger).as_mut()?) }
    }

    /// Whether nothing was ever entered.
    #[inline]
    pub(crate) fn are_empty(&self) -> bool {
        !self.opened.load(Ordering::Acquire)
    }

    /// The scope itself goes.
    pub(crate) fn forget_adopter(&mut self) -> Option<Arc<Core>> {
        self.ledger.get_mut().map_or(None, |ledger| ledger.as_mut()?.adopter.take())
    }

    /// The end: takes them away.
    pub(crate) fn close(&self) -> Option<Box<Ledger>> {
        if self.are_empty() { None } else { lock(&self.ledger).take() }
    }
}

#[derive(Default)]
pub(crate) struct Ledger {
    /// The failure that cancelled the scope, and every later one.
    pub(crate) failures: Vec<Error>,
    /// The first panic, for whoever awaits the scope.
    pub(crate) panic: Option<Panic>,
    /// Clean-up that was cut off.
    pub(crate) abandoned: Option<Error>,
    /// What did not bubble.
    pub(crate) contained: Vec<Error>,
    /// How many of those there was no room for.
    pub(crate) overflow: u64,
    /// A time limit that was set through a handle, with its moment; `Some(None)` takes it away.
    pub(crate) deadline: Option<Option<(Instant, Duration)>>,
    /// The scope's future was dropped: nobody is left to fail, errors are contained.
    pub(crate) orphaned: bool,
    /// The scope that adopted this one, and contains its errors.
    pub(crate) adopter: Option<Arc<Core>>,
}

/// A fault as an error, and as the panic that it is.
pub(crate) fn error_of(fault: Fault, task: Option<TaskInfo>) -> (Error, Option<Panic>) {
    let (error, panic) = match fault {
        Fault::Error(source) => (Error::failed(source), None),
        Fault::Panic(payload) => {
            let panic = Panic::new(payload);
            (Error::panicked(&panic), Some(panic))
        }
    };
    (error.of_task(task), panic)
}

impl Ledger {
    /// Enters a failure. One that does not bubble, or has nobody to bubble to, is given back.
    pub(crate) fn enter(&mut self, error: Error, panic: Option<Panic>, bubble: bool) -> Option<Error> {
        let error = self.enter_error(error, bubble);
        if error.is_none() && self.panic.is_none() {
            self.panic = panic;
        }
        error
    }

    /// The same for an error that is made already.
    pub(crate) fn enter_error(&mut self, error: Error, bubble: bool) -> Option<Error> {
        if !bubble || self.orphaned {
            return Some(error);
        }
        self.failures.push(error);
        None
    }

    /// Keeps a contained error, if there is room; gives it back if it is that adopter's to keep.
    pub(crate) fn keep(&mut self, error: Error) -> Option<(Error, Arc<Core>)> {
        if let Some(adopter) = &self.adopter {
            return Some((error, Arc::clone(adopter)));
        }
        if self.contained.len() < KEPT {
            self.contained.push(error);
        } else {
            self.overflow += 1;
        }
        None
    }
}
