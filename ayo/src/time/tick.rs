//! One tick of a schedule: the future of its task.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::callback::{Callback, TickOutput};
use super::entry::{Base, Plan, tick_ended};
use super::schedule::Schedule;
use crate::outcome::Outcome;
use crate::panic::caught;
use crate::scope::core::Core;
use crate::scope::spawn::Order;
use crate::sync::lock;
use crate::task::Task;

/// A schedule with the function that it calls.
pub(crate) struct Entry<C, M> {
    base: Base,
    /// `None` once the schedule is over.
    callback: Mutex<Option<C>>,
    kind: PhantomData<fn() -> M>,
}

impl<C, M> Entry<C, M> {
    pub(crate) fn new(base: Base, callback: C) -> Self {
        Self { base, callback: Mutex::new(Some(callback)), kind: PhantomData }
    }
}

impl<C, M, F, O> Plan for Entry<C, M>
where
    C: Callback + Send + 'static,
    C::Out: TickOutput<M, Future = F>,
    F: Future<Output = O> + Send + 'static,
    O: Outcome<Error: Send + 'static> + 'static,
    M: 'static,
{
    fn base(&self) -> &Base {
        &self.base
    }

    fn start(self: Arc<Self>, core: &Arc<Core>, order: Order, wanted: bool) -> Option<Task<()>> {
        let plan = Arc::clone(&self) as Arc<dyn Plan>;
        let schedule = Schedule::of(Arc::clone(core), plan);
        let tick = Tick { future: None, entry: self, ended: Ended { schedule, ran: false } };
        if wanted {
            return Some(core.spawn(tick, order));
        }
        core.start(tick, order);
        None
    }

    fn drop_callback(&self) -> Result<(), Box<dyn Any + Send>> {
        let callback = lock(&self.callback).take();
        caught(|| drop(callback))
    }
}

pin_project! {
    pub(crate) struct Tick<C, M, F> {
        #[pin]
        future: Option<F>,
        entry: Arc<Entry<C, M>>,
        // behind the future, so that it is dropped after it
        ended: Ended,
    }
}

/// Tells the schedule that its tick has ended.
struct Ended {
    schedule: Schedule,
    ran: bool,
}

impl Drop for Ended {
    fn drop(&mut self) {
        tick_ended(self.schedule.core(), self.schedule.plan(), self.ran);
    }
}

impl<C, M, F, O> Future for Tick<C, M, F>
where
    C: Callback,
    C::Out: TickOutput<M, Future = F>,
    F: Future<Output = O>,
    O: Outcome,
{
    type Output = Result<(), O::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        within(&this.ended.schedule, || {
            if !std::mem::replace(&mut this.ended.ran, true) {
                let called = lock(&this.entry.callback).as_mut().map(|callback| callback());
                this.future.set(called.map(TickOutput::into_future));
            }
            let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Ready(Ok(())) };
            let output = ready!(future.poll(cx));
            Poll::Ready(output.into_result().map(drop))
        })
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Schedule>> = const { RefCell::new(None) };
}

/// Runs `f` as part of a tick of this schedule.
fn within<R>(schedule: &Schedule, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Schedule>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let ours = CURRENT.replace(self.0.take());
            drop(ours);
        }
    }
    let _restore = Restore(CURRENT.replace(Some(schedule.clone())));
    f()
}

/// The schedule that the running code is a tick of.
pub(crate) fn current() -> Option<Schedule> {
    CURRENT.with_borrow(Clone::clone)
}
