//! `aside`, `aside_in`, executors and pools: blocking work that is bound to its scope.

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use ayo::blocking::{self, Job, UnknownPool};
use ayo::{Cancelled, ErrorKind, Executor, Pool, Scope, scope};
use support::{
    Boom, Count, Flag, Live, Log, OnDrop, boom, booms, both, current_thread, panic_of, paused, span_here,
    text, traced_on_all_threads, turns, until,
};
use tokio::time::{Instant, sleep};

ayo::vars! {
    static REQUEST: u32;
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A closure that has begun, and waits to be told to go on.
struct Plug {
    begun: Flag,
    go: Sender<()>,
}

/// A closure that waits for its plug; and the plug.
fn plugged() -> (impl FnOnce() + Send, Plug) {
    let (begun, (go, wait)) = (Flag::new(), channel::<()>());
    let flag = begun.clone();
    let closure = move || {
        flag.set();
        let _ = wait.recv();
    };
    (closure, Plug { begun, go })
}

impl Plug {
    async fn has_begun(&self) {
        until(|| self.begun.is_set()).await;
    }

    fn pull(self) {
        drop(self.go);
    }
}

/// A pool of one thread, and a plug in it.
async fn stuck_pool(run: &Scope, name: &str) -> (Pool, Plug) {
    let pool = Pool::named(name).threads(1).build().unwrap();
    let (closure, plug) = plugged();
    run.aside_in(&pool, closure);
    plug.has_begun().await;
    (pool, plug)
}

both! {
    async fn a_closure_runs_elsewhere_and_its_value_comes_back() {
        let here = thread::current().id();
        scope!(|run| {
            let there = run.aside(move || (thread::current().id(), "value"));
            let (there, value) = there.await?;
            assert_eq!(value, "value");
            assert_ne!(there, here);
        }).await.unwrap();
    }

    async fn the_scope_waits_for_it() {
        let done = Flag::new();
        let flag = done.clone();
        let (closure, plug) = plugged();
        scope!(|run| {
            run.aside(move || { closure(); flag.set() });
            plug.has_begun().await;
            assert_eq!(run.len(), 1);
            run << async move { turns(50).await; plug.pull() };
        }).await.unwrap();
        assert!(done.is_set());
    }

    async fn an_error_fails_the_scope() {
        fn fails() -> Result<(), Boom> { Err(Boom(3)) }
        let error = scope!(name = "outer" => |run| { run.aside(fails); }).await.unwrap_err();
        assert_eq!(boom(&error), Some(3));
        assert_eq!(error.task().unwrap().path(), "outer/fails #1");
        assert!(error.task().unwrap().location().file().ends_with("blocking.rs"));
    }

    async fn a_panic_is_a_task_failure() {
        let payload = panic_of(scope!(|run| { run.aside(|| if true { panic!("aside") }); })).await;
        assert_eq!(text(&*payload), "aside");
        let report = scope!(supervise => |run| {
            let broken = run.aside(|| if true { panic!("aside") });
            assert!(broken.await.unwrap_err().failed());
            run.aside(|| ()).await?;
        }).report().await;
        assert_eq!(report.contained.len(), 1);
        assert_eq!(report.contained[0].kind(), ErrorKind::Panicked);
    }

    async fn a_destructor_that_panics_is_a_task_failure() {
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) { panic!("bad") }
        }
        let bad = Bad;
        let payload = panic_of(scope!(|run| { run.aside(move || { let _bad = bad; }); })).await;
        assert_eq!(text(&*payload), "bad");
        // dropped by whoever cancels
        let bad = Bad;
        let report = scope!(|run| {
            let (pool, plug) = stuck_pool(run, &unique("bad")).await;
            run.aside_in(&pool, move || { let _bad = bad; });
            run.cancel();
            plug.pull();
        }).report().await;
        assert_eq!(report.error.unwrap().kind(), ErrorKind::Panicked);
    }

    async fn it_takes_no_place() {
        scope!(max_concurrency = 1 => |run| {
            let (closure, plug) = plugged();
            let long = run.aside(closure);
            plug.has_begun().await;
            run << turns(3);
            assert_eq!((run << async { 5 }).await?, 5);
            assert_eq!(run.aside(|| 6).await?, 6);
            plug.pull();
            long.await?;
        }).await.unwrap();
    }

    async fn it_inherits_scope_and_variables() {
        scope!(name = "outer" => |run| {
            let inner = run.clone();
            REQUEST.with(7, async move {
                inner.aside(|| {
                    assert_eq!(ayo::current().unwrap().name().unwrap(), "outer");
                    assert_eq!(REQUEST.get(), Some(7));
                    ayo::spawn(async { assert_eq!(REQUEST.get(), Some(7)) });
                    tokio::runtime::Handle::current();
                }).await
            }).await?;
            run.aside(|| assert_eq!(REQUEST.get(), None)).await?;
        }).await.unwrap();
        assert!(blocking::check().is_ok(), "outside of everything");
    }

    async fn it_inherits_the_span() {
        traced_on_all_threads();
        scope!(|run| {
            let request = tracing::info_span!("request");
            let pool = Pool::named(unique("span")).build()?;
            let tasks = request.in_scope(|| [run.aside(span_here), run.aside_in(&pool, span_here)]);
            for task in tasks {
                assert_eq!(task.await?, Some("request"));
            }
            assert_eq!(run.aside(span_here).await?, None);
        }).await.unwrap();
    }

    async fn dropped_where_it_waits_it_is_at_home_too() {
        traced_on_all_threads();
        let seen = Log::new();
        scope!(name = "outer" => |run| {
            let (pool, plug) = stuck_pool(run, &unique("home")).await;
            let (log, inner) = (seen.clone(), run.clone());
            let home = OnDrop(move || {
                log.add((ayo::current().unwrap().name().unwrap().into_owned(), REQUEST.get(), span_here()));
            });
            let [task] = REQUEST
                .with(7, async move {
                    let request = tracing::info_span!("request");
                    [request.in_scope(|| inner.aside_in(&pool, move || drop(home)))]
                })
                .await;
            scope!(name = "elsewhere" => |_| { task.cancel() }).await?;
            plug.pull();
        }).await.unwrap();
        assert_eq!(seen.all(), [("outer".to_owned(), Some(7), Some("request"))]);
    }

    async fn a_collecting_scope_keeps_its_values() {
        let report = scope!(collect => |run| {
            for n in 0..100 { run.aside(move || n); }
            let taken = run.aside(|| 1_000);
            assert_eq!(taken.await?, 1_000);
        }).report().await;
        assert_eq!(report.results, (0..100).collect::<Vec<i32>>());
    }

    async fn check_ends_a_closure_that_is_cancelled() {
        let (ended, begun) = (Flag::new(), Flag::new());
        let (tell, flag) = (begun.clone(), ended.clone());
        let report = scope!(|run| {
            let task = run.aside(move || {
                tell.set();
                while blocking::check().is_ok() { thread::yield_now(); }
                flag.set();
                blocking::check()?;
                Ok::<_, Cancelled>(())
            });
            until(|| begun.is_set()).await;
            run.cancel_with("enough");
            task.await?;
        }).report().await;
        assert!(ended.is_set());
        assert_eq!(report.error.unwrap().to_string(), "cancelled: enough");
        assert!(report.contained.is_empty());
    }

    async fn cancelled_alone_it_is_no_failure() {
        scope!(|run| {
            let begun = Flag::new();
            let tell = begun.clone();
            let task = run.aside(move || {
                tell.set();
                loop { blocking::sleep(1_000)?; }
                #[allow(unreachable_code)]
                Ok::<_, Cancelled>(())
            });
            until(|| begun.is_set()).await;
            task.cancel_with("not wanted");
            let end = task.await.unwrap_err();
            assert!(!end.failed());
            assert_eq!(end.to_string(), "the task was cancelled: not wanted");
            assert!(!run.is_cancelled());
        }).await.unwrap();
    }

    async fn passed_on_by_anyhow_it_is_none_either() {
        use anyhow::Context;
        fn bare(tell: Flag) -> anyhow::Result<()> {
            tell.set();
            Ok(blocking::sleep(1_000)?)
        }
        fn wrapped(tell: Flag) -> anyhow::Result<()> {
            bare(tell).context("while it slept")
        }
        fn reported(tell: Flag) -> eyre::Result<()> {
            tell.set();
            Ok(blocking::sleep(1_000)?)
        }
        let report = scope!(|run| {
            let begun = [Flag::new(), Flag::new(), Flag::new()];
            let [one, two, three] = begun.clone();
            let alone = run.aside(move || bare(one));
            run.aside(move || wrapped(two));
            run.aside(move || reported(three));
            until(|| begun.iter().all(Flag::is_set)).await;
            alone.cancel();
            assert!(!alone.await.unwrap_err().failed());
            run.cancel();
        }).report().await;
        assert!(report.error.is_none(), "{:?}", report.error);
    }

    async fn an_error_after_a_request_is_a_failure_all_the_same() {
        let report = scope!(|run| {
            let begun = Flag::new();
            let tell = begun.clone();
            run.aside(move || {
                tell.set();
                while blocking::check().is_ok() { thread::yield_now(); }
                Err::<(), _>(Boom(9))
            });
            until(|| begun.is_set()).await;
            run.cancel();
        }).report().await;
        assert_eq!(booms(&report.error.unwrap()), [9]);
    }

    async fn sleep_wakes_when_it_is_cancelled() {
        let start = std::time::Instant::now();
        scope!(|run| {
            let begun = Flag::new();
            let tell = begun.clone();
            run.aside(move || { tell.set(); blocking::sleep(3_600) });
            until(|| begun.is_set()).await;
            run.cancel();
        }).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(60));
    }

    async fn queued_closures_of_a_cancelled_scope_never_run() {
        let (ran, live) = (Count::new(), Live::new());
        scope!(|outer| {
            let (pool, plug) = stuck_pool(outer, &unique("queued")).await;
            scope!(|run| {
                for _ in 0..1_000 {
                    let (ran, guard) = (ran.clone(), live.guard());
                    run.aside_in(&pool, move || { let _guard = guard; ran.hit(); });
                }
                run.cancel();
            }).await.unwrap();
            // the inner scope has ended, and the pool is still stuck
            assert_eq!((ran.get(), live.now()), (0, 0));
            plug.pull();
            outer.aside_in(&pool, || ()).await?;
        }).await.unwrap();
        assert_eq!(ran.get(), 0);
    }

    async fn a_queued_closure_is_cancelled_alone() {
        scope!(|run| {
            let (pool, plug) = stuck_pool(run, &unique("alone")).await;
            let (live, ran) = (Live::new(), Count::new());
            let (guard, hits) = (live.guard(), ran.clone());
            let task = run.aside_in(&pool, move || { let _guard = guard; hits.hit(); });
            let other = run.aside_in(&pool, || "other");
            task.cancel();
            assert_eq!(live.now(), 0);
            assert!(!task.await.unwrap_err().failed());
            plug.pull();
            assert_eq!(other.await?, "other");
            assert_eq!(ran.get(), 0);
        }).await.unwrap();
    }

    async fn on_a_cancelled_scope_nothing_starts() {
        let live = Live::new();
        let guard = live.guard();
        scope!(|run| {
            run.cancel();
            let task = run.aside(move || { let _guard = guard; panic!("never") });
            assert!(task.is_finished());
        }).await.unwrap();
        assert_eq!(live.now(), 0);
    }

    async fn many_long_ones_run_side_by_side() {
        // Each waits for all the others, and none for ever.
        const MANY: usize = 64;
        let (begun, since) = (Count::new(), std::time::Instant::now());
        scope!(|run| {
            for _ in 0..MANY {
                let begun = begun.clone();
                run.aside(move || {
                    begun.hit();
                    while begun.get() < MANY {
                        assert!(since.elapsed() < ms(30_000), "{} of {MANY} side by side", begun.get());
                        thread::sleep(ms(1));
                    }
                });
            }
        }).await.unwrap();
    }

    async fn a_long_one_delays_nobody() {
        scope!(|run| {
            for _ in 0..20 {
                let (closure, plug) = plugged();
                run.aside(closure);
                for n in 0..20 {
                    assert_eq!(run.aside(move || n).await?, n);
                }
                plug.has_begun().await;
                run.aside(move || plug.pull());
            }
        }).await.unwrap();
    }

    async fn a_pool_runs_so_many_at_once_and_no_more() {
        // their number goes from 4 to 5 or 8, and from 5 to 10
        const LIMIT: usize = 7;
        let pool = Pool::named(unique("seven")).threads(LIMIT).build().unwrap();
        let (now, most, all) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Count::new());
        let barrier = Arc::new(Barrier::new(LIMIT));
        scope!(|run| {
            for n in 0..200 {
                let (now, most, all, barrier) = (now.clone(), most.clone(), all.clone(), barrier.clone());
                run.aside_in(&pool, move || {
                    let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(running, Ordering::SeqCst);
                    if n < LIMIT { barrier.wait(); } // so many can run at once
                    thread::sleep(Duration::from_micros(300));
                    now.fetch_sub(1, Ordering::SeqCst);
                    all.hit();
                });
            }
        }).await.unwrap();
        assert_eq!((most.load(Ordering::SeqCst), all.get()), (LIMIT, 200));
        assert_eq!(pool.threads(), LIMIT);
    }

    async fn a_pool_of_one_keeps_the_order() {
        let pool = Pool::named(unique("one")).threads(1).build().unwrap();
        let log = Log::new();
        scope!(|run| {
            for n in 0..2_000 {
                let log = log.clone();
                run.aside_in(&pool, move || log.add(n));
                if n % 100 == 0 { turns(5).await; }
            }
        }).await.unwrap();
        assert_eq!(log.all(), (0..2_000).collect::<Vec<_>>());
    }

    async fn a_pool_is_found_by_its_name() {
        let name = unique("by name");
        let pool = Pool::named(name.clone()).build().unwrap();
        assert_eq!(pool.name(), name);
        let taken = Pool::named(name.clone()).threads(2).build().unwrap_err();
        assert_eq!(taken.to_string(), format!("there is a pool `{name}` already"));
        scope!(|run| {
            assert_eq!(run.aside_in(&name, || 1).await?, 1);
            assert_eq!(run.aside_in(name.as_str(), || 2).await?, 2);
            assert_eq!(run.aside_in(&pool, || 3).await?, 3);
        }).await.unwrap();
    }

    async fn an_unknown_name_fails_with_those_that_there_are() {
        let name = unique("known");
        Pool::named(name.clone()).build().unwrap();
        let live = Live::new();
        let guard = live.guard();
        let error = scope!(|run| {
            let task = run.aside_in("no such pool", move || drop(guard));
            assert!(task.await.unwrap_err().failed());
        }).await.unwrap_err();
        assert_eq!(live.now(), 0);
        let unknown = error.downcast_ref::<UnknownPool>().unwrap();
        assert_eq!(unknown.name(), "no such pool");
        assert!(unknown.known().contains(&name));
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        assert_eq!(error.task().unwrap().name(), "body{closure}");
    }

    async fn an_executor_of_ones_own() {
        scope!(|run| {
            let (line, jobs) = channel();
            let alone = Line(line);
            let thread = thread::spawn(move || jobs.iter().map(Job::run).count());
            let ids: HashSet<_> = run.all((0..10).map(|_| run.aside_in(&alone, || thread::current().id())).map(unwrapped)).await?.into_iter().collect();
            assert_eq!(ids.len(), 1);
            assert!(ids.contains(&thread.thread().id()));
            drop(alone);
            assert_eq!(thread.join().unwrap(), 10);
        }).await.unwrap();
    }

    async fn an_executor_that_drops_its_jobs() {
        scope!(|run| {
            let live = Live::new();
            let guard = live.guard();
            let (line, jobs): (_, Receiver<Job>) = channel();
            drop(jobs);
            let task = run.aside_in(&Line(line), move || { let _guard = guard; panic!("never") });
            let end = task.await.unwrap_err();
            assert_eq!(end.to_string(), "the task was cancelled: its executor dropped it");
            assert_eq!(live.now(), 0);
        }).await.unwrap();
    }

    async fn on_rayon() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let sum = scope!(|run| {
            let sum = run.aside_in(&pool, || {
                assert!(ayo::current().is_some());
                (0..1_000_u64).sum::<u64>()
            });
            sum.await?
        }).await.unwrap();
        assert_eq!(sum, 499_500);
        let payload = panic_of(scope!(|run| { run.aside_in(&pool, || if true { panic!("on rayon") }); })).await;
        assert_eq!(text(&*payload), "on rayon");
    }

    async fn the_tree_shows_it() {
        fn work(wait: impl FnOnce()) { wait() }
        scope!(|run| {
            let (closure, plug) = plugged();
            run.aside(move || work(closure));
            plug.has_begun().await;
            let tree = run.tree();
            assert_eq!(tree.children().len(), 1);
            assert_eq!(tree.children()[0].name(), "body{closure} #1");
            plug.pull();
        }).await.unwrap();
    }

    async fn a_scope_dropped_from_outside_is_adopted() {
        let done = Flag::new();
        let flag = done.clone();
        scope!(|_| {
            let begun = Flag::new();
            let tell = begun.clone();
            let inner = scope!(|run| {
                run.aside(move || {
                    tell.set();
                    while blocking::check().is_ok() { thread::yield_now(); }
                    thread::sleep(ms(5));
                    flag.set();
                });
                std::future::pending::<()>().await;
            });
            tokio::select! {
                _ = inner => unreachable!(),
                () = until(|| begun.is_set()) => {}
            }
        }).await.unwrap();
        assert!(done.is_set(), "the outer scope waited for it");
    }

    async fn a_scope_inside_of_it() {
        let log = Log::new();
        let add = log.clone();
        let begun = Flag::new();
        let tell = begun.clone();
        scope!(|run| {
            run.aside(move || {
                tokio::runtime::Handle::current().block_on(async {
                    let end = scope!(|inner| {
                        let add = add.clone();
                        inner << async move {
                            let _end = OnDrop(move || add.add("inner task"));
                            tell.set();
                            std::future::pending::<()>().await;
                        };
                    });
                    tokio::select! {
                        _ = end => {}
                        () = ayo::cancelled() => add.add("told"),
                    }
                });
            });
            until(|| begun.is_set()).await;
            run.cancel();
        }).await.unwrap();
        assert!(log.all().contains(&"inner task"), "{:?}", log.all());
    }

    async fn ten_thousand_from_many_tasks() {
        let (count, live) = (Count::new(), Live::new());
        scope!(|run| {
            for _ in 0..100 {
                let (inner, count, live) = (run.clone(), count.clone(), live.clone());
                run << async move {
                    for n in 0..100 {
                        let (count, guard) = (count.clone(), live.guard());
                        let task = inner.aside(move || { let _guard = guard; count.hit(); });
                        if n % 10 == 0 { task.await?; }
                    }
                    Ok::<_, Cancelled>(())
                };
            }
        }).await.unwrap();
        assert_eq!((count.get(), live.now()), (10_000, 0));
    }

    async fn cancel_races_with_the_start() {
        for round in 0..400 {
            let live = Live::new();
            let report = scope!(|run| {
                let tasks: Vec<_> = (0..20).map(|_| {
                    let guard = live.guard();
                    run.aside(move || { let _guard = guard; })
                }).collect();
                if round % 3 == 0 { tasks.iter().for_each(ayo::Task::cancel); }
                turns(round % 5).await;
                run.cancel();
            }).report().await;
            assert!(report.error.is_none());
            assert_eq!(live.now(), 0);
        }
    }
}

