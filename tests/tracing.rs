//! Spans of scopes and tasks, and events, as a subscriber gets to hear them.

mod support;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{self, Waker};
use std::time::Duration;

use ayo::scope;
use futures::future::BoxFuture;
use support::{Boom, Flag, Gate, OnDrop, boom, both, current_thread, panic_of, paused, turns, until};
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Instrument, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// What a subscriber heard, from all tests.
#[derive(Default)]
struct Heard(Mutex<Vec<Span>>);

#[derive(Clone, Debug, Default)]
struct Span {
    name: &'static str,
    target: String,
    level: String,
    parent: Option<usize>,
    fields: HashMap<&'static str, String>,
    events: Vec<Said>,
    entered: usize,
    inside: isize,
    closed: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Said {
    target: String,
    level: Level,
    fields: HashMap<&'static str, String>,
}

/// The number of a span in what was heard.
struct Number(usize);

struct Fields<'a>(&'a mut HashMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

struct Listener(Arc<Heard>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).expect("it is new");
        let metadata = attributes.metadata();
        let mut fields = HashMap::new();
        attributes.record(&mut Fields(&mut fields));
        let number = |span: SpanRef<'_, S>| span.extensions().get::<Number>().map(|number| number.0);
        let mut heard = self.0.0.lock().unwrap();
        span.extensions_mut().insert(Number(heard.len()));
        heard.push(Span {
            name: metadata.name(),
            target: metadata.target().to_owned(),
            level: metadata.level().to_string(),
            parent: span.parent().and_then(number),
            fields,
            ..Span::default()
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        meanwhile(event.metadata().target());
        let Some(span) = context.event_span(event) else { return };
        let mut said = Said {
            target: event.metadata().target().to_owned(),
            level: *event.metadata().level(),
            fields: HashMap::new(),
        };
        event.record(&mut Fields(&mut said.fields));
        self.of(&span, |span| span.events.push(said));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.of(&context.span(id).expect("it is open"), |span| {
            span.entered += 1;
            span.inside += 1;
        });
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.of(&context.span(id).expect("it is open"), |span| span.inside -= 1);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.of(&context.span(&id).expect("it was open"), |span| span.closed = true);
    }
}

impl Listener {
    fn of<S: for<'a> LookupSpan<'a>>(&self, span: &SpanRef<'_, S>, change: impl FnOnce(&mut Span)) {
        let number = span.extensions().get::<Number>().map(|number| number.0);
        if let Some(number) = number {
            change(&mut self.0.0.lock().unwrap()[number]);
        }
    }
}

fn subscriber(heard: &Arc<Heard>, level: LevelFilter) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(Listener(Arc::clone(heard))).with(level)
}

/// What everybody in this program hears.
fn heard() -> &'static Heard {
    static HEARD: OnceLock<Arc<Heard>> = OnceLock::new();
    HEARD.get_or_init(|| {
        let heard = Arc::new(Heard::default());
        tracing::subscriber::set_global_default(subscriber(&heard, LevelFilter::DEBUG))
            .expect("the only one");
        heard
    })
}

type Act = Box<dyn FnOnce()>;

