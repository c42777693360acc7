//! `map`: a task for each item, made as places free up.

use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::core::Core;
use super::feed::{Feed, Pulled};
use super::handle::{Collects, Scope};
use super::spawn::{Order, TaskFuture};
use super::tasks::{Lazy, Tasks};
use crate::cancel::Reason;
use crate::cancel::domain::Fault;
use crate::inherit::inherited;
use crate::outcome::Outcome;
use crate::probe::{self, Wait};
use crate::site::{Label, Traits, Who};
use crate::sync::lock;
use crate::task::cell::Cell;
use crate::task::deliver::ToTask;
use crate::task::handle::Repr;
use crate::task::job::{BoxedJob, Job, Single, Step};
use crate::task::lane::LaneSeat;
use crate::task::{Cancelled, Task};

impl<C> Scope<C> {
    /// Starts `make(item)` for each item, lazily: the iterator is pulled as places free up.
    ///
    /// The result awaits to all values, in the order of the items. Iterating over it instead gives the tasks, and
    /// pulls what is left of the iterator at once. Without `max_concurrency` it pulls in batches and yields in between.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// let squares = ayo::scope!(max_concurrency = 2 => |run| {
    ///     run.map([1, 2, 3], |n| async move { n * n }).await?
    /// }).await?;
    /// assert_eq!(squares, [1, 4, 9]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// Where there is no Tokio runtime. A panic of the iterator or of `make` is a panic of the task.
    #[track_caller]
    pub fn map<I, M, F>(&self, items: I, make: M) -> Tasks<<F::Out as Outcome>::Value>
    where
        I: IntoIterator<IntoIter: Send + 'static>,
        M: FnMut(I::Item) -> F + Send + 'static,
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
        C: Collects<<F::Out as Outcome>::Value>,
    {
        let source = Arc::new(Source {
            feed: Feed::new(items.into_iter(), make),
            core: Arc::clone(self.core()),
            started: Mutex::default(),
            turn: Mutex::default(),
            keep: <C as Collects<<F::Out as Outcome>::Value>>::KEEPS,
            location: Location::caller(),
        });
        let tasks = Tasks::lazy(Arc::clone(&source) as Arc<dyn Lazy<_>>);
        match self.core().admit(Traits::default()) {
            Ok(id) => {
                lock(&source.started).feeder = id;
                self.core().enqueue::<BoxedJob>(Box::pin(Feeder { source, id }));
            }
            Err(reason) => source.end(Some(Cancelled::new(reason))),
        }
        tasks
    }
}

struct Source<I, M, V: Send + 'static> {
    feed: Feed<I, M>,
    core: Arc<Core>,
    started: Mutex<Started<V>>,
    /// Held from pulling an item until its task is kept, so that tasks are kept in the order of their items.
    turn: Mutex<()>,
    /// Values that nobody reads are results of the scope.
    keep: bool,
    location: &'static Location<'static>,
}

/// Tasks that were started and not yet asked for.
struct Started<V: Send + 'static> {
    tasks: std::collections::VecDeque<Task<V>>,
    reader: Option<Waker>,
    /// The job that starts them, and whether the scope was told that somebody waits for it.
    feeder: u32,
    waits: bool,
    /// No more will come; with a reason if that is not because the items have ended.
    ended: Option<Option<Cancelled>>,
    /// Nobody will ask.
    closed: bool,
}

impl<V: Send + 'static> Default for Started<V> {
    fn default() -> Self {
        Self { tasks: Default::default(), reader: None, feeder: 0, waits: false, ended: None, closed: false }
    }
}

