//! A scope without a block.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use super::builder::ScopeBuilder;
use super::core::Core;
use super::future::{BodyError, ScopeFuture};
use super::handle::{AsScope, Discard, Scope};
use super::report::Report;
use super::spawn::Order;
use crate::cancel::Reason;
use crate::cancel::domain::Link;
use crate::error::Error;
use crate::outcome::Value;
use crate::probe;
use crate::site::{Extra, Traits};
use crate::sync::lock;
use crate::task::spawn::{part, spawn};

/// A scope that is held as a value (traio): it derefs to [`Scope`], runs its tasks at once, and ends when it is awaited.
///
/// Awaiting it (or calling [`finalize`](Self::finalize)) says that no more comes from outside: the scope ends when its
/// tasks have. Dropped before that, it is cancelled, and the scope around it waits for it. One that fails and is
/// never awaited fails the scope around it.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// let workers = ayo::scope().timeout(10).name("workers").open();
/// let answer = workers.spawn(async { 42 });
/// workers.finalize();
/// assert_eq!(answer.await?, 42);
/// workers.await
/// # }
/// ```
#[must_use = "an open scope that is dropped is cancelled"]
pub struct OpenScope {
    scope: Scope,
    end: Arc<End>,
}

/// What the future of the scope, which runs as a task of its own, and the handle share.
#[derive(Default)]
struct End(Mutex<EndState>);

#[derive(Default)]
struct EndState {
    finalized: bool,
    /// Of the body, which waits for `finalized`.
    body: Option<Waker>,
    /// Of whoever awaits the handle.
    reader: Option<Waker>,
    handle_gone: bool,
    report: Option<Report<(), Discard>>,
    /// The scope around this one, for an error that nobody reads.
    around: Option<Arc<Core>>,
}

impl OpenScope {
    #[track_caller]
    pub(crate) fn new(builder: ScopeBuilder) -> Self {
        let (scope, mut plan) = builder.prepare();
        let core = Arc::clone(scope.core());
        let around = plan.take_parent().or_else(Core::current);
        let end = Arc::new(End(Mutex::new(EndState { around: around.clone(), ..EndState::default() })));
        let body = Finalized(Arc::clone(&end));
        let future = ScopeFuture::<_, (), Discard>::new(Arc::clone(&core), plan, body);
        let link = around.as_ref().map(|around| Link::new(&around.as_node(), &core.as_node(), false));
        probe::scope_begins(&core);
        let driver = Driver {
            _link: link,
            future: Box::pin(future.report()),
            core: Arc::clone(&core),
            end: Some(Arc::clone(&end)),
        };
        match around {
            Some(around) => {
                let extra = Some(Box::new(Extra { name: core.settings.name.clone(), ..Extra::default() }));
                let traits = Traits::BACKGROUND.with(Traits::BEGUN);
                around.start(driver, Order { traits, extra, ..Order::plain() });
            }
            None => drop(spawn(core.runtime(), |_| part(&core, "an open scope"), driver)),
        }
        Self { scope, end }
    }

    /// Nothing more comes from outside: the scope ends when its tasks have ended.
    pub fn finalize(&self) {
        let body = {
            let mut state = lock(&self.end.0);
            state.finalized = true;
            state.body.take()
        };
        if let Some(body) = body {
            body.wake();
        }
    }

    /// Finalizes it, waits for its end, and tells all of it.
    pub async fn report(self) -> Report<(), Discard> {
        self.finalize();
        Reading { end: &self.end, core: self.scope.core(), waits: false }.await
    }
}

/// Runs the scope, and leaves its report for the handle.
struct Driver<F> {
    /// What the scope around is told reaches this one from the start.
    _link: Option<Link>,
    future: Pin<Box<F>>,
    core: Arc<Core>,
    end: Option<Arc<End>>,
}

impl<F: Future<Output = Report<(), Discard>>> Future for Driver<F> {
    type Output = Value<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Value<()>> {
        let report = ready!(self.future.as_mut().poll(cx));
        if let Some(end) = self.end.take() {
            end.leave(report);
        }
        Poll::Ready(Value(()))
    }
}

impl<F> Drop for Driver<F> {
    /// The scope around it has cancelled it, or takes no more: whoever waits hears that.
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            self.core.request(&Reason::ParentEnded);
            end.leave(Report::conclude(Arc::clone(&self.core), None, ()));
        }
    }
}

impl End {
    fn leave(&self, report: Report<(), Discard>) {
        let mut state = lock(&self.0);
        if state.handle_gone {
            let around = state.around.take();
            drop(state);
            fail_around(around, report);
            return;
        }
        state.report = Some(report);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

/// An error that nobody awaits is the scope's around it. That it was cancelled is none.
fn fail_around(around: Option<Arc<Core>>, report: Report<(), Discard>) {
    match around {
        Some(around) => report.hand_up(&around.as_node().into()),
        None => report.trace(),
    }
}

/// The body of an open scope.
struct Finalized(Arc<End>);

impl Future for Finalized {
    type Output = Result<(), BodyError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.0.0);
        if state.finalized {
            return Poll::Ready(Ok(()));
        }
        let old = state.body.replace(cx.waker().clone());
        drop(state);
        drop(old);
        Poll::Pending
    }
}

/// Waits for the report.
struct Reading<'a> {
    end: &'a End,
    core: &'a Core,
    /// Under a limit from further out, which was told that somebody waits for this scope.
    waits: bool,
}

impl Future for Reading<'_> {
    type Output = Report<(), Discard>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.end.0);
        if let Some(report) = state.report.take() {
            let around = state.around.clone();
            drop(state);
            if report.is_only_cancelled() && around.is_some_and(|around| around.cancels_running_code()) {
                return Poll::Pending; // so is whoever waits for it
            }
            return Poll::Ready(report);
        }
        let old = state.reader.replace(cx.waker().clone());
        drop(state);
        drop(old);
        self.waits |= self.core.inherits_limit() && self.core.wait_for(0, cx);
        Poll::Pending
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if self.waits {
            self.core.waits_no_more(0);
        }
    }
}

impl IntoFuture for OpenScope {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.report().await.into_result() })
    }
}

impl Deref for OpenScope {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}

#[diagnostic::do_not_recommend]
impl AsScope for OpenScope {
    type Kind = Discard;

    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl Drop for OpenScope {
    fn drop(&mut self) {
        let (report, around) = {
            let mut state = lock(&self.end.0);
            state.handle_gone = true;
            (state.report.take(), state.around.clone())
        };
        match report {
            Some(report) => fail_around(around, report),
            None => self.scope.core().request(&Reason::Dropped),
        }
    }
}

impl fmt::Debug for OpenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scope.fmt(f)
    }
}
