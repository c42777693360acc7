//! Where closures run: the trait, and how a place is named.

use std::fmt;
use std::sync::Arc;

use super::pool::{Pool, UnknownPool, find};
use super::work::Errand;
use crate::cancel::Reason;

/// Somewhere a closure can run and block: a [`Pool`], a `rayon::ThreadPool` (with the feature `rayon`), or one of your own.
///
/// # Example
/// ```
/// use ayo::{Executor, blocking::Job};
/// use std::sync::mpsc::{Sender, channel};
///
/// /// One thread, for a library that wants to be called from one thread only.
/// struct Alone(Sender<Job>);
///
/// impl Alone {
///     fn start() -> Self {
///         let (jobs, line) = channel::<Job>();
///         std::thread::spawn(move || line.iter().for_each(Job::run));
///         Self(jobs)
///     }
/// }
///
/// impl Executor for Alone {
///     fn execute(&self, job: Job) {
///         let _ = self.0.send(job);
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let alone = Alone::start();
/// ayo::scope!(|run| {
///     let (one, two) = (std::thread::current().id(), || std::thread::current().id());
///     let (first, second) = (run.aside_in(&alone, two), run.aside_in(&alone, two));
///     assert_eq!(first.await?, second.await?);
///     # let _ = one;
/// }).await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an executor",
    label = "expected the name of a pool, or a reference to an `Executor`",
    note = "`run.aside_in(\"name\", f)` runs on the pool of that name, `run.aside_in(&pool, f)` on a pool or executor at hand"
)]
pub trait Executor {
    /// Takes a job, to run it on some thread as soon as there is one. It does not wait for it.
    fn execute(&self, job: Job);
}

/// A closure on its way to a thread, bound to its scope.
///
/// A job that is dropped counts as cancelled. One whose scope was cancelled in the meantime does nothing when it is run.
#[must_use = "a job that is dropped is cancelled"]
pub struct Job {
    errand: Option<Arc<dyn Errand>>,
    /// It holds a paused clock.
    is_held: bool,
}

impl Job {
    pub(crate) fn new(errand: Arc<dyn Errand>, is_held: bool) -> Self {
        Self { errand: Some(errand), is_held }
    }

    pub(crate) fn is_held(&self) -> bool {
        self.is_held
    }

    /// Runs it on this thread. A panic in it is its task's, and goes no further.
    pub fn run(mut self) {
        if let Some(errand) = self.errand.take() {
            let scope = Arc::clone(&errand);
            let _runtime = scope.core().runtime().enter();
            errand.run();
        }
    }

    /// The same on a thread that is one of the runtime's.
    pub(crate) fn run_here(mut self) {
        if let Some(errand) = self.errand.take() {
            errand.run();
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(errand) = self.errand.take() {
            errand.refuse(Reason::from("its executor dropped it"));
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Executor + ?Sized> Executor for &E {
    fn execute(&self, job: Job) {
        (**self).execute(job);
    }
}

#[diagnostic::do_not_recommend]
impl<E: Executor + ?Sized> Executor for Arc<E> {
    fn execute(&self, job: Job) {
        (**self).execute(job);
    }
}

/// With the feature `rayon`.
#[cfg(feature = "rayon")]
#[diagnostic::do_not_recommend]
impl Executor for rayon::ThreadPool {
    fn execute(&self, job: Job) {
        self.spawn(move || job.run());
    }
}

/// What [`Scope::aside_in`](crate::Scope::aside_in) takes: the name of a [`Pool`], or a reference to an [`Executor`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not lead to an executor",
    label = "expected the name of a pool, or a reference to an `Executor`",
    note = "`run.aside_in(\"name\", f)` runs on the pool of that name, `run.aside_in(&pool, f)` on a pool or executor at hand"
)]
pub trait Place {
    /// What it leads to.
    type Executor: Executor;

    /// The executor.
    ///
    /// # Errors
    /// For a name that no pool has.
    fn find(self) -> Result<Self::Executor, UnknownPool>;
}

#[diagnostic::do_not_recommend]
impl Place for &str {
    type Executor = Pool;

    fn find(self) -> Result<Pool, UnknownPool> {
        find(self)
    }
}

#[diagnostic::do_not_recommend]
impl Place for &String {
    type Executor = Pool;

    fn find(self) -> Result<Pool, UnknownPool> {
        find(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, E: Executor + ?Sized> Place for &'a E {
    type Executor = &'a E;

    fn find(self) -> Result<&'a E, UnknownPool> {
        Ok(self)
    }
}
