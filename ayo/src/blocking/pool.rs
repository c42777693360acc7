//! Pools with a name and a number of threads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;

use super::crew::Crews;
use super::executor::{Executor, Job};
use crate::sync::lock;

/// All that were built, by name: for as long as the program runs.
static POOLS: Mutex<BTreeMap<String, Pool>> = Mutex::new(BTreeMap::new());

/// Where at most so many closures run at once; the others wait, first come first served.
///
/// It has a name, by which [`Scope::aside_in`](crate::Scope::aside_in) finds it anywhere in the program. Its threads are Tokio's
/// blocking threads of the runtime around, as many as there is work for. (A program with several runtimes has as many in each.)
///
/// # Example
/// ```
/// use ayo::{Pool, scope};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// Pool::named("notifications").threads(4).build()?;
///
/// scope!(|run| {
///     for n in 0..20 {
///         run.aside_in("notifications", move || println!("mail {n} is sent"));
///     }
/// }).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    name: String,
    threads: usize,
    crews: Crews,
}

impl Pool {
    /// A pool of this name, to be built.
    pub fn named(name: impl Into<String>) -> PoolBuilder {
        PoolBuilder { name: name.into(), threads: None }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// How many closures run at once.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.0.threads
    }
}

/// # Panics
/// [`execute`](Executor::execute) panics outside of a Tokio runtime.
impl Executor for Pool {
    fn execute(&self, job: Job) {
        self.0.crews.of(&Handle::current()).push(job);
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.0.name)
            .field("threads", &self.0.threads)
            .finish_non_exhaustive()
    }
}

/// Options of a [`Pool`].
#[derive(Clone, Debug)]
#[must_use = "a pool is there once it is built"]
pub struct PoolBuilder {
    name: String,
    threads: Option<usize>,
}

impl PoolBuilder {
    /// How many closures run at once; if nothing is said, one for each core.
    ///
    /// # Panics
    /// At the caller, for 0.
    #[track_caller]
    pub fn threads(mut self, threads: usize) -> Self {
        assert!(threads > 0, "a pool of 0 threads would run nothing");
        self.threads = Some(threads);
        self
    }

    /// Builds the pool, and makes its name known for as long as the program runs.
    ///
    /// # Errors
    /// If there is a pool of this name already.
    pub fn build(self) -> Result<Pool, NameTaken> {
        let mut pools = lock(&POOLS);
        if pools.contains_key(&self.name) {
            return Err(NameTaken { name: self.name });
        }
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or_else(cores);
        let pool = Pool(Arc::new(Inner { name: self.name.clone(), threads, crews: Crews::new(threads) }));
        pools.insert(self.name, pool.clone());
        Ok(pool)
    }
}

/// The pool of this name.
pub(crate) fn find(name: &str) -> Result<Pool, UnknownPool> {
    let pools = lock(&POOLS);
    pools
        .get(name)
        .cloned()
        .ok_or_else(|| UnknownPool { name: name.to_owned(), known: pools.keys().cloned().collect() })
}

/// There is a pool of this name already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTaken {
    name: String,
}

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is a pool `{}` already", self.name)
    }
}

impl std::error::Error for NameTaken {}

/// No pool has this name: what a task of [`Scope::aside_in`](crate::Scope::aside_in) fails with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPool {
    name: String,
    known: Vec<String>,
}

impl UnknownPool {
    /// The name that was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names that there are.
    #[must_use]
    pub fn known(&self) -> &[String] {
        &self.known
    }
}

impl fmt::Display for UnknownPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no pool `{}`; ", self.name)?;
        if self.known.is_empty() {
            return f.write_str("none was built");
        }
        write!(f, "the pools are `{}`", self.known.join("`, `"))
    }
}

impl std::error::Error for UnknownPool {}
