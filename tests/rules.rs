//! Rules 1 to 6 and 8 to 10 of the contract, each on both Tokio flavours.

mod support;

use std::panic::panic_any;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ayo::{BoxError, Cancelled, ErrorKind, Scope, TaskError, Value, scope, shield};
use futures::FutureExt;
use futures::future::{BoxFuture, pending, ready};
use support::*;
use tokio::runtime::Builder;
use tokio::task::yield_now;

/// A task that is in the middle of its clean-up, from `entered` on and until `leave`.
async fn cleaning_up(live: Guard, entered: Gate, leave: Gate) {
    shield(async {
        entered.open();
        leave.passed().await;
        turns(3).await;
    })
    .await;
    drop(live);
}

/// The same, and it does not end before the scope is asked to.
async fn cleaning_up_after_the_request(live: Guard, entered: Gate) {
    shield(async {
        entered.open();
        until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
        turns(3).await;
    })
    .await;
    drop(live);
}

mod rule_1_the_scope_completes_only_when_everything_below_has_ended {
    use super::*;

    both! {
        async fn values_are_gone_however_their_tasks_were_started() {
            async fn value(guard: Guard, n: usize) -> Guard {
                turns(n % 3).await;
                guard
            }
            for (round, limit) in (0..400).zip([usize::MAX, 1, 3].into_iter().cycle()) {
                let live = Live::new();
                let report = scope!(max_concurrency = limit => |run| {
                    let (late, cancelled) = (run.spawn(value(live.guard(), 1)), run.spawn(value(live.guard(), 2)));
                    drop(run.spawn(value(live.guard(), round)));
                    let attempted = value(live.guard(), 1);
                    drop(run.attempt(async { Ok::<_, Boom>(attempted.await) }));
                    let (seed, blocking, mapped) = (live.guard(), live.guard(), live.guard());
                    drop(run.spawn_with(move || value(seed, 1)));
                    drop(run.aside(move || blocking));
                    drop(run.eager(value(live.guard(), 2)));
                    drop(run.all([value(live.guard(), 0), value(live.guard(), round)]));
                    drop(run.map(0..4, move |n| value(mapped.another(), n)));
                    drop(run.task(value(live.guard(), 1)).background().spawn());
                    turns(round % 5).await;
                    cancelled.cancel();
                    drop((late, cancelled));
                    if round % 7 == 0 { run.cancel(); }
                })
                .report()
                .await;
                assert!(report.error.is_none(), "{report:?}");
                assert_eq!(live.now(), 0, "round {round}, limit {limit}");
            }
        }

        async fn every_task_has_ended() {
            let live = Live::new();
            scope!(|run| {
                for n in 0..100 {
                    let guard = live.guard();
                    run << async move {
                        turns(n % 7).await;
                        drop(guard);
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!((live.now(), live.ever()), (0, 100));
        }

        async fn tasks_that_tasks_started_have_ended() {
            fn walk(run: Scope, live: Live, guard: Guard, depth: u32) -> futures::future::BoxFuture<'static, ()> {
                Box::pin(async move {
                    yield_now().await;
                    for _ in 0..if depth > 0 { 3 } else { 0 } {
                        drop(run.spawn(walk(run.clone(), live.clone(), live.guard(), depth - 1)));
                    }
                    drop(guard);
                })
            }
            let live = Live::new();
            scope!(|run| { run << walk(run.clone(), live.clone(), live.guard(), 5); }).await.unwrap();
            assert_eq!((live.now(), live.ever()), (0, 1 + 3 + 9 + 27 + 81 + 243));
        }

        async fn clean_up_of_cancelled_tasks_has_ended() {
            let (live, entered) = (Live::new(), Gate::new());
            let error = scope!(|run| {
                run << cleaning_up_after_the_request(live.guard(), entered.clone());
                let entered = entered.clone();
                run << async move {
                    entered.passed().await;
                    Err(Boom(1))
                };
            })
            .await
            .unwrap_err();
            assert_eq!((boom(&error), live.now()), (Some(1), 0));
        }

        async fn clean_up_of_the_body_has_ended() {
            let (live, entered) = (Live::new(), Gate::new());
            let error = scope!(|run| {
                let seen = entered.clone();
                run << async move {
                    seen.passed().await;
                    Err(Boom(1))
                };
                cleaning_up_after_the_request(live.guard(), entered.clone()).await;
                unreachable!("control does not return into a body that was cancelled");
            })
            .await
            .unwrap_err();
            assert_eq!((boom(&error), live.now()), (Some(1), 0));
            assert_eq!(error.others().len(), 0);
        }

        async fn nested_scopes_have_ended_innermost_first() {
            let (log, live) = (Log::new(), Live::new());
            let (entered, leave) = (Gate::new(), Gate::new());
            type Level = futures::future::BoxFuture<'static, Result<(), ayo::Error>>;
            fn level(n: u32, live: Live, log: Log<u32>, entered: Gate, leave: Gate) -> Level {
                Box::pin(async move {
                    let ends = log.clone();
                    let _ends = OnDrop(move || ends.add(n));
                    let _guard = live.guard();
                    scope!(|run| {
                        if n < 3 {
                            run << level(n + 1, live.clone(), log, entered, leave);
                        } else {
                            run << cleaning_up(live.guard(), entered, leave);
                        }
                        pending::<()>().await
                    })
                    .await
                })
            }
            let end = scope!(|run| {
                run << level(1, live.clone(), log.clone(), entered.clone(), leave.clone());
                entered.passed().await;
                run.cancel();
                leave.open();
                pending::<()>().await
            })
            .await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!((live.now(), live.ever()), (0, 4));
            assert_eq!(log.all(), [3, 2, 1]);
        }

        async fn destructors_of_tasks_have_run() {
            for _ in 0..20 {
                let live = Live::new();
                scope!(|run| {
                    for n in 0..100 {
                        let guard = live.guard();
                        run << async move {
                            let _guard = guard;
                            turns(n % 3).await;
                        };
                    }
                })
                .await
                .unwrap();
                assert_eq!(live.now(), 0);
            }
        }

        async fn destructors_of_cancelled_tasks_have_run() {
            for _ in 0..20 {
                let live = Live::new();
                let end = scope!(|run| {
                    for n in 0..100 {
                        let guard = live.guard();
                        run << async move {
                            turns(n % 3).await;
                            pending::<()>().await;
                            drop(guard);
                        };
                    }
                    turns(2).await;
                    run.cancel();
                    pending::<()>().await
                })
                .await;
                assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
                assert_eq!(live.now(), 0);
            }
        }

        async fn values_that_nobody_reads_are_gone() {
            for _ in 0..200 {
                let live = Live::new();
                scope!(|run| {
                    for _ in 0..20 {
                        let guard = live.guard();
                        run << async move { yield_now().await; guard };
                        let guard = live.guard();
                        drop(run.spawn(async move { guard }));
                    }
                })
                .await
                .unwrap();
                assert_eq!(live.now(), 0, "a value was still alive when the scope had ended");
            }
        }

        async fn values_that_nobody_reads_are_gone_in_a_limited_scope() {
            for _ in 0..100 {
                let live = Live::new();
                scope!(max_concurrency = 3 => |run| {
                    for _ in 0..20 {
                        let guard = live.guard();
                        run << async move { yield_now().await; guard };
                        let guard = live.guard();
                        drop(run.spawn(async move { guard }));
                        let guard = live.guard();
                        drop(run.attempt(async move { Ok::<_, BoxError>(guard) }));
                    }
                })
                .await
                .unwrap();
                assert_eq!(live.now(), 0, "a value was still alive when the scope had ended");
            }
        }

        async fn a_limited_scope_waits_for_its_line() {
            let live = Live::new();
            scope!(max_concurrency = 3 => |run| {
                for n in 0..500 {
                    let guard = live.guard();
                    run << async move {
                        turns(n % 4).await;
                        drop(guard);
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!((live.now(), live.ever()), (0, 500));
        }

        async fn it_does_nothing_before_it_is_awaited() {
            let flag = Flag::new();
            let future = scope!(|run| {
                let flag = flag.clone();
                run << async move { flag.set() };
            });
            turns(20).await;
            assert!(!flag.is_set());
            future.await.unwrap();
            assert!(flag.is_set());
        }

        async fn one_that_is_never_awaited_drops_its_body() {
            let live = Live::new();
            let guard = live.guard();
            let future = scope!(move |run| {
                let _ = (run, guard);
            });
            assert_eq!(live.now(), 1);
            drop(future);
            assert_eq!(live.now(), 0);
        }
    }

    /// Another thread has the handles. The last one that it drops sweeps the values of the others, and the last task ends
    /// meanwhile.
    #[test]
    fn values_that_are_swept_from_outside_are_gone() {
        let runtime = Arc::new(Builder::new_multi_thread().worker_threads(1).build().unwrap());
        let _there = runtime.enter();
        let tasks = Arc::clone(&runtime);
        let so_far = move || tasks.block_on(tokio::spawn(ready(()))).unwrap();
        let scoped = Arc::new(Mutex::new(None::<BoxFuture<'static, _>>));
        let poll_scope = {
            let scoped = Arc::clone(&scoped);
            move || {
                scoped.lock().unwrap().as_mut().unwrap().poll_unpin(&mut Context::from_waker(Waker::noop()))
            }
        };
        let (early, late, ended) = (Gate::new(), Gate::new(), Flag::new());
        let last_word = {
            let (late, ended, so_far, poll_scope) =
                (late.clone(), ended.clone(), so_far.clone(), poll_scope.clone());
            OnDrop(move || {
                late.open();
                so_far();
                if poll_scope().is_ready() {
                    ended.set();
                }
            })
        };
        let handles = Arc::new(Mutex::new(Vec::new()));
        let (give, gates) = (Arc::clone(&handles), [early.clone(), late]);
        let end = scope!(move |run| {
            let mut value = Some(last_word);
            for n in 1..=32 {
                let (gate, value) = (gates[n / 32].clone(), value.take());
                let task = run.spawn(async move {
                    gate.passed().await;
                    Value(value)
                });
                give.lock().unwrap().push(task);
            }
        });
        *scoped.lock().unwrap() = Some(end.boxed());
        assert!(poll_scope().is_pending());
        let mut handles = std::mem::take(&mut *handles.lock().unwrap());
        let last = handles.pop();
        drop(handles);
        early.open();
        so_far();
        drop(last);
        assert!(!ended.is_set(), "a value was still alive when the scope had ended");
        assert!(matches!(poll_scope(), Poll::Ready(Ok(()))));
    }
}

mod rule_2_the_first_failure_cancels_the_scope {
    use super::*;

    both! {
        async fn a_tasks_err_cancels_the_others_and_the_body() {
            let live = Live::new();
            let error = scope!(|run| {
                for _ in 0..10 {
                    let guard = live.guard();
                    run << async move {
                        pending::<()>().await;
                        drop(guard);
                    };
                }
                run << async {
                    turns(3).await;
                    Err(Boom(7))
                };
                let _guard = live.guard();
                pending::<()>().await;
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failed);
            assert_eq!(boom(&error), Some(7));
            assert_eq!(error.task().unwrap().id(), 11);
            assert_eq!(live.now(), 0);
        }

        async fn a_question_mark_in_the_body_cancels_the_tasks() {
            let live = Live::new();
            let error = scope!(|run| {
                let guard = live.guard();
                run << async move {
                    pending::<()>().await;
                    drop(guard);
                };
                yield_now().await;
                Err::<(), _>(Boom(8))?;
                unreachable!("`?` leaves the body");
            })
            .await
            .unwrap_err();
            assert_eq!((error.kind(), boom(&error), live.now()), (ErrorKind::Failed, Some(8), 0));
            assert!(error.task().is_none());
        }

        async fn every_kind_of_error_goes_through_the_question_mark() {
            async fn failing(n: u32) -> Result<u32, ayo::Error> {
                scope!(|_| {
                    match n {
                        0 => Err("a text")?,
                        1 => Err(String::from("a string"))?,
                        2 => Err(Boom(2))?,
                        3 => Err(anyhow::anyhow!("anyhow"))?,
                        4 => Err(BoxError::from("boxed"))?,
                        5 => "x".parse::<u32>()?,
                        _ => n,
                    }
                })
                .await
            }
            for (n, message) in
                [(0, "a text"), (1, "a string"), (2, "boom 2"), (3, "anyhow"), (4, "boxed"), (5, "invalid digit found in string")]
            {
                assert_eq!(failing(n).await.unwrap_err().to_string(), message);
            }
            assert_eq!(failing(6).await.unwrap(), 6);
        }

        async fn a_panic_cancels_the_others() {
            let live = Live::new();
            let payload = panic_of(async {
                scope!(|run| {
                    let guard = live.guard();
                    run << async move {
                        pending::<()>().await;
                        drop(guard);
                    };
                    run << async {
                        yield_now().await;
                        panic!("no disk");
                    };
                    pending::<()>().await
                })
                .await
            })
            .await;
            assert_eq!((text(&*payload), live.now()), ("no disk", 0));
        }

        async fn later_failures_are_kept_in_order() {
            let started = Count::new();
            let error = scope!(|run| {
                for n in 2..=4 {
                    run << when_cancelled(started.clone(), move || Err::<(), _>(Boom(n)));
                }
                started.reaches(3).await;
                run << async { Err(Boom(1)) };
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(boom(&error), Some(1));
            let mut others = booms(&error).split_off(1);
            others.sort_unstable();
            assert_eq!(others, [2, 3, 4]);
            assert!(error.others().iter().all(|other| other.kind() == ErrorKind::Failed));
        }

        async fn failures_of_clean_up_are_kept() {
            let entered = Gate::new();
            let error = scope!(|run| {
                let seen = entered.clone();
                run << async move {
                    shield(async {
                        seen.open();
                        until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
                        turns(3).await;
                        Err::<(), _>(Boom(2))
                    })
                    .await
                };
                entered.passed().await;
                Err::<(), _>(Boom(1))?;
            })
            .await
            .unwrap_err();
            assert_eq!(booms(&error), [1, 2]);
            assert_eq!(error.others()[0].task().unwrap().id(), 1, "it is the failure of the task it arose in");
        }

        async fn failures_of_a_nested_scope_that_is_cancelled_are_kept() {
            let entered = Gate::new();
            let error = scope!(|run| {
                let seen = entered.clone();
                run << async move {
                    scope!(|inner| {
                        inner << async move {
                            seen.open();
                            ayo::cancelled().await;
                            Err(Boom(2))
                        };
                    })
                    .await
                };
                entered.passed().await;
                Err::<(), _>(Boom(1))?;
            })
            .await
            .unwrap_err();
            assert_eq!(booms(&error), [1, 2]);
            assert_eq!(error.others()[0].kind(), ErrorKind::Failed);
        }

        async fn every_failure_at_once_is_kept_exactly_once() {
            let (started, gate) = (Count::new(), Gate::new());
            let error = scope!(|run| {
                for n in 0..50 {
                    let (started, gate) = (started.clone(), gate.clone());
                    run << async move {
                        started.hit();
                        tokio::select! {
                            () = gate.passed() => {}
                            () = ayo::cancelled() => {}
                        }
                        Err(Boom(n))
                    };
                }
                started.reaches(50).await;
                gate.open();
                pending::<()>().await
            })
            .await
            .unwrap_err();
            let mut all = booms(&error);
            all.sort_unstable();
            assert_eq!(all, (0..50).collect::<Vec<_>>());
        }

        async fn a_failure_after_cancel_is_an_error_all_the_same() {
            let started = Count::new();
            let error = scope!(|run| {
                run << when_cancelled(started.clone(), || Err::<(), _>(Boom(3)));
                started.reaches(1).await;
                run.cancel();
            })
            .await;
            // The body had ended; the failure of a tear-down is none of `cancel()`'s.
            assert_eq!(error.map_err(|error| boom(&error)).unwrap_err(), Some(3));
        }

        async fn a_task_that_is_done_at_the_request_has_completed() {
            let done = Flag::new();
            let error = scope!(|run| {
                let gate = Gate::new();
                let (flag, seen) = (done.clone(), gate.clone());
                run << async move {
                    seen.open();
                    ayo::cancelled().await;
                    flag.set();
                };
                gate.passed().await;
                turns(5).await;
                Err::<(), _>(Boom(1))?;
            })
            .await
            .unwrap_err();
            assert_eq!(booms(&error), [1]);
            assert!(done.is_set(), "what is just done gets its turn");
        }

        async fn in_a_limited_scope_the_line_is_dropped_unpolled() {
            let (live, ran) = (Live::new(), Live::new());
            let error = scope!(max_concurrency = 2 => |run| {
                run << async {
                    turns(3).await;
                    Err(Boom(1))
                };
                run << pending::<()>();
                for _ in 0..100 {
                    let (guard, ran) = (live.guard(), ran.clone());
                    run << async move {
                        drop(ran.guard());
                        drop(guard);
                    };
                }
            })
            .await
            .unwrap_err();
            assert_eq!((booms(&error), live.now(), ran.ever()), (vec![1], 0, 0));
        }
    }
}

mod rule_3_errors_and_panics_after_everything_has_ended {
    use super::*;

    both! {
        async fn a_panic_resumes_in_the_awaiter_with_its_payload() {
            let (live, entered) = (Live::new(), Gate::new());
            let payload = panic_of(async {
                scope!(|run| {
                    run << cleaning_up_after_the_request(live.guard(), entered.clone());
                    let entered = entered.clone();
                    run << async move {
                        entered.passed().await;
                        panic_any(42_u8);
                    };
                })
                .await
            })
            .await;
            assert_eq!(payload.downcast_ref::<u8>(), Some(&42));
            assert_eq!(live.now(), 0, "everything had ended before");
        }

        async fn a_panic_of_the_body_does_too() {
            let (live, entered) = (Live::new(), Gate::new());
            let payload = panic_of(async {
                scope!(|run| {
                    run << cleaning_up_after_the_request(live.guard(), entered.clone());
                    entered.passed().await;
                    panic!("body")
                })
                .await
            })
            .await;
            assert_eq!((text(&*payload), live.now()), ("body", 0));
        }

        async fn errors_beside_a_panic_go_to_on_error() {
            let heard = Log::new();
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add(boom(error)) };
            let started = Count::new();
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    run << when_cancelled(started.clone(), || Err::<(), _>(Boom(2)));
                    started.reaches(1).await;
                    panic!("first")
                })
                .await
            })
            .await;
            assert_eq!((text(&*payload), heard.all()), ("first", vec![Some(2)]));
        }

        async fn an_error_before_a_panic_goes_to_on_error() {
            let heard = Log::new();
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add(boom(error)) };
            let started = Count::new();
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    run << when_cancelled(started.clone(), || -> () { panic!("second") });
                    started.reaches(1).await;
                    Err::<(), _>(Boom(1))?;
                })
                .await
            })
            .await;
            assert_eq!((text(&*payload), heard.all()), ("second", vec![Some(1)]));
        }

        async fn the_first_of_two_panics_goes_on_and_the_other_is_told() {
            let heard = Log::new();
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add(error.to_string()) };
            let started = Count::new();
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    run << when_cancelled(started.clone(), || -> () { panic!("second") });
                    started.reaches(1).await;
                    panic!("first")
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "first");
            assert_eq!(heard.len(), 1);
            assert!(heard.all()[0].contains("second"), "{:?}", heard.all());
        }

        async fn the_panic_of_a_nested_scope_goes_up() {
            let live = Live::new();
            let payload = panic_of(async {
                scope!(|run| {
                    let guard = live.guard();
                    run << async move {
                        pending::<()>().await;
                        drop(guard);
                    };
                    run << async {
                        scope!(|inner| {
                            inner << async {
                                yield_now().await;
                                panic_any(Boom(9));
                            };
                        })
                        .await
                    };
                })
                .await
            })
            .await;
            assert_eq!((payload.downcast_ref(), live.now()), (Some(&Boom(9)), 0));
        }

        async fn a_destructor_that_panics_is_its_tasks_panic() {
            let payload = panic_of(async {
                scope!(|run| {
                    run << async {
                        let _trap = OnDrop(|| panic!("in the destructor"));
                        yield_now().await;
                    };
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "in the destructor");
        }

        async fn a_destructor_that_panics_when_cancelled_is_its_tasks_panic() {
            let started = Count::new();
            let report = scope!(|run| {
                let hit = started.clone();
                run << async move {
                    let _trap = OnDrop(|| panic!("in the destructor"));
                    hit.hit();
                    pending::<()>().await;
                };
                started.reaches(1).await;
                Err::<(), _>(Boom(1))?;
            })
            .report()
            .await;
            let error = report.error.as_ref().unwrap();
            assert_eq!((error.kind(), boom(error)), (ErrorKind::Failed, Some(1)));
            assert_eq!(error.others().len(), 1);
            let other = &error.others()[0];
            assert_eq!((other.kind(), other.task().unwrap().id()), (ErrorKind::Panicked, 1));
            let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| report.into_result())).unwrap_err();
            assert_eq!(text(&*payload), "in the destructor");
        }

        async fn a_destructor_of_an_unpolled_task_that_panics_is_its_tasks_panic() {
            let report = scope!(|run| {
                let trap = OnDrop(|| panic!("in the destructor"));
                run << async move {
                    pending::<()>().await;
                    drop(trap);
                };
                Err::<(), _>(Boom(1))?;
            })
            .report()
            .await;
            let error = report.error.unwrap();
            assert_eq!(boom(&error), Some(1));
            assert_eq!(error.others().len(), 1, "{error:#}");
            assert_eq!(error.others()[0].kind(), ErrorKind::Panicked);
        }

        async fn a_destructor_in_the_line_that_panics_is_its_tasks_panic() {
            let report = scope!(max_concurrency = 1 => |run| {
                run << pending::<()>();
                let trap = OnDrop(|| panic!("in the destructor"));
                run << async move { drop(trap) };
                let live = Live::new();
                for _ in 0..10 {
                    let guard = live.guard();
                    run << async move { drop(guard) };
                }
                turns(3).await;
                Err::<(), _>(Boom(1))?;
            })
            .report()
            .await;
            let error = report.error.unwrap();
            assert_eq!(boom(&error), Some(1));
            assert_eq!(error.others().len(), 1, "{error:#}");
            assert_eq!(error.others()[0].kind(), ErrorKind::Panicked);
        }

        async fn a_destructor_of_the_body_that_panics_is_a_panic() {
            let live = Live::new();
            let payload = panic_of(async {
                scope!(|run| {
                    let guard = live.guard();
                    run << async move {
                        ayo::cancelled().await;
                        drop(guard);
                    };
                    let _trap = OnDrop(|| panic!("in the body's destructor"));
                    turns(3).await;
                })
                .await
            })
            .await;
            assert_eq!((text(&*payload), live.now()), ("in the body's destructor", 0));
        }

        async fn a_destructor_of_a_value_that_nobody_reads_is_its_tasks_panic() {
            struct Trap;
            impl Drop for Trap {
                fn drop(&mut self) {
                    panic!("in the value's destructor");
                }
            }
            impl ayo::Plain for Trap {}
            let report = scope!(|run| {
                run << async {
                    yield_now().await;
                    Trap
                };
            })
            .report()
            .await;
            assert_eq!(report.error.map(|error| error.kind()), Some(ErrorKind::Panicked));
        }

        async fn an_error_beside_a_destructor_that_panics_is_told() {
            struct Failing;
            impl Future for Failing {
                type Output = Result<(), Boom>;
                fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
                    std::task::Poll::Ready(Err(Boom(1)))
                }
            }
            impl Drop for Failing {
                fn drop(&mut self) {
                    panic!("in the destructor");
                }
            }
            for limit in [usize::MAX, 1] {
                let report = scope!(max_concurrency = limit => |run| { run << Failing; }).report().await;
                let error = report.error.unwrap();
                let all = std::iter::once(&error).chain(error.others()).collect::<Vec<_>>();
                assert!(all.iter().any(|error| error.kind() == ErrorKind::Panicked), "{error:#}");
                assert!(all.iter().any(|error| boom(error) == Some(1)), "the error is lost: {error:#}");
            }
        }

        async fn what_on_error_hears_beside_a_panic_it_hears_once() {
            let (heard, started) = (Log::new(), Count::new());
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add(booms(error)) };
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    for n in 2..=3 {
                        run << when_cancelled(started.clone(), move || Err::<(), _>(Boom(n)));
                    }
                    run << when_cancelled(started.clone(), || -> () { panic!("goes on") });
                    started.reaches(3).await;
                    Err::<(), _>(Boom(1))?;
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "goes on");
            let mut all = heard.all().concat();
            all.sort_unstable();
            assert_eq!(all, [1, 2, 3], "each one, and none twice (as one of the `others()` of another)");
        }

        async fn a_payload_whose_destructor_panics_harms_nobody() {
            struct Trap;
            impl Drop for Trap {
                fn drop(&mut self) {
                    panic!("in the payload's destructor");
                }
            }
            for limit in [usize::MAX, 2] {
                let report = scope!(max_concurrency = limit => |run| {
                    #[task(bubble = false)]
                    run << async { if true { panic_any(Trap) } };
                    run << turns(5);
                    1
                })
                .report()
                .await;
                assert_eq!((report.value, report.contained.len()), (Some(1), 1));

                let started = Count::new();
                let report = scope!(max_concurrency = limit => |run| {
                    run << when_cancelled(started.clone(), || -> () { panic_any(Trap) });
                    started.reaches(1).await;
                    if true { panic!("first") }
                })
                .report()
                .await;
                let error = report.error.as_ref().unwrap();
                assert_eq!((error.kind(), error.others().len()), (ErrorKind::Panicked, 1));
            }
        }

        async fn bubble_false_contains_panics_too() {
            let report = scope!(|run| {
                #[task(bubble = false, name = "risky")]
                run << async {
                    yield_now().await;
                    panic!("contained");
                };
                run << turns(10);
                "value"
            })
            .report()
            .await;
            assert!(report.error.is_none());
            assert_eq!(report.contained.len(), 1);
            assert_eq!(report.contained[0].kind(), ErrorKind::Panicked);
            assert_eq!(report.contained[0].task().unwrap().name(), "risky");
            assert_eq!(report.into_result().unwrap(), "value");
        }

        async fn bubble_false_contains_destructors_that_panic() {
            let report = scope!(|run| {
                #[task(bubble = false)]
                run << async {
                    let _trap = OnDrop(|| panic!("contained"));
                    yield_now().await;
                };
                5
            })
            .report()
            .await;
            assert_eq!((report.contained.len(), report.value), (1, Some(5)));
            assert!(report.error.is_none());
        }

        async fn a_panic_while_a_nested_scope_cleans_up_is_not_lost() {
            let entered = Gate::new();
            let payload = panic_of(async {
                scope!(|run| {
                    let seen = entered.clone();
                    run << async move {
                        scope!(|inner| {
                            inner << async move {
                                seen.open();
                                ayo::cancelled().await;
                                panic!("while cancelled");
                            };
                        })
                        .await
                    };
                    entered.passed().await;
                    run.cancel();
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "while cancelled");
        }

        async fn a_panic_in_a_shield_while_cancelled_is_not_lost() {
            let entered = Gate::new();
            let payload = panic_of(async {
                scope!(|run| {
                    let seen = entered.clone();
                    run << async move {
                        shield(async move {
                            seen.open();
                            turns(20).await;
                            panic!("in a shield");
                            #[allow(unreachable_code, reason = "it names the type")]
                            ()
                        })
                        .await
                    };
                    entered.passed().await;
                    run.cancel();
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "in a shield");
        }
    }
}

mod rule_4_what_cancel_and_time_outs_mean_for_the_value {
    use super::*;

    both! {
        async fn cancel_after_the_body_has_ended_gives_its_value() {
            let live = Live::new();
            let value = scope!(|run| {
                let guard = live.guard();
                run << async move {
                    pending::<()>().await;
                    drop(guard);
                };
                let scope = run.clone();
                run << async move {
                    turns(5).await;
                    scope.cancel();
                };
                "value"
            })
            .await;
            assert_eq!((value.unwrap(), live.now()), ("value", 0));
        }

        async fn cancel_in_a_body_that_reaches_its_end_gives_its_value() {
            let live = Live::new();
            let value = scope!(|run| {
                let guard = live.guard();
                run << async move {
                    pending::<()>().await;
                    drop(guard);
                };
                turns(3).await;
                run.cancel();
                5
            })
            .await;
            assert_eq!((value.unwrap(), live.now()), (5, 0));
        }

        async fn cancel_without_a_value_is_an_error_with_the_reason() {
            let error = scope!(|run| {
                run.cancel_with("the user closed the window");
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert!(error.to_string().contains("the user closed the window"), "{error}");
        }

        async fn the_first_reason_stays() {
            let error = scope!(|run| {
                run.cancel_with("first");
                run.cancel_with("second");
                run.cancel();
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert!(error.to_string().contains("first"), "{error}");
        }

        async fn cancel_from_elsewhere_ends_the_scope() {
            let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
            let elsewhere = tokio::spawn(async move {
                let run = receive.await.unwrap();
                turns(3).await;
                run.cancel();
            });
            let error = scope!(|run| {
                send.send(run.clone()).unwrap();
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            elsewhere.await.unwrap();
        }

        async fn a_main_task_that_ends_first_is_a_cancellation() {
            let live = Live::new();
            let error = scope!(|run| {
                let _guard = live.guard();
                #[task(main)]
                run << turns(3);
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!((error.kind(), live.now()), (ErrorKind::Cancelled, 0));
        }

        async fn a_main_task_that_ends_after_the_body_is_none() {
            let live = Live::new();
            let value = scope!(|run| {
                let guard = live.guard();
                run << async move {
                    pending::<()>().await;
                    drop(guard);
                };
                #[task(main)]
                run << turns(3);
                6
            })
            .await;
            assert_eq!((value.unwrap(), live.now()), (6, 0));
        }

        async fn what_was_passed_on_of_the_cancellation_is_no_failure() {
            let value = scope!(|run| {
                let slow = run << pending::<()>();
                run << async move {
                    slow.await?;
                    Ok(())
                };
                turns(5).await;
                run.cancel();
                "value"
            })
            .await;
            assert_eq!(value.unwrap(), "value");
        }

        async fn what_an_attempt_passed_on_of_the_cancellation_is_no_failure() {
            for _ in 0..20 {
                let value = scope!(|run| {
                    let slow = run.attempt(async {
                        pending::<()>().await;
                        Ok::<(), Boom>(())
                    });
                    run << async move {
                        slow.await?;
                        Ok(())
                    };
                    turns(5).await;
                    run.cancel();
                    "value"
                })
                .await;
                assert_eq!(value.unwrap(), "value");
            }
        }

        async fn what_anyhow_passed_on_of_the_cancellation_is_no_failure() {
            async fn wait(task: ayo::Task<()>) -> anyhow::Result<()> {
                task.await?;
                Ok(())
            }
            for _ in 0..20 {
                let value = scope!(|run| {
                    let slow = run << pending::<()>();
                    run << wait(slow);
                    turns(5).await;
                    run.cancel();
                    "value"
                })
                .await;
                assert_eq!(value.unwrap(), "value");
            }
        }

        async fn what_an_open_scope_passed_on_of_the_cancellation_is_no_failure() {
            for _ in 0..20 {
                let value = scope!(|run| {
                    run << async {
                        let open = ayo::scope().open();
                        drop(open.spawn(pending::<()>()));
                        open.await?;
                        Ok(())
                    };
                    turns(5).await;
                    run.cancel();
                    "value"
                })
                .await;
                assert_eq!(value.unwrap(), "value");
            }
        }

        async fn control_does_not_return_to_cancelled_code_from_an_open_scope() {
            for _ in 0..200 {
                let (returned, started) = (Flag::new(), Count::new());
                scope!(|run| {
                    let (returned, hit) = (returned.clone(), started.clone());
                    run << async move {
                        let open = ayo::scope().open();
                        drop(open.spawn(async move { hit.hit(); pending::<()>().await }));
                        let _ = open.await;
                        returned.set();
                    };
                    started.reaches(1).await;
                    run.cancel();
                })
                .await
                .unwrap();
                assert!(!returned.is_set());
            }
        }

        async fn what_was_passed_on_of_a_failure_is_not_kept_beside_it() {
            async fn wait(task: ayo::Task<()>) -> Result<(), Cancelled> {
                task.await
            }
            for _ in 0..20 {
                let error = scope!(|run| {
                    let slow = run << pending::<()>();
                    run << wait(slow);
                    turns(3).await;
                    let failing = run << async { Err::<(), _>(Boom(1)) };
                    failing.await?;
                })
                .await
                .unwrap_err();
                assert_eq!((booms(&error), error.others().len()), (vec![1], 0));
            }
        }
    }

    paused! {
        async fn a_time_out_is_an_error_even_if_the_body_had_its_value() {
            let make = || scope!(timeout = 100ms => |run| {
                run << pending::<()>();
                "value"
            });
            let error = make().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            let report = make().report().await;
            assert!(report.timed_out());
            assert!(!report.cancelled());
            assert_eq!(report.value, Some("value"));
            assert_eq!(report.error.unwrap().kind(), ErrorKind::TimedOut);
        }

        async fn a_time_out_of_the_body_leaves_no_value() {
            let report = scope!(timeout = 100ms => |_| { pending::<()>().await }).report().await;
            assert!(report.timed_out());
            assert_eq!(report.value, None);
            assert_eq!(report.elapsed, Duration::from_millis(100));
        }

        async fn a_failure_after_the_time_out_is_beside_it() {
            let error = scope!(timeout = 100ms => |run| {
                run << async {
                    ayo::cancelled().await;
                    Err(Boom(2))
                };
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            assert_eq!(error.others().iter().map(boom).collect::<Vec<_>>(), [Some(2)]);
        }
    }
}

mod rule_4_a_request_gives_what_it_reaches_one_more_turn {
    use super::*;

    both! {
        async fn even_if_it_came_during_the_poll() {
            let told = Flag::new();
            let value = scope!(|run| {
                tokio::select! {
                    biased;
                    () = ayo::cancelled() => told.set(),
                    () = async { run.cancel(); pending::<()>().await } => {}
                }
                5
            })
            .await;
            assert!(told.is_set(), "it was dropped without its turn");
            assert_eq!(value.unwrap(), 5);
        }

        async fn even_if_it_came_during_the_poll_of_a_task() {
            let told = Flag::new();
            scope!(|run| {
                let (told, scope) = (told.clone(), run.clone());
                run << async move {
                    tokio::select! {
                        biased;
                        () = ayo::cancelled() => told.set(),
                        () = async { scope.cancel(); pending::<()>().await } => {}
                    }
                };
            })
            .await
            .unwrap();
            assert!(told.is_set(), "it was dropped without its turn");
        }

        async fn also_when_it_races_with_the_poll() {
            for _ in 0..500 {
                let (told, started) = (Flag::new(), Count::new());
                scope!(|run| {
                    let told = told.clone();
                    run << when_cancelled(started.clone(), move || told.set());
                    started.reaches(1).await;
                    run.cancel();
                })
                .await
                .unwrap();
                assert!(told.is_set(), "it was dropped without its turn");
            }
        }

        async fn also_when_it_races_with_the_poll_in_a_limited_scope() {
            for _ in 0..500 {
                let (told, started) = (Flag::new(), Count::new());
                scope!(max_concurrency = 1 => |run| {
                    let told = told.clone();
                    run << when_cancelled(started.clone(), move || told.set());
                    started.reaches(1).await;
                    run.cancel();
                })
                .await
                .unwrap();
                assert!(told.is_set(), "it was dropped without its turn");
            }
        }
    }
}

mod rule_5_handles {
    use super::*;

    both! {
        async fn a_task_awaits_to_its_value() {
            let sum = scope!(|run| {
                let a = run << async { yield_now().await; 1 };
                let b = run << async { Ok::<_, Boom>(2) };
                let c = run.spawn(async { Value([3]) });
                let d = run.asap(async { "4" });
                let Value([c]) = c.await?;
                a.await? + b.await? + c + d.await?.parse::<i32>()?
            })
            .await;
            assert_eq!(sum.unwrap(), 10);
        }

        async fn a_handle_can_be_read_after_the_scope_has_ended() {
            let (task, attempt, limited) = scope!(|run| {
                let limited = scope!(max_concurrency = 1 => |inner| { inner << async { 3 } }).await?;
                (run << async { 1 }, run.attempt(async { Err::<(), _>(Boom(2)) }), limited)
            })
            .await
            .unwrap();
            assert_eq!(task.await.unwrap(), 1);
            assert!(matches!(attempt.await, Err(TaskError::Failed(Boom(2)))));
            assert_eq!(limited.await.unwrap(), 3);
        }

        async fn failed_tells_a_failed_task_from_a_cancelled_one() {
            scope!(|run| {
                #[task(bubble = false)]
                let failed = run << async { Err::<(), _>(Boom(1)) };
                #[task(bubble = false)]
                let panicked = run << async { panic!("contained") };
                let cancelled = run << pending::<()>();
                cancelled.cancel();
                assert!(failed.await.unwrap_err().failed());
                assert!(panicked.await.unwrap_err().failed());
                assert!(!cancelled.await.unwrap_err().failed());
            })
            .await
            .unwrap();
        }

        async fn failed_tells_them_apart_in_a_limited_scope_too() {
            scope!(max_concurrency = 1 => |run| {
                #[task(bubble = false)]
                let failed = run << async { Err::<(), _>(Boom(1)) };
                let cancelled = run << pending::<()>();
                cancelled.cancel();
                assert!(failed.await.unwrap_err().failed());
                assert!(!cancelled.await.unwrap_err().failed());
            })
            .await
            .unwrap();
        }

        async fn an_attempt_awaits_to_its_own_error() {
            for limit in [usize::MAX, 2] {
                let report = scope!(max_concurrency = limit => |run| {
                    let good = run.attempt(async { Ok::<_, Boom>(1) });
                    let bad = run.attempt(async { yield_now().await; Err::<(), _>(Boom(2)) });
                    let risky = run.attempt(async { if true { panic_any(3_u8) } Ok::<(), Boom>(()) });
                    assert_eq!(good.await.unwrap(), 1);
                    assert!(matches!(bad.await, Err(TaskError::Failed(Boom(2)))));
                    match risky.await {
                        Err(TaskError::Panicked(panic)) => assert_eq!(panic.into_payload().downcast_ref(), Some(&3_u8)),
                        other => panic!("{other:?}"),
                    }
                    run << turns(5);
                    "went on"
                })
                .report()
                .await;
                assert!(report.error.is_none() && report.contained.is_empty(), "{report:?}");
                assert_eq!(report.value, Some("went on"));
            }
        }

        async fn an_attempt_of_a_cancelled_scope_says_so() {
            for limit in [usize::MAX, 1] {
                let attempt = scope!(max_concurrency = limit => |run| {
                    let attempt = run.attempt(async { pending::<()>().await; Ok::<(), Boom>(()) });
                    turns(3).await;
                    run.cancel();
                    attempt
                })
                .await
                .unwrap();
                assert!(matches!(attempt.await, Err(TaskError::Cancelled(_))));
            }
        }

        async fn the_error_of_an_attempt_dropped_before_its_end_is_contained() {
            for limit in [usize::MAX, 1] {
                let report = scope!(max_concurrency = limit, name = "main" => |run| {
                    let gate = Gate::new();
                    let passed = gate.clone();
                    drop(run.attempt(async move { passed.passed().await; Err::<(), _>(Boom(4)) }));
                    gate.open();
                    run << turns(10);
                })
                .report()
                .await;
                assert!(report.error.is_none());
                assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(4)]);
                assert_eq!(report.contained[0].task().unwrap().id(), 1);
            }
        }

        async fn the_error_of_an_attempt_dropped_after_its_end_is_contained() {
            for limit in [usize::MAX, 1] {
                let report = scope!(max_concurrency = limit => |run| {
                    let attempt = run.attempt(async { Err::<(), _>(Boom(5)) });
                    until(|| attempt.is_finished()).await;
                    drop(attempt);
                    run << turns(10);
                })
                .report()
                .await;
                assert!(report.error.is_none());
                assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(5)]);
                assert_eq!(report.contained[0].task().unwrap().id(), 1);
            }
        }

        async fn the_panic_of_a_dropped_attempt_is_contained() {
            let report = scope!(|run| {
                drop(run.attempt(async { if true { panic!("unread") } Ok::<(), Boom>(()) }));
            })
            .report()
            .await;
            assert!(report.error.is_none());
            assert_eq!(report.contained.len(), 1);
            assert_eq!(report.contained[0].kind(), ErrorKind::Panicked);
        }

        async fn the_error_of_a_dropped_attempt_goes_to_on_error() {
            let heard = Log::new();
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add((boom(error), error.task().unwrap().id())) };
            let report = scope!(on_error = hear => |run| {
                drop(run.attempt(async { Err::<(), _>(Boom(6)) }));
                let late = run.attempt(async { Err::<(), _>(Boom(7)) });
                until(|| late.is_finished()).await;
                drop(late);
            })
            .report()
            .await;
            let mut heard = heard.all();
            heard.sort_unstable();
            assert_eq!(heard, [(Some(6), 1), (Some(7), 2)]);
            assert!(report.error.is_none() && report.contained.is_empty());
        }

        async fn an_attempt_that_is_dropped_with_its_body_is_contained() {
            let report = scope!(|run| {
                let _attempt = run.attempt(async { Err::<(), _>(Boom(2)) });
                until(|| _attempt.is_finished()).await;
                Err::<(), _>(Boom(1))?;
            })
            .report()
            .await;
            assert_eq!(report.error.as_ref().and_then(boom), Some(1));
            assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(2)]);
        }

        async fn dropping_a_handle_never_cancels() {
            for limit in [usize::MAX, 2] {
                let done = Count::new();
                scope!(max_concurrency = limit => |run| {
                    for _ in 0..10 {
                        let (a, b) = (done.clone(), done.clone());
                        drop(run.spawn(async move { turns(3).await; a.hit(); }));
                        drop(run.attempt(async move { turns(3).await; b.hit(); Ok::<(), Boom>(()) }));
                    }
                })
                .await
                .unwrap();
                assert_eq!(done.get(), 20);
            }
        }

        async fn cancel_ends_that_task_alone() {
            for limit in [usize::MAX, 4] {
                let (live, done, started) = (Live::new(), Count::new(), Count::new());
                let report = scope!(max_concurrency = limit => |run| {
                    let gate = Gate::new();
                    let (guard, hit) = (live.guard(), started.clone());
                    let one = run << async move {
                        hit.hit();
                        pending::<()>().await;
                        drop(guard);
                    };
                    for _ in 0..3 {
                        let (done, gate, hit) = (done.clone(), gate.clone(), started.clone());
                        run << async move {
                            hit.hit();
                            gate.passed().await;
                            turns(3).await;
                            done.hit();
                        };
                    }
                    started.reaches(4).await;
                    one.cancel();
                    assert!(one.await.is_err());
                    assert_eq!(live.now(), 0, "it has ended when its handle says so");
                    assert!(!run.is_cancelled());
                    gate.open();
                })
                .report()
                .await;
                assert!(report.error.is_none() && report.contained.is_empty() && !report.cancelled());
                assert_eq!(done.get(), 3);
            }
        }

        async fn cancel_of_a_task_that_was_never_polled_drops_it_unpolled() {
            for limit in [usize::MAX, 1] {
                let (polled, live, gate) = (Flag::new(), Live::new(), Gate::new());
                scope!(max_concurrency = limit => |run| {
                    if limit == 1 {
                        let gate = gate.clone();
                        run << async move { gate.passed().await };
                    }
                    let (flag, guard) = (polled.clone(), live.guard());
                    let one = run << async move {
                        flag.set();
                        drop(guard);
                    };
                    one.cancel();
                    // On two workers it may have been polled by now; in line, or on one thread, it cannot have been.
                    let on_one_thread =
                        tokio::runtime::Handle::current().runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread;
                    let end = one.await;
                    if on_one_thread || limit == 1 {
                        assert!(end.is_err());
                        assert!(!polled.is_set());
                    }
                    assert_eq!(live.now(), 0);
                    gate.open();
                })
                .await
                .unwrap();
            }
        }

        async fn cancel_waits_for_the_clean_up_of_the_task() {
            for limit in [usize::MAX, 1] {
                let (live, entered, leave) = (Live::new(), Gate::new(), Gate::new());
                scope!(max_concurrency = limit => |run| {
                    let one = run << cleaning_up(live.guard(), entered.clone(), leave.clone());
                    entered.passed().await;
                    one.cancel();
                    turns(5).await;
                    assert!(!one.is_finished());
                    assert_eq!(live.now(), 1);
                    leave.open();
                    assert!(one.await.is_err());
                    assert_eq!(live.now(), 0);
                })
                .await
                .unwrap();
            }
        }

        async fn cancel_of_a_task_reaches_the_scopes_in_it() {
            for limit in [usize::MAX, 1] {
                let (live, entered, leave) = (Live::new(), Gate::new(), Gate::new());
                scope!(max_concurrency = limit => |run| {
                    let (live, entered, leave) = (live.clone(), entered.clone(), leave.clone());
                    let (seen, go, count) = (entered.clone(), leave.clone(), live.clone());
                    let one = run << async move {
                        scope!(|inner| {
                            inner << cleaning_up(live.guard(), entered, leave);
                            let guard = live.guard();
                            inner << async move { pending::<()>().await; drop(guard); };
                        })
                        .await
                    };
                    seen.passed().await;
                    one.cancel();
                    go.open();
                    assert!(one.await.is_err());
                    assert_eq!(count.now(), 0);
                })
                .await
                .unwrap();
            }
        }

        async fn cancel_of_one_in_line_drops_it_unpolled_and_keeps_the_order_of_the_others() {
            let (log, live) = (Log::new(), Live::new());
            scope!(max_concurrency = 1 => |run| {
                let gate = Gate::new();
                let passed = gate.clone();
                run << async move { passed.passed().await };
                let mut tasks = Vec::new();
                for n in 0..10 {
                    let (log, guard) = (log.clone(), live.guard());
                    tasks.push(run.spawn(async move { log.add(n); drop(guard); }));
                }
                let (log2, guard) = (log.clone(), live.guard());
                let attempt = run.attempt(async move { log2.add(99); drop(guard); Ok::<(), Boom>(()) });
                tasks[3].cancel();
                tasks[7].cancel();
                attempt.cancel();
                gate.open();
                for (n, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.await.is_err(), n == 3 || n == 7);
                }
                assert!(matches!(attempt.await, Err(TaskError::Cancelled(_))));
            })
            .await
            .unwrap();
            assert_eq!(log.all(), [0, 1, 2, 4, 5, 6, 8, 9]);
            assert_eq!(live.now(), 0);
        }

        async fn cancel_of_an_attempt_ends_it_alone() {
            for limit in [usize::MAX, 2] {
                let report = scope!(max_concurrency = limit => |run| {
                    let attempt = run.attempt(async { pending::<()>().await; Ok::<(), Boom>(()) });
                    turns(3).await;
                    attempt.cancel();
                    assert!(matches!(attempt.await, Err(TaskError::Cancelled(_))));
                    run << turns(3);
                })
                .report()
                .await;
                assert!(report.error.is_none() && report.contained.is_empty());
            }
        }

        async fn cancel_after_the_end_changes_nothing() {
            for limit in [usize::MAX, 1] {
                let n = scope!(max_concurrency = limit => |run| {
                    let task = run << async { 7 };
                    let attempt = run.attempt(async { Err::<(), _>(Boom(8)) });
                    until(|| task.is_finished() && attempt.is_finished()).await;
                    task.cancel();
                    task.cancel();
                    attempt.cancel();
                    assert!(matches!(attempt.await, Err(TaskError::Failed(Boom(8)))));
                    run << turns(3);
                    task.await?
                })
                .await;
                assert_eq!(n.unwrap(), 7);
            }
        }

        async fn cancel_of_the_task_of_a_for_each_ends_it_alone() {
            for limit in [usize::MAX, 2] {
                let (live, done) = (Live::new(), Flag::new());
                scope!(max_concurrency = limit => |run| {
                    let count = live.clone();
                    let started = Count::new();
                    let hit = started.clone();
                    let each = run.for_each(0..3, move |_| {
                        let (guard, hit) = (count.guard(), hit.clone());
                        async move {
                            hit.hit();
                            pending::<()>().await;
                            drop(guard);
                        }
                    });
                    started.reaches(2).await;
                    each.cancel();
                    assert!(!each.await.unwrap_err().failed());
                    assert_eq!(live.now(), 0, "its items have ended");
                    let done = done.clone();
                    run << async move { turns(3).await; done.set(); };
                })
                .await
                .unwrap();
                assert!(done.is_set());
            }
        }

        async fn a_cancelled_task_that_is_passed_on_is_a_failure_of_kind_cancelled() {
            for limit in [usize::MAX, 1] {
                let error = scope!(max_concurrency = limit => |run| {
                    let first = run << pending::<u8>();
                    first.cancel();
                    first.await?;
                    unreachable!();
                })
                .await;
                let error: ayo::Error = error.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Cancelled);
                assert!(error.downcast_ref::<Cancelled>().is_some());
            }
        }

        async fn a_task_that_passes_it_on_fails_with_kind_cancelled() {
            let report = scope!(|run| {
                let first = run << pending::<u8>();
                first.cancel();
                run << async move {
                    first.await?;
                    Ok(())
                };
                pending::<()>().await
            })
            .report()
            .await;
            let error = report.error.unwrap();
            assert_eq!((error.kind(), error.task().unwrap().id()), (ErrorKind::Cancelled, 2));
        }

        async fn awaiting_a_task_of_a_cancelled_scope_in_its_body_is_no_failure() {
            let error = scope!(|run| {
                let first = run << pending::<u8>();
                run.cancel_with("enough");
                first.await?;
            })
            .await
            .unwrap_err();
            // Not the news that `first` was cancelled, but why the scope was.
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert!(error.to_string().contains("enough"), "{error}");
            assert_eq!(error.others().len(), 0);
        }

        async fn a_handle_says_the_reason() {
            scope!(|run| {
                let task = run << pending::<()>();
                task.cancel_with("superseded");
                assert!(task.await.unwrap_err().to_string().contains("superseded"));
            })
            .await
            .unwrap();
        }

        async fn a_handle_wakes_whoever_polled_it_last() {
            for limit in [usize::MAX, 4] {
                let n = scope!(max_concurrency = limit => |run| {
                    let gate = Gate::new();
                    let (one, two) = (gate.clone(), gate.clone());
                    let mut task = run << async move { one.passed().await; 1 };
                    let mut attempt = run.attempt(async move { two.passed().await; Ok::<_, Boom>(2) });
                    let (one, two) = (gate.clone(), gate.clone());
                    let mut tasks = run.all([gate.clone(), one].map(|gate| async move { gate.passed().await; 3 }));
                    let mut pair = run.all(async move { two.passed().await; 4 }, ready(5));
                    // Polled here, and never again here.
                    assert!(futures::poll!(&mut task).is_pending());
                    assert!(futures::poll!(&mut attempt).is_pending());
                    assert!(futures::poll!(&mut tasks).is_pending());
                    assert!(futures::poll!(&mut pair).is_pending());
                    let reader = tokio::spawn(async move {
                        (task.await.unwrap(), attempt.await.unwrap(), tasks.await.unwrap(), pair.await.unwrap())
                    });
                    turns(3).await;
                    gate.open();
                    reader.await?
                })
                .await;
                assert_eq!(n.unwrap(), (1, 2, vec![3, 3], (4, 5)));
            }
        }

        async fn handles_travel_between_tasks() {
            let sum = scope!(|run| {
                let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
                for n in 0..50 {
                    let task = run << async move { turns(n % 5).await; n };
                    send.send(task)?;
                }
                drop(send);
                let sum = run << async move {
                    let mut sum = 0;
                    while let Some(task) = receive.recv().await {
                        sum += task.await?;
                    }
                    Ok(sum)
                };
                sum.await?
            })
            .await;
            assert_eq!(sum.unwrap(), 49 * 50 / 2);
        }
    }
}

mod rule_6_spawning_on_a_cancelled_or_closed_scope {
    use super::*;

    /// Tries every way to start something; nothing of it may run, all of it must be gone.
    async fn try_everything(run: &Scope) {
        let (live, ran) = (Live::new(), Flag::new());
        let make = || {
            let (guard, ran) = (live.guard(), ran.clone());
            async move {
                ran.set();
                drop(guard);
            }
        };
        let attempt = || {
            let future = make();
            async move {
                future.await;
                Ok::<(), Boom>(())
            }
        };
        assert!(run.spawn(make()).await.is_err());
        assert!(run.asap(make()).await.is_err());
        assert!((run << make()).await.is_err());
        assert!(run.task(make()).name("x").spawn().await.is_err());
        assert!(run.task(make()).background().spawn().await.is_err());
        assert!(run.task(make()).main().spawn().await.is_err());
        run.task(make()).start();
        assert!(matches!(run.attempt(attempt()).await, Err(TaskError::Cancelled(_))));
        let made = ran.clone();
        let with = live.guard();
        let task = run.spawn_with(move || {
            made.set();
            drop(with);
            async {}
        });
        assert!(!task.await.unwrap_err().failed());
        assert!(run.all([make(), make()]).await.is_err());
        assert!(run.all((make(), make())).await.is_err());
        let (items, mapped) = (live.guard(), ran.clone());
        let tasks = run.map(0..3, move |_| {
            mapped.set();
            let _ = &items;
            async {}
        });
        assert!(tasks.await.is_err());
        let (items, each) = (live.guard(), ran.clone());
        let count = run.for_each(0..3, move |_| {
            each.set();
            let _ = &items;
            async {}
        });
        assert!(count.await.is_err());
        assert!(!ran.is_set(), "something was polled");
        assert_eq!(live.now(), 0, "something is still there");
    }

    both! {
        async fn on_a_closed_scope_everything_is_refused() {
            let run = scope!(|run| { run.clone() }).await.unwrap();
            try_everything(&run).await;
            let run = scope!(max_concurrency = 1 => |run| { run.clone() }).await.unwrap();
            try_everything(&run).await;
        }

        async fn on_a_scope_that_failed_everything_is_refused() {
            let slot = Arc::new(Mutex::new(None));
            let error = scope!(|run| {
                *slot.lock().unwrap() = Some(run.clone());
                Err::<(), _>(Boom(1))?;
            });
            assert!(error.await.is_err());
            let run = slot.lock().unwrap().take().unwrap();
            try_everything(&run).await;
        }

        async fn on_a_cancelled_scope_everything_is_refused() {
            for limit in [usize::MAX, 2] {
                let ended = Flag::new();
                scope!(max_concurrency = limit => |run| {
                    let (scope, ended, started) = (run.clone(), ended.clone(), Gate::new());
                    let seen = started.clone();
                    run << async move {
                        shield(async {
                            seen.open();
                            until(|| scope.is_cancelled()).await;
                            try_everything(&scope).await;
                            ended.set();
                        })
                        .await;
                    };
                    started.passed().await;
                    ayo::current().unwrap().cancel();
                })
                .await
                .unwrap();
                assert!(ended.is_set());
            }
        }

        async fn the_handle_says_why() {
            let closed = scope!(|run| { run.clone() }).await.unwrap();
            let task = closed.spawn(async {});
            assert!(task.is_finished());
            assert!(!task.await.unwrap_err().failed());
        }

        async fn code_that_is_being_cancelled_does_not_go_on_with_that_news() {
            let error = scope!(|run| {
                run.cancel();
                run.spawn(async {}).await.expect("this code ends here, and not by a panic");
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            let error = scope!(|run| {
                run.cancel();
                let refused = run.attempt(async { Ok::<(), BoxError>(()) }).await;
                refused.map_err(|_| ()).expect("this code ends here, and not by a panic");
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
        }

        async fn a_destructor_that_panics_does_not_hit_the_spawner() {
            let closed = scope!(|run| { run.clone() }).await.unwrap();
            let trap = OnDrop(|| panic!("refused"));
            let task = closed.spawn(async move { drop(trap) });
            assert!(task.await.is_err());
        }

        async fn every_call_on_a_closed_scope_is_harmless() {
            for limit in [usize::MAX, 1] {
                let run = scope!(name = "over", max_concurrency = limit => |run| { run << turns(2); run.clone() }).await.unwrap();
                run.cancel();
                run.cancel_with("again");
                run.stop();
                run.stopping().await;
                run.set_timeout(0);
                run.clear_timeout();
                assert_eq!((run.len(), run.is_empty(), run.name().as_deref()), (0, true, Some("over")));
                assert!(run.tree().children().is_empty());
                assert!(run.is_stopping());
                assert!(format!("{run:?}").contains("over"));
            }
        }

        async fn a_task_that_is_cancelled_may_spawn_in_its_destructor() {
            let (ran, live) = (Flag::new(), Live::new());
            let end = scope!(|run| {
                let (scope, ran, guard, started) = (run.clone(), ran.clone(), live.guard(), Count::new());
                let hit = started.clone();
                let mut guard = Some(guard);
                run << async move {
                    let _last = OnDrop(move || {
                        let (ran, guard) = (ran.clone(), guard.take());
                        drop(scope.spawn(async move { ran.set(); drop(guard); }));
                    });
                    hit.hit();
                    pending::<()>().await;
                };
                started.reaches(1).await;
                run.cancel();
                pending::<()>().await
            })
            .await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert!(!ran.is_set());
            assert_eq!(live.now(), 0);
        }

        async fn spawning_while_the_scope_ends_either_runs_or_is_refused() {
            for _ in 0..200 {
                let (live, ran) = (Live::new(), Count::new());
                let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
                let (count, hit) = (live.clone(), ran.clone());
                let racer = tokio::spawn(async move {
                    let run = receive.await.unwrap();
                    let mut started = Vec::new();
                    for _ in 0..20 {
                        let (guard, hit) = (count.guard(), hit.clone());
                        started.push(run.spawn(async move { yield_now().await; hit.hit(); drop(guard); }));
                    }
                    started
                });
                scope!(|run| {
                    let _ = send.send(run.clone());
                    yield_now().await;
                })
                .await
                .unwrap();
                let ran_in_time = ran.get();
                let mut ok = 0;
                for task in racer.await.unwrap() {
                    ok += usize::from(task.await.is_ok());
                }
                assert_eq!((ok, ran.get(), live.now()), (ran_in_time, ran_in_time, 0));
            }
        }
    }
}

mod rule_8_reports {
    use super::*;

    both! {
        async fn a_report_never_fails() {
            let report = scope!(|run| { run << async { Err(Boom(1)) }; }).report().await;
            assert_eq!(report.error.as_ref().and_then(boom), Some(1));
            assert!(!report.timed_out() && !report.cancelled());
            assert_eq!(boom(&report.into_result().unwrap_err()), Some(1));
        }

        async fn a_report_never_resumes_a_panic() {
            let report = scope!(|run| {
                run << async { panic!("kept") };
                "value"
            })
            .report()
            .await;
            let error = report.error.as_ref().unwrap();
            assert_eq!((error.kind(), error.task().unwrap().id()), (ErrorKind::Panicked, 1));
            assert!(error.to_string().contains("kept"), "{error}");
            let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| report.into_result())).unwrap_err();
            assert_eq!(text(&*payload), "kept");
        }

        async fn a_report_of_a_panic_in_the_body() {
            let report = scope!(|_| { if true { panic!("body") } }).report().await;
            assert_eq!(report.error.as_ref().map(ayo::Error::kind), Some(ErrorKind::Panicked));
            assert_eq!(report.value, None);
        }

        async fn a_report_of_a_success_has_the_value() {
            let report = scope!(|_| { 5 }).report().await;
            assert_eq!(report.value, Some(5));
            assert!(report.error.is_none() && report.contained.is_empty());
            assert!(!report.timed_out() && !report.cancelled());
            assert_eq!(report.into_result().unwrap(), 5);
        }

        async fn a_report_says_that_it_was_cancelled() {
            let with_value = scope!(|run| { run.cancel(); 5 }).report().await;
            assert!(with_value.cancelled() && !with_value.timed_out());
            assert_eq!(with_value.into_result().unwrap(), 5);
            let without = scope!(|run| { run.cancel(); pending::<()>().await }).report().await;
            assert!(without.cancelled());
            assert_eq!(without.into_result().unwrap_err().kind(), ErrorKind::Cancelled);
        }

        async fn a_report_of_main_that_ended() {
            let report = scope!(|run| {
                #[task(main)]
                run << async {};
                pending::<()>().await
            })
            .report()
            .await;
            assert!(report.cancelled());
            assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::Cancelled);
        }

        async fn a_report_has_what_was_contained_in_order() {
            let report = scope!(max_concurrency = 1, supervise => |run| {
                for n in 0..5 {
                    run << async move { Err(Boom(n)) };
                }
                7
            })
            .report()
            .await;
            assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
            assert_eq!(report.into_result().unwrap(), 7);
        }

        async fn a_report_is_lazy_too() {
            let flag = Flag::new();
            let report = scope!(|_| { flag.set(); }).report();
            turns(3).await;
            assert!(!flag.is_set());
            drop(report);
            assert!(!flag.is_set());
        }
    }

    paused! {
        async fn elapsed_counts_from_the_first_poll() {
            let future = scope!(|run| {
                run << tokio::time::sleep(Duration::from_secs(3));
                tokio::time::sleep(Duration::from_secs(1)).await;
            })
            .report();
            tokio::time::sleep(Duration::from_secs(10)).await;
            assert_eq!(future.await.elapsed, Duration::from_secs(3));
        }
    }
}

mod rule_9_what_tasks_inherit {
    use super::*;

    both! {
        async fn a_task_has_the_scope_it_was_started_in() {
            for limit in [usize::MAX, 2] {
                scope!(name = "outer", max_concurrency = limit => |run| {
                    let name = run << async { ayo::current().unwrap().name().unwrap().into_owned() };
                    assert_eq!(name.await?, "outer");
                    let late = run << async { turns(3).await; ayo::current().unwrap().name().unwrap().into_owned() };
                    assert_eq!(late.await?, "outer");
                })
                .await
                .unwrap();
            }
        }

        async fn ambient_spawn_in_a_task_starts_a_sibling() {
            let done = Count::new();
            let outer = done.clone();
            scope!(|run| {
                run << async move {
                    let deep = outer.clone();
                    drop(ayo::spawn(async move {
                        turns(3).await;
                        deep.hit();
                        let deeper = deep.clone();
                        drop(ayo::spawn(async move { yield_now().await; deeper.hit(); }));
                    }));
                };
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 2);
        }

        async fn a_task_started_on_an_outer_scope_belongs_to_that_one() {
            scope!(name = "outer" => |outer| {
                let name = scope!(name = "inner" => |_| {
                    let task = outer << async { ayo::current().unwrap().name().unwrap().into_owned() };
                    task.await?
                })
                .await?;
                assert_eq!(name, "outer");
            })
            .await
            .unwrap();
        }

        async fn items_of_map_and_for_each_have_the_scope_too() {
            for limit in [usize::MAX, 2] {
                let found = Count::new();
                let hit = found.clone();
                scope!(name = "here", max_concurrency = limit => |run| {
                    let is_here = || ayo::current().is_some_and(|scope| scope.name().as_deref() == Some("here"));
                    let tasks = run.map(0..10, move |_| async move { yield_now().await; is_here() });
                    assert!(tasks.await?.into_iter().all(|is| is));
                    run.for_each(0..10, move |_| {
                        let hit = hit.clone();
                        async move { if is_here() { hit.hit(); } }
                    })
                    .await?;
                })
                .await
                .unwrap();
                assert_eq!(found.get(), 10);
            }
        }
    }

    mod spans {
        use super::*;
        use support::{span_here as here, traced_on_all_threads as traced};
        use tracing::{Level, info_span};

        /// The span at the first poll and after a suspension.
        async fn both_spans() -> (Option<&'static str>, Option<&'static str>) {
            let first = here();
            turns(2).await;
            (first, here())
        }

        const ASKED: (Option<&str>, Option<&str>) = (Some("request"), Some("request"));

        fn record(spans: &Log<Option<&'static str>>) {
            spans.add(here());
        }

        both! {
            async fn a_task_inherits_the_span_of_the_code_that_starts_it() {
                traced();
                for limit in [usize::MAX, 2] {
                    scope!(max_concurrency = limit => |run| {
                        let span = info_span!("request");
                        let tasks = span.in_scope(|| [run.spawn(both_spans()), run.task(both_spans()).name("x").spawn()]);
                        let attempt = span.in_scope(|| run.attempt(async { Ok::<_, Boom>(both_spans().await) }));
                        let made = span.in_scope(|| run.spawn_with(both_spans));
                        let all = span.in_scope(|| run.all([both_spans(), both_spans()]));
                        for task in tasks {
                            assert_eq!(task.await?, ASKED);
                        }
                        assert_eq!(attempt.await?, ASKED);
                        assert_eq!(made.await?, ASKED);
                        assert_eq!(all.await?, [ASKED; 2]);
                        let without = run << both_spans();
                        assert_eq!(without.await?, (None, None));
                        assert_eq!(here(), None);
                    })
                    .await
                    .unwrap();
                }
            }

            async fn what_is_started_without_a_handle_inherits_too() {
                traced();
                for limit in [usize::MAX, 2] {
                    let seen = Log::new();
                    scope!(max_concurrency = limit => |run| {
                        let log = seen.clone();
                        info_span!("request").in_scope(|| { run << async move { record(&log); turns(2).await; record(&log); }; });
                    })
                    .await
                    .unwrap();
                    assert_eq!(seen.all(), [Some("request"); 2]);
                }
            }

            async fn items_of_map_inherit_it() {
                traced();
                for limit in [usize::MAX, 2] {
                    scope!(max_concurrency = limit => |run| {
                        let tasks = info_span!("request").in_scope(|| run.map(0..5, |_| both_spans()));
                        assert_eq!(tasks.await?, [ASKED; 5]);
                    })
                    .await
                    .unwrap();
                }
            }

            async fn items_of_for_each_inherit_it() {
                traced();
                for limit in [usize::MAX, 2] {
                    let seen = Log::new();
                    scope!(max_concurrency = limit => |run| {
                        let log = seen.clone();
                        let each = info_span!("request").in_scope(|| run.for_each(0..5, move |_| {
                            let log = log.clone();
                            async move { record(&log); turns(2).await; record(&log); }
                        }));
                        each.await?;
                    })
                    .await
                    .unwrap();
                    assert_eq!(seen.all(), [Some("request"); 10]);
                }
            }

            async fn destructors_run_in_it_too() {
                traced();
                for limit in [usize::MAX, 2] {
                    let seen = Log::new();
                    scope!(max_concurrency = limit => |run| {
                        let (log, started) = (seen.clone(), Count::new());
                        let hit = started.clone();
                        let task = info_span!("request").in_scope(|| run.spawn(async move {
                            let _last = OnDrop(move || record(&log));
                            hit.hit();
                            pending::<()>().await;
                        }));
                        started.reaches(1).await;
                        task.cancel();
                        assert!(task.await.is_err());
                    })
                    .await
                    .unwrap();
                    assert_eq!(seen.all(), [Some("request")]);
                }
            }

            async fn what_is_contained_without_on_error_is_traced_once() {
                traced();
                let unique = format!("traced once {:?}", std::thread::current().id());
                let report = scope!(supervise => |run| {
                    let text = unique.clone();
                    run << async move { Err(text) };
                })
                .report()
                .await;
                assert_eq!(report.contained.len(), 1);
                let events = traced().all();
                let of_this = events.iter().filter(|(_, text)| text.contains(&unique)).collect::<Vec<_>>();
                assert_eq!(of_this.len(), 1);
                assert_eq!(of_this[0].0, Level::ERROR);
            }

            async fn errors_beside_a_panic_are_traced() {
                traced();
                let unique = format!("beside a panic {:?}", std::thread::current().id());
                let started = Count::new();
                let payload = panic_of(async {
                    scope!(|run| {
                        let text = unique.clone();
                        run << when_cancelled(started.clone(), move || Err::<(), _>(text));
                        started.reaches(1).await;
                        panic!("first")
                    })
                    .await
                })
                .await;
                assert_eq!(support::text(&*payload), "first");
                let events = traced().all();
                assert!(events.iter().any(|(_, text)| text.contains(&unique)));
            }
        }
    }
}

mod rule_10_the_ambient_scope {
    use super::*;

    fn name() -> Option<String> {
        ayo::current().map(|scope| scope.name().map_or_else(|| "?".to_owned(), |name| name.into_owned()))
    }

    both! {
        async fn current_is_the_innermost_scope_of_the_running_code() {
            assert_eq!(name(), None);
            scope!(name = "outer" => |_| {
                assert_eq!(name().as_deref(), Some("outer"));
                scope!(name = "inner" => |_| {
                    assert_eq!(name().as_deref(), Some("inner"));
                    yield_now().await;
                    assert_eq!(name().as_deref(), Some("inner"));
                })
                .await?;
                assert_eq!(name().as_deref(), Some("outer"));
            })
            .await
            .unwrap();
            assert_eq!(name(), None);
        }

        async fn shields_and_time_outs_do_not_hide_it() {
            scope!(name = "outer" => |run| {
                let inside = || async { turns(2).await; name() };
                assert_eq!(shield(inside()).await.as_deref(), Some("outer"));
                assert_eq!(ayo::timeout(100, inside()).await?.as_deref(), Some("outer"));
                let task = run << async move { ayo::move_on_after(100, shield(inside())).await.flatten() };
                assert_eq!(task.await?.as_deref(), Some("outer"));
            })
            .await
            .unwrap();
        }

        async fn it_is_there_while_a_task_is_dropped() {
            for limit in [usize::MAX, 1] {
                let (log, started) = (Log::new(), Count::new());
                scope!(name = "outer", max_concurrency = limit => |run| {
                    let (log, hit) = (log.clone(), started.clone());
                    run << async move {
                        let _last = OnDrop(move || log.add(name()));
                        hit.hit();
                        pending::<()>().await;
                    };
                    started.reaches(1).await;
                    run.cancel();
                })
                .await
                .unwrap();
                assert_eq!(log.all(), [Some("outer".to_owned())]);
            }
        }

        async fn it_is_there_while_the_body_is_dropped() {
            let log = Log::new();
            let end = scope!(name = "outer" => |run| {
                let _last = OnDrop(|| log.add(name()));
                yield_now().await;
                run.cancel();
                pending::<()>().await
            })
            .await;
            assert!(end.is_err());
            assert_eq!(log.all(), [Some("outer".to_owned())]);
        }

        async fn combinators_keep_the_scopes_apart() {
            let one = |name: &'static str| async move {
                scope!(name = name => |_| {
                    for _ in 0..10 {
                        yield_now().await;
                        assert_eq!(super::name().as_deref(), Some(name));
                    }
                })
                .await
            };
            let (a, b, c) = futures::join!(one("a"), one("b"), one("c"));
            a.and(b).and(c).unwrap();
            assert_eq!(name(), None);
        }

        async fn foreign_tasks_have_none() {
            scope!(|_| {
                assert!(tokio::spawn(async { ayo::current().is_none() }).await?);
            })
            .await
            .unwrap();
        }

        async fn ambient_spawn_uses_it() {
            let done = Flag::new();
            async fn helper(done: Flag) {
                drop(ayo::spawn(async move { turns(3).await; done.set(); }));
            }
            scope!(|_| { helper(done.clone()).await; }).await.unwrap();
            assert!(done.is_set(), "the scope had waited for it");
        }

        async fn ambient_spawn_without_a_scope_panics_at_the_caller_with_a_clear_message() {
            let (file, line, text) = panic_site(|| drop(ayo::spawn(async {})));
            assert!(file.ends_with("rules.rs"), "{file}");
            assert_eq!(line, line!() - 2);
            assert!(text.contains("scope"), "{text}");
        }

        async fn a_scope_that_has_ended_is_not_current_any_more() {
            scope!(name = "outer" => |run| {
                let kept = scope!(name = "inner" => |inner| { inner.clone() }).await?;
                assert_eq!(kept.name().as_deref(), Some("inner"));
                assert_eq!(name().as_deref(), Some("outer"));
                let _ = run;
            })
            .await
            .unwrap();
        }
    }
}
