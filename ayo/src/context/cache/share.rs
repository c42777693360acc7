//! What may be handed on of a result, and kept.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

/// What a result can be found by: every type that is `Clone + Eq + Hash + Send + Sync + 'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a cached result",
    label = "a key is `Clone + Eq + Hash`, and `Send + Sync + 'static`",
    note = "derive `Clone, PartialEq, Eq, Hash` for a type of your own",
    note = "or say with `key` what the result depends on: `#[ayo::cached(key = id)]`, `#[ayo::cached(key: u64 = user.id)]`"
)]
pub trait CacheKey: Clone + Eq + Hash + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Clone + Eq + Hash + Send + Sync + 'static> CacheKey for K {}

/// What can be kept: every type that is `Clone + Send + Sync + 'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a cache",
    label = "each caller gets a clone, so it is `Clone`, and `Send + Sync + 'static`",
    note = "derive `Clone`, or return an `Arc` of it"
)]
pub trait CacheValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Clone + Send + Sync + 'static> CacheValue for V {}

/// A `Result`, of which only an `Ok` is kept.
#[diagnostic::on_unimplemented(
    message = "`result = true` is for functions that return a `Result`, and `{Self}` is none",
    label = "not a `Result`",
    note = "leave `result` out: every value is kept then"
)]
pub trait KeptResult {}

#[diagnostic::do_not_recommend]
impl<T, E> KeptResult for Result<T, E> {}

/// How results are handed on and kept.
pub struct Sharing<V> {
    share: fn(&V) -> Option<V>,
    keeps: fn(&V) -> bool,
}

impl<V> Clone for Sharing<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Sharing<V> {}

impl<V> Sharing<V> {
    /// A copy for another caller, if there can be one.
    pub(super) fn share(self, value: &V) -> Option<V> {
        (self.share)(value)
    }

    /// Whether later callers get it too.
    pub(super) fn keeps(self, value: &V) -> bool {
        (self.keeps)(value)
    }
}

impl<V> fmt::Debug for Sharing<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharing").finish_non_exhaustive()
    }
}

/// Finds out what a type is: the macro calls `sharing` on `&&&Probe<V>`, and method look-up takes the first of the traits
/// below that fits.
#[derive(Clone, Copy, Debug)]
pub struct Probe<V>(PhantomData<fn() -> V>);

impl<V> Probe<V> {
    /// The probe.
    pub const NEW: Self = Self(PhantomData);
}

/// A `Result` of which both sides can be cloned: an error goes to all who wait for it, and is not kept.
pub trait Both<V> {
    /// How it is handed on.
    fn sharing(&self) -> Sharing<V>;
}

impl<T: CacheValue, E: Clone> Both<Result<T, E>> for &&Probe<Result<T, E>> {
    fn sharing(&self) -> Sharing<Result<T, E>> {
        Sharing { share: |result| Some(result.clone()), keeps: Result::is_ok }
    }
}

/// A `Result` whose error cannot be cloned: it is the caller's who executed the function, and the next one starts anew.
pub trait Own<V> {
    /// How it is handed on.
    fn sharing(&self) -> Sharing<V>;
}

impl<T: CacheValue, E> Own<Result<T, E>> for &Probe<Result<T, E>> {
    fn sharing(&self) -> Sharing<Result<T, E>> {
        Sharing { share: |result| result.as_ref().ok().cloned().map(Ok), keeps: Result::is_ok }
    }
}

/// Anything else is kept as it is.
pub trait Whole<V> {
    /// How it is handed on.
    fn sharing(&self) -> Sharing<V>
    where
        V: CacheValue;
}

impl<V> Whole<V> for Probe<V> {
    fn sharing(&self) -> Sharing<V>
    where
        V: CacheValue,
    {
        Sharing { share: |value| Some(value.clone()), keeps: |_| true }
    }
}
