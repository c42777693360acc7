//! `eager`: the first part at the call, the rest as a task.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use ayo::{Cancelled, ErrorKind, Task, TaskError, cancelled, eager, scope, shield};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::{
    Boom, Count, Flag, Gate, Live, Log, boom, booms, both, panic_of, paused, text, turns, until,
};

const MS: Duration = Duration::from_millis(1);

#[ayo::eager]
async fn noted(log: Log<&'static str>, first: &'static str, second: &'static str) {
    log.add(first);
    turns(3).await;
    log.add(second);
}

#[ayo::eager]
async fn double(n: u32) -> u32 {
    2 * n
}

#[ayo::eager]
async fn failing(suspend: bool) -> Result<u32, Boom> {
    if suspend {
        yield_now().await;
    }
    Err(Boom(1))
}

#[ayo::eager]
async fn generic<T>(mut items: Vec<T>, (times, suspend): (usize, bool)) -> Option<usize>
where
    T: Copy + PartialEq + Send + 'static,
{
    if suspend {
        yield_now().await;
    }
    items = items.repeat(times);
    items.first().copied().map(|_| items.len())
}

struct Server {
    hits: Count,
}

impl Server {
    #[ayo::eager]
    async fn serve(self: Arc<Self>, n: usize) -> usize {
        for _ in 0..n {
            self.hits.hit();
            yield_now().await;
        }
        self.hits.get()
    }

    #[ayo::eager]
    async fn new(hits: Count) -> ayo::Value<Self> {
        ayo::Value(Self { hits })
    }
}

