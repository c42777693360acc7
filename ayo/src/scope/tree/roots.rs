//! The scopes that have no scope above them, for [`tree()`](super::tree): kept without one lock for all.
//!
//! # Invariants
//! * A scope is listed from when it takes its place in the code around (so never, if it ends at its first poll and has started
//!   nothing) to its end. One with a scope above it is not, unless it might hang elsewhere later.
//! * What is listed is a candidate: whether it is a root shows when somebody looks.

use std::any::Any;
use std::num::NonZero;
use std::sync::{Arc, Mutex};

use slab::Slab;

use crate::cancel::domain::Node;
use crate::scope::core::Core;
use crate::sync::{Apart, AtomicUsize, Ordering, lock};

/// So many lists: each thread adds to one, so that threads that start many roots do not stand in each other's way.
const SHARDS: usize = 16;

static ROOTS: [Apart<Mutex<Slab<Arc<Core>>>>; SHARDS] = [const { Apart(Mutex::new(Slab::new())) }; SHARDS];

thread_local! {
    static OURS: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS
    };
}

/// Keeps a scope listed: where, in one word, since each running scope has room for it.
pub(crate) struct Root(NonZero<usize>);

impl Root {
    /// Lists the scope, if it may be a root.
    #[inline]
    pub(crate) fn of(core: &Arc<Core>) -> Option<Self> {
        may_be_one(core).then(|| Self::new(core))
    }

    pub(crate) fn new(core: &Arc<Core>) -> Self {
        let shard = OURS.try_with(|ours| *ours).unwrap_or(0);
        let key = lock(&ROOTS[shard].0).insert(Arc::clone(core));
        Self(NonZero::new((key + 1) * SHARDS + shard).expect("it is not 0"))
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let (key, shard) = (self.0.get() / SHARDS - 1, self.0.get() % SHARDS);
        let core = lock(&ROOTS[shard].0).try_remove(key);
        drop(core);
    }
}

fn is_scope(node: &dyn Node) -> bool {
    let any: &dyn Any = node;
    any.is::<Core>()
}

/// Whether it hangs nowhere, or on something that may be taken elsewhere.
#[inline]
fn may_be_one(core: &Core) -> bool {
    let mut next = core.domain().parent();
    while let Some(above) = next {
        if is_scope(&*above.node) {
            return false;
        }
        if above.node.roams() {
            return true;
        }
        next = above.node.domain().parent();
    }
    true
}

/// Whether no scope that has not ended is above it just now.
fn is_one(core: &Core) -> bool {
    let mut next = core.above();
    while let Some(above) = next {
        let any: &dyn Any = &*above.node;
        if any.downcast_ref::<Core>().is_some_and(|scope| !scope.background.is_closed()) {
            return false;
        }
        next = if above.node.is_parked() { None } else { above.node.above() };
    }
    true
}

/// All roots, the oldest first.
pub(super) fn all() -> Vec<Arc<Core>> {
    let mut cores = Vec::new();
    for Apart(shard) in &ROOTS {
        cores.extend(lock(shard).iter().map(|(_, core)| Arc::clone(core)));
    }
    cores.retain(|core| is_one(core));
    cores.sort_by_cached_key(|core| std::cmp::Reverse(core.age()));
    cores
}
