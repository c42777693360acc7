//! Values that nobody will read, of tasks whose handles were dropped: they end with the scope, not after it.
//!
//! Tokio drops the output of a task whose join handle is gone after the task's last poll, so possibly after the scope
//! has been told that the task has ended. Where that could be noticed, because the value has a destructor, a handle
//! that is dropped early leaves the join handle here; a collecting scope that was dropped leaves what it kept.

use std::any::Any;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use tokio::task::{JoinHandle, unconstrained};

use super::core::Core;
use crate::cancel::domain::Fault;
use crate::panic::caught;
use crate::sync::{AtomicBool, Ordering, lock};
use crate::task::Cancelled;
use crate::task::handle::Repr;

/// What was left; swept when it has doubled, so that it stays as long as the list of tasks that run.
#[derive(Default)]
pub(crate) struct Unread {
    /// Whether anything was ever left, to be read without the lock.
    any: AtomicBool,
    left: Mutex<Option<Box<Left>>>,
}

#[derive(Default)]
struct Left {
    values: Vec<Box<dyn Value>>,
    sweep_at: usize,
}

pub(crate) trait Value: Send {
    fn is_there(&self) -> bool;

    /// Drops the value; gives what its destructor panicked with.
    fn poll_drop(&mut self, cx: &mut Context<'_>) -> Poll<Option<Box<dyn Any + Send>>>;
}

impl<V: Send + 'static> Value for JoinHandle<Result<V, Cancelled>> {
    fn is_there(&self) -> bool {
        self.is_finished()
    }

    fn poll_drop(&mut self, cx: &mut Context<'_>) -> Poll<Option<Box<dyn Any + Send>>> {
        let polled = Pin::new(&mut unconstrained(self)).poll(cx);
        polled.map(|joined| caught(|| drop(joined)).err())
    }
}

impl<V: Send + 'static> Value for Repr<V> {
    fn is_there(&self) -> bool {
        self.is_finished()
    }

    fn poll_drop(&mut self, cx: &mut Context<'_>) -> Poll<Option<Box<dyn Any + Send>>> {
        self.poll_kept(cx).map(|value| caught(|| drop(value)).err())
    }
}

impl Unread {
    /// Leaves a value that may not be there yet.
    pub(crate) fn leave(&self, value: impl Value + 'static, core: &Core) {
        const FEW: usize = 32;
        let mut there = {
            let mut left = lock(&self.left);
            self.any.store(true, Ordering::Release);
            let left = left.get_or_insert_default();
            left.values.push(Box::new(value));
            if left.values.len() < left.sweep_at.max(FEW) {
                return;
            }
            let (there, running) =
                std::mem::take(&mut left.values).into_iter().partition(|value| value.is_there());
            left.values = running;
            left.sweep_at = 2 * left.values.len();
            there
        };
        let mut nobody = Context::from_waker(std::task::Waker::noop());
        let _ = Self::drop_all(&mut there, core, &mut nobody);
    }

    /// Drops what is left of tasks that have all ended.
    #[inline]
    pub(crate) fn poll_drop(&self, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        if self.any.load(Ordering::Acquire) { self.poll_drop_left(core, cx) } else { Poll::Ready(()) }
    }

    fn poll_drop_left(&self, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut left) = lock(&self.left).take() else { return Poll::Ready(()) };
        let polled = Self::drop_all(&mut left.values, core, cx);
        if polled.is_pending() {
            *lock(&self.left) = Some(left);
        }
        polled
    }

    fn drop_all(values: &mut Vec<Box<dyn Value>>, core: &Core, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(last) = values.last_mut() {
            match last.poll_drop(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {}
                Poll::Ready(Some(payload)) => {
                    core.fail(Fault::Panic(payload), None, core.bubbles(crate::site::Traits::default()))
                }
            }
            values.pop();
        }
        Poll::Ready(())
    }
}
