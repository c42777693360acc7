//! Calls of `#[ayo::cached]`.

use std::sync::LazyLock;

pub use crate::context::cache::{Both, CacheBuilder, KeptResult, Own, Probe, Sharing, Whole};
pub use crate::context::cache::{CacheKey, CacheValue};

use crate::context::cache::Cache;

/// Where a function's cache is; made at its first use.
pub type Slot<K, V> = LazyLock<Cache<K, V>>;

/// A call of the function.
pub async fn call<K, V>(cache: &Cache<K, V>, key: K, run: impl AsyncFnOnce() -> V) -> V
where
    K: CacheKey,
    V: Send + Sync + 'static,
{
    cache.get_or_run(key, run).await
}

/// `result = true`: says at compile time if the function returns no `Result`.
pub fn is_result<V: KeptResult>() {}
