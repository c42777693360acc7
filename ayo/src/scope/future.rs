//! The future of a scope: it runs the body, and is ready when everything below has ended.

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::core::Core;
use super::report::{Keeps, Report};
use super::tree::roots::Root;
use crate::BoxError;
use crate::cancel::Reason;
use crate::cancel::ambient::{self, Ambient, Around};
use crate::cancel::domain::{Fault, Link, Marks, Node};
use crate::cancel::grace::Grace;
use crate::cancel::note::On;
use crate::cancel::region::may_drop;
use crate::error::Error;
use crate::panic::caught;
use crate::probe;

/// What `?` in a body makes of an error.
///
/// It is a type without a lifetime: with the boxed error itself, rustc 1.95 could not show that code with a scope inside
/// of `join!` is `Send` ("one type is more general than the other").
#[derive(Debug)]
pub struct BodyError(pub(crate) BoxError);

impl<E: Into<BoxError>> From<E> for BodyError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// When a scope ends by itself, and what it hangs below; known before it runs. Most scopes have nothing of the kind, and no
/// room for it.
#[derive(Default)]
pub(crate) struct Plan(Option<Box<Bounds>>);

#[derive(Default)]
struct Bounds {
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    parent: Option<Arc<Core>>,
}

impl Plan {
    pub(crate) fn new(
        timeout: Option<Duration>,
        deadline: Option<Instant>,
        parent: Option<Arc<Core>>,
    ) -> Self {
        let is_any = timeout.is_some() || deadline.is_some() || parent.is_some();
        Self(is_any.then(|| Box::new(Bounds { timeout, deadline, parent })))
    }

    pub(crate) fn take_parent(&mut self) -> Option<Arc<Core>> {
        self.0.as_mut()?.parent.take()
    }

    fn take(&mut self) -> Bounds {
        self.0.take().map_or_else(Bounds::default, |bounds| *bounds)
    }
}

pin_project! {
    /// What [`scope!`](crate::scope!) and [`ScopeBuilder::run`](crate::ScopeBuilder::run) give: a future that is ready
    /// when the body and every task have ended, clean-up included.
    ///
    /// It does nothing until it is awaited. It awaits to `Result<R, Error>`; [`report`](Self::report) tells more.
    ///
    /// # Panics
    /// With the first panic of a task or of the body, after everything has ended.
    ///
    /// # Cancel safety
    /// Cancelled politely, it cancels what is in it and waits for that. Dropped from outside (a `tokio::select!` that it
    /// loses, `JoinHandle::abort`), it cannot wait: then its tasks are cancelled, and the scope around it waits for them.
    #[must_use = "a scope does nothing until it is awaited"]
    pub struct ScopeFuture<B, R, C: Keeps> {
        #[pin]
        body: Option<B>,
        core: Arc<Core>,
        plan: Plan,
        running: Option<Running>,
        value: Option<R>,
        results: C::Results,
        kind: PhantomData<fn() -> C>,
    }

    impl<B, R, C: Keeps> PinnedDrop for ScopeFuture<B, R, C> {
        fn drop(this: Pin<&mut Self>) {
            this.abandon_from_outside();
        }
    }
}

/// What a scope has while it runs.
struct Running {
    place: Place,
    /// Its place below the scope it was forked from.
    fork: Option<Box<Fork>>,
    deadline: Deadline,
    grace: Grace,
    body_begun: bool,
    /// The grace is over, and everything has had a last turn.
    time_is_up: bool,
    over: bool,
    /// Under a limit from further out, which was told that somebody waits for this scope.
    waits: bool,
}

/// Where a scope's body runs. A scope that ends at its first poll without having started anything never enters the
/// tree.
struct Seat<'a> {
    core: &'a Arc<Core>,
    place: &'a Place,
}

/// A scope's place in the code around it, taken when it first matters.
#[derive(Default)]
struct Place {
    taken: Cell<bool>,
    link: OnceCell<Link>,
    /// While no scope is above it.
    root: Cell<Option<Root>>,
}

impl Seat<'_> {
    /// Takes its place below the running code.
    #[inline]
    fn settle_here(&self) {
        if !self.place.taken.get() {
            ambient::settle();
            ambient::here(|around| self.settle(around));
        }
    }
}

