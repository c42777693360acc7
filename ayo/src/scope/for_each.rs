//! `for_each`: as many items at once as there are places, and nothing kept of them.
//!
//! Every place that is free takes a [`Puller`], which polls one item's future after the other in place: no allocation
//! and no lock but the iterator's for an item. Without a limit there are as many pullers as items are pending.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::core::Core;
use super::feed::{Feed, Pulled};
use super::handle::Scope;
use super::spawn::TaskFuture;
use crate::cancel::Reason;
use crate::cancel::domain::{Fault, Link, Node};
use crate::inherit::inherited;
use crate::outcome::Outcome;
use crate::probe::{self, Wait};
use crate::site::{Extra, Label, Since, Traits, Who};
use crate::sync::{AtomicUsize, Ordering, lock};
use crate::task::cell::Cell;
use crate::task::deliver::drop_unread;
use crate::task::handle::Repr;
use crate::task::job::{BoxedJob, Job, Step};
use crate::task::lane::LaneSeat;
use crate::task::node::{Name, TaskNode};
use crate::task::work::{self, Seat, Verdict, settle};
use crate::task::{Cancelled, Task};

/// So many items that are ready at once run before others get their turn.
const TURN: usize = 32;

impl<C> Scope<C> {
    /// Runs `make(item)` for each item, and gives how many there were.
    ///
    /// It is lazy: the iterator is pulled as places free up, and nothing is kept, so memory does not depend on how
    /// many items there are. Without `max_concurrency` it pulls in batches and yields in between.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
    /// let count = ayo::scope!(max_concurrency = 10 => |run| {
    ///     run.for_each(0..1_000, |n| async move { tokio::task::yield_now().await; let _ = n; }).await?
    /// }).await?;
    /// assert_eq!(count, 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// Where there is no Tokio runtime. A panic of the iterator or of `make` is a panic of the task.
    #[track_caller]
    pub fn for_each<I, M, F>(&self, items: I, make: M) -> Task<u64>
    where
        I: IntoIterator<IntoIter: Send + 'static>,
        M: FnMut(I::Item) -> F + Send + 'static,
        F: TaskFuture + Send + 'static,
        F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
    {
        let core = self.core();
        let end = Cell::new();
        let group = TaskNode::new(Name::None, None);
        end.begin(&group);
        let source = Arc::new(Source {
            feed: Feed::new(items.into_iter(), make),
            parties: AtomicUsize::new(1),
            end: Arc::clone(&end),
            cut: Mutex::default(),
            group,
            since: core.since(),
            location: Location::caller(),
        });
        let id = match core.admit(Traits::default()) {
            Ok(id) => {
                core.enqueue::<BoxedJob>(Box::pin(Puller::new(source, id, id, core)));
                id
            }
            Err(reason) => {
                source.leave(Some(reason), core);
                0
            }
        };
        Task::new(Repr::Cell(end), Arc::clone(core), id, false)
    }
}

/// What all who work on one `for_each` share.
struct Source<I, M> {
    feed: Feed<I, M>,
    /// Who works on it; the last one to leave tells the handle.
    parties: AtomicUsize,
    end: Arc<Cell<Result<u64, Cancelled>>>,
    /// Why there will be no count: an item failed, or was cancelled.
    cut: Mutex<Option<Cancelled>>,
    /// Above the domains of all of them: the handle cancels it.
    group: Arc<TaskNode>,
    since: Since,
    location: &'static Location<'static>,
}

impl<I, M> Source<I, M> {
    /// Whether another party may enter under this limit; it has entered then.
    fn enter_below(&self, limit: usize) -> bool {
        let below = |parties| (parties < limit).then_some(parties + 1);
        self.parties.load(Ordering::Relaxed) < limit
            && self.parties.fetch_update(Ordering::Relaxed, Ordering::Relaxed, below).is_ok()
    }

    fn who<F>(&self, id: u32) -> Who {
        let label = Label {
            id,
            traits: Traits::default(),
            since: self.since,
            location: self.location,
            type_name: std::any::type_name::<F>,
        };
        Who { label, extra: self.feed.extra.clone() }
    }
}

impl<I: Iterator, M: FnMut(I::Item) -> F, F> Source<I, M> {
    /// A party leaves, with a reason if it did not get to the end. The last one tells the handle.
    fn leave(&self, cut: Option<Reason>, core: &Core) {
        if let Some(reason) = cut {
            self.cut_short(Cancelled::new(reason));
        }
        if self.parties.fetch_sub(1, Ordering::AcqRel) == 1 {
            if let Err(payload) = self.feed.close() {
                core.fail(Fault::Panic(payload), None, core.bubbles(Traits::default()));
            }
            let cut = lock(&self.cut).take();
            drop(self.end.put(cut.map_or_else(|| Ok(self.feed.pulled()), Err)));
        }
    }

    /// There will be no count.
    fn cut_short(&self, cancelled: Cancelled) {
        lock(&self.cut).get_or_insert(cancelled);
    }
}