/// On the real clock: while a closure runs, a paused one stands still, and no time-out comes.
macro_rules! real {
    ($(async fn $name:ident() $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body() $body

            #[test]
            fn multi_thread() {
                support::multi_thread(body());
            }

            #[test]
            fn current_thread() {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { tokio::time::timeout(ms(60_000), body()).await.expect("the test hangs") });
            }
        }
    )*};
}

real! {
    async fn a_stuck_one_is_abandoned_and_reported() {
        let (closure, plug) = plugged();
        let line = line!() + 3;
        let report = scope!(timeout = 0.02, cancel_timeout = 0.03 => |run| {
            fn stuck(wait: impl FnOnce()) { wait() }
            run.aside(move || stuck(closure));
            run.aside(|| ()).await?;
        }).report().await;
        let error = report.error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        let text = error.to_string();
        assert!(text.contains("body{closure} #1") && text.contains(&format!("blocking.rs:{line}:")), "{text}");
        assert_eq!(error.others()[0].kind(), ErrorKind::TimedOut);
        plug.pull();
    }

    async fn what_an_abandoned_one_returns_is_told() {
        let (heard, tell) = (Log::new(), Log::new());
        #[derive(ayo::Plain)]
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) { panic!("a bad value") }
        }
        for (n, late) in ["an error", "a panic", "a value"].into_iter().enumerate() {
            let (closure, plug) = plugged();
            let (ended, log) = (Flag::new(), heard.clone());
            let flag = ended.clone();
            let end = scope!(timeout = 0.01, cancel_timeout = 0.01, on_error = move |error: &ayo::Error| log.add(error.to_string()) => |run| {
                let task = run.aside(move || {
                    let _end = OnDrop(|| flag.set());
                    closure();
                    match late {
                        "an error" => Err(Boom(8)),
                        "a panic" => panic!("too late"),
                        _ => Ok(Bad),
                    }
                });
                task.await?;
            }).await;
            tell.add(end.unwrap_err().kind());
            plug.pull();
            until(|| ended.is_set() && heard.len() > n).await;
        }
        assert_eq!(tell.all(), [ErrorKind::Abandoned; 3]);
        let heard = heard.all();
        assert!(heard[0].ends_with("boom 8") && heard[1].ends_with("panicked: too late"), "{heard:?}");
        assert!(heard[2].ends_with("panicked: a bad value"), "{heard:?}");
    }

    async fn an_executor_that_keeps_its_jobs_for_long() {
        let (line, jobs) = channel();
        let ran = Flag::new();
        let flag = ran.clone();
        scope!(timeout = 0.01 => |run| {
            run.aside_in(&Line(line), move || flag.set());
        }).await.unwrap_err();
        jobs.recv().unwrap().run();
        assert!(!ran.is_set(), "its scope has ended");
    }
}

