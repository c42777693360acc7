//! Where a task leaves its result for a handle, when that is not Tokio's join handle.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::node::TaskNode;
use crate::cancel::Reason;
use crate::cancel::domain::{Node, request};
use crate::error::TaskInfo;
use crate::sync::lock;

pub(crate) struct Cell<T>(Mutex<Slot<T>>);

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
    cancelled: Option<Reason>,
}

impl<T> Cell<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Slot::Open(Box::default()))))
    }

    /// The task starts, in this domain. A reason: it was cancelled before that.
    pub(crate) fn begin(&self, node: &Arc<TaskNode>) -> Option<Reason> {
        match &mut *lock(&self.0) {
            Slot::Open(open) => {
                open.node = Some(Arc::clone(node));
                open.cancelled.clone()
            }
            Slot::Done(..) | Slot::Closed => None,
        }
    }

    /// Asks the task to end, now or when its turn comes.
    pub(crate) fn cancel(&self, reason: Reason) {
        let node = match &mut *lock(&self.0) {
            Slot::Open(open) => {
                open.cancelled.get_or_insert_with(|| reason.clone());
                open.node.clone()
            }
            Slot::Done(..) | Slot::Closed => None,
        };
        if let Some(node) = node {
            request(node.domain(), &reason);
        }
    }

    /// Leaves the result; what nobody will read comes back.
    pub(crate) fn put(&self, result: T) -> Option<T> {
        self.put_with(result, None)
    }

    /// Leaves the result with the name of its task.
    pub(crate) fn put_with(&self, result: T, task: Option<TaskInfo>) -> Option<T> {
        let mut slot = lock(&self.0);
        let open = match &mut *slot {
            Slot::Open(open) => std::mem::take(open),
            Slot::Done(..) | Slot::Closed => return Some(result),
        };
        *slot = Slot::Done(result, task);
        drop(slot);
        if let Some(reader) = open.reader {
            reader.wake();
        }
        None
    }

    pub(crate) fn is_done(&self) -> bool {
        !matches!(*lock(&self.0), Slot::Open(_))
    }

    /// Reads the result, once.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        let mut slot = lock(&self.0);
        if let Slot::Open(open) = &mut *slot {
            let old = open.reader.replace(cx.waker().clone());
            drop(slot);
            drop(old);
            return Poll::Pending;
        }
        match std::mem::replace(&mut *slot, Slot::Closed) {
            Slot::Done(result, _) => Poll::Ready(Some(result)),
            Slot::Open(_) | Slot::Closed => Poll::Ready(None),
        }
    }

    /// The handle goes: what was not read comes back, and later results come back from `put`.
    ///
    /// The task can still be asked to end by its scope only.
    pub(crate) fn close(&self) -> Option<(T, Option<TaskInfo>)> {
        let old = std::mem::replace(&mut *lock(&self.0), Slot::Closed);
        match old {
            Slot::Done(result, task) => Some((result, task)),
            Slot::Open(_) | Slot::Closed => None,
        }
    }
}
