//! `Started`, `reusable` and `watched`.

use std::cell::Cell;
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ayo::{Started, cancelled, reusable, scope, shield, timeout, watched};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::{Boom, Count, Flag, Gate, Live, Log, boom, both, panic_of, paused, text, turns};

const MS: Duration = Duration::from_millis(1);

async fn two_parts(log: &Log<&'static str>) -> u32 {
    log.add("first");
    yield_now().await;
    log.add("second");
    7
}

both! {
    async fn it_runs_up_to_its_first_suspension() {
        let log = Log::new();
        log.add("before");
        let mut started = Started::new(two_parts(&log));
        log.add("after");
        assert!(!started.is_done());
        assert_eq!(started.result(), None);
        assert_eq!((&mut started).await, 7);
        assert!(started.is_done());
        assert_eq!(log.all(), ["before", "first", "after", "second"]);
    }

    async fn what_does_not_suspend_is_done_at_once() {
        let mut started = Started::new(async { 5 });
        assert!(started.is_done());
        assert_eq!(started.result(), Some(5));
        assert_eq!(started.result(), None, "it is given once");
        assert_eq!(Started::new(ready(6)).await, 6);
    }

    async fn a_panic_comes_out_where_it_is_awaited() {
        let early = Started::new(async { if true { panic!("early") } });
        assert!(early.is_done());
        assert_eq!(text(&*panic_of(early.into_future()).await), "early");

        let mut early = Started::new(async { if true { panic!("result") } });
        let result = catch_unwind(AssertUnwindSafe(|| early.result()));
        assert_eq!(text(&*result.unwrap_err()), "result");

        let mut late = Started::new(async { yield_now().await; if true { panic!("late") } });
        assert_eq!(text(&*panic_of((&mut late).into_future()).await), "late");
        assert!(late.is_done(), "and is not polled again");
    }

    async fn a_cut_await_is_gone_on_with() {
        let gate = Gate::new();
        let mut started = Started::new(async { gate.passed().await; 9 });
        for _ in 0..3 {
            tokio::select! {
                biased;
                _ = &mut started => unreachable!("the gate is shut"),
                () = turns(3) => {}
            }
        }
        gate.open();
        assert_eq!(started.await, 9);
    }

    async fn it_belongs_to_whoever_polls_it() {
        async fn named(ready: Flag) -> (String, String) {
            let name = || ayo::current().and_then(|scope| scope.name()).unwrap_or_default().into_owned();
            // a frame: from here on it has a domain of its own
            let before = scope!(|_| { yield_now().await; }).await;
            before.unwrap();
            ready.set();
            yield_now().await;
            let inside = ayo::spawn(async {}).await.map_or("refused".to_owned(), |()| name());
            (name(), inside)
        }
        let flag = Flag::new();
        let (give, take) = oneshot::channel();
        scope!(name = "one" => |run| {
            let mut started = Started::new(named(flag.clone()));
            tokio::select! {
                biased;
                _ = &mut started => unreachable!(),
                () = crate::support::until(|| flag.is_set()) => {}
            }
            give.send(started).ok().unwrap();
            run << async {};
        }).await.unwrap();
        let names = scope!(name = "two" => |run| {
            let task = run << async { ayo::Value(take.await.unwrap().await) };
            task.await?.0
        }).await.unwrap();
        assert_eq!(names, ("two".to_owned(), "two".to_owned()));
    }

    async fn a_cancelled_await_waits_for_its_clean_up() {
        let log = Log::new();
        scope!(|run| {
            let started = Count::new();
            let task = run << {
                let (started, log) = (started.clone(), log.clone());
                async move {
                    let begun = Started::new(async {
                        started.hit();
                        cancelled().await;
                        shield(async { turns(5).await; log.add("cleaned up"); }).await;
                    });
                    begun.await;
                    log.add("control came back");
                }
            };
            started.reaches(1).await;
            turns(3).await;
            task.cancel();
            assert!(task.await.is_err());
            assert_eq!(log.all(), ["cleaned up"]);
        }).await.unwrap();
    }

    async fn one_that_nobody_drives_holds_nobody_up() {
        let live = Live::new();
        let outer = scope!(|run| {
            let (begun, live) = (Count::new(), live.clone());
            let task = run << {
                let (begun, live) = (begun.clone(), live.clone());
                async move {
                    let mut parked = Started::new(async {
                        let _ = scope!(|inner| {
                            let guard = live.guard();
                            inner << async move { let _guard = guard; pending::<()>().await };
                            pending::<()>().await
                        }).await;
                    });
                    tokio::select! { biased; () = &mut parked => {} () = turns(2) => {} }
                    begun.hit();
                    pending::<()>().await;
                    drop(parked);
                }
            };
            begun.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err(), "its scope is unfinished, but nobody polls it");
        });
        outer.await.unwrap();
        assert_eq!(live.ever(), 1);
        assert_eq!(live.now(), 0, "the scope around waited for what it had left");
    }

    async fn close_waits_for_the_clean_up() {
        let (log, live, begun) = (Log::new(), Live::new(), Count::new());
        let guard = live.guard();
        let mut started = Started::new(async {
            let _guard = guard;
            let _ = scope!(|run| {
                let (log, begun) = (log.clone(), begun.clone());
                run << async move {
                    begun.hit();
                    cancelled().await;
                    shield(async { turns(5).await; log.add("cleaned up"); }).await;
                };
                pending::<()>().await
            }).await;
            log.add("control came back");
        });
        tokio::select! { biased; () = &mut started => {} () = begun.reaches(1) => {} }
        started.close().await;
        assert_eq!(log.all(), ["cleaned up"]);
        assert_eq!(live.now(), 0);
        Started::new(pending::<()>()).close().await;
        Started::new(async {}).close().await;
    }

    async fn an_error_in_clean_up_goes_to_the_scope_of_whoever_polls_it() {
        let (give, take) = oneshot::channel();
        let gate = Gate::new();
        let opened = gate.clone();
        scope!(|_| {
            // the shield is begun here, and ends over there
            let mut begun = Started::new(async move {
                shield(async { gate.passed().await; Err::<(), Boom>(Boom(4)) }).await.unwrap();
            });
            tokio::select! { biased; () = &mut begun => {} () = turns(2) => {} }
            give.send(begun).ok().unwrap();
        }).await.unwrap();
        let polled = Count::new();
        let end = scope!(|run| {
            let again = polled.clone();
            run << async move {
                let mut begun = take.await.unwrap();
                tokio::select! { biased; () = &mut begun => {} () = turns(2) => {} }
                again.hit();
                begun.await;
            };
            polled.reaches(1).await;
            run.cancel();
            opened.open();
        }).await;
        assert_eq!(boom(&end.unwrap_err()), Some(4));
    }

    async fn under_load_on_other_threads() {
        scope!(max_concurrency = 50 => |run| {
            let tasks = run.map(0..3_000_u32, |n| {
                let started = Started::new(async move {
                    let sum = scope!(|inner| {
                        let (a, b) = (inner << async move { yield_now().await; n }, inner << async { 1 });
                        a.await? + b.await?
                    });
                    sum.await
                });
                async move { started.await }
            });
            let sums = tasks.await?;
            assert!(sums.into_iter().eq(1..=3_000));
        }).await.unwrap();
    }
}