/// A name that no other test has.
fn unique(name: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{name} {}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// A task as a future of its value.
async fn unwrapped<V: Send + 'static>(task: ayo::Task<V>) -> V {
    task.await.unwrap()
}

struct Line(Sender<Job>);

impl Executor for Line {
    fn execute(&self, job: Job) {
        let _ = self.0.send(job);
    }
}

paused! {
    async fn time_stands_still_while_a_closure_runs() {
        let rayon = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let pool = Pool::named(unique("still")).threads(1).build().unwrap();
        let (line, jobs) = channel();
        thread::spawn(move || jobs.iter().for_each(Job::run));
        let start = Instant::now();
        scope!(timeout = 0.1 => |run| {
            let work = || thread::sleep(ms(300));
            run.aside(work).await?;
            run.aside_in(&pool, work).await?;
            run.aside_in(&rayon, work).await?;
            run.aside_in(&Line(line), work).await?;
        }).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO, "no time-out fires because real work took real time");
    }

    async fn time_stands_still_while_one_waits_in_line() {
        let start = Instant::now();
        scope!(|run| {
            let (pool, plug) = stuck_pool(run, &unique("line")).await;
            let task = run.aside_in(&pool, || ());
            run.aside(move || { thread::sleep(ms(50)); plug.pull() });
            ayo::timeout(0.5, task).await??;
        }).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    async fn time_goes_on_when_nothing_blocks_any_more() {
        let start = Instant::now();
        scope!(|run| {
            run.aside(|| ()).await?;
            sleep(Duration::from_secs(3_600)).await;
        }).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(3_600));
    }

    async fn a_blocking_sleep_takes_virtual_time() {
        let (start, real) = (Instant::now(), std::time::Instant::now());
        scope!(|run| {
            run.aside(|| { blocking::sleep(3_600)?; blocking::sleep(1.5) });
            run.aside(|| blocking::sleep(1_000));
            run << sleep(Duration::from_secs(60));
        }).await.unwrap();
        assert_eq!(start.elapsed(), ms(3_601_500));
        assert!(real.elapsed() < Duration::from_secs(60));
    }

    async fn a_blocking_sleep_is_cut_at_the_right_virtual_time() {
        let start = Instant::now();
        let error = scope!(timeout = 90, cancel_timeout = 1 => |run| {
            run.aside(|| {
                let end = blocking::sleep(3_600);
                thread::sleep(ms(100)); // clean-up takes real time, and no virtual time
                end
            });
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), Duration::from_secs(90));
    }

    async fn sleepers_take_turns_with_timers() {
        let log = Log::new();
        let (one, two) = (log.clone(), log.clone());
        scope!(|run| {
            run.aside(move || {
                for n in [2, 4, 6, 8] { blocking::sleep(2)?; one.add(n); }
                Ok::<_, Cancelled>(())
            });
            run << async move {
                for n in [3, 5, 7, 9] {
                    sleep(if n == 3 { ms(3_000) } else { ms(2_000) }).await;
                    two.add(n);
                }
            };
        }).await.unwrap();
        assert_eq!(log.all(), [2, 3, 4, 5, 6, 7, 8, 9]);
    }
}

