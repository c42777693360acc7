//! What the planted code works on. It says by `afterwards` what is to hold of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ayo::testing::afterwards;
use tokio::sync::{Mutex, Notify};
use tokio::time::sleep;

/// A door that one at a time goes through.
#[derive(Default)]
pub(crate) struct Door {
    busy: AtomicBool,
    free: Notify,
}

impl Door {
    pub(crate) async fn enter(&self) {
        while self.busy.swap(true, Ordering::SeqCst) {
            self.free.notified().await;
        }
    }

    pub(crate) fn leave(&self) {
        self.busy.store(false, Ordering::SeqCst);
        self.free.notify_one();
    }
}

pub(crate) struct Inside<'a>(pub(crate) &'a Door);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

pub(crate) async fn work() {
    sleep(Duration::from_secs(1)).await;
}

/// A thing that is to be closed, which takes time.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Mutex<u32>>);

impl Connection {
    pub(crate) fn open() -> Self {
        let open = Self(Arc::new(Mutex::new(1)));
        let seen = Arc::clone(&open.0);
        afterwards(move || assert_eq!(*seen.try_lock().unwrap(), 0, "connections are open"));
        open
    }

    pub(crate) async fn close(&self) {
        sleep(Duration::from_millis(10)).await;
        *self.0.lock().await = 0;
    }
}

/// What of a queue has been done and is still to do is all of it.
pub(crate) struct Queue {
    pub(crate) left: std::sync::Mutex<Vec<u32>>,
    pub(crate) done: std::sync::Mutex<Vec<u32>>,
}

impl Queue {
    pub(crate) fn of(jobs: u32) -> Arc<Self> {
        let left = (0..jobs).collect();
        let queue = Arc::new(Self { left: std::sync::Mutex::new(left), done: std::sync::Mutex::default() });
        let seen = Arc::clone(&queue);
        afterwards(move || {
            let known = seen.left.lock().unwrap().len() + seen.done.lock().unwrap().len();
            assert_eq!(known, jobs as usize, "jobs are lost");
        });
        queue
    }
}

pub(crate) fn bank() -> Arc<std::sync::Mutex<[i32; 2]>> {
    let bank = Arc::new(std::sync::Mutex::new([100, 0]));
    let seen = Arc::clone(&bank);
    afterwards(move || assert_eq!(seen.lock().unwrap().iter().sum::<i32>(), 100, "money"));
    bank
}

/// A shared list of who is there.
pub(crate) fn registry() -> Arc<std::sync::Mutex<Vec<&'static str>>> {
    let registry = Arc::<std::sync::Mutex<Vec<&'static str>>>::default();
    let seen = Arc::clone(&registry);
    afterwards(move || assert!(seen.lock().unwrap().is_empty(), "entries are left"));
    registry
}

/// Is to be flushed before it is dropped, and insists on it.
pub(crate) struct Buffer {
    pub(crate) flushed: bool,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        assert!(self.flushed || std::thread::panicking(), "not flushed");
    }
}
