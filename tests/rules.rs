//! Rules 1 to 6 and 8 to 10 of the contract, each on both Tokio flavours.

mod support;

use std::panic::panic_any;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ayo::{BoxError, Cancelled, ErrorKind, Scope, TaskError, Value, scope, shield};
use futures::future::pending;
use support::*;
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

mod rule_1_the_scope_completes_only_when_everything_below_has_ended {
    use super::*;

    both! {
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
            fn walk(run: Scope, live: Guard, depth: u32) -> futures::future::BoxFuture<'static, ()> {
                Box::pin(async move {
                    yield_now().await;
                    for _ in 0..if depth > 0 { 3 } else { 0 } {
                        let guard = live.0.guard();
                        drop(run.spawn(walk(run.clone(), guard, depth - 1)));
                    }
                })
            }
            let live = Live::new();
            scope!(|run| { run << walk(run.clone(), live.guard(), 5); }).await.unwrap();
            assert_eq!((live.now(), live.ever()), (0, 1 + 3 + 9 + 27 + 81 + 243));
        }

        async fn clean_up_of_cancelled_tasks_has_ended() {
            let (live, entered, leave) = (Live::new(), Gate::new(), Gate::new());
            let error = scope!(|run| {
                run << cleaning_up(live.guard(), entered.clone(), leave.clone());
                let (entered, leave) = (entered.clone(), leave.clone());
                run << async move {
                    entered.passed().await;
                    leave.open();
                    Err(Boom(1))
                };
            })
            .await
            .unwrap_err();
            assert_eq!((boom(&error), live.now()), (Some(1), 0));
        }

        async fn clean_up_of_the_body_has_ended() {
            let (live, entered, leave) = (Live::new(), Gate::new(), Gate::new());
            let error = scope!(|run| {
                let (seen, go) = (entered.clone(), leave.clone());
                run << async move {
                    seen.passed().await;
                    go.open();
                    Err(Boom(1))
                };
                cleaning_up(live.guard(), entered.clone(), leave.clone()).await;
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
            async fn level(n: u32, live: Live, log: Log<u32>, entered: Gate, leave: Gate) -> Result<(), ayo::Error> {
                let _ends = OnDrop({ let log = log.clone(); move || log.add(n) });
                let _guard = live.guard();
                scope!(|run| {
                    if n < 3 {
                        run << (Box::pin(level(n + 1, live, log, entered, leave))
                            as futures::future::BoxFuture<'static, Result<(), ayo::Error>>);
                    } else {
                        run << cleaning_up(live.guard(), entered, leave);
                    }
                    pending::<()>().await
                })
                .await
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
            let error = scope!(|run| {
                for n in 2..=4 {
                    run << async move {
                        ayo::cancelled().await;
                        Err(Boom(n))
                    };
                }
                turns(5).await;
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
                        ayo::checkpoint().await;
                        turns(20).await;
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
                        inner << async {
                            ayo::cancelled().await;
                            Err(Boom(2))
                        };
                        inner << async move {
                            seen.open();
                            pending::<()>().await
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
            let error = scope!(|run| {
                let gate = Gate::new();
                for n in 0..50 {
                    let gate = gate.clone();
                    run << async move {
                        tokio::select! {
                            () = gate.passed() => {}
                            () = ayo::cancelled() => {}
                        }
                        Err(Boom(n))
                    };
                }
                turns(10).await;
                gate.open();
                pending::<()>().await
            })
            .await
            .unwrap_err();
            let mut all = booms(&error);
            all.sort_unstable();
            // One that was never polled before the first failure never runs.
            all.dedup();
            assert_eq!(all.len(), 1 + error.others().len());
            assert!(!all.is_empty());
        }

        async fn a_failure_after_cancel_is_an_error_all_the_same() {
            let error = scope!(|run| {
                run << async {
                    ayo::cancelled().await;
                    Err(Boom(3))
                };
                turns(3).await;
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
            let (live, entered, leave) = (Live::new(), Gate::new(), Gate::new());
            let payload = panic_of(async {
                scope!(|run| {
                    run << cleaning_up(live.guard(), entered.clone(), leave.clone());
                    let (entered, leave) = (entered.clone(), leave.clone());
                    run << async move {
                        entered.passed().await;
                        leave.open();
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
            let (live, entered, leave) = (Live::new(), Gate::new(), Gate::new());
            let payload = panic_of(async {
                scope!(|run| {
                    run << cleaning_up(live.guard(), entered.clone(), leave.clone());
                    entered.passed().await;
                    leave.open();
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
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    run << async {
                        ayo::cancelled().await;
                        Err(Boom(2))
                    };
                    turns(5).await;
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
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    run << async {
                        ayo::cancelled().await;
                        panic!("second");
                    };
                    turns(5).await;
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
            let payload = panic_of(async {
                scope!(on_error = hear => |run| {
                    run << async {
                        ayo::cancelled().await;
                        panic!("second");
                    };
                    turns(5).await;
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
            let report = scope!(|run| {
                run << async {
                    let _trap = OnDrop(|| panic!("in the destructor"));
                    pending::<()>().await;
                };
                turns(5).await;
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
                            inner << async {
                                ayo::cancelled().await;
                                panic!("while cancelled");
                            };
                            inner << async move {
                                seen.open();
                                pending::<()>().await
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
                let run = run.clone();
                run.clone() << async move {
                    turns(5).await;
                    run.cancel();
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
