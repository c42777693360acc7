//! One run of a test: a runtime of its own, the test's scope on it, and what there is to say against it afterwards.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::yield_now;

use super::finding::Finding;
use super::observer::{self, Observer};
use super::output::TestOutput;
use super::steering::Steering;
use super::watch::Check;
use super::watchdog::{Limits, Pulse, Watchdog};
use crate::BoxError;
use crate::error::{Error, ErrorKind};
use crate::panic::{Panic, caught};
use crate::scope::future::{BodyError, ScopeFuture};
use crate::scope::{Keeps, Report, ReportFuture, Scope, ScopeBuilder};

/// What a test runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    pub(crate) multi_thread: bool,
    pub(crate) worker_threads: Option<usize>,
    pub(crate) real_time: bool,
    pub(crate) timeout: Option<Duration>,
}

impl Stage {
    /// The current thread and the virtual clock.
    pub(crate) const fn new() -> Self {
        Self { multi_thread: false, worker_threads: None, real_time: false, timeout: None }
    }

    fn is_virtual(&self) -> bool {
        !self.real_time && !self.multi_thread
    }

    pub(crate) fn limits(&self) -> Limits {
        const WHOLE: Duration = Duration::from_secs(60);
        const STILL: Duration = Duration::from_secs(5);
        Limits { whole: self.timeout.unwrap_or(WHOLE), still: self.timeout.unwrap_or(STILL) }
    }

    fn builder(&self, is_drop: bool) -> Builder {
        #[cfg(feature = "multi-thread")]
        if self.multi_thread {
            let mut builder = Builder::new_multi_thread();
            if let Some(threads) = self.worker_threads {
                builder.worker_threads(threads);
            }
            return builder;
        }
        let mut builder = Builder::new_current_thread();
        if is_drop {
            builder.event_interval(1); // the test has its turn after each task, so that a drop comes where it was meant to
        }
        builder.start_paused(self.is_virtual());
        builder
    }

    fn runtime(&self, observer: &Arc<Observer>, pulse: &Arc<Pulse>) -> Runtime {
        let mut builder = self.builder(observer.steering.is_drop());
        // weak: the runtime is held by the scope, which the observer holds
        let installed = Arc::downgrade(observer);
        builder.on_thread_start(move || {
            if let Some(observer) = installed.upgrade() {
                observer.install_for_good();
            }
        });
        builder.on_thread_stop(observer::remove);
        if self.is_virtual() {
            let (sleeps, wakes) = (Arc::downgrade(pulse), Arc::downgrade(pulse));
            let told = |pulse: &Weak<Pulse>, tell: fn(&Pulse)| {
                if let Some(pulse) = pulse.upgrade() {
                    tell(&pulse);
                }
            };
            builder.on_thread_park(move || told(&sleeps, Pulse::sleeps));
            builder.on_thread_unpark(move || told(&wakes, Pulse::wakes));
        }
        match builder.enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("the Tokio runtime could not be built: {error}"),
        }
    }
}

/// What a run came to.
pub(crate) struct Ran<R> {
    /// What the body returned.
    pub(crate) output: Option<R>,
    /// What the test's scope failed with, other than by the body's own `Err`.
    pub(crate) error: Option<Error>,
    /// The first panic.
    pub(crate) panic: Option<Box<dyn Any + Send>>,
    /// Panics, by their texts.
    pub(crate) panics: Vec<String>,
    /// What is wrong beside all that.
    pub(crate) found: Vec<Finding>,
    pub(crate) points: u64,
    pub(crate) reached: Option<String>,
}

