//! What is to hold when a run has ended, however it ended.

use std::panic::Location;
use std::sync::Arc;

use tokio::sync::{Mutex, RwLock, Semaphore};

use super::finding::Finding;
use super::observer;
use crate::panic::{Panic, caught};

/// Something that is looked at when the run has ended; the text says what is wrong.
pub(crate) struct Check(Box<dyn FnOnce() -> Result<(), String> + Send>);

impl Check {
    pub(crate) fn run(self) -> Option<Finding> {
        match caught(self.0) {
            Ok(Ok(())) => None,
            Ok(Err(text)) => Some(Finding::Check(text)),
            Err(payload) => Some(Finding::Check(format!("it panicked: {}", Panic::new(payload).message()))),
        }
    }
}

/// Runs `check` when the test has ended, however it ended: after its body, its tasks and its clean-up, and after each cut
/// of [`cancel_everywhere`](super::cancel_everywhere). A panic in it fails the test.
///
/// It is the place to say what must hold whatever happens: no money lost, no file left, nothing handled twice.
///
/// # Example
/// ```
/// use std::sync::{Arc, Mutex};
/// use ayo::testing::{afterwards, cancel_everywhere};
/// use tokio::task::yield_now;
///
/// async fn transfer(bank: &Mutex<[i32; 2]>) {
///     yield_now().await;                         // … whatever takes time comes before,
///     let mut bank = bank.lock().unwrap();       // and the two halves are one step
///     bank[0] -= 30;
///     bank[1] += 30;
/// }
///
/// cancel_everywhere(async |_| {
///     let bank = Arc::new(Mutex::new([100, 0]));
///     let seen = Arc::clone(&bank);
///     afterwards(move || assert_eq!(seen.lock().unwrap().iter().sum::<i32>(), 100));
///     transfer(&bank).await;
/// });
/// ```
///
/// # Panics
/// At the caller, outside of [`#[ayo::test]`](macro@crate::test) and of [`cancel_everywhere`](super::cancel_everywhere).
#[track_caller]
pub fn afterwards(check: impl FnOnce() + Send + 'static) {
    add(Check(Box::new(|| {
        check();
        Ok(())
    })));
}

/// Checks when the test has ended that a semaphore has the permits that it has now, that a lock is free, and that none is
/// poisoned.
///
/// # Example
/// ```should_panic
/// use std::sync::Arc;
/// use ayo::testing::{cancel_everywhere, watch};
/// use tokio::{sync::Semaphore, time::{Duration, sleep}};
///
/// cancel_everywhere(async |_| {
///     let seats = Arc::new(Semaphore::new(4));
///     watch(&seats);
///     seats.acquire().await.unwrap().forget();
///     sleep(Duration::from_secs(1)).await;
///     seats.add_permits(1);                      // never comes, if it is cancelled before
/// });
/// ```
///
/// # Panics
/// At the caller, where [`afterwards`] does.
#[track_caller]
pub fn watch<T: Watch>(what: &T) {
    let check = what.unchanged();
    let site = Location::caller();
    add(Check(Box::new(move || check().map_err(|text| format!("{text} (watched at {site})")))));
}

#[track_caller]
fn add(check: Check) {
    let added = observer::with(|observer| observer.add_check(check));
    assert!(added.is_some(), "this is for code in an `#[ayo::test]` or in `ayo::testing::cancel_everywhere`");
}

/// What [`watch`] can look at: semaphores and locks, shared by an `Arc` so that they are still there when the test is not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be watched",
    label = "not an `Arc` of a semaphore or lock of Tokio or std",
    note = "look at it yourself: `ayo::testing::afterwards(move || assert!(..))`"
)]
pub trait Watch {
    /// What to call when everything has ended.
    #[doc(hidden)]
    fn unchanged(&self) -> Box<dyn FnOnce() -> Result<(), String> + Send>;
}

#[diagnostic::do_not_recommend]
impl Watch for Arc<Semaphore> {
    fn unchanged(&self) -> Box<dyn FnOnce() -> Result<(), String> + Send> {
        let (semaphore, had) = (Self::clone(self), self.available_permits());
        Box::new(move || match semaphore.available_permits() {
            has if has < had => Err(format!("{} of {had} permits of a semaphore are lost", had - has)),
            has if has > had => {
                Err(format!("a semaphore of {had} permits has {has}: some were given back twice"))
            }
            _ => Ok(()),
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Watch for Arc<Mutex<T>> {
    fn unchanged(&self) -> Box<dyn FnOnce() -> Result<(), String> + Send> {
        let mutex = Self::clone(self);
        Box::new(move || free("a `tokio::sync::Mutex`", mutex.try_lock().is_ok()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Watch for Arc<RwLock<T>> {
    fn unchanged(&self) -> Box<dyn FnOnce() -> Result<(), String> + Send> {
        let lock = Self::clone(self);
        Box::new(move || free("a `tokio::sync::RwLock`", lock.try_write().is_ok()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Watch for Arc<std::sync::Mutex<T>> {
    fn unchanged(&self) -> Box<dyn FnOnce() -> Result<(), String> + Send> {
        use std::sync::TryLockError;
        let mutex = Self::clone(self);
        Box::new(move || match mutex.try_lock() {
            Err(TryLockError::Poisoned(_)) => Err("a `std::sync::Mutex` is poisoned".to_owned()),
            tried => free("a `std::sync::Mutex`", tried.is_ok()),
        })
    }
}

fn free(what: &str, is_free: bool) -> Result<(), String> {
    if is_free { Ok(()) } else { Err(format!("{what} is still locked")) }
}