impl<I, M, F, V> Source<I, M, V>
where
    I: Iterator + Send + 'static,
    M: FnMut(I::Item) -> F + Send + 'static,
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    /// Keeps a task for whoever asks.
    fn keep(&self, task: Task<V>) {
        let mut started = lock(&self.started);
        let unwanted = if started.closed {
            Some(task)
        } else {
            started.tasks.push_back(task);
            None
        };
        let reader = started.reader.take();
        drop(started);
        drop(unwanted);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn end(&self, cut: Option<Cancelled>) {
        if let Err(payload) = self.feed.close() {
            self.core.fail(Fault::Panic(payload), None, self.core.bubbles(Traits::default()));
        }
        let reader = {
            let mut started = lock(&self.started);
            started.ended.get_or_insert(cut);
            started.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// The next future; a panic of the iterator is booked as one of the task `who`.
    fn pull(&self, who: impl FnOnce() -> Who) -> Option<F> {
        match self.feed.pull() {
            Pulled::One(future) => Some(future),
            Pulled::Nothing => {
                self.end(None);
                None
            }
            Pulled::Panicked(payload) => {
                self.core.fail_task(Fault::Panic(payload), &who());
                self.end(Some(Cancelled::after_failure()));
                None
            }
        }
    }

    fn wait_no_more(&self, mut started: MutexGuard<'_, Started<V>>) {
        let (waits, feeder) = (std::mem::take(&mut started.waits), started.feeder);
        drop(started);
        if waits {
            self.core.waits_no_more(feeder);
        }
    }

    fn order(&self) -> Order {
        Order::at(self.location).keep(self.keep)
    }

    fn who(&self, id: u32) -> Who {
        let label = Label {
            id,
            traits: Traits::default(),
            since: self.core.since(),
            location: self.location,
            type_name: std::any::type_name::<F>,
        };
        Who { label, extra: self.feed.extra.clone() }
    }
}

impl<I, M, F, V> Lazy<V> for Source<I, M, V>
where
    I: Iterator + Send + 'static,
    M: FnMut(I::Item) -> F + Send + 'static,
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Task<V>, Cancelled>>> {
        let mut started = lock(&self.started);
        if let Some(task) = started.tasks.pop_front() {
            self.wait_no_more(started);
            return Poll::Ready(Some(Ok(task)));
        }
        if let Some(cut) = &started.ended {
            return Poll::Ready(cut.clone().map(Err));
        }
        let old = started.reader.replace(cx.waker().clone());
        let feeder = started.feeder;
        drop(started);
        drop(old);
        if self.core.wait_for(feeder, cx) {
            lock(&self.started).waits = true;
        }
        Poll::Pending
    }

    fn take_all(&self) -> Vec<Task<V>> {
        let _turn = lock(&self.turn);
        let mut rest = Vec::new();
        while let Some(future) = self.pull(|| self.who(0)) {
            let spawn = || self.core.spawn(future, self.order());
            rest.push(inherited(self.feed.extra.as_ref(), spawn));
        }
        let mut tasks = Vec::from(std::mem::take(&mut lock(&self.started).tasks));
        tasks.append(&mut rest);
        tasks
    }

    fn close(&self) {
        let unwanted = {
            let mut started = lock(&self.started);
            started.closed = true;
            let unwanted = std::mem::take(&mut started.tasks);
            self.wait_no_more(started);
            unwanted
        };
        drop(unwanted);
    }
}

/// Stands in line for the source: when its turn comes, it makes the next task and stands in line again.
struct Feeder<I, M, V: Send + 'static> {
    source: Arc<Source<I, M, V>>,
    id: u32,
}

impl<I, M, F, V> Job for Feeder<I, M, V>
where
    I: Iterator + Send + 'static,
    M: FnMut(I::Item) -> F + Send + 'static,
    F: Future<Output: Outcome<Value = V, Error: Send + 'static>> + Send + 'static,
    V: Send + 'static,
{
    fn id(&self) -> u32 {
        self.id
    }

    fn who(&self) -> Who {
        self.source.who(self.id)
    }

    fn begin(self: Pin<&mut Self>, seat: &mut LaneSeat) {
        let who = self.who();
        seat.take(|| who, false);
    }

    fn poll(self: Pin<&mut Self>, seat: &LaneSeat, _: &mut Context<'_>) -> Poll<Step> {
        let source = &self.source;
        let core = &seat.core;
        let turn = lock(&source.turn);
        let Some(future) = source.pull(|| self.who()) else {
            core.task_ended(Traits::default());
            return Poll::Ready(Step::Ended);
        };
        let id = match core.admit(Traits::default()) {
            Ok(id) => id,
            Err(reason) => {
                inherited(source.feed.extra.as_ref(), || core.refuse(future));
                drop(turn);
                self.refuse(seat, reason);
                return Poll::Ready(Step::Ended);
            }
        };
        let cell = Cell::<Result<V, Cancelled>>::new();
        let Who { label, extra } = source.who(id);
        let extra = probe::task_begins(core, label, extra, Wait::Place);
        let job: BoxedJob = Box::pin(Single::new(future, ToTask(Arc::clone(&cell)), label, extra));
        source.keep(Task::new(Repr::Cell(cell), Arc::clone(core), id, source.keep));
        Poll::Ready(Step::After(job))
    }

    fn refuse(self: Pin<&mut Self>, seat: &LaneSeat, reason: Reason) {
        self.source.end(Some(Cancelled::new(reason)));
        seat.core.task_ended(Traits::default());
    }
}