thread_local! {
    /// What a subscriber does on this thread at the next event of this target.
    static MEANWHILE: RefCell<Option<(&'static str, Act)>> = const { RefCell::new(None) };
}

fn meanwhile(target: &str) {
    let act = MEANWHILE.with_borrow_mut(|waits| waits.take_if(|(of, _)| *of == target));
    if let Some((_, act)) = act {
        act();
    }
}

/// What was heard below the span of one test.
struct Below(Vec<Span>, usize);

impl Below {
    fn all(&self) -> impl Iterator<Item = (usize, &Span)> {
        self.0.iter().enumerate().filter(|(number, _)| *number != self.1 && self.is_below(*number))
    }

    fn is_below(&self, number: usize) -> bool {
        number == self.1 || self.0[number].parent.is_some_and(|parent| self.is_below(parent))
    }

    /// The only span of this kind and name.
    #[track_caller]
    fn one(&self, kind: &str, name: &str) -> (usize, &Span) {
        let mut found = self.named(kind, name);
        let one = found
            .next()
            .unwrap_or_else(|| panic!("no {kind} {name} in {:#?}", self.all().collect::<Vec<_>>()));
        assert!(found.next().is_none(), "more than one {kind} {name}");
        one
    }

    fn named(&self, kind: &str, name: &str) -> impl Iterator<Item = (usize, &Span)> {
        self.all().filter(move |(_, span)| {
            span.name == kind && span.fields.get("name").map(String::as_str).unwrap_or("") == name
        })
    }

    #[track_caller]
    fn task(&self, name: &str) -> (usize, &Span) {
        self.one("task", name)
    }

    #[track_caller]
    fn scope(&self, name: &str) -> (usize, &Span) {
        self.one("scope", name)
    }
}

impl Span {
    /// What was said in it: message, and reason or error.
    fn said(&self, message: &str) -> Vec<&str> {
        let with = |said: &&Said| said.fields.get("message").is_some_and(|said| said == message);
        self.events
            .iter()
            .filter(with)
            .map(|said| {
                let why = said.fields.get("reason").or_else(|| said.fields.get("error"));
                why.map_or("", String::as_str)
            })
            .collect()
    }
}

/// Tells the spans of tests apart.
static ROOTS: AtomicUsize = AtomicUsize::new(0);

/// Runs `body` in a span, and gives what was heard below that; when all spans are closed.
async fn listen(body: impl Future<Output = ()>) -> Below {
    let heard = heard();
    let mine = ROOTS.fetch_add(1, Ordering::SeqCst);
    let root = tracing::info_span!("root", mine);
    body.instrument(root).await;
    let below = || {
        let spans = heard.0.lock().unwrap().clone();
        let at = spans
            .iter()
            .position(|span| span.name == "root" && span.fields["mine"] == mine.to_string())
            .expect("it is there");
        Below(spans, at)
    };
    until(|| below().all().all(|(_, span)| span.closed)).await;
    let below = below();
    assert!(below.all().all(|(_, span)| span.inside == 0), "entered as often as left");
    below
}

async fn plain() {}

async fn failing() -> Result<(), Boom> {
    Err(Boom(7))
}

async fn waits() {
    std::future::pending::<()>().await;
}

both! {
    async fn a_span_for_each_scope_and_task_with_name_number_and_site() {
        let below = listen(async {
            scope!(name = "outer" => |run| {
                run << plain();
                run.task(async {}).name("second").start();
            }).await.unwrap();
        }).await;
        assert_eq!(below.all().count(), 3);
        let (outer, span) = below.scope("outer");
        assert_eq!((span.target.as_str(), span.level.as_str(), span.parent), ("ayo::scope", "DEBUG", Some(below.1)));
        assert!(span.fields["site"].contains("tests/tracing.rs:"), "{span:?}");
        let (_, span) = below.task("plain");
        assert_eq!((span.target.as_str(), span.level.as_str(), span.parent), ("ayo::task", "DEBUG", Some(outer)));
        assert_eq!(span.fields["id"], "1");
        assert!(span.fields["site"].contains("tests/tracing.rs:") && span.entered > 0, "{span:?}");
        assert_eq!(below.task("second").1.fields["id"], "2");
    }

    async fn the_parent_is_the_span_of_the_spawner() {
        let below = listen(async {
            scope!(name = "outer" => |run| {
                let sibling = run.clone();
                run.task(async move {
                    sibling.task(async {}).name("of a task").start();
                    scope!(name = "inner" => |inner| {
                        inner.task(async {}).name("deep").start();
                        let own = tracing::info_span!("own");
                        own.in_scope(|| inner.task(async {}).name("in a span").start());
                    }).await
                }).name("first").start();
            }).await.unwrap();
        }).await;
        let first = below.task("first").0;
        let inner = below.scope("inner").0;
        assert_eq!(below.task("of a task").1.parent, Some(first));
        assert_eq!(below.scope("inner").1.parent, Some(first));
        assert_eq!(below.task("deep").1.parent, Some(inner));
        let own = below.one("own", "").0;
        assert_eq!(below.0[own].parent, Some(inner));
        assert_eq!(below.task("in a span").1.parent, Some(own));
    }

    async fn who_has_no_span_starts_tasks_in_that_of_the_scope() {
        let below = listen(async {
            scope!(name = "outer" => |run| {
                let run = run.clone();
                let runtime = tokio::runtime::Handle::current();
                let outside = std::thread::spawn(move || {
                    let _runtime = runtime.enter();
                    run.task(async {}).name("from outside").start();
                });
                outside.join().unwrap();
            }).await.unwrap();
        }).await;
        assert_eq!(below.task("from outside").1.parent, Some(below.scope("outer").0));
    }

    async fn it_is_entered_around_each_poll_and_around_the_drop() {
        let below = listen(async {
            scope!(name = "outer" => |run| {
                run.task(async {
                    for _ in 0..5 {
                        tracing::info!("polled");
                        tokio::task::yield_now().await;
                    }
                }).name("polled").start();
                let (gate, inside) = (Gate::new(), Gate::new());
                let opens = inside.clone();
                let task = run.task(async move {
                    let _dropped = OnDrop(|| tracing::info!("dropped"));
                    opens.open();
                    gate.passed().await;
                }).name("dropped").spawn();
                inside.passed().await;
                task.cancel();
                let unpolled = OnDrop(|| tracing::info!("never polled"));
                let stillborn = run.task(async move { let _kept = unpolled; }).name("stillborn").spawn();
                stillborn.cancel();
                tracing::info!("body");
            }).await.unwrap();
        }).await;
        let (_, polled) = below.task("polled");
        assert_eq!(polled.said("polled").len(), 5);
        assert!(polled.entered >= 5);
        assert_eq!(below.task("dropped").1.said("dropped").len(), 1);
        assert_eq!(below.task("stillborn").1.said("never polled").len(), 1);
        assert_eq!(below.scope("outer").1.said("body").len(), 1);
    }

    async fn a_failure_and_what_it_cancels_are_events() {
        let below = listen(async {
            let failed = scope!(name = "outer" => |run| {
                run << waits();
                run << failing();
                waits().await;
            }).await;
            assert!(failed.is_err());
        }).await;
        let (_, failing) = below.task("failing");
        assert_eq!(failing.said("failed"), ["outer/failing #2: boom 7"]);
        assert_eq!(failing.events[0].level, Level::DEBUG);
        assert_eq!(failing.events[0].target, "ayo::task");
        assert_eq!(below.task("waits").1.said("cancelled"), ["a task of its scope failed"]);
        let outer = below.scope("outer").1;
        assert_eq!(outer.said("cancelled"), ["a task of its scope failed"]);
        assert_eq!(outer.events[0].target, "ayo::scope");
        assert!(outer.said("failed").is_empty());
    }

    async fn the_reason_of_a_cancel_is_told_all_the_way_down() {
        let below = listen(async {
            let gate = Gate::new();
            let open = gate.clone();
            let end = scope!(name = "outer" => |run| {
                run.task(async move {
                    scope!(name = "inner" => |inner| {
                        inner << waits();
                        open.open();
                        waits().await;
                    }).await
                }).name("middle").start();
                gate.passed().await;
                run.cancel_with("the user left");
                run.cancel_with("and came back");
                waits().await;
            }).await;
            assert!(end.is_err());
        }).await;
        for (_, span) in [below.scope("outer"), below.scope("inner"), below.task("middle"), below.task("waits")] {
            assert_eq!(span.said("cancelled"), ["the user left"], "{span:?}");
        }
    }

    async fn a_failed_body_and_a_panic_are_events() {
        let below = listen(async {
            let failed = scope!(name = "of a body" => |_| { Err::<(), _>(Boom(3))?; }).await;
            assert!(failed.is_err());
            panic_of(scope!(name = "of a panic" => |run| {
                run.task(async { if true { panic!("ouch") } }).name("panics").start();
            })).await;
        }).await;
        assert_eq!(below.scope("of a body").1.said("failed"), ["boom 3"]);
        assert_eq!(below.task("panics").1.said("failed"), ["of a panic/panics #1: panicked: ouch"]);
        assert!(below.scope("of a panic").1.said("failed").is_empty());
    }

    async fn an_attempt_says_that_it_failed() {
        let below = listen(async {
            scope!(|run| {
                let first = run.attempt(failing()).await;
                assert!(first.is_err());
                let second = run.task(async { if true { panic!("ouch") } }).name("panics").attempt();
                assert!(second.await.is_err());
                let third = run.task(waits()).name("cut").attempt();
                third.cancel_with("enough");
                assert!(third.await.is_err());
            }).await.unwrap();
        }).await;
        assert_eq!(below.task("failing").1.said("failed"), ["its handle has the error"]);
        assert_eq!(below.task("panics").1.said("failed"), ["panicked: ouch"]);
        assert_eq!(below.task("cut").1.said("cancelled"), ["enough"]);
    }

    async fn each_way_to_start_a_task_gives_it_a_span() {
        let below = listen(async {
            scope!(max_concurrency = 2, name = "limited" => |run| {
                run << plain();
                let values: Vec<u32> = run.map(0..4_u32, |n| async move { tracing::info!("item"); n }).await?;
                assert_eq!(values.len(), 4);
            }).await.unwrap();
            scope!(name = "blocking" => |run| { run.aside(|| tracing::info!("aside")).await?; }).await.unwrap();
            scope!(name = "each" => |run| {
                run.for_each(0..10, |_| async { tracing::info!("item") }).await?;
            }).await.unwrap();
            scope!(name = "eager", eager => |run| {
                run.task(async { turns(2).await; tracing::info!("rest") }).name("rest").start();
            }).await.unwrap();
            scope!(local, name = "borrowing" => |run| { run << plain(); run << plain(); }).await.unwrap();
            let open = ayo::scope().name("open").open();
            open.task(async {}).name("in an open one").start();
            open.await.unwrap();
            ayo::scope().name("open and empty").open().await.unwrap();
        }).await;
        let limited = below.scope("limited").0;
        let parents = Vec::from_iter(below.named("task", "plain").map(|(_, span)| span.parent));
        let borrowing = Some(below.scope("borrowing").0);
        assert_eq!(parents, [Some(limited), borrowing, borrowing]);
        let tasks = below.all().filter(|(_, span)| span.name == "task" && span.parent == Some(limited));
        let items = tasks.filter(|(_, span)| span.said("item").len() == 1).count();
        assert_eq!(items, 4, "one for each item of a `map`");
        let of = |scope: usize| below.all().filter(move |(_, span)| span.name == "task" && span.parent == Some(scope));
        assert_eq!(of(below.scope("blocking").0).flat_map(|(_, span)| span.said("aside")).count(), 1);
        assert_eq!(of(below.scope("each").0).flat_map(|(_, span)| span.said("item")).count(), 10);
        assert_eq!(below.task("rest").1.said("rest").len(), 1);
        assert_eq!(below.task("rest").1.parent, Some(below.scope("eager").0));
        assert_eq!(below.task("in an open one").1.parent, Some(below.1), "its spawner's");
        assert!(below.scope("open").1.entered > 0);
        assert_eq!(below.scope("open and empty").1.parent, Some(below.1), "the span that it was opened in");
    }

    async fn a_leak_is_told_in_the_span_that_it_happened_in() {
        let below = listen(async {
            scope!(|run| {
                let (gate, inside) = (Gate::new(), Gate::new());
                let opens = inside.clone();
                run.task(async move {
                    tokio::select! {
                        () = ayo::shield(async { opens.open(); gate.passed().await }) => {}
                        () = inside.passed() => {}
                    }
                }).name("leaky").start();
            }).await.unwrap();
        }).await;
        let (_, leaky) = below.task("leaky");
        let leak = leaky.events.iter().find(|said| said.level == Level::WARN).expect("a warning");
        assert_eq!(leak.target, "ayo");
        assert!(leak.fields["message"].starts_with("the `shield` of tests/tracing.rs:"), "{leak:?}");
    }

    async fn a_scope_that_is_dropped_from_outside_says_so_and_its_span_ends() {
        let below = listen(async {
            scope!(name = "adopts" => |run| {
                let begun = Flag::new();
                let tells = begun.clone();
                run.task(async move {
                    let inner = scope!(name = "dropped" => |inner| {
                        inner << waits();
                        tells.set();
                        waits().await;
                    });
                    tokio::select! { biased; _ = inner => {} () = until(|| begun.is_set()) => {} }
                }).name("drops").start();
            }).await.unwrap();
        }).await;
        assert_eq!(below.scope("dropped").1.said("cancelled"), ["its future was dropped"]);
        assert_eq!(below.task("waits").1.said("cancelled"), ["its future was dropped"]);
        // What it adopts holds it open as a background task does: if nothing else is left, it ends those.
        let adopts = below.scope("adopts").1.said("cancelled");
        assert!(adopts.iter().all(|why| *why == "only background tasks were left"), "{adopts:?}");
    }
}

paused! {
    async fn what_is_abandoned_is_told_in_its_span() {
        let below = listen(async {
            let end = scope!(name = "impatient", timeout = 1, cancel_timeout = 2 => |run| {
                run << async { ayo::shield(sleep(Duration::from_secs(60))).await };
                waits().await;
            }).await;
            assert!(end.is_err());
            let end = scope!(name = "patient", timeout = 1 => |run| {
                run.task(ayo::shield(sleep(Duration::from_secs(60)))).name("slow").cancel_timeout(2).start();
            }).await;
            assert!(end.is_err());
        }).await;
        let warned = |span: &Span| {
            let warnings = span.events.iter().filter(|said| said.level == Level::WARN);
            Vec::from_iter(warnings.map(|said| said.fields["message"].clone()))
        };
        let (_, impatient) = below.scope("impatient");
        assert_eq!(impatient.said("cancelled"), ["its time was up"]);
        assert_eq!(warned(impatient).len(), 1, "{impatient:?}");
        assert!(warned(impatient)[0].starts_with("abandoned: clean-up took longer than 2s"), "{impatient:?}");
        let slow = warned(below.task("slow").1);
        assert!(slow.iter().any(|text| text.starts_with("abandoned: its clean-up took longer than 2s")), "{slow:?}");
    }

    async fn each_tick_of_a_schedule_has_a_span() {
        let below = listen(async {
            scope!(name = "ticking" => |run| {
                run.every(1, || async { tracing::info!("tick") }).times(3);
            }).await.unwrap();
        }).await;
        let ticking = below.scope("ticking").0;
        let ticks = below.all().filter(|(_, span)| span.name == "task" && span.parent == Some(ticking));
        let ticks = Vec::from_iter(ticks.map(|(_, span)| span.said("tick").len()));
        assert_eq!(ticks, [1, 1, 1]);
    }

    async fn ten_thousand_tasks_have_a_span_each_and_all_are_closed() {
        let below = listen(async {
            scope!(name = "many", max_concurrency = 10 => |run| {
                for n in 0..10_000_usize {
                    run.task(turns(n % 3)).name("one of many").start();
                }
            }).await.unwrap();
        }).await;
        assert_eq!(below.named("task", "one of many").count(), 10_000);
    }
}

/// A subscriber that does not take spans at DEBUG: then tasks inherit the span of their spawner, as they are.
#[test]
fn who_does_not_take_them_gets_none_and_tasks_inherit() {
    heard();
    let mine = Arc::new(Heard::default());
    tracing::subscriber::with_default(subscriber(&mine, LevelFilter::INFO), || {
        current_thread(
            async {
                scope!(|run| {
                    run << async { tracing::info!("inside") };
                    run << async {
                        scope!(|inner| {
                            inner << failing();
                        })
                        .await
                        .unwrap_err();
                    };
                })
                .await
                .unwrap();
            }
            .instrument(tracing::info_span!("spawner")),
        );
    });
    let heard = mine.0.lock().unwrap();
    assert_eq!(Vec::from_iter(heard.iter().map(|span| span.name)), ["spawner"]);
    assert_eq!(heard[0].said("inside").len(), 1);
}

type Slot<T> = Arc<Mutex<Option<T>>>;

/// The handle of an open scope that has failed is dropped outside of the scope around, which could end while that is
/// told.
#[test]
fn an_error_that_is_handed_up_keeps_the_scope_above_open() {
    heard();
    let slot = Slot::<BoxFuture<'static, Result<(), ayo::Error>>>::default();
    let polled = Arc::clone(&slot);
    let poll = move || {
        let mut slot = polled.lock().unwrap();
        let outer = slot.as_mut().expect("it has not ended").as_mut();
        assert!(outer.poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
    };
    let end = current_thread(async {
        let go = Gate::new();
        let (gate, given) = (go.clone(), Slot::<ayo::OpenScope>::default());
        let give = Arc::clone(&given);
        let mut outer = Box::pin(async move {
            scope!(|_| {
                let open = ayo::scope().open();
                drop(open.spawn(failing()));
                *give.lock().unwrap() = Some(open);
                gate.passed().await;
            })
            .await
        });
        assert!(futures::poll!(&mut outer).is_pending());
        turns(10).await;
        let open = given.lock().unwrap().take();
        *slot.lock().unwrap() = Some(outer);
        go.open();
        MEANWHILE.set(Some(("ayo::scope", Box::new(poll))));
        drop(open);
        let outer = slot.lock().unwrap().take().unwrap();
        outer.await
    });
    assert_eq!(boom(&end.unwrap_err()), Some(7));
    assert!(MEANWHILE.take().is_none());
}

/// The scope is dropped while the error of one of its tasks is told, which it would have kept.
#[test]
fn an_error_that_is_contained_goes_to_the_adopter() {
    heard();
    let report = current_thread(
        scope!(|_| {
            let slot = Slot::<BoxFuture<'static, ()>>::default();
            let (go, filled) = (Gate::new(), Arc::clone(&slot));
            let gate = go.clone();
            let mut inner = Box::pin(async move {
                let end = scope!(supervise => |inner| {
                    inner << async move {
                        gate.passed().await;
                        failing().await
                    };
                    waits().await
                });
                end.await.unwrap();
            });
            assert!(futures::poll!(&mut inner).is_pending());
            *filled.lock().unwrap() = Some(inner);
            let drops = move || {
                let inner = slot.lock().unwrap().take();
                drop(inner);
            };
            MEANWHILE.set(Some(("ayo", Box::new(drops))));
            go.open();
            until(|| filled.lock().unwrap().is_none()).await;
        })
        .report(),
    );
    assert!(report.error.is_none(), "{:?}", report.error);
    assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(7)]);
}
