//! Context variables: who sees what, at every poll and every drop.

mod support;

use std::collections::HashMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ayo::scope;
use futures::FutureExt;
use support::*;
use tokio::task::yield_now;

ayo::vars! {
    static NAME: &'static str;
    static DEPTH: u32 = 0;
    #[no_inherit]
    static SEAT: &'static str;
    #[no_inherit]
    static MARK: u32 = 1;
}

/// All that is seen here.
fn seen() -> (Option<&'static str>, u32, Option<&'static str>, u32) {
    (NAME.get(), DEPTH.get(), SEAT.get(), MARK.get())
}

const NOTHING: (Option<&str>, u32, Option<&str>, u32) = (None, 0, None, 1);

/// Notes, when it is dropped, what is seen then.
struct SeenAtDrop(Log<Option<&'static str>>);

impl Drop for SeenAtDrop {
    fn drop(&mut self) {
        self.0.add(NAME.get());
    }
}

mod with {
    use super::*;

    both! {
        async fn sets_for_one_future_and_takes_back() {
            assert_eq!(seen(), NOTHING);
            let inside = NAME.with("a", async {
                let before = NAME.get();
                yield_now().await;
                (before, NAME.get())
            });
            assert_eq!(inside.await, (Some("a"), Some("a")));
            assert_eq!(seen(), NOTHING);
        }

        async fn inner_ones_go_over_outer_ones() {
            let log = NAME.with("a", DEPTH.with(1, async {
                let outer = seen();
                let inner = NAME.with("b", async {
                    yield_now().await;
                    seen()
                }).await;
                (outer, inner, seen())
            })).await;
            assert_eq!(log, ((Some("a"), 1, None, 1), (Some("b"), 1, None, 1), (Some("a"), 1, None, 1)));
        }

        async fn the_others_are_those_of_the_first_poll() {
            let made_outside = NAME.with("a", async { yield_now().await; seen() });
            assert_eq!(DEPTH.with(5, made_outside).await, (Some("a"), 5, None, 1));
        }

        async fn futures_that_take_turns_do_not_see_each_other() {
            let one = |name| NAME.with(name, async move {
                for _ in 0..50 {
                    assert_eq!(NAME.get(), Some(name));
                    yield_now().await;
                }
            });
            tokio::join!(one("a"), one("b"), async {
                for _ in 0..50 {
                    assert_eq!(NAME.get(), None);
                    yield_now().await;
                }
            });
        }

        async fn a_panic_takes_back_too() {
            panic_of(NAME.with("a", async { yield_now().await; panic!("boom") })).await;
            assert_eq!(seen(), NOTHING);
            let caught = std::panic::catch_unwind(|| NAME.with_sync("a", || panic!("boom")));
            assert!(caught.is_err());
            assert_eq!(seen(), NOTHING);
        }

        async fn functions_have_it_too() {
            let inside = NAME.with_sync("a", || DEPTH.with_sync(2, seen));
            assert_eq!(inside, (Some("a"), 2, None, 1));
            assert_eq!(seen(), NOTHING);
        }

        async fn is_set_in_drops() {
            let log = Log::new();
            let guard = || SeenAtDrop(log.clone());
            drop(NAME.with("unpolled", { let guard = guard(); async move { drop(guard) } }));
            let mut begun = Box::pin(NAME.with("begun", { let guard = guard(); async move { yield_now().await; drop(guard) } }));
            assert!(begun.as_mut().now_or_never().is_none());
            drop(begun);
            NAME.with("ended", { let guard = guard(); async move { drop(guard) } }).await;
            assert_eq!(log.all(), [Some("unpolled"), Some("begun"), Some("ended")]);
        }

        async fn a_scope_in_it_is_cancelled_politely() {
            let log = Log::new();
            let end = ayo::timeout(0.01, NAME.with("a", scope!(|run| {
                let log = log.clone();
                run << async move {
                    ayo::shield(async {
                        ayo::cancelled().now_or_never();
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        log.add(NAME.get());
                    }).await;
                };
                pending::<()>().await;
            }))).await;
            assert!(end.is_err());
            assert_eq!(log.all(), [Some("a")]);
        }
    }

    #[test]
    fn a_default_is_made_once_and_only_if_asked_for() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        ayo::vars!(static COUNTED: usize = MADE.fetch_add(1, Ordering::Relaxed));
        assert_eq!(COUNTED.with_sync(7, || COUNTED.get()), 7);
        assert_eq!(MADE.load(Ordering::Relaxed), 0);
        assert_eq!((COUNTED.get(), COUNTED.get()), (0, 0));
        assert_eq!(MADE.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn variables_of_one_type_are_apart() {
        ayo::vars! {
            static A: ();
            static B: ();
        }
        A.with_sync((), || {
            assert_eq!(A.get(), Some(()));
            assert_eq!(B.get(), None);
        });
    }

    #[test]
    fn a_value_may_look_at_variables_while_it_is_cloned_and_dropped() {
        #[derive(Debug)]
        struct Curious;
        impl Clone for Curious {
            fn clone(&self) -> Self {
                assert_eq!(NAME.get(), Some("around"));
                NAME.with_sync("deeper", || assert_eq!(NAME.get(), Some("deeper")));
                Self
            }
        }
        impl Drop for Curious {
            fn drop(&mut self) {
                let _ = NAME.get();
            }
        }
        ayo::vars!(static CURIOUS: Curious);
        NAME.with_sync("around", || CURIOUS.with_sync(Curious, || drop(CURIOUS.get().expect("set"))));
    }

    #[test]
    fn without_macros() {
        static BARE: ayo::Var<u8> = ayo::Var::new().no_inherit();
        static FULL: ayo::Var<u8, ayo::HasDefault> = ayo::Var::with_default(|| 3);
        assert_eq!((BARE.get(), FULL.get()), (None, 3));
        assert_eq!(BARE.with_sync(1, || FULL.with_sync(2, || (BARE.get(), FULL.get()))), (Some(1), 2));
        assert!(format!("{BARE:?}").contains("u8"));
    }
}

mod tasks {
    use super::*;

    /// A task without a suspension, and one with.
    async fn look() -> (Option<&'static str>, u32) {
        (NAME.get(), DEPTH.get())
    }

    async fn look_later() -> (Option<&'static str>, u32) {
        yield_now().await;
        look().await
    }

    const EXPECTED: (Option<&str>, u32) = (Some("a"), 1);

    /// Without a limit tasks run directly, with one they stand in line.
    fn limited(limit: Option<usize>) -> ayo::ScopeBuilder {
        match limit {
            Some(limit) => ayo::scope().max_concurrency(limit),
            None => ayo::scope(),
        }
    }

    /// Starts a task in every way that there is, in a scope with this limit.
    async fn every_way(limit: Option<usize>) {
        let body = async |run: &ayo::Scope| {
            let log = Log::new();
            let note = || {
                let log = log.clone();
                async move { log.add(look_later().await) }
            };
            NAME.with(
                "a",
                DEPTH.with(1, async {
                    run.spawn(note());
                    assert_eq!((run << look()).await.unwrap(), EXPECTED);
                    assert_eq!(run.spawn(look_later()).await.unwrap(), EXPECTED);
                    assert_eq!(
                        run.attempt(async { Ok::<_, Boom>(look_later().await) }).await.unwrap(),
                        EXPECTED
                    );
                    assert_eq!(run.task(look_later()).name("named").spawn().await.unwrap(), EXPECTED);
                    assert_eq!(
                        run.task(look_later()).background().cancel_timeout(5).spawn().await.unwrap(),
                        EXPECTED
                    );
                    assert_eq!(
                        run.spawn_with(|| {
                            let at_start = NAME.get();
                            async move { (at_start, DEPTH.get()) }
                        })
                        .await
                        .unwrap(),
                        EXPECTED
                    );
                    assert_eq!(run.all((look(), look_later())).await.unwrap(), (EXPECTED, EXPECTED));
                    assert_eq!(run.all((0..5).map(|_| look_later())).await.unwrap(), [EXPECTED; 5]);
                    assert_eq!(ayo::spawn(look_later()).await.unwrap(), EXPECTED);
                    assert_eq!(
                        (run << async { scope!(|sub| { (sub << look_later()).await? }).await })
                            .await
                            .unwrap(),
                        EXPECTED
                    );
                }),
            )
            .await;
            Ok::<_, ayo::Error>(log)
        };
        let log = limited(limit).run(body).await.unwrap();
        assert_eq!(log.all(), [EXPECTED]);
    }

    both! {
        async fn inherit_however_they_are_started() {
            for limit in [None, Some(1), Some(2), Some(1000)] {
                every_way(limit).await;
            }
        }

        async fn of_an_open_scope_inherit_from_their_spawner() {
            let open = DEPTH.with_sync(9, || ayo::scope().name("open").open());
            let task = NAME.with_sync("a", || open.spawn(look_later()));
            assert_eq!(task.await.unwrap(), (Some("a"), 0));
            open.await.unwrap();
        }

        async fn of_a_lazy_source_inherit_with_the_closure_and_the_iterator() {
            for limit in [None, Some(1), Some(3), Some(1000)] {
                let log = Log::new();
                let body = async |run: &ayo::Scope| {
                    let items = std::iter::repeat_with(|| NAME.get()).take(100);
                    let make = |at_pull| { let made = NAME.get(); async move { (at_pull, made, look_later().await.0) } };
                    let a = Some("a");
                    let (mapped, listed, each) = NAME.with_sync("a", || {
                        let into = log.clone();
                        let each = run.for_each(items.clone(), move |at_pull| {
                            let (made, into) = (NAME.get(), into.clone());
                            async move { into.add((at_pull, made, look_later().await.0)) }
                        });
                        (run.map(items.clone(), make), run.map(items, make), each)
                    });
                    // a caller with other variables that takes them one by one
                    let listed = NAME.with_sync("b", || listed.into_iter().collect::<Vec<_>>());
                    for task in listed {
                        assert_eq!(task.await?, (a, a, a));
                    }
                    assert_eq!(mapped.await?, vec![(a, a, a); 100]);
                    each.await?;
                    Ok::<_, ayo::Error>(())
                };
                limited(limit).run(body).await.unwrap();
                assert_eq!(log.all(), vec![(Some("a"), Some("a"), Some("a")); 100]);
            }
        }

        async fn keep_what_was_set_when_they_were_spawned() {
            let end = scope!(max_concurrency = 1 => |run| {
                let gate = Gate::new();
                let first = { let gate = gate.clone(); run << async move { gate.passed().await } };
                let queued = NAME.with_sync("then", || run << look());
                NAME.with("now", async { gate.open(); first.await }).await?;
                assert_eq!(queued.await?, (Some("then"), 0));
            });
            end.await.unwrap();
        }

        async fn spawned_by_a_named_task_inherit_its_variables_and_not_its_name() {
            let end = scope!(|run| {
                let inner = run.clone();
                let outer = NAME.with_sync("a", || run.task(async move {
                    yield_now().await;
                    let child = inner.attempt(async { if NAME.get() == Some("a") { Err::<(), _>(Boom(1)) } else { Ok(()) } });
                    drop(child);
                }).name("outer").spawn());
                outer.await?;
            });
            let report = end.report().await;
            let task = report.contained[0].task().expect("of a task");
            assert_ne!(task.name(), "outer");
        }

        async fn without_variables_see_none_of_those_around_their_poll() {
            // A runtime that polls its tasks below a `with_sync`.
            let runtime = std::thread::spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for limit in [None, Some(1), Some(1000)] {
                    let open = {
                        let _inside = runtime.enter();
                        limited(limit).open()
                    };
                    let (direct, named) = (open.spawn(look_later()), open.task(look_later()).name("named").spawn());
                    let each = open.for_each(0..3, |_| async { assert_eq!(NAME.get(), None) });
                    NAME.with_sync("around", || runtime.block_on(async {
                        assert_eq!(NAME.get(), Some("around"));
                        assert_eq!(direct.await.unwrap(), (None, 0));
                        assert_eq!(named.await.unwrap(), (None, 0));
                        each.await.unwrap();
                        open.await.unwrap();
                    }));
                }
            });
            runtime.join().unwrap();
        }

        async fn of_tokio_do_not_inherit() {
            let seen = NAME.with("a", async { tokio::spawn(look_later()).await }).await.unwrap();
            assert_eq!(seen, (None, 0));
        }

        async fn do_not_inherit_what_says_so() {
            let seats = SEAT.with("here", MARK.with(2, NAME.with("a", scope!(|run| {
                let body = seen();
                let nested = scope!(|_| { yield_now().await; seen() }).await?;
                let task = (run << async { yield_now().await; seen() }).await?;
                let named = run.task(async { seen() }).name("named").spawn().await?;
                let own = (run << SEAT.with("own", async { seen() })).await?;
                let grandchild = (run << async { scope!(|sub| { (sub << async { seen() }).await? }).await }).await?;
                (body, nested, task, named, own, grandchild)
            })))).await.unwrap();
            let whole = (Some("a"), 0, Some("here"), 2);
            let part = (Some("a"), 0, None, 1);
            assert_eq!(seats, (whole, whole, part, part, (Some("a"), 0, Some("own"), 1), part));
        }

        async fn inherit_nothing_if_nothing_is_to_be_inherited() {
            let seen = SEAT.with("here", scope!(|run| { (run << async { seen() }).await? })).await.unwrap();
            assert_eq!(seen, NOTHING);
        }

        async fn see_them_in_drops() {
            for limit in [None, Some(2), Some(1000)] {
                let (log, made) = (Log::new(), Count::new());
                let guarded = || { made.hit(); SeenAtDrop(log.clone()) };
                let body = async |run: &ayo::Scope| {
                    let started = Count::new();
                    NAME.with("a", async {
                        for _ in 0..2 {
                            let (guard, started) = (guarded(), started.clone());
                            run.spawn(async move { started.hit(); pending::<()>().await; drop(guard) });
                        }
                        for _ in 0..2 {
                            let guard = guarded();
                            run.spawn(async move { pending::<()>().await; drop(guard) });
                            let guard = guarded();
                            run.task(async move { pending::<()>().await; drop(guard) }).background().start();
                        }
                        let started = started.clone();
                        let (guard, into, made) = (guarded(), log.clone(), made.clone());
                        let _each = run.for_each(guarded_items(guard), move |()| {
                            started.hit();
                            made.hit();
                            let guard = SeenAtDrop(into.clone());
                            async move { pending::<()>().await; drop(guard) }
                        });
                        let _map = run.map(guarded_items(guarded()), |()| pending::<()>());
                    }).await;
                    started.reaches(2).await;
                    NAME.with("canceller", async { run.cancel() }).await;
                    Ok::<_, ayo::Error>(())
                };
                limited(limit).run(body).await.unwrap();
                assert_eq!(log.all(), vec![Some("a"); made.get()], "{limit:?}");
            }
        }

        async fn that_are_cancelled_alone_see_them_in_drops() {
            let log = Log::new();
            let end = scope!(max_concurrency = 1 => |run| {
                let running = NAME.with_sync("running", || { let guard = SeenAtDrop(log.clone()); run << async move { pending::<()>().await; drop(guard) } });
                let queued = NAME.with_sync("queued", || { let guard = SeenAtDrop(log.clone()); run << async move { drop(guard) } });
                NAME.with_sync("canceller", || queued.cancel());
                assert_eq!(log.all(), [Some("queued")]);
                running.cancel();
            });
            end.await.unwrap();
            assert_eq!(log.all(), [Some("queued"), Some("running")]);
        }
    }

    fn guarded_items(guard: SeenAtDrop) -> impl Iterator<Item = ()> + Send {
        std::iter::repeat_with(move || {
            let _kept = &guard;
        })
    }

    #[test]
    fn dropped_with_the_runtime_see_them_too() {
        let log = Log::new();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async {
            for limit in [None, Some(1), Some(1000)] {
                let open = limited(limit).open();
                NAME.with_sync("a", || {
                    for _ in 0..3 {
                        let guard = SeenAtDrop(log.clone());
                        open.spawn(async move {
                            pending::<()>().await;
                            drop(guard);
                        });
                    }
                    let guard = SeenAtDrop(log.clone());
                    let mut guards = vec![guard];
                    open.for_each(0..1, move |_| {
                        let guard = guards.pop();
                        async move {
                            pending::<()>().await;
                            drop(guard);
                        }
                    });
                });
                std::mem::forget(open);
            }
            yield_now().await;
        });
        NAME.with_sync("shutdown", || drop(runtime));
        assert_eq!(log.all(), [Some("a"); 12]);
    }

    #[test]
    fn inherit_without_cloning_values() {
        static CLONES: AtomicUsize = AtomicUsize::new(0);
        struct Counted;
        impl Clone for Counted {
            fn clone(&self) -> Self {
                CLONES.fetch_add(1, Ordering::Relaxed);
                Self
            }
        }
        ayo::vars!(static COUNTED: Counted);
        current_thread(COUNTED.with(
            Counted,
            scope!(|run| {
                for _ in 0..100 {
                    run << yield_now();
                }
            }),
        ))
        .unwrap();
        assert_eq!(CLONES.load(Ordering::Relaxed), 0);
    }

    both! {
        async fn let_go_of_values_when_they_end() {
            ayo::vars!(static HELD: Arc<()>);
            let value = Arc::new(());
            let end = scope!(|run| {
                let gate = Gate::new();
                let task = HELD.with_sync(Arc::clone(&value), || { let gate = gate.clone(); run << async move { gate.passed().await } });
                turns(3).await;
                assert_eq!(Arc::strong_count(&value), 2, "the task holds it");
                gate.open();
                task.await?;
            });
            end.await.unwrap();
            assert_eq!(Arc::strong_count(&value), 1);
        }
    }
}