impl Ambient for Seat<'_> {
    fn node(&self, _: Around<'_>) -> Arc<dyn Node> {
        self.core.as_node()
    }

    fn nearest(&self, _: Around<'_>) -> Arc<dyn Node> {
        self.core.as_node()
    }

    fn is_requested(&self, _: Around<'_>) -> bool {
        self.core.marks().requested()
    }

    fn is_settled(&self, _: Around<'_>) -> bool {
        self.place.taken.get()
    }

    fn settle(&self, around: Around<'_>) {
        if self.place.taken.replace(true) {
            return;
        }
        if let Some(link) = around.hang(&self.core.as_node()) {
            let _ = self.place.link.set(link);
        }
        self.place.root.set(Root::of(self.core));
    }

    fn waits(&self, on: &On<'_>) -> bool {
        self.core.note.waits(on, Some(self.core.domain()));
        true
    }
}

/// Holds a scope open from another one's task: `parent = scope`.
struct Fork {
    _link: Link,
    parent: Arc<Core>,
}

impl Drop for Fork {
    fn drop(&mut self) {
        self.parent.let_go();
    }
}

/// The time limit of a scope; the timer is made when there is a limit.
#[derive(Default)]
struct Deadline(Option<Pin<Box<Timer>>>);

pin_project! {
    struct Timer {
        #[pin]
        sleep: Sleep,
        // How long was allowed, where it was said so.
        limit: Option<Duration>,
    }
}

impl Deadline {
    fn set(&mut self, at: Option<Instant>, limit: Option<Duration>) {
        match (&mut self.0, at) {
            (Some(timer), Some(at)) => {
                let timer = timer.as_mut().project();
                timer.sleep.reset(at);
                *timer.limit = limit;
            }
            (timer, at) => {
                *timer = at.map(|at| Box::pin(Timer { sleep: tokio::time::sleep_until(at), limit }));
            }
        }
    }

    /// Ready once, when the limit is reached; says how long was allowed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Duration>> {
        let Some(timer) = &mut self.0 else { return Poll::Pending };
        let timer = timer.as_mut().project();
        ready!(timer.sleep.poll(cx));
        let limit = *timer.limit;
        self.0 = None;
        Poll::Ready(limit)
    }
}

impl<B, R, C: Keeps> ScopeFuture<B, R, C> {
    pub(crate) fn new(core: Arc<Core>, plan: Plan, body: B) -> Self {
        Self {
            body: Some(body),
            core,
            plan,
            running: None,
            value: None,
            results: C::Results::default(),
            kind: PhantomData,
        }
    }

    /// The same scope, awaited to a [`Report`]: it never fails, and never resumes a panic.
    pub fn report(self) -> ReportFuture<B, R, C> {
        ReportFuture { scope: self }
    }

    /// Drops the body in the scope's domain; a destructor that panics is a panic of the body.
    fn drop_body(self: Pin<&mut Self>) {
        let mut this = self.project();
        let (Some(running), true) = (this.running, this.body.is_some()) else { return };
        let seat = Seat { core: this.core, place: &running.place };
        if let Err(payload) = caught(|| ambient::enter(&seat, || this.body.set(None))) {
            this.core.fail(Fault::Panic(payload), None, true);
        }
    }

    /// Dropped before the end: whatever still runs is asked to end, and the scope above waits for it.
    fn abandon_from_outside(mut self: Pin<&mut Self>) {
        let core = Arc::clone(&self.core);
        let started = self.running.is_some();
        let over = self.running.as_ref().is_some_and(|running| running.over);
        if over || (!started && core.is_untouched()) {
            self.as_mut().project().body.set(None);
            return;
        }
        core.request(&Reason::Dropped);
        if self.running.as_ref().is_some_and(|running| running.waits) {
            core.waits_no_more(0);
        }
        if started {
            probe::in_scope(&core, || self.as_mut().drop_body());
        }
        let above = core.domain().parent().map(|above| Arc::clone(&above.node)).or_else(ambient::nearest);
        super::orphan::adopt(&core, above);
        *self.project().running = None;
    }
}

