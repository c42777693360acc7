//! What `#[ayo::cached]` keeps: results by key in a moka cache, and one execution for all who ask at once.
//!
//! moka is the store: it bounds the size and evicts. Who executes and who waits is decided in `flight.rs`, since that is
//! cancellation; what may be handed to whom, in `share.rs`.
//!
//! # Invariants
//!
//! 1. A result is kept only if it was begun after the last `remove` of its key and the last `clear`.
//! 2. The age of a result is told by Tokio's clock, so that a test on a paused one sees it pass. moka's own clock
//!    only frees memory, later than that.
//! 3. No foreign code (clones, destructors, the function) runs under a lock of ours.

mod flight;
mod share;

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::duration::{IntoDuration, checked};
use crate::sync::{AtomicBool, AtomicU64, Ordering};
use flight::{Flights, Turn};

pub use share::{Both, Own, Probe, Whole};
pub use share::{CacheKey, CacheValue, KeptResult, Sharing};

/// The results that a function with [`#[ayo::cached]`](macro@crate::cached) keeps: what `f::cache()` gives.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// #[ayo::cached(max_size = 128, ttl = 60s)]
/// async fn square(n: u64) -> u64 { n * n }
///
/// assert_eq!((square(3).await, square(3).await), (9, 9));
/// let stats = square::cache().stats();
/// assert_eq!((stats.misses, stats.hits, stats.size), (1, 1, 1));
///
/// square::cache().remove(&3);                              // forget one, or
/// square::cache().clear();                                 // all
/// square(3).await;
/// assert_eq!(square::cache().stats().misses, 2);
///
/// tokio::time::sleep(std::time::Duration::from_secs(60)).await;
/// square(3).await;
/// assert_eq!(square::cache().stats().misses, 3, "it was too old");
/// # }
/// ```
pub struct Cache<K, V> {
    name: &'static str,
    ttl: Option<Duration>,
    max_size: Option<usize>,
    sharing: Sharing<V>,
    /// Made at the first use: what that asks of a key is asked for, and complained about, in one place then.
    store: OnceLock<Store<K, V>>,
    flights: Flights<K, V>,
    hits: AtomicU64,
    misses: AtomicU64,
}

type Store<K, V> = moka::sync::Cache<K, Arc<Entry<V>>>;

/// A result that is kept.
struct Entry<V> {
    value: V,
    born: Instant,
    /// It was removed while it was still being made.
    stale: Arc<AtomicBool>,
}

/// What a cache has done so far, and how many results it keeps now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Calls that were answered without an execution of their own.
    pub hits: u64,
    /// Calls that executed the function, whatever came of it.
    pub misses: u64,
    /// How many results are kept, not counting those that are too old.
    pub size: usize,
    /// How many can be kept at most; `None`: any number.
    pub max_size: Option<usize>,
}

