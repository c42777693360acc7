//! What the tests of scopes share: each body on both Tokio flavours, and things that tell when they happened.
#![allow(dead_code, unused_macros, unused_imports, reason = "every test file takes what it needs")]

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// Runs each body on the current-thread runtime with a paused clock, and on the multi-thread one with two workers.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every body needs what is around it")]
            use super::*;

            async fn body() $body

            #[test]
            fn current_thread() {
                $crate::support::test_on_current_thread(module_path!(), body);
            }

            #[test]
            fn multi_thread() {
                $crate::support::test_on_multi_thread(module_path!(), body);
            }
        }
    )*};
}
pub(crate) use both;

/// Runs each body on the current-thread runtime with a paused clock: time is part of the promise.
macro_rules! paused {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            $crate::support::test_on_current_thread(concat!(module_path!(), "::", stringify!($name)), || async $body);
        }
    )*};
}
pub(crate) use paused;

/// One that is reached means that a test hangs.
const WATCHDOG: Duration = Duration::from_secs(120);

/// What the tests of `both!` and `paused!` do; `everywhere.rs` has another one for the same tests.
pub(crate) fn test_on_current_thread<F: Future<Output = ()>>(_: &str, body: impl Fn() -> F) {
    current_thread(body());
}

pub(crate) fn test_on_multi_thread<F: Future<Output = ()>>(_: &str, body: impl Fn() -> F) {
    multi_thread(body());
}

pub(crate) fn current_thread<T>(body: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    // On the paused clock this comes when nothing else is left that could happen.
    let long = Duration::from_secs(60 * 60 * 24 * 365);
    runtime
        .expect("a runtime")
        .block_on(async { tokio::time::timeout(long, Box::pin(body)).await.expect("the test hangs") })
}

pub(crate) fn multi_thread<T>(body: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime
        .expect("a runtime")
        .block_on(async { tokio::time::timeout(WATCHDOG, Box::pin(body)).await.expect("the test hangs") })
}

/// Lets others have so many turns.
pub(crate) async fn turns(n: usize) {
    for _ in 0..n {
        yield_now().await;
    }
}

/// Lets others have turns until it is so.
pub(crate) async fn until(so: impl Fn() -> bool) {
    while !so() {
        yield_now().await;
    }
}

/// A door that is shut, and stays open once it was opened.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub(crate) fn open(&self) {
        self.0.add_permits(1);
    }

    pub(crate) async fn passed(&self) {
        drop(self.0.acquire().await.expect("never closed"));
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.available_permits() > 0
    }
}

/// A yes or no that several can see.
#[derive(Clone, Default)]
pub(crate) struct Flag(Arc<AtomicBool>);

impl Flag {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// How many of its guards are alive.
#[derive(Clone, Default)]
pub(crate) struct Live(Arc<(AtomicUsize, AtomicUsize)>);

#[must_use]
pub(crate) struct Guard(Live);

impl Live {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn guard(&self) -> Guard {
        self.0.0.fetch_add(1, Ordering::SeqCst);
        self.0.1.fetch_add(1, Ordering::SeqCst);
        Guard(self.clone())
    }

    pub(crate) fn now(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    pub(crate) fn ever(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Guard {
    /// One more of them.
    pub(crate) fn another(&self) -> Self {
        self.0.guard()
    }
}

impl ayo::Plain for Guard {}

/// What happened, in order.
pub(crate) struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Log<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn add(&self, event: T) {
        self.0.lock().unwrap().push(event);
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// An error that can be told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boom(pub(crate) u32);

impl fmt::Display for Boom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "boom {}", self.0)
    }
}

impl std::error::Error for Boom {}

/// The number of the [`Boom`] that an error came from.
pub(crate) fn boom(error: &ayo::Error) -> Option<u32> {
    error.downcast_ref::<Boom>().map(|boom| boom.0)
}

/// Those of the error itself and of everything beside it.
pub(crate) fn booms(error: &ayo::Error) -> Vec<u32> {
    std::iter::once(error).chain(error.others()).filter_map(boom).collect()
}

/// What a future panics with.
pub(crate) async fn panic_of<T>(future: impl Future<Output = T>) -> Box<dyn Any + Send> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(_) => panic!("it was to panic, and did not"),
        Err(payload) => payload,
    }
}