/// A runtime that shuts down ends what waits in line, and does not run it.
#[test]
fn a_runtime_that_shuts_down_runs_nothing_more() {
    for _ in 0..50 {
        let (ran, live) = (Count::new(), Live::new());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (hits, guards) = (ran.clone(), live.clone());
        runtime.block_on(async move {
            let open = ayo::scope().open();
            let (closure, plug) = plugged();
            let stuck = tokio::task::spawn_blocking(closure); // Tokio's only thread
            plug.has_begun().await;
            for _ in 0..20 {
                let (hits, guard) = (hits.clone(), guards.guard());
                open.aside(move || {
                    let _guard = guard;
                    hits.hit();
                });
            }
            open.cancel();
            let _ = open.report().await;
            plug.pull();
            stuck.await.unwrap();
        });
        drop(runtime);
        assert_eq!((ran.get(), live.now()), (0, 0));
    }
}

#[test]
fn jobs_that_no_thread_will_take_are_dropped_with_the_runtime() {
    let live = Live::new();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (closure, plug) = plugged();
    let kept: Arc<Mutex<Option<ayo::OpenScope>>> = Arc::default();
    let (guards, keep) = (live.clone(), kept.clone());
    runtime.block_on(async move {
        let open = ayo::scope().open();
        drop(tokio::task::spawn_blocking(closure));
        let guard = guards.guard();
        open.aside(move || drop(guard));
        *keep.lock().unwrap() = Some(open);
    });
    runtime.shutdown_background();
    plug.pull();
    let since = std::time::Instant::now();
    while live.now() > 0 && since.elapsed() < Duration::from_secs(60) {
        thread::yield_now();
    }
    assert_eq!(live.now(), 0);
    drop(kept);
}

/// From a thread that has nothing to do with Tokio.
#[test]
fn a_scope_is_used_from_elsewhere() {
    current_thread(async {
        scope!(|run| {
            turns(2).await;
            let (outside, (tell, told)) = (run.clone(), channel());
            thread::spawn(move || {
                let task = outside.aside(|| 5);
                tell.send(task).unwrap();
            })
            .join()
            .unwrap();
            assert_eq!(told.recv().unwrap().await?, 5);
        })
        .await
        .unwrap();
    });
}