/// Runs a test once.
pub(crate) fn run<C, R, B>(
    stage: &Stage,
    watchdog: &Watchdog,
    steering: Steering,
    scope: ScopeBuilder<C>,
    body: B,
) -> Ran<R>
where
    C: Keeps,
    R: TestOutput,
    B: AsyncFnOnce(&Scope<C>) -> R,
{
    let (scope, plan) = scope.prepare();
    let observer = Observer::new(scope.as_scope().clone(), steering);
    let _installed = observer.install();
    let pulse = watchdog.watch(&observer);
    let runtime = stage.runtime(&observer, &pulse);
    let own = RefCell::new(None);
    let body = Body { future: Box::pin(own_body(&scope, body, &own)), observer: &observer };
    let root = ScopeFuture::<_, R, C>::new(Arc::clone(scope.core()), plan, body).report();
    let main = Main { future: Box::pin(whole(root, &observer, &pulse)), observer: &observer, pulse: &pulse };
    let mut ended = caught(|| runtime.block_on(main)).unwrap_or_else(Ended::panicked);
    ended.found.extend(shut_down(runtime, ended.hangs()));
    watchdog.rest();
    drop(scope);
    conclude(ended, own.into_inner(), &observer)
}

/// The body; an `Err` of its own travels beside the scope.
async fn own_body<C, R: TestOutput>(
    scope: &Scope<C>,
    body: impl AsyncFnOnce(&Scope<C>) -> R,
    own: &RefCell<Option<R>>,
) -> Result<R, BodyError> {
    let output = body(scope).await;
    if output.failure().is_none() {
        return Ok(output);
    }
    *own.borrow_mut() = Some(output);
    Err(BodyError(BoxError::from(OwnError)))
}

#[derive(Debug)]
struct OwnError;

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the test returned an error")
    }
}

impl std::error::Error for OwnError {}

/// What became of the test's scope and of the scope that stands around it.
struct Ended<R, C: Keeps> {
    report: Option<Report<R, C>>,
    /// Errors that came to the scope around the test: after a drop.
    around: Vec<Error>,
    found: Vec<Finding>,
}

impl<R, C: Keeps> Ended<R, C> {
    fn panicked(payload: Box<dyn Any + Send>) -> Self {
        let text = Panic::new(payload).message().to_owned();
        Self { report: None, around: Vec::new(), found: vec![Finding::Panicked(text)] }
    }

    fn hangs(&self) -> bool {
        self.found.iter().any(|finding| matches!(finding, Finding::Hangs(_)))
    }
}

/// The test's scope to its end; after that, whatever else still runs has a last chance to end.
async fn whole<B, R, C>(root: ReportFuture<B, R, C>, observer: &Arc<Observer>, pulse: &Pulse) -> Ended<R, C>
where
    B: Future<Output = Result<R, BodyError>>,
    C: Keeps,
{
    let mut ended = if observer.steering.is_drop() {
        dropped(root, observer).await
    } else {
        Ended { report: Some(root.await), around: Vec::new(), found: Vec::new() }
    };
    pulse.restart();
    let alive = settle().await;
    ended.found.extend((alive > 0).then_some(Finding::Alive(alive)));
    ended
}

/// The test's scope within another one, which waits for what a drop leaves behind.
async fn dropped<B, R, C>(root: ReportFuture<B, R, C>, observer: &Arc<Observer>) -> Ended<R, C>
where
    B: Future<Output = Result<R, BodyError>>,
    C: Keeps,
{
    let around = crate::scope().run(async |_| {
        let droppable = Droppable { root: Some(Box::pin(root)), observer };
        Ok::<_, BoxError>(droppable.await)
    });
    let around = around.report().await;
    let errors = around.error.into_iter().chain(around.contained).collect();
    Ended { report: around.value.flatten(), around: errors, found: Vec::new() }
}

/// Ends the runtime. A closure on a blocking thread cannot be ended; one that goes on is told of.
fn shut_down(runtime: Runtime, hangs: bool) -> Option<Finding> {
    const BLOCKING: Duration = Duration::from_secs(5);
    if hangs {
        runtime.shutdown_background();
        return None;
    }
    let since = Instant::now();
    match caught(|| runtime.shutdown_timeout(BLOCKING)) {
        Err(payload) => Some(Finding::Panicked(Panic::new(payload).message().to_owned())),
        Ok(()) if since.elapsed() >= BLOCKING => Some(Finding::Blocking),
        Ok(()) => None,
    }
}