/// The text of a panic.
pub(crate) fn text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .expect("a panic with a text")
}

/// Runs when it is dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Where `f` panicked, and with what text.
pub(crate) fn panic_site<T>(f: impl FnOnce() -> T) -> (String, u32, String) {
    use std::cell::RefCell;
    use std::sync::Once;
    thread_local! {
        static LAST: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let site = info.location().map(|at| (at.file().to_owned(), at.line()));
            LAST.with(|last| *last.borrow_mut() = site);
            before(info);
        }));
    });
    let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(f)) else {
        panic!("it was to panic, and did not")
    };
    let (file, line) = LAST.with(|last| last.borrow_mut().take()).expect("a place");
    (file, line, text(&*payload).to_owned())
}

/// How often something happened.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Once more; how often now.
    pub(crate) fn hit(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until it has happened so often.
    pub(crate) async fn reaches(&self, n: usize) {
        until(|| self.get() >= n).await;
    }
}

/// How many run at once: between two of its calls a task is running.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<(usize, usize)>>);

impl Running {
    pub(crate) fn begins(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 += 1;
        state.1 = state.1.max(state.0);
    }

    /// The same; it goes on once so many have been running at once.
    pub(crate) async fn begins_with(&self, others: usize) {
        self.begins();
        until(|| self.most() >= others).await;
    }

    pub(crate) fn ends(&self) {
        self.0.lock().unwrap().0 -= 1;
    }

    pub(crate) fn most(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

/// A small generator, so that a seed tells the whole run (splitmix64).
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// An error of a tear-down: when the code around it is asked to end, `end` is what comes of it.
pub(crate) async fn when_cancelled<T>(started: Count, end: impl FnOnce() -> T) -> T {
    started.hit();
    ayo::cancelled().await;
    end()
}

/// What this crate traces on this thread from here on, as level and text.
pub(crate) fn traced() -> (Log<(tracing::Level, String)>, tracing::subscriber::DefaultGuard) {
    let log = Log::new();
    let guard = tracing::subscriber::set_default(Traced::new(&log));
    (log, guard)
}

/// The same on all threads, from the first call of this on.
pub(crate) fn traced_on_all_threads() -> &'static Log<(tracing::Level, String)> {
    static LOG: LazyLock<Log<(tracing::Level, String)>> = LazyLock::new(|| {
        let log = Log::new();
        tracing::subscriber::set_global_default(Traced::new(&log)).expect("the only one");
        log
    });
    &LOG
}

/// The name of the span that the running code is in, for who is traced.
pub(crate) fn span_here() -> Option<&'static str> {
    tracing::Span::current().metadata().map(tracing::Metadata::name)
}

thread_local! {
    /// The spans that this thread is in.
    static ENTERED: RefCell<Vec<tracing::span::Id>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what ayo says, and knows which span each thread is in, of those that are not ayo's own.
struct Traced {
    heard: Log<(tracing::Level, String)>,
    spans: Mutex<Vec<&'static tracing::Metadata<'static>>>,
}

impl Traced {
    fn new(heard: &Log<(tracing::Level, String)>) -> Self {
        Self { heard: heard.clone(), spans: Mutex::default() }
    }
}

impl tracing::Subscriber for Traced {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        if metadata.is_span() { !metadata.target().starts_with("ayo::") } else { metadata.target() == "ayo" }
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut spans = self.spans.lock().unwrap();
        spans.push(span.metadata());
        tracing::span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        self.heard.add((*event.metadata().level(), message.0));
    }

    fn enter(&self, span: &tracing::span::Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.clone()));
    }

    fn exit(&self, span: &tracing::span::Id) {
        ENTERED.with_borrow_mut(|entered| {
            let at = entered.iter().rposition(|one| one == span).expect("entered before");
            entered.remove(at);
        });
    }

    fn current_span(&self) -> tracing_core::span::Current {
        let Some(id) = ENTERED.with_borrow(|entered| entered.last().cloned()) else {
            return tracing_core::span::Current::none();
        };
        let index = usize::try_from(id.into_u64() - 1).unwrap();
        let metadata = self.spans.lock().unwrap()[index];
        tracing_core::span::Current::new(id, metadata)
    }
}

struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
