//! How a future becomes a child of a borrowing scope.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;

use super::handle::LocalScope;
use super::kind::{Keep, Kind, keeper};
use super::place::{self, Seated};
use super::queue::Turn;
use super::task::{Handle, LocalTask, ToLocal};
use crate::BoxError;
use crate::cancel::Reason;
use crate::outcome::Outcome;
use crate::probe::Wait;
use crate::scope::spawn::Order;
use crate::site::Traits;
use crate::task::cell::Cell;
use crate::task::child::Child;
use crate::task::deliver::{Deliver, ToAttempt};
use crate::task::handle::Reach;
use crate::task::{Attempt, Cancelled, TaskError};

impl<'env, K: Kind, C> LocalScope<'env, K, C> {
    /// Starts a child that `boxed` makes, and tells its place and number. A reason: it is not started, and its future is
    /// dropped.
    #[inline]
    fn child<F, D>(
        &self,
        future: F,
        deliver: D,
        order: Order,
        turn: Turn,
        boxed: impl FnOnce(Seated<F, D>) -> K::Child<'env>,
    ) -> Result<(u32, u32), Reason>
    where
        F: Future<Output: Outcome>,
        D: Deliver<F::Output, Out = ()>,
    {
        let core = self.core();
        let id = match core.admit(order.traits) {
            Ok(id) => id,
            Err(reason) => {
                core.refuse(future);
                return Err(reason);
            }
        };
        let in_line = !order.traits.has(Traits::BACKGROUND) && core.limiter().is_some();
        if in_line || core.settings.eager {
            return self.child_at(id, future, deliver, order, turn, in_line, boxed);
        }
        let (label, extra) = core.begin_task::<F>(order, id, Wait::Turn);
        let task = Child::new(future, deliver, Arc::clone(core), label, extra);
        let entered = self.queue.enter(None, id, boxed(Seated::new(task, None)), turn);
        entered.map(|slot| (slot, id)).map_err(too_late)
    }

    /// The same with a number, for one that stands in line for a place, or begins at once.
    #[cold]
    #[allow(clippy::too_many_arguments, reason = "those of `child`, and what that has found out")]
    fn child_at<F, D>(
        &self,
        id: u32,
        future: F,
        deliver: D,
        order: Order,
        turn: Turn,
        in_line: bool,
        boxed: impl FnOnce(Seated<F, D>) -> K::Child<'env>,
    ) -> Result<(u32, u32), Reason>
    where
        F: Future<Output: Outcome>,
        D: Deliver<F::Output, Out = ()>,
    {
        let core = self.core();
        let Some(slot) = self.queue.reserve() else {
            core.task_ended(order.traits);
            core.refuse(future);
            return Err(Reason::Ended);
        };
        let wait = if in_line { Wait::Place } else { Wait::Turn };
        let (label, extra) = core.begin_task::<F>(order, id, wait);
        let stand_in =
            in_line.then(|| place::Turn::new(Arc::clone(&self.queue.woken), slot, label, extra.clone()));
        let task = Child::new(future, deliver, Arc::clone(core), label, extra);
        let child = boxed(Seated::new(task, stand_in.as_ref().map(|turn| turn.place(core))));
        let turn = if in_line { Turn::Later } else { turn };
        if core.settings.eager {
            self.begin(slot, id, child, stand_in);
        } else {
            drop(self.queue.enter(Some(slot), id, child, turn)); // one that comes late tells its handle
            stand_in.into_iter().for_each(|stand_in| core.enqueue(stand_in));
        }
        Ok((slot, id))
    }

    /// Runs a child at once, up to its first suspension. What is left of it stands in line before those that have not begun.
    fn begin(&self, slot: u32, id: u32, mut child: K::Child<'env>, stand_in: Option<place::Turn>) {
        self.queue.occupy(slot, id);
        let waker = self.queue.woken.waker(slot);
        if Pin::new(&mut child).poll(&mut Context::from_waker(&waker)).is_ready() {
            self.queue.leave(slot);
            return;
        }
        let turn = if self.queue.is_here() { Turn::Later } else { Turn::Last };
        drop(self.queue.enter(Some(slot), id, child, turn));
        stand_in.into_iter().for_each(|stand_in| self.core().enqueue_ahead(stand_in));
    }

    #[inline]
    pub(super) fn task_of<F, V>(
        &self,
        future: F,
        order: Order,
        turn: Turn,
        boxed: impl FnOnce(Seated<F, ToLocal<V>>) -> K::Child<'env>,
    ) -> LocalTask<V>
    where
        F: Future<Output: Outcome<Value = V>>,
        C: Keep<V>,
    {
        let cell = Cell::<Result<V, Cancelled>>::new();
        let keeper = keeper::<V, C>();
        let deliver = ToLocal { cell: Some(Arc::clone(&cell)), keeper };
        let core = Arc::clone(self.core());
        match self.child(future, deliver, order, turn, boxed) {
            Ok((slot, id)) => {
                let entry = Handle { woken: Arc::clone(&self.queue.woken), slot, id };
                LocalTask::new(cell, core, entry, keeper)
            }
            Err(reason) => LocalTask::never(core, Arc::clone(&self.queue.woken), reason),
        }
    }

    /// The same without a handle.
    #[inline]
    pub(super) fn started<F, V>(
        &self,
        future: F,
        order: Order,
        boxed: impl FnOnce(Seated<F, ToLocal<V>>) -> K::Child<'env>,
    ) where
        F: Future<Output: Outcome<Value = V>>,
        C: Keep<V>,
    {
        let deliver = ToLocal { cell: None, keeper: keeper::<V, C>() };
        let _ = self.child(future, deliver, order, Turn::Last, boxed);
    }

    pub(super) fn attempted<F, V, E>(
        &self,
        future: F,
        order: Order,
        boxed: impl FnOnce(Seated<F, ToAttempt<V, E>>) -> K::Child<'env>,
    ) -> Attempt<V, E>
    where
        F: Future<Output: Outcome<Value = V, Error = E>>,
        E: Into<BoxError>,
    {
        let cell = Cell::<Result<V, TaskError<E>>>::new();
        let core = Arc::clone(self.core());
        match self.child(future, ToAttempt(Arc::clone(&cell)), order, Turn::Last, boxed) {
            Ok((slot, id)) => Attempt::new(cell, core, id, Reach::Here(self.queue.woken.waker(slot))),
            Err(reason) => {
                let _ = cell.put(Err(TaskError::Cancelled(Cancelled::new(reason))));
                Attempt::new(cell, core, 0, Reach::Direct)
            }
        }
    }
}

/// Drops a child that came when its scope was over.
#[cold]
fn too_late<T>(child: T) -> Reason {
    drop(child);
    Reason::Ended
}