paused! {
    async fn awaited_again_after_its_cancellation_it_says_so() {
        let log = Log::new();
        let mut started = Started::new(async {
            let tidied = scope!(|run| {
                let log = log.clone();
                run << async move { cancelled().await; shield(async { sleep(5 * MS).await; log.add("cleaned up") }).await };
                pending::<()>().await
            });
            let _ = tidied.await;
        });
        assert!(timeout(10 * MS, (&mut started).into_future()).await.is_err());
        assert_eq!(log.all(), ["cleaned up"]);
        assert!(started.is_done());
        let payload = panic_of(started.into_future()).await;
        assert!(text(&*payload).contains("was cancelled while it was awaited before"), "{}", text(&*payload));
    }

    async fn one_without_clean_up_survives_a_timeout() {
        let mut started = Started::new(async { sleep(30 * MS).await; 3 });
        assert!(timeout(10 * MS, (&mut started).into_future()).await.is_err(), "there was nothing in it to cancel");
        assert_eq!(started.await, 3);
    }

    async fn a_context_variable_goes_along() {
        ayo::vars!(static USER: &'static str);
        let started = USER.with("ada", async {
            let started = Started::new(USER.with("bob", async { sleep(MS).await; USER.get() }));
            let plain = Started::new(async { let first = USER.get(); sleep(MS).await; (first, USER.get()) });
            (started, plain)
        }).await;
        assert_eq!(started.0.await, Some("bob"));
        assert_eq!(USER.with("eve", started.1.into_future()).await, (Some("ada"), Some("eve")));
    }
}

// --- reusable ----------------------------------------------------------------------------------------------------------

both! {
    async fn it_is_awaited_again_and_again() {
        let made = Cell::new(0);
        let mut again = reusable(|| {
            made.set(made.get() + 1);
            let n = made.get();
            async move { yield_now().await; n }
        });
        for n in 1..=1_000 {
            assert_eq!((&mut again).await, n);
        }
    }

    async fn an_unfinished_one_is_gone_on_with() {
        let (made, gate) = (Cell::new(0), Gate::new());
        let mut again = reusable(|| { made.set(made.get() + 1); gate.passed() });
        tokio::select! { biased; () = &mut again => unreachable!() , () = turns(3) => {} }
        gate.open();
        (&mut again).await;
        assert_eq!(made.get(), 1);
    }

    async fn after_a_panic_it_starts_anew() {
        let made = Cell::new(0);
        let mut again = reusable(|| {
            made.set(made.get() + 1);
            let n = made.get();
            async move { yield_now().await; assert_ne!(n, 1, "the first"); n }
        });
        let payload = panic_of((&mut again).into_future()).await;
        assert!(text(&*payload).contains("the first"));
        assert_eq!((&mut again).await, 2);
    }
}

paused! {
    async fn after_a_cancellation_it_starts_anew() {
        let (made, log) = (Cell::new(0), Log::new());
        let mut again = reusable(|| {
            made.set(made.get() + 1);
            let (n, log) = (made.get(), log.clone());
            async move {
                let waited = scope!(|run| {
                    let log = log.clone();
                    run << async move { cancelled().await; shield(async { sleep(MS).await; log.add("cleaned up") }).await };
                    if n == 1 { pending::<()>().await }
                    run.cancel();
                });
                waited.await.unwrap();
                n
            }
        });
        assert!(timeout(10 * MS, (&mut again).into_future()).await.is_err());
        assert_eq!(log.all(), ["cleaned up"]);
        assert_eq!((&mut again).await, 2);
    }
}

// --- watched -----------------------------------------------------------------------------------------------------------

both! {
    async fn it_tells_how_far_it_is() {
        let gate = Gate::new();
        let mut work = std::pin::pin!(watched(async { gate.passed().await; 4 }));
        assert!(work.is_new() && !work.is_suspended() && !work.is_done());
        tokio::select! { biased; _ = &mut work => unreachable!(), () = ready(()) => {} }
        assert!(!work.is_new() && work.is_suspended() && !work.is_done());
        gate.open();
        assert_eq!(work.as_mut().await, 4);
        assert!(!work.is_new() && !work.is_suspended() && work.is_done());

        let mut failed = std::pin::pin!(watched(async { if true { panic!("no") } }));
        panic_of(failed.as_mut()).await;
        assert!(failed.is_done());
    }
}