/// Random programs of `with`, `spawn`, nested scopes and `join`, against a map that is passed along.
mod model {
    use super::*;

    ayo::vars! {
        static V0: u32;
        static V1: u32;
        static V2: u32;
        #[no_inherit]
        static V3: u32;
        #[no_inherit]
        static V4: u32;
    }

    static ALL: [(&ayo::Var<u32>, bool); 5] =
        [(&V0, true), (&V1, true), (&V2, true), (&V3, false), (&V4, false)];

    type Model = HashMap<usize, u32>;

    fn check(model: &Model) {
        for (i, (var, _)) in ALL.iter().enumerate() {
            assert_eq!(var.get(), model.get(&i).copied(), "variable {i}");
        }
    }

    fn inherited(model: &Model) -> Model {
        model.iter().filter(|(i, _)| ALL[**i].1).map(|(i, v)| (*i, *v)).collect()
    }

    /// Checks the model wherever it is dropped.
    struct Checked(Model, Arc<Mutex<u64>>);

    impl Drop for Checked {
        fn drop(&mut self) {
            check(&self.0);
            *self.1.lock().unwrap() += 1;
        }
    }

    /// Marsaglia's xorshift.
    #[derive(Clone)]
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, n: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % n
        }
    }

    type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn program(run: ayo::Scope, mut dice: Dice, model: Model, depth: u32, drops: Arc<Mutex<u64>>) -> Boxed {
        Box::pin(async move {
            check(&model);
            for _ in 0..dice.roll(4) + 1 {
                let (mut fork, drops) = (Dice(dice.roll(u64::MAX) | 1), Arc::clone(&drops));
                let go = depth > 0;
                match dice.roll(7) {
                    0 | 1 if go => {
                        let (i, value) = (dice.roll(5) as usize, dice.roll(1000) as u32);
                        let mut inner = model.clone();
                        inner.insert(i, value);
                        ALL[i].0.with(value, program(run.clone(), fork, inner, depth - 1, drops)).await;
                    }
                    2 | 3 if go => {
                        run.spawn(program(run.clone(), fork, inherited(&model), depth - 1, drops));
                    }
                    4 if go => {
                        let limit = fork.roll(3) as usize + 1;
                        let body = |sub: ayo::Scope| program(sub, fork, model.clone(), depth - 1, drops);
                        scope!(max_concurrency = limit => |sub| { body(sub.clone()).await }).await.unwrap();
                    }
                    5 if go => {
                        let one =
                            program(run.clone(), fork.clone(), model.clone(), depth - 1, Arc::clone(&drops));
                        let two = program(run.clone(), fork, model.clone(), depth - 1, drops);
                        tokio::join!(one, two);
                    }
                    6 => {
                        let checked = Checked(inherited(&model), drops);
                        let task = run.spawn(async move {
                            pending::<()>().await;
                            drop(checked);
                        });
                        if fork.roll(2) == 0 {
                            yield_now().await;
                        }
                        task.cancel();
                    }
                    _ => yield_now().await,
                }
                check(&model);
            }
        })
    }

    async fn many(seeds: std::ops::Range<u64>) {
        let drops = Arc::new(Mutex::new(0));
        for seed in seeds {
            let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
            let drops = Arc::clone(&drops);
            let limit = (seed % 3) as usize * 500 + 1;
            scope!(max_concurrency = limit => |run| { program(run.clone(), dice, Model::new(), 5, drops).await })
                .await
                .unwrap();
            check(&Model::new());
        }
        assert!(*drops.lock().unwrap() > 100);
    }

    both! {
        async fn agrees() {
            many(1..400).await;
        }
    }
}

mod load {
    use super::*;

    #[test]
    fn many_tasks_on_many_threads_see_their_own() {
        ayo::vars!(static NUMBER: usize);
        multi_thread(async {
            let end = scope!(|run| {
                for i in 0..2_000 {
                    let task = NUMBER.with_sync(i, || {
                        run << async move {
                            for _ in 0..5 {
                                assert_eq!(NUMBER.get(), Some(i));
                                yield_now().await;
                            }
                            NUMBER.with(i + 1, async { assert_eq!(NUMBER.get(), Some(i + 1)) }).await;
                            assert_eq!(NUMBER.get(), Some(i));
                        }
                    });
                    drop(task);
                }
            });
            end.await.unwrap();
        });
    }

    #[test]
    fn a_long_line_of_heirs_costs_no_stack() {
        fn next(run: &ayo::Scope) {
            let n = DEPTH.get();
            if n < 50_000 {
                let heir = run.clone();
                DEPTH.with_sync(n + 1, || drop(run.spawn(async move { next(&heir) })));
            }
        }
        current_thread(scope!(|run| { next(run) })).unwrap();
    }
}
