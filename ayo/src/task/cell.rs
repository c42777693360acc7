//! Where a task leaves its result for a handle, when that is not Tokio's join handle.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::node::TaskNode;
use crate::cancel::Reason;
use crate::cancel::domain::{Node, request};
use crate::error::TaskInfo;
use crate::sync::lock;

pub(crate) struct Cell<T>(Mutex<State<T>>);

struct State<T> {
    slot: Slot<T>,
    cancelled: Option<Reason>,
}

enum Slot<T> {
    /// In line, running, or in clean-up.
    Open(Box<Open>),
    /// Ended, and not read yet. The task is named for an error that may never be read.
    Done(T, Option<TaskInfo>),
    /// Nobody will read it: the handle is gone, or has read it.
    Closed,
}

#[derive(Default)]
struct Open {
    reader: Option<Waker>,
    node: Option<Arc<TaskNode>>,
}

impl<T> Cell<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { slot: Slot::Open(Box::default()), cancelled: None })))
    }

    /// The task starts, in this domain. A reason: it was cancelled before that.
    #[inline]
    pub(crate) fn begin(&self, node: &Arc<TaskNode>) -> Option<Reason> {
        let mut state = lock(&self.0);
        if let Slot::Open(open) = &mut state.slot {
            open.node = Some(Arc::clone(node));
        }
        state.cancelled.clone()
    }

    /// Asks the task to end, now or when it starts; `false`: it has not started.
    pub(crate) fn cancel(&self, reason: &Reason) -> bool {
        let node = {
            let mut state = lock(&self.0);
            state.cancelled.get_or_insert_with(|| reason.clone());
            match &state.slot {
                Slot::Open(open) => open.node.clone(),
                Slot::Done(..) | Slot::Closed => return true,
            }
        };
        if let Some(node) = &node {
            request(node.domain(), reason);
        }
        node.is_some()
    }

    /// Leaves the result; what nobody will read comes back.
    #[inline]
    pub(crate) fn put(&self, result: T) -> Option<T> {
        self.put_with(result, None)
    }

    /// Leaves the result with the name of its task.
    #[inline]
    pub(crate) fn put_with(&self, result: T, task: Option<TaskInfo>) -> Option<T> {
        let mut state = lock(&self.0);
        let open = match &mut state.slot {
            Slot::Open(open) => std::mem::take(open),
            Slot::Done(..) | Slot::Closed => return Some(result),
        };
        state.slot = Slot::Done(result, task);
        drop(state);
        if let Some(reader) = open.reader {
            reader.wake();
        }
        None
    }

    pub(crate) fn is_done(&self) -> bool {
        !matches!(lock(&self.0).slot, Slot::Open(_))
    }

    /// Waits for the result without reading it.
    pub(crate) fn poll_done(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        let Slot::Open(open) = &mut state.slot else { return Poll::Ready(()) };
        let old = open.reader.replace(cx.waker().clone());
        drop(state);
        drop(old);
        Poll::Pending
    }

    /// Reads the result, once.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        let mut state = lock(&self.0);
        if let Slot::Open(open) = &mut state.slot {
            let old = open.reader.replace(cx.waker().clone());
            drop(state);
            drop(old);
            return Poll::Pending;
        }
        match std::mem::replace(&mut state.slot, Slot::Closed) {
            Slot::Done(result, _) => Poll::Ready(Some(result)),
            Slot::Open(_) | Slot::Closed => Poll::Ready(None),
        }
    }

    /// The handle goes: what was not read comes back, and later results come back from `put`.
    ///
    /// The task can still be asked to end by its scope only.
    pub(crate) fn close(&self) -> Option<(T, Option<TaskInfo>)> {
        let old = std::mem::replace(&mut lock(&self.0).slot, Slot::Closed);
        match old {
            Slot::Done(result, task) => Some((result, task)),
            Slot::Open(_) | Slot::Closed => None,
        }
    }
}