impl<B, R, C> ScopeFuture<B, R, C>
where
    B: Future<Output = Result<R, BodyError>>,
    C: Keeps,
{
    /// Ready when everything has ended and control may go back.
    fn poll_end(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.as_mut().poll_all(cx);
        if polled.is_pending() && self.core.inherits_limit() {
            self.wait_for_places(cx);
        }
        polled
    }

    /// What runs the code around lends its place to the tasks of this scope.
    #[cold]
    fn wait_for_places(self: Pin<&mut Self>, cx: &Context<'_>) {
        let this = self.project();
        if let Some(running) = this.running
            && !running.over
        {
            running.waits |= this.core.wait_for(0, cx);
        }
    }

    fn poll_all(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.running.is_none() && !self.as_mut().start() {
            return Poll::Pending;
        }
        if !self.core.seen.is_set() {
            return self.poll_running(cx);
        }
        let core = Arc::clone(&self.core);
        probe::in_scope(&core, || self.poll_running(cx))
    }

    fn poll_running(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.running.as_ref().is_some_and(|running| running.over) {
            return Poll::Pending;
        }
        self.as_mut().poll_deadline(cx);
        self.as_mut().poll_body(cx);
        if !self.has_ended() {
            if self.body.is_none() {
                self.as_mut().prepare_to_wait(cx);
            }
            self.as_mut().poll_grace(cx);
            ready!(all_ended(&self.core, self.body.is_none()));
        }
        let this = self.as_mut().project();
        ready!(this.core.unread.poll_drop(this.core, cx));
        ready!(C::gather(this.core.kept.as_deref(), this.results, cx));
        self.conclude()
    }

    /// Takes its place at the first poll. `false`: everything around it is asked to end, so it starts nothing. (What an open
    /// scope has started by then ends in it.)
    fn start(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        let core = &*this.core;
        if ambient::is_requested() && core.is_untouched() {
            return false;
        }
        let Bounds { timeout, deadline: latest, parent } = this.plan.take();
        let fork = parent.map(|parent| hang_below(parent, core));
        probe::scope_begins(core);
        let orphaned = matches!(fork, Some(None));
        if orphaned {
            core.request(&Reason::ParentEnded);
        }
        let after = timeout.and_then(|limit| core.begin(Instant::now).checked_add(limit));
        let mut deadline = Deadline::default();
        let at = [after, latest].into_iter().flatten().min();
        deadline.set(at, timeout.filter(|_| at == after));
        *this.running = Some(Running {
            place: Place::default(),
            fork: fork.flatten().map(Box::new),
            deadline,
            grace: Grace::default(),
            body_begun: false,
            time_is_up: false,
            over: false,
            waits: false,
        });
        true
    }

    fn poll_deadline(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        let running = this.running.as_mut().expect("started");
        if this.core.marks().requested() {
            running.deadline = Deadline::default();
            return;
        }
        let moved = this.core.books.look(|books| books.deadline.take());
        if let Some(at) = moved {
            running.deadline.set(at.map(|(at, _)| at), at.map(|(_, limit)| limit));
        }
        if let Poll::Ready(limit) = running.deadline.poll(cx) {
            this.core.time_out(limit.unwrap_or_else(|| this.core.age()));
        }
    }

    /// Polls the body, and drops it when it is asked to end and has nothing left to clean up.
    fn poll_body(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.as_mut().project();
        let Some(body) = this.body.as_pin_mut() else { return };
        let running = this.running.as_mut().expect("started");
        if !std::mem::replace(&mut running.body_begun, true) && this.core.marks().requested() {
            return self.drop_body();
        }
        let seat = Seat { core: this.core, place: &running.place };
        let before = this.core.marks();
        this.core.note.begin();
        match caught(|| ambient::enter(&seat, || body.poll(cx))) {
            Ok(Poll::Pending) => {
                this.core.note.suspend();
                self.as_mut().prepare_to_wait(cx);
                if may_drop(before, self.core.domain(), cx).is_pending() {
                    return;
                }
            }
            Ok(Poll::Ready(Ok(value))) => *this.value = Some(value),
            Ok(Poll::Ready(Err(BodyError(error)))) => this.core.fail(Fault::Error(error), None, true),
            Err(payload) => this.core.fail(Fault::Panic(payload), None, true),
        }
        self.drop_body();
    }

    /// Whether it ended without having waited.
    fn has_ended(&self) -> bool {
        let core = &*self.core;
        self.body.is_none() && core.foreground.close() && core.background.close()
    }

    /// Takes its place in the tree, and leaves its waker. Whatever wakes it is to be looked at after this.
    fn prepare_to_wait(self: Pin<&mut Self>, cx: &Context<'_>) {
        let this = self.project();
        let running = this.running.as_mut().expect("started");
        Seat { core: this.core, place: &running.place }.settle_here();
        this.core.begin(ambient::time);
        this.core.domain().set_waker(cx.waker());
        if this.core.books.look(|books| books.deadline.as_ref().map(drop)).is_some() {
            cx.waker().wake_by_ref();
        }
    }

    /// After `cancel_timeout` in clean-up, whatever is left is dropped by force.
    fn poll_grace(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.as_mut().project();
        let Some(limit) = this.core.settings.cancel_timeout else { return };
        let running = this.running.as_mut().expect("started");
        let left = this.body.is_some() || this.core.foreground.pending() + this.core.background.pending() > 0;
        if left && running.grace.is_up(limit, this.core.marks(), cx) {
            if !std::mem::replace(&mut running.time_is_up, true) {
                cx.waker().wake_by_ref(); // what only has to be dropped gets its turn before it counts as left
                return;
            }
            let error = Error::abandoned(super::tree::unfinished(this.core, limit));
            this.core.books.with(|books| books.abandoned = Some(error));
            this.core.mark(Marks::FORCED, &this.core.reason());
            self.as_mut().poll_body(cx); // a body of borrowing tasks gives its value and lets them go
            self.drop_body();
        }
    }

    /// Everything has ended, so that control may go back; unless the code around it is asked to end. Then what went
    /// wrong goes up.
    fn conclude(mut self: Pin<&mut Self>) -> Poll<()> {
        let this = self.as_mut().project();
        let running = this.running.as_mut().expect("started");
        running.over = true;
        probe::scope_ends(this.core);
        running.fork = None;
        drop(running.place.root.take());
        if running.waits {
            this.core.waits_no_more(0);
        }
        if ambient::is_requested() {
            Seat { core: this.core, place: &running.place }.settle_here();
        }
        match running.place.link.take() {
            Some(mut frame) if frame.above_requested() => {
                if !self.core.books.are_empty() {
                    self.into_report().hand_up(frame.above());
                }
                frame.finish();
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }

    fn into_report(self: Pin<&mut Self>) -> Report<R, C> {
        let this = self.project();
        Report::conclude(Arc::clone(this.core), this.value.take(), std::mem::take(this.results))
    }
}

/// Hangs a scope below the one that was named as its parent; `None`: that one is dead.
#[inline]
fn hang_below(parent: Arc<Core>, core: &Arc<Core>) -> Option<Fork> {
    if parent.marks().requested() || !parent.hold_open() {
        return None;
    }
    let _link = Link::new(&parent.as_node(), &core.as_node(), false);
    Some(Fork { _link, parent })
}

/// Whether the body and all tasks have ended; background tasks are asked to once they are alone.
#[inline]
pub(crate) fn all_ended(core: &Arc<Core>, body_ended: bool) -> Poll<()> {
    if !body_ended {
        return Poll::Pending;
    }
    if !core.foreground.close_or_wait() {
        return Poll::Pending;
    }
    if core.background.pending() > 0 {
        core.request(&Reason::OnlyBackground);
    }
    if core.background.close_or_wait() { Poll::Ready(()) } else { Poll::Pending }
}

impl<B, R, C> Future for ScopeFuture<B, R, C>
where
    B: Future<Output = Result<R, BodyError>>,
    C: Keeps,
{
    type Output = Result<R, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(self.as_mut().poll_end(cx));
        if self.core.books.are_empty()
            && let Some(value) = self.as_mut().project().value.take()
        {
            return Poll::Ready(Ok(value));
        }
        Poll::Ready(self.into_report().into_result())
    }
}

pin_project! {
    /// The future of [`ScopeFuture::report`].
    #[must_use = "a scope does nothing until it is awaited"]
    pub struct ReportFuture<B, R, C: Keeps> {
        #[pin]
        scope: ScopeFuture<B, R, C>,
    }
}

impl<B, R, C> Future for ReportFuture<B, R, C>
where
    B: Future<Output = Result<R, BodyError>>,
    C: Keeps,
{
    type Output = Report<R, C>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut scope = self.project().scope;
        scope.core.begin(Instant::now);
        ready!(scope.as_mut().poll_end(cx));
        Poll::Ready(scope.into_report())
    }
}

impl<B, R, C: Keeps> fmt::Debug for ScopeFuture<B, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeFuture").field("name", &self.core.settings.name).finish_non_exhaustive()
    }
}

impl<B, R, C: Keeps> fmt::Debug for ReportFuture<B, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportFuture").field("name", &self.scope.core.settings.name).finish_non_exhaustive()
    }
}