pin_project! {
    /// A job that holds a place and runs item after item in it.
    struct Puller<I, M, F> {
        source: Arc<Source<I, M>>,
        id: u32,
        extra: Option<Arc<Extra>>,
        // Of the puller that the handle knows.
        first: u32,
        link: Option<Link>,
        #[pin]
        item: Option<F>,
    }
}

impl<I, M, F> Puller<I, M, F>
where
    I: Iterator,
    M: FnMut(I::Item) -> F,
{
    fn new(source: Arc<Source<I, M>>, id: u32, first: u32, core: &Arc<Core>) -> Self {
        let Who { label, extra } = source.who::<F>(id);
        let extra = probe::task_begins(core, label, extra, Wait::Place);
        Self { source, id, extra, first, link: None, item: None }
    }
}

impl<I, M, F> Puller<I, M, F>
where
    I: Iterator + Send + 'static,
    M: FnMut(I::Item) -> F + Send + 'static,
    F: Future<Output: Outcome> + Send + 'static,
{
    /// Takes the next item; `false`: there is none.
    fn pull(self: Pin<&mut Self>, core: &Arc<Core>) -> bool {
        let mut this = self.project();
        match this.source.feed.pull() {
            Pulled::Nothing => false,
            Pulled::Panicked(payload) => {
                let label = this.source.who::<F>(*this.id).label;
                core.fail_task(Fault::Panic(payload), &Who { label, extra: this.extra.clone() });
                this.source.cut_short(Cancelled::after_failure());
                false
            }
            Pulled::One(future) => {
                this.item.set(Some(future));
                Self::ask_for_help(this.source, *this.first, core);
                true
            }
        }
    }

    /// Puts another puller in line while there are places that could take one.
    fn ask_for_help(source: &Arc<Source<I, M>>, first: u32, core: &Arc<Core>) {
        if !source.enter_below(core.limiter().map_or(usize::MAX, |limiter| limiter.limit())) {
            return;
        }
        match core.admit(Traits::default()) {
            Ok(id) => core.enqueue_again(Box::pin(Self::new(Arc::clone(source), id, first, core))),
            Err(reason) => source.leave(Some(reason), core),
        }
    }

    fn poll_item(self: Pin<&mut Self>, seat: &LaneSeat, cx: &mut Context<'_>) -> Poll<Verdict<F::Output>> {
        let this = self.project();
        inherited(this.extra.as_ref(), || work::poll(this.item, seat, cx))
    }

    /// Books how an item ended; one that failed is the end of the count, not of the others.
    fn book(&self, verdict: Verdict<F::Output>, core: &Core) {
        match settle(verdict, core, || self.who()) {
            Ok(value) => drop_unread(value, core, || self.who()),
            Err(cancelled) => self.source.cut_short(cancelled),
        }
    }

    fn end(&self, core: &Core, cut: Option<Reason>) {
        self.source.leave(cut, core);
        probe::task_ends(self.extra.as_ref());
        core.task_ended(Traits::default());
    }
}

impl<I, M, F> Job for Puller<I, M, F>
where
    I: Iterator + Send + 'static,
    M: FnMut(I::Item) -> F + Send + 'static,
    F: Future<Output: Outcome> + Send + 'static,
{
    fn id(&self) -> u32 {
        self.id
    }

    fn awaited_as(&self) -> u32 {
        self.first
    }

    fn has_fellows(&self) -> bool {
        true
    }

    fn who(&self) -> Who {
        Who { extra: self.extra.clone(), ..self.source.who::<F>(self.id) }
    }

    fn begin(self: Pin<&mut Self>, seat: &mut LaneSeat) {
        seat.take(|| self.who(), true);
        let group = Arc::clone(&self.source.group) as Arc<dyn Node>;
        *self.project().link = Some(Link::new(&group, &seat.as_node(), false));
    }

    fn poll(mut self: Pin<&mut Self>, seat: &LaneSeat, cx: &mut Context<'_>) -> Poll<Step> {
        for _ in 0..TURN {
            if self.item.is_none() && seat.told() {
                self.refuse(seat, seat.reason());
                return Poll::Ready(Step::Ended);
            }
            if self.item.is_none() && !self.as_mut().pull(&seat.core) {
                self.end(&seat.core, None);
                return Poll::Ready(Step::Ended);
            }
            let Poll::Ready(verdict) = self.as_mut().poll_item(seat, cx) else { return Poll::Pending };
            let cut = if let Verdict::Cancelled(reason) = &verdict { Some(reason.clone()) } else { None };
            self.book(verdict, &seat.core);
            if cut.is_some() {
                self.end(&seat.core, cut);
                return Poll::Ready(Step::Ended);
            }
            if seat.core.limiter().is_some_and(|limiter| limiter.is_contended()) {
                probe::waits(self.extra.as_ref(), Wait::Place);
                return Poll::Ready(Step::Later);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn refuse(mut self: Pin<&mut Self>, seat: &LaneSeat, reason: Reason) {
        let this = self.as_mut().project();
        let cancelled = Verdict::<F::Output>::Cancelled(reason.clone());
        let verdict = inherited(this.extra.as_ref(), || work::drop_future(this.item, seat, cancelled));
        self.book(verdict, &seat.core);
        self.end(&seat.core, Some(reason));
    }
}
