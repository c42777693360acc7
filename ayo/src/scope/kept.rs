//! `collect`: the values of tasks whose handles were dropped unread, in the order of spawning.

use std::any::Any;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use super::core::Core;
use crate::sync::lock;
use crate::task::handle::Repr;

/// The values of one scope, of whatever type.
#[expect(private_interfaces, reason = "it is named by a hidden item, and nobody outside can reach it")]
pub trait Store: Any + Send + Sync {
    /// Nobody will read them: what is there, and what comes, is dropped before the scope ends.
    fn discard(&self, core: &Core);
}

/// The values of one scope.
pub(crate) struct Kept<V>(Mutex<State<V>>);

struct State<V> {
    left: Vec<(u32, Repr<V>)>,
    /// How many were gathered; `None` before that begins.
    gathered: Option<usize>,
    /// Nothing is kept any more.
    over: bool,
}

impl<V: Send + 'static> Store for Kept<V> {
    fn discard(&self, core: &Core) {
        let left = {
            let mut state = lock(&self.0);
            state.over = true;
            std::mem::take(&mut state.left)
        };
        left.into_iter().for_each(|(_, value)| core.unread.leave(value, core));
    }
}

impl<V: Send + 'static> Kept<V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { left: Vec::new(), gathered: None, over: false }))
    }

    /// Of a scope that collects values of this type.
    #[inline]
    pub(crate) fn of(core: &Core) -> Option<&Self> {
        let kept: &dyn Any = core.kept.as_deref()?;
        kept.downcast_ref()
    }

    pub(crate) fn leave(&self, id: u32, value: Repr<V>) {
        let mut state = lock(&self.0);
        if state.over {
            drop(state);
            drop(value);
        } else {
            state.left.push((id, value));
        }
    }

    /// Moves what came from tasks, which have all ended, into `values`, in the order of spawning.
    pub(crate) fn poll_into(&self, values: &mut Vec<V>, cx: &mut Context<'_>) -> Poll<()> {
        let State { left, gathered, over } = &mut *lock(&self.0);
        if gathered.is_none() {
            left.sort_unstable_by_key(|(id, _)| *id);
            values.reserve_exact(left.len());
        }
        let next = gathered.get_or_insert(0);
        while let Some((_, value)) = left.get_mut(*next) {
            values.extend(ready!(value.poll_kept(cx)));
            *next += 1;
        }
        left.clear();
        *over = true;
        Poll::Ready(())
    }
}
