//! What one run of a test gets to know of the code in it, and how it steers that code.
//!
//! An [`Observer`] is installed on the threads of the run's runtime; the core calls it by way of [`crate::probe`].

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::task::Waker;

use super::finding::Finding;
use super::steering::Steering;
use super::watch::Check;
use crate::cancel::domain::Fault;
use crate::error::Error;
use crate::scope::Scope;
use crate::scope::core::Core;
use crate::site::Who;
use crate::sync::{AtomicUsize, Ordering, lock};

thread_local! {
    /// Whether there is one: the one look that the core takes outside of tests.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static HERE: RefCell<Option<Arc<Observer>>> = const { RefCell::new(None) };
}

/// Calls `f` with the observer of this thread, if there is one.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Arc<Observer>) -> R) -> Option<R> {
    if !WATCHED.try_with(Cell::get).unwrap_or(false) {
        return None;
    }
    let observer = HERE.try_with(|here| here.borrow().clone()).ok()??;
    Some(f(&observer))
}

/// Keeps an observer installed on this thread.
pub(crate) struct Installed(Option<Arc<Observer>>);

impl Drop for Installed {
    fn drop(&mut self) {
        put(self.0.take());
    }
}

/// Installs an observer on this thread, or takes it away; answers the one before.
fn put(observer: Option<Arc<Observer>>) -> Option<Arc<Observer>> {
    WATCHED.set(observer.is_some());
    HERE.replace(observer)
}

/// Takes the observer away from a thread that ends.
pub(crate) fn remove() {
    put(None);
}

/// The eyes and hands of one run.
pub(crate) struct Observer {
    root: Scope,
    pub(crate) steering: Steering,
    frames: AtomicUsize,
    found: Mutex<Vec<Finding>>,
    checks: Mutex<Vec<Check>>,
    waker: Mutex<Option<Waker>>,
}

impl Observer {
    pub(crate) fn new(root: Scope, steering: Steering) -> Arc<Self> {
        Arc::new(Self {
            root,
            steering,
            frames: AtomicUsize::new(0),
            found: Mutex::default(),
            checks: Mutex::default(),
            waker: Mutex::default(),
        })
    }

    pub(crate) fn install(self: &Arc<Self>) -> Installed {
        Installed(put(Some(Arc::clone(self))))
    }

    /// The same for a thread that is all the run's.
    pub(crate) fn install_for_good(self: &Arc<Self>) {
        put(Some(Arc::clone(self)));
    }

    /// The test's own scope.
    pub(crate) fn root(&self) -> &Scope {
        &self.root
    }

    /// Keeps the waker of whoever runs the test.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let old = lock(&self.waker).replace(waker.clone());
        drop(old);
    }

    pub(crate) fn clear_waker(&self) {
        let old = lock(&self.waker).take();
        drop(old);
    }

    /// Wakes whoever runs the test.
    pub(crate) fn wake(&self) {
        let waker = lock(&self.waker).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn task_suspended(&self, core: &Arc<Core>, who: &Who) {
        let key = (Arc::as_ptr(core) as usize, who.label.id);
        self.steering.suspended(self, key, || {
            let task = core.info(who);
            format!("the task `{}`, spawned at {}", task.path(), task.location())
        });
    }

    pub(crate) fn body_suspended(&self) {
        let site = self.root.core().settings.location;
        self.steering.suspended(self, (0, 0), || format!("the body of the test at {site}"));
    }

    pub(crate) fn puts_off(&self) -> bool {
        self.steering.puts_off()
    }

    pub(crate) fn frame_begun(self: &Arc<Self>) -> Arc<Self> {
        self.frames.fetch_add(1, Ordering::AcqRel);
        Arc::clone(self)
    }

    pub(crate) fn frame_ended(&self) {
        self.frames.fetch_sub(1, Ordering::AcqRel);
    }

    /// How many frames have begun and not ended.
    pub(crate) fn frames_left(&self) -> usize {
        self.frames.load(Ordering::Acquire)
    }

    pub(crate) fn leaked(&self, what: &str, site: &Location<'_>) {
        self.find(Finding::leaked(what, site));
    }

    pub(crate) fn unheard(&self, fault: &Fault) {
        self.find(Finding::Lost(fault.text()));
    }

    pub(crate) fn lost(&self, failures: &[Error]) {
        failures.iter().for_each(|error| self.find(Finding::Lost(error.to_string())));
    }

    pub(crate) fn abandoned(&self, text: &str) {
        self.find(Finding::Abandoned(text.to_owned()));
    }

    pub(crate) fn find(&self, finding: Finding) {
        lock(&self.found).push(finding);
    }

    /// What was found so far.
    pub(crate) fn take_found(&self) -> Vec<Finding> {
        std::mem::take(&mut lock(&self.found))
    }

    pub(crate) fn add_check(&self, check: Check) {
        lock(&self.checks).push(check);
    }

    /// What is to be looked at when the run has ended.
    pub(crate) fn take_checks(&self) -> Vec<Check> {
        std::mem::take(&mut lock(&self.checks))
    }
}