both! {
    async fn the_order_is_that_of_asynkits_readme() {
        let log = Log::new();
        scope!(|_| {
            log.add("a");
            let task = noted(log.clone(), "1", "2");
            log.add("b");
            log.add("c");
            task.await?;
        }).await.unwrap();
        assert_eq!(log.all(), ["a", "1", "b", "c", "2"]);
    }

    async fn what_does_not_suspend_never_is_a_task() {
        let numbers = scope!(|run| {
            let mut doubled = Vec::new();
            for n in 0..1_000 {
                let task = double(n);
                assert!(task.is_finished());
                assert_eq!(run.len(), 0);
                doubled.push(task.await?);
            }
            let task = run << async { 1 };
            assert_eq!(task.id(), 1, "none of them took a number");
            doubled
        }).await.unwrap();
        assert!(numbers.into_iter().eq((0..1_000).map(|n| 2 * n)));
    }

    async fn methods_and_generics() {
        scope!(|_| {
            let hits = Count::new();
            let ayo::Value(server) = Server::new(hits.clone()).await?;
            let server = Arc::new(server);
            let task = Arc::clone(&server).serve(3);
            assert_eq!(hits.get(), 1);
            assert_eq!(task.await?, 3);
            assert_eq!(generic(vec!["a", "b"], (2, false)).await?, Some(4));
            assert_eq!(generic(vec!["a", "b"], (3, true)).await?, Some(6));
        }).await.unwrap();
    }

    async fn an_error_is_the_scopes_and_the_handle_says_so() {
        for suspend in [false, true] {
            let told = Flag::new();
            let end = scope!(|_| {
                let task = failing(suspend);
                match task.await {
                    Err(cancelled) if cancelled.failed() => told.set(),
                    other => panic!("{other:?}"),
                }
            }).await.unwrap_err();
            assert_eq!(booms(&end), [1]);
            assert_eq!(end.task().unwrap().name(), "failing", "{end:?}");
            assert!(told.is_set() || suspend);
        }
    }

    async fn a_panic_comes_out_of_the_scope_and_not_of_the_call() {
        let after = Flag::new();
        let flag = after.clone();
        let payload = panic_of(scope!(|run| {
            let task = run.eager(async { if true { panic!("early") } });
            flag.set();
            assert!(task.await.unwrap_err().failed());
        })).await;
        assert_eq!(text(&*payload), "early");
        assert!(after.is_set());
    }

    async fn on_a_cancelled_scope_it_does_not_begin() {
        let begun = Flag::new();
        let flag = begun.clone();
        let end = scope!(|run| {
            run.cancel();
            let task = run.eager(async move { flag.set(); });
            assert!(task.is_finished() && task.id() == 0, "it was never started");
        }).await;
        end.unwrap();
        assert!(!begun.is_set());

        let begun = Flag::new();
        let (flag, handle) = (begun.clone(), Arc::new(Mutex::new(None)));
        let keep = Arc::clone(&handle);
        scope!(|run| { *keep.lock().unwrap() = Some(run.clone()); }).await.unwrap();
        let ended = handle.lock().unwrap().take().unwrap();
        assert!(ended.eager(async move { flag.set(); }).await.is_err());
        assert!(!begun.is_set());
    }

    async fn the_rest_is_cancelled_and_cleans_up_like_any_task() {
        let (log, live) = (Log::new(), Live::new());
        scope!(|run| {
            let (guard, log) = (live.guard(), log.clone());
            let task = run.eager(async move {
                let _guard = guard;
                // a frame that is begun at the call, and is cleaned up in the task
                let end = scope!(|inner| {
                    let log = log.clone();
                    inner.eager(async move { cancelled().await; shield(async { turns(3).await; log.add("cleaned up") }).await });
                    pending::<()>().await
                });
                let _ = end.await;
                log.add("control came back");
            });
            assert_eq!(run.len(), 1);
            turns(3).await;
            task.cancel();
            assert!(task.await.is_err());
        }).await.unwrap();
        assert_eq!(log.all(), ["cleaned up"]);
        assert_eq!(live.now(), 0);
    }

    async fn a_frame_of_the_first_part_hears_of_a_request_that_comes_at_once() {
        for _ in 0..200 {
            let live = Live::new();
            let guard = live.guard();
            let end = scope!(|run| {
                run.eager(async move {
                    let _guard = guard;
                    let inner = scope!(|_| { pending::<()>().await });
                    let _ = inner.await;
                });
                run.cancel();
            });
            end.await.unwrap();
            assert_eq!(live.now(), 0);
        }
    }

    async fn it_starts_tasks_in_its_scope_from_its_first_part_on() {
        let names = scope!(name = "outer" => |_| {
            let task = eager(async {
                let before = ayo::spawn(async { 1 });
                let name = |scope: Option<ayo::Scope>| scope.and_then(|scope| scope.name()).unwrap_or_default().into_owned();
                let first = name(ayo::current());
                yield_now().await;
                (first, name(ayo::current()), before.await.unwrap())
            });
            task.await?
        }).await.unwrap();
        assert_eq!(names, ("outer".to_owned(), "outer".to_owned(), 1));
    }

    async fn the_tree_and_errors_know_its_name() {
        async fn named() -> Result<(), Boom> {
            turns(5).await;
            Err(Boom(2))
        }
        let end = scope!(|run| {
            run.eager(named());
            until(|| !run.tree().children().is_empty()).await;
            assert_eq!(run.tree().children()[0].name(), "named #1");
        }).await.unwrap_err();
        assert_eq!(end.task().unwrap().name(), "named");
        assert_eq!(boom(&end), Some(2));
    }

    async fn under_a_limit_the_first_part_takes_no_place_and_the_rest_goes_ahead() {
        let log = Log::new();
        scope!(max_concurrency = 1 => |run| {
            let gate = Gate::new();
            run << { let gate = gate.clone(); async move { gate.passed().await } };
            turns(3).await;
            run << { let log = log.clone(); async move { log.add("in line") } };
            let task = run.eager({ let log = log.clone(); async move {
                log.add("first part");
                yield_now().await;
                log.add("rest");
            } });
            log.add("body");
            gate.open();
            task.await?;
        }).await.unwrap();
        assert_eq!(log.all(), ["first part", "body", "rest", "in line"]);
    }

    async fn a_collecting_scope_keeps_the_values() {
        let report = scope!(collect => |run| {
            run.eager(async { 1 });
            run << async { 2 };
            run.eager(async { yield_now().await; 3 });
            let read = run.eager(async { 4 });
            read.await?;
        }).report().await;
        assert_eq!(report.results, [1, 2, 3]);
    }

    async fn a_large_future_and_many_kinds() {
        async fn large(n: u8) -> usize {
            let bytes = [n; 20_000];
            if n > 100 { yield_now().await; }
            bytes.iter().filter(|byte| **byte == n).count()
        }
        scope!(|_| {
            for n in [1, 200] {
                assert_eq!(eager(large(n)).await?, 20_000);
            }
            let nested = eager(async { eager(async { eager(double_of(2)).await.unwrap() + 1 }).await.unwrap() + 1 });
            assert_eq!(nested.await?, 6);
        }).await.unwrap();
    }

    async fn a_recursive_one() {
        #[ayo::eager]
        async fn fibonacci(n: u32) -> u32 {
            if n < 2 {
                return n;
            }
            fibonacci(n - 1).await.unwrap() + fibonacci(n - 2).await.unwrap()
        }
        scope!(|_| { assert_eq!(fibonacci(12).await?, 144); }).await.unwrap();
    }

    // --- Without a scope -----------------------------------------------------------------------------------------------

    async fn without_a_scope_the_handle_owns_the_rest() {
        let log = Log::new();
        let task = noted(log.clone(), "first", "second");
        turns(10).await;
        assert_eq!(log.all(), ["first"], "nobody runs it");
        task.await.unwrap();
        assert_eq!(log.all(), ["first", "second"]);
        assert!(failing(false).await.unwrap_err().failed());
        assert!(failing(true).await.unwrap_err().failed());
        assert_eq!(text(&*panic_of(eager(async { if true { panic!("early") } })).await), "early");
        assert_eq!(text(&*panic_of(eager(async { yield_now().await; if true { panic!("late") } })).await), "late");
    }

    async fn without_a_scope_dropping_it_cancels() {
        let (log, live) = (Log::new(), Live::new());
        let begin = || {
            let (guard, log) = (live.guard(), log.clone());
            eager(async move {
                let _guard = guard;
                let end = scope!(|inner| {
                    let log = log.clone();
                    inner.eager(async move { cancelled().await; shield(async { turns(3).await; log.add("cleaned up") }).await });
                    pending::<()>().await
                });
                let _ = end.await;
            })
        };
        drop(begin());
        until(|| live.now() == 0).await;
        assert_eq!(log.all(), ["cleaned up"]);

        let task = begin();
        task.cancel();
        assert!(!task.is_finished());
        assert!(task.await.is_err());
        assert_eq!((log.len(), live.now()), (2, 0));

        let plain = { let guard = live.guard(); eager(async move { let _guard = guard; pending::<()>().await }) };
        drop(plain);
        assert_eq!(live.now(), 0);
    }

    // --- scope!(eager) -------------------------------------------------------------------------------------------------

    async fn an_eager_scope_begins_every_task_at_once() {
        let (log, go) = (Log::new(), Gate::new());
        let report = scope!(eager, collect => |run| {
            for n in 0..3_u32 {
                let (log, go) = (log.clone(), go.clone());
                run << async move { log.add(n); if n == 1 { go.passed().await } log.add(10 + n); n };
                log_up(&run.len());
            }
            go.open();
            let attempt = run.as_scope().attempt(async { Err::<(), _>(Boom(5)) });
            assert!(attempt.is_finished());
            assert!(matches!(attempt.await, Err(TaskError::Failed(Boom(5)))));
            let late = run.as_scope().attempt(async { yield_now().await; Err::<(), _>(Boom(6)) });
            assert!(matches!(late.await, Err(TaskError::Failed(Boom(6)))));
        }).report().await;
        assert_eq!(report.results, [0, 1, 2]);
        assert_eq!(log.all()[..4], [0, 10, 1, 2], "each began where it was started");
        assert!(report.error.is_none() && report.contained.is_empty());
    }

    async fn options_hold_for_what_ends_at_once() {
        let end = scope!(eager => |run| {
            #[task(main)]
            run << async {};
            pending::<()>().await
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);

        let report = scope!(eager => |run| {
            #[task(bubble = false, name = "frail")]
            run << async { Err(Boom(3)) };
            run << async {};
        }).report().await;
        assert!(report.error.is_none());
        assert_eq!(report.contained[0].task().unwrap().name(), "frail");
    }

    async fn under_load() {
        let sum = scope!(eager, max_concurrency = 7 => |run| {
            let tasks = (0..5_000_u64).map(|n| run.spawn(async move {
                for _ in 0..n % 4 { yield_now().await; }
                n
            })).collect::<Vec<_>>();
            let mut sum = 0;
            for task in tasks { sum += task.await?; }
            sum
        }).await.unwrap();
        assert_eq!(sum, (0..5_000).sum());
    }
}

async fn double_of(n: u32) -> u32 {
    double(n).await.unwrap()
}

fn log_up(_: &usize) {}

paused! {
    async fn it_inherits_context_variables() {
        ayo::vars!(static USER: &'static str);
        scope!(|_| {
            let task = USER.with_sync("ada", || eager(async { let first = USER.get(); sleep(MS).await; (first, USER.get()) }));
            assert_eq!(task.await?, (Some("ada"), Some("ada")));
        }).await.unwrap();
    }

    async fn a_timeout_around_the_call_does_not_cut_the_task() {
        scope!(|_| {
            let task = ayo::timeout(10 * MS, std::future::poll_fn(|_| Poll::Ready(eager(async { sleep(30 * MS).await; 5 })))).await.unwrap();
            assert_eq!(task.await?, 5);
        }).await.unwrap();
    }
}

#[test]
fn without_a_runtime_what_never_suspends_works() {
    let value: Result<u32, Cancelled> = futures::executor::block_on(double(4));
    assert_eq!(value.unwrap(), 8);
    let task: Task<u32> = eager(ready(5));
    assert!(task.is_finished());
    let rest = eager(async {
        futures::pending!();
        6
    });
    drop(rest);
}

// --- Boxes that are used again -------------------------------------------------------------------------------------

#[repr(align(64))]
#[derive(Clone, Copy, PartialEq, Debug)]
struct Wide(u8);

/// What it was called with, looked at again at the end: of any size and alignment, with other calls in the middle of it, some of
/// which suspend.
fn kept<T: Copy + PartialEq + std::fmt::Debug + Send + 'static>(
    value: T,
    depth: u32,
    live: &Live,
) -> Task<()> {
    let (guard, live) = (live.guard(), live.clone());
    eager(async move {
        let _guard = guard;
        let copy = std::hint::black_box(value);
        if depth > 0 {
            kept([depth; 7], depth - 1, &live).await.unwrap();
            kept(value, depth - 1, &live).await.unwrap();
            kept(Wide(3), 0, &live).await.unwrap();
        } else if let Ok(turns) = u32::try_from(size_of::<T>() % 3) {
            for _ in 0..turns {
                yield_now().await;
            }
        }
        assert_eq!(copy, value);
    })
}

both! {
    async fn boxes_are_shared_by_size_and_hold_what_is_theirs() {
        let live = Live::new();
        for round in 0..20_u8 {
            scope!(|_| {
                kept((), 3, &live).await.unwrap();
                kept(round, 3, &live).await.unwrap();
                kept([round; 61], 2, &live).await.unwrap();
                kept([u64::from(round); 100], 2, &live).await.unwrap();
                kept([u128::from(round); 40], 2, &live).await.unwrap();
                kept(Wide(round), 3, &live).await.unwrap();
                kept([round; 5_000], 1, &live).await.unwrap();
                drop(kept([u32::from(round); 9], 2, &live));
            })
            .await
            .unwrap();
            assert_eq!(live.now(), 0);
        }
    }

    async fn one_that_panics_leaves_no_box() {
        for _ in 0..3 {
            let payload = panic_of(scope!(|_| {
                let bad = eager(async { if std::hint::black_box(true) { panic!("inside") } 7_u64 });
                let good = eager(async { std::hint::black_box(8_u64) });
                assert!(bad.await.is_err());
                good.await?;
            }))
            .await;
            assert_eq!(text(&*payload), "inside");
            assert_eq!(eager(async { std::hint::black_box(9_u64) }).await.unwrap(), 9);
        }
    }
}

#[test]
fn a_thread_that_ends_takes_its_boxes_along() {
    let one = || {
        std::thread::spawn(|| {
            futures::executor::block_on(async {
                for n in 0..100_u32 {
                    assert_eq!(eager(async move { [n; 20] }).await.unwrap()[19], n);
                }
            })
        })
    };
    (0..8).map(|_| one()).collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
}