impl<K: CacheKey, V: Send + Sync + 'static> Cache<K, V> {
    /// Forgets all results, those of executions that are under way too: they go to whoever waits for them already, and
    /// are not kept.
    pub fn clear(&self) {
        self.flights.detach_all();
        self.store().invalidate_all();
        self.store().run_pending_tasks();
    }

    /// Forgets the result for one key; an execution that is under way for it is not kept either.
    ///
    /// The key is what the function is called with: the argument, or the tuple of all of them, or what `key` makes of
    /// them. A key that is a `String` can be given as a `&str`, and so on.
    pub fn remove<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.flights.detach(key);
        self.store().invalidate(key);
    }

    /// What it has done so far. It counts the kept results one by one.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            size: self.store().iter().filter(|(_, entry)| self.is_fresh(entry)).count(),
            max_size: self.max_size,
        }
    }

    /// The kept result, or that of an execution: of one that is under way, or of `run`.
    pub(crate) async fn get_or_run(&self, key: K, run: impl AsyncFnOnce() -> V) -> V {
        if let Some(value) = self.hit(&key) {
            return value;
        }
        let seat = self.flights.board(&key, self.name);
        let mut turn = match seat.turn(self.sharing).await {
            Turn::Shared(value) => return self.counted(value),
            Turn::Own(turn) => turn,
        };
        if let Some(value) = self.hit(&key) {
            return value;
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let value = turn.fly(run).await;
        if self.sharing.keeps(&value) && !turn.is_stale() {
            self.keep(key, &value, turn.stale());
        }
        turn.land(&value, self.sharing);
        value
    }

    fn store(&self) -> &Store<K, V> {
        self.store.get_or_init(|| store(self.ttl, self.max_size))
    }

    fn hit(&self, key: &K) -> Option<V> {
        let entry = self.store().get(key)?;
        if !self.is_fresh(&entry) {
            return None;
        }
        self.sharing.share(&entry.value).map(|value| self.counted(value))
    }

    fn counted(&self, value: V) -> V {
        self.hits.fetch_add(1, Ordering::Relaxed);
        value
    }

    fn is_fresh(&self, entry: &Entry<V>) -> bool {
        let is_old = self.ttl.is_some_and(|ttl| entry.born.elapsed() >= ttl);
        !is_old && !entry.stale.load(Ordering::Acquire)
    }

    fn keep(&self, key: K, value: &V, stale: Arc<AtomicBool>) {
        let Some(value) = self.sharing.share(value) else { return };
        self.store().insert(key, Arc::new(Entry { value, born: Instant::now(), stale }));
        if self.max_size.is_some() {
            self.store().run_pending_tasks(); // else it could be too full for a while
        }
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("function", &self.name)
            .field("ttl", &self.ttl)
            .field("max_size", &self.max_size)
            .finish_non_exhaustive()
    }
}

/// A cache before it is made: what the options of the macro come to.
#[derive(Debug)]
pub struct CacheBuilder {
    name: &'static str,
    ttl: Option<Duration>,
    max_size: Option<usize>,
}

impl CacheBuilder {
    /// For the function of this name.
    pub fn new(name: &'static str) -> Self {
        Self { name, ttl: None, max_size: None }
    }

    /// Results get no older than this.
    #[track_caller]
    pub fn ttl(self, ttl: impl IntoDuration) -> Self {
        Self { ttl: Some(checked(ttl)), ..self }
    }

    /// At most so many results are kept.
    #[track_caller]
    pub fn max_size(self, max_size: usize) -> Self {
        assert!(max_size > 0, "`max_size` of a cache is at least 1: 0 was given");
        Self { max_size: Some(max_size), ..self }
    }

    /// The cache.
    pub fn build<K, V>(self, sharing: Sharing<V>) -> Cache<K, V> {
        let Self { name, ttl, max_size } = self;
        Cache {
            name,
            ttl,
            max_size,
            sharing,
            store: OnceLock::new(),
            flights: Flights::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }
}

/// The least recently used result makes place. (moka's own choice, TinyLFU, may refuse the newest one instead, which
/// surprises whoever counts on the result of the last call.)
fn store<K, V>(ttl: Option<Duration>, max_size: Option<usize>) -> Store<K, V>
where
    K: CacheKey,
    V: Send + Sync + 'static,
{
    /// On a paused clock, time may pass for moka that does not pass for Tokio; no test takes so long.
    const SLACK: Duration = Duration::from_secs(60);
    /// moka refuses more than 1,000 years. There is no need to free memory after 100.
    const LONG: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);

    let mut builder = moka::sync::Cache::builder().eviction_policy(moka::policy::EvictionPolicy::lru());
    if let Some(ttl) = ttl.filter(|ttl| *ttl < LONG) {
        builder = builder.time_to_live(ttl + SLACK);
    }
    if let Some(max_size) = max_size {
        builder = builder.max_capacity(max_size as u64);
    }
    builder.build()
}