/// Waits for the tasks of Tokio to end, if that takes no time; answers how many are left.
async fn settle() -> usize {
    const TURNS: usize = 1_000;
    const WAITS: usize = 25;
    let metrics = Handle::current().metrics();
    for turn in 0..TURNS + WAITS {
        if metrics.num_alive_tasks() == 0 {
            return 0;
        }
        if turn < TURNS {
            yield_now().await;
        } else {
            really(Duration::from_millis(2)).await;
        }
    }
    metrics.num_alive_tasks()
}

/// Waits on the real clock; the virtual one stands meanwhile.
async fn really(time: Duration) {
    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(time)).await;
}

/// The body of a test, whose suspensions count like those of tasks.
struct Body<'a, F> {
    future: Pin<Box<F>>,
    observer: &'a Observer,
}

impl<F: Future> Future for Body<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if self.observer.puts_off() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = self.future.as_mut().poll(cx);
        if polled.is_pending() {
            self.observer.body_suspended();
        }
        polled
    }
}

/// The test's scope, which is dropped at the point that the steering says.
struct Droppable<'a, F> {
    root: Option<Pin<Box<F>>>,
    observer: &'a Observer,
}

impl<F: Future> Future for Droppable<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let observer = self.observer;
        let steering = &observer.steering;
        // where a task was the one to be cut, the body has no further turn
        if !steering.drops() {
            let Some(root) = &mut self.root else { return Poll::Ready(None) };
            if let Poll::Ready(report) = root.as_mut().poll(cx) {
                return Poll::Ready(Some(report));
            }
            if !steering.drops() {
                return Poll::Pending;
            }
        }
        self.root = None;
        Poll::Ready(None)
    }
}

/// What the runtime is entered with: the run, unless the watchdog says that it hangs.
struct Main<'a, F> {
    future: Pin<Box<F>>,
    observer: &'a Observer,
    pulse: &'a Pulse,
}

impl<F, R, C: Keeps> Future for Main<'_, F>
where
    F: Future<Output = Ended<R, C>>,
{
    type Output = Ended<R, C>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<R, C>> {
        self.observer.set_waker(cx.waker());
        match self.pulse.hang() {
            // what is found from here on comes of giving up
            Some(hang) => {
                let mut found = self.observer.take_found();
                found.push(Finding::Hangs(hang));
                Poll::Ready(Ended { report: None, around: Vec::new(), found })
            }
            None => self.future.as_mut().poll(cx),
        }
    }
}

impl<F> Drop for Main<'_, F> {
    /// The waker holds the runtime, which holds the observer.
    fn drop(&mut self) {
        self.observer.clear_waker();
    }
}

/// The whole account of a run, once everything of it is gone.
fn conclude<R, C: Keeps>(ended: Ended<R, C>, own: Option<R>, observer: &Observer) -> Ran<R> {
    let hangs = ended.hangs();
    let Ended { report, around, mut found } = ended;
    let mut panics = Vec::new();
    for error in report.iter().flat_map(|report| report.error.iter().chain(&report.contained)).chain(&around)
    {
        gather_panics(error, &mut panics);
    }
    let (output, error, panic) = match report.map(|report| caught(|| report.into_result())) {
        None => (None, None, None),
        Some(Ok(Ok(output))) => (Some(output), None, None),
        Some(Ok(Err(error))) => (None, Some(error), None),
        Some(Err(payload)) => (None, None, Some(payload)),
    };
    if !hangs {
        found.extend(observer.take_found());
        found.extend(Some(observer.frames_left()).filter(|left| *left > 0).map(Finding::Frames));
        found.extend(observer.take_checks().into_iter().filter_map(Check::run));
    }
    let error =
        error.filter(|error| error.downcast_ref::<OwnError>().is_none() || !error.others().is_empty());
    Ran {
        output: output.or(own),
        error,
        panic,
        panics,
        found,
        points: observer.steering.points(),
        reached: observer.steering.reached(),
    }
}

/// The texts of all panics in an error, in nested scopes too.
fn gather_panics(error: &Error, panics: &mut Vec<String>) {
    let mut rest = vec![error];
    while let Some(error) = rest.pop() {
        if error.kind() == ErrorKind::Panicked {
            panics.push(error.to_string());
        }
        rest.extend(error.others());
        rest.extend(error.downcast_ref::<Error>());
    }
}
