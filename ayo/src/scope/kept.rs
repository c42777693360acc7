//! `collect`: the values of tasks whose handles were dropped unread, in the order of spawning.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use super::core::Core;
use crate::sync::lock;
use crate::task::handle::Repr;

/// The values of one scope.
pub(crate) struct Kept<V>(Mutex<Vec<(u32, Repr<V>)>>);

impl<V: Send + 'static> Kept<V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Of a scope that collects values of this type.
    pub(crate) fn of(core: &Arc<Core>) -> Option<&Self> {
        core.kept.as_ref()?.downcast_ref()
    }

    pub(crate) fn leave(&self, id: u32, value: Repr<V>) {
        lock(&self.0).push((id, value));
    }

    /// Moves what came from tasks that have ended all into `values`, in the order of spawning.
    pub(crate) fn poll_into(&self, values: &mut Vec<V>, cx: &mut Context<'_>) -> Poll<()> {
        let mut left = lock(&self.0);
        left.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
        values.reserve(left.len());
        while let Some((_, last)) = left.last_mut() {
            values.extend(ready!(last.poll_kept(cx)));
            left.pop();
        }
        Poll::Ready(())
    }
}
