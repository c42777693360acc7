//! What starts tasks and what is held of them: `Task`, `Attempt`, `Tasks`, `all`, `map`, `for_each`, `spawn_with`,
//! `stop`, `len`, open scopes, and `ayo::Error`.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ayo::{ErrorKind, Scope, scope, shield};
use futures::future::{pending, ready};
use support::*;
use tokio::task::yield_now;

mod task {
    use super::*;

    both! {
        async fn ids_count_from_1_in_the_order_of_spawning() {
            for limit in [usize::MAX, 2] {
                scope!(max_concurrency = limit => |run| {
                    let tasks = [run.spawn(ready(())), run.spawn(ready(())), run.spawn(ready(()))];
                    let attempt = run.attempt(ready(Ok::<(), Boom>(())));
                    assert_eq!(tasks.each_ref().map(ayo::Task::id), [1, 2, 3]);
                    assert_eq!(attempt.id(), 4);
                })
                .await
                .unwrap();
            }
        }

        async fn is_finished_tells_without_waiting() {
            for limit in [usize::MAX, 2] {
                scope!(max_concurrency = limit => |run| {
                    let gate = Gate::new();
                    let passed = gate.clone();
                    let task = run << async move { passed.passed().await; 5 };
                    let passed = gate.clone();
                    let attempt = run.attempt(async move { passed.passed().await; Err::<(), _>(Boom(1)) });
                    turns(3).await;
                    assert!(!task.is_finished() && !attempt.is_finished());
                    gate.open();
                    until(|| task.is_finished() && attempt.is_finished()).await;
                    assert_eq!(task.await?, 5);
                    assert!(attempt.await.is_err());
                })
                .await
                .unwrap();
            }
        }

        async fn a_future_of_any_size_and_kind_is_a_task() {
            scope!(|run| {
                let big = [7_u8; 100_000];
                let sum = run << async move { yield_now().await; big.iter().map(|n| u64::from(*n)).sum::<u64>() };
                let boxed: futures::future::BoxFuture<'static, u64> = Box::pin(async { 1 });
                let boxed = run << boxed;
                assert_eq!(sum.await? + boxed.await?, 700_001);
            })
            .await
            .unwrap();
        }

        async fn a_task_that_never_returns_is_a_task() {
            scope!(|run| {
                run << async { loop { yield_now().await; } };
                turns(3).await;
                run.cancel();
            })
            .await
            .unwrap();
        }
    }

    #[test]
    fn handles_are_send_and_scopes_travel() {
        fn send<T: Send>() {}
        fn everywhere<T: Send + Sync + Clone + 'static>() {}
        send::<ayo::Task<u8>>();
        send::<ayo::Attempt<u8, Boom>>();
        send::<ayo::Tasks<u8>>();
        send::<ayo::OpenScope>();
        everywhere::<Scope>();
        everywhere::<Scope<ayo::Collect<u8>>>();
    }

    #[test]
    fn the_future_of_a_scope_is_send_when_its_body_is() {
        fn send<T: Send>(future: T) -> T {
            future
        }
        let text = String::from("borrowed");
        drop(send(scope!(|run| {
            run << ready(());
            yield_now().await;
            text.len()
        })));
        drop(send(
            ayo::scope()
                .run(async |run| {
                    run.spawn(ready(())).await?;
                    Ok::<_, ayo::BoxError>(())
                })
                .report(),
        ));
    }
}

mod all {
    use super::*;

    both! {
        async fn a_tuple_awaits_to_a_tuple() {
            for limit in [usize::MAX, 1] {
                scope!(max_concurrency = limit => |run| {
                    let (a, b, c) = run.all(async { turns(3).await; 1_u8 }, async { Ok::<_, Boom>("two") }, ready(3.0)).await?;
                    assert_eq!((a, b, c), (1, "two", 3.0));
                    let (one,) = run.all((ready(1),)).await?;
                    assert_eq!(one, 1);
                    let twelve = run.all(ready(1), ready(2), ready(3), ready(4), ready(5), ready(6), ready(7), ready(8),
                        ready(9), ready(10), ready(11), ready("12"));
                    assert_eq!(twelve.await?, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "12"));
                })
                .await
                .unwrap();
            }
        }

        async fn an_array_or_iterator_awaits_to_a_vec_in_item_order() {
            for limit in [usize::MAX, 3] {
                scope!(max_concurrency = limit => |run| {
                    let slow_first = |n: usize| async move { turns(20 - n).await; n };
                    assert_eq!(run.all([slow_first(0), slow_first(1), slow_first(2)]).await?, [0, 1, 2]);
                    assert_eq!(run.all((0..20).map(slow_first)).await?, (0..20).collect::<Vec<_>>());
                    assert_eq!(run.all(vec![slow_first(5)]).await?, [5]);
                    assert_eq!(run.all(Vec::<std::future::Ready<u8>>::new()).await?, [0_u8; 0]);
                })
                .await
                .unwrap();
            }
        }

        async fn as_an_iterator_it_gives_the_tasks() {
            scope!(|run| {
                let mut sum = 0;
                for task in run.all((1..=10).map(ready)) {
                    sum += task.await?;
                }
                assert_eq!(sum, 55);
                let tasks = run.all((1..=10).map(ready));
                assert_eq!(tasks.into_iter().len(), 10);
            })
            .await
            .unwrap();
        }

        async fn one_without_a_value_is_an_err() {
            for limit in [usize::MAX, 2] {
                let report = scope!(max_concurrency = limit, supervise => |run| {
                    let all = run.all((0..5).map(|n| async move { if n == 3 { Err(Boom(3)) } else { Ok(n) } }));
                    assert!(all.await.unwrap_err().failed());
                    let both = run.all(async { Err::<(), _>(Boom(4)) }, ready(1));
                    assert!(both.await.unwrap_err().failed());
                })
                .report()
                .await;
                assert!(report.error.is_none());
                assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [3, 4]);
            }
        }

        async fn dropped_it_lets_them_run() {
            let done = Count::new();
            scope!(|run| {
                let hit = || { let done = done.clone(); async move { turns(3).await; done.hit(); } };
                drop(run.all([hit(), hit()]));
                drop(run.all(hit(), hit()));
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 4);
        }
    }
}

mod map {
    use super::*;

    both! {
        async fn it_awaits_to_all_values_in_item_order() {
            for limit in [usize::MAX, 1, 3] {
                scope!(max_concurrency = limit => |run| {
                    let squares = run.map(0..100, |n: usize| async move { turns(n % 5).await; n * n });
                    assert_eq!(squares.await?, (0..100).map(|n| n * n).collect::<Vec<_>>());
                    assert_eq!(run.map(Vec::<u8>::new(), ready).await?, [0_u8; 0]);
                })
                .await
                .unwrap();
            }
        }

        async fn it_pulls_only_as_places_free_up() {
            let pulled = Count::new();
            scope!(max_concurrency = 3 => |run| {
                let (hit, gate, running) = (pulled.clone(), Gate::new(), Count::new());
                let (passed, began) = (gate.clone(), running.clone());
                let tasks = run.map((0..1000).inspect(move |_| { hit.hit(); }), move |_| {
                    let (passed, began) = (passed.clone(), began.clone());
                    async move { began.hit(); passed.passed().await }
                });
                running.reaches(3).await;
                turns(50).await;
                assert_eq!(running.get(), 3);
                assert!(pulled.get() <= 4, "{} were pulled for 3 places", pulled.get());
                gate.open();
                assert_eq!(tasks.await?.len(), 1000);
            })
            .await
            .unwrap();
            assert_eq!(pulled.get(), 1000);
        }

        async fn without_a_limit_others_get_their_turn() {
            let (pulled, turn) = (Count::new(), Count::new());
            let seen = scope!(|run| {
                let (hit, ticks) = (pulled.clone(), turn.clone());
                let tasks = run.map((0..10_000).inspect(move |_| { hit.hit(); }), |_| pending::<()>());
                let (pulled, watch) = (pulled.clone(), ticks.clone());
                let seen = run << async move {
                    let mut seen = Vec::new();
                    while pulled.get() < 10_000 {
                        seen.push(pulled.get());
                        watch.hit();
                        yield_now().await;
                    }
                    seen.len()
                };
                let seen = seen.await?;
                drop(tasks);
                run.cancel();
                seen
            })
            .await
            .unwrap();
            let on_one_thread =
                tokio::runtime::Handle::current().runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread;
            assert!(!on_one_thread || seen > 10, "it was pulled in {seen} batches");
        }

        async fn as_an_iterator_it_pulls_the_rest_and_gives_the_tasks_in_order() {
            for limit in [usize::MAX, 2] {
                for _ in 0..50 {
                    scope!(max_concurrency = limit => |run| {
                        let tasks = run.map(0..200, |n| async move { turns(n % 3).await; n });
                        yield_now().await;
                        let mut values = Vec::new();
                        for task in tasks {
                            values.push(task.await?);
                        }
                        assert_eq!(values.len(), 200, "a task was lost");
                        assert!(values.is_sorted(), "the tasks are out of order");
                    })
                    .await
                    .unwrap();
                }
            }
        }

        async fn an_iterator_without_an_end_is_stopped_by_cancel() {
            for limit in [usize::MAX, 2] {
                let done = Count::new();
                scope!(max_concurrency = limit => |run| {
                    let hit = done.clone();
                    let tasks = run.map(0.., move |_: u64| { let hit = hit.clone(); async move { hit.hit(); } });
                    done.reaches(100).await;
                    run.cancel();
                    drop(tasks);
                })
                .await
                .unwrap();
            }
        }

        async fn an_item_that_fails_fails_the_scope() {
            for limit in [usize::MAX, 2] {
                let error = scope!(max_concurrency = limit => |run| {
                    run.map(0..100, |n| async move { yield_now().await; if n == 50 { Err(Boom(50)) } else { Ok(n) } }).await?
                })
                .await
                .unwrap_err();
                assert_eq!((boom(&error), error.others().len()), (Some(50), 0));
            }
        }

        async fn an_iterator_that_panics_is_a_panic_of_the_task() {
            for limit in [usize::MAX, 2] {
                let report = scope!(max_concurrency = limit => |run| {
                    let tasks = run.map((0..10).inspect(|n| assert!(*n < 5, "no more items")), ready);
                    assert!(tasks.await.is_err());
                })
                .report()
                .await;
                let error = report.error.unwrap();
                assert_eq!(error.kind(), ErrorKind::Panicked);
                assert!(error.to_string().contains("no more items"), "{error}");
            }
        }

        async fn a_closure_that_panics_is_a_panic_of_the_task() {
            for limit in [usize::MAX, 2] {
                let report = scope!(max_concurrency = limit => |run| {
                    let tasks = run.map(0..10, |n| { assert!(n < 5, "no more futures"); ready(n) });
                    assert!(tasks.await.is_err());
                })
                .report()
                .await;
                assert_eq!(report.error.unwrap().kind(), ErrorKind::Panicked);
            }
        }

        async fn dropped_it_runs_to_the_end_of_the_iterator() {
            for limit in [usize::MAX, 2] {
                let done = Count::new();
                scope!(max_concurrency = limit => |run| {
                    let hit = done.clone();
                    drop(run.map(0..100, move |_| { let hit = hit.clone(); async move { hit.hit(); } }));
                })
                .await
                .unwrap();
                assert_eq!(done.get(), 100);
            }
        }

        async fn values_that_nobody_reads_are_gone() {
            for limit in [usize::MAX, 2] {
                for _ in 0..50 {
                    let live = Live::new();
                    scope!(max_concurrency = limit => |run| {
                        let count = live.clone();
                        drop(run.map(0..30, move |_| { let guard = count.guard(); async move { yield_now().await; guard } }));
                    })
                    .await
                    .unwrap();
                    assert_eq!((live.now(), live.ever()), (0, 30));
                }
            }
        }
    }
}

mod for_each {
    use super::*;

    both! {
        async fn it_says_how_many_there_were() {
            for limit in [usize::MAX, 1, 7] {
                let done = Count::new();
                let n = scope!(max_concurrency = limit => |run| {
                    let hit = done.clone();
                    let n = run.for_each(0..1000, move |n: usize| {
                        let hit = hit.clone();
                        async move { turns(n % 3).await; hit.hit(); }
                    });
                    assert_eq!(run.for_each(Vec::<u8>::new(), |_| ready(())).await?, 0);
                    n.await?
                })
                .await
                .unwrap();
                assert_eq!((n, done.get()), (1000, 1000));
            }
        }

        async fn it_is_ready_only_when_every_item_has_ended() {
            for limit in [usize::MAX, 3] {
                for _ in 0..20 {
                    let live = Live::new();
                    scope!(max_concurrency = limit => |run| {
                        let count = live.clone();
                        let n = run.for_each(0..50, move |n: usize| {
                            let guard = count.guard();
                            async move { turns(n % 7).await; drop(guard); }
                        });
                        assert_eq!(n.await?, 50);
                        assert_eq!((live.now(), live.ever()), (0, 50));
                    })
                    .await
                    .unwrap();
                }
            }
        }

        async fn it_pulls_only_as_places_free_up() {
            let pulled = Count::new();
            scope!(max_concurrency = 3 => |run| {
                let (hit, gate, running) = (pulled.clone(), Gate::new(), Count::new());
                let (passed, began) = (gate.clone(), running.clone());
                let each = run.for_each((0..1000).inspect(move |_| { hit.hit(); }), move |_| {
                    let (passed, began) = (passed.clone(), began.clone());
                    async move { began.hit(); passed.passed().await }
                });
                running.reaches(3).await;
                turns(50).await;
                assert_eq!((running.get(), pulled.get()), (3, 3));
                gate.open();
                assert_eq!(each.await?, 1000);
            })
            .await
            .unwrap();
        }

        async fn an_iterator_without_an_end_is_stopped_by_cancel() {
            for limit in [usize::MAX, 2] {
                let (live, done) = (Live::new(), Count::new());
                scope!(max_concurrency = limit => |run| {
                    let (hit, count) = (done.clone(), live.clone());
                    let each = run.for_each(0.., move |_: u64| {
                        let (hit, guard) = (hit.clone(), count.guard());
                        async move { yield_now().await; hit.hit(); drop(guard); }
                    });
                    done.reaches(100).await;
                    each.cancel();
                    assert!(each.await.is_err());
                    assert_eq!(live.now(), 0);
                    let before = live.ever();
                    turns(20).await;
                    assert_eq!(live.ever(), before, "nothing is pulled any more");
                })
                .await
                .unwrap();
            }
        }

        async fn an_iterator_without_an_end_is_stopped_by_the_scope() {
            for limit in [usize::MAX, 2] {
                let (live, done) = (Live::new(), Count::new());
                scope!(max_concurrency = limit => |run| {
                    let (hit, count) = (done.clone(), live.clone());
                    drop(run.for_each(0.., move |_: u64| {
                        let (hit, guard) = (hit.clone(), count.guard());
                        async move { hit.hit(); drop(guard); }
                    }));
                    done.reaches(100).await;
                    run.cancel();
                })
                .await
                .unwrap();
                assert_eq!(live.now(), 0);
            }
        }

        async fn one_without_an_end_starves_nobody() {
            let done = Count::new();
            scope!(max_concurrency = 2 => |run| {
                drop(run.for_each(0.., |_: u64| yield_now()));
                drop(run.for_each(0.., |_: u64| ready(())));
                for _ in 0..10 {
                    let hit = done.clone();
                    run << async move { turns(2).await; hit.hit(); };
                }
                done.reaches(10).await;
                run.cancel();
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 10);
        }

        async fn two_of_them_share_the_places() {
            let (a, b) = (Count::new(), Count::new());
            scope!(max_concurrency = 2 => |run| {
                for count in [&a, &b] {
                    let count = count.clone();
                    drop(run.for_each(0.., move |_: u64| { let count = count.clone(); async move { yield_now().await; count.hit(); } }));
                }
                a.reaches(200).await;
                b.reaches(200).await;
                run.cancel();
            })
            .await
            .unwrap();
        }

        async fn it_never_has_more_at_once_than_the_limit() {
            let (live, most) = (Live::new(), Arc::new(Mutex::new(0)));
            scope!(max_concurrency = 4 => |run| {
                let (count, most) = (live.clone(), Arc::clone(&most));
                let each = run.for_each(0..500, move |n: usize| {
                    let (count, most) = (count.clone(), Arc::clone(&most));
                    async move {
                        let guard = count.guard();
                        turns(n % 4).await;
                        { let mut most = most.lock().unwrap(); *most = (*most).max(count.now()); }
                        drop(guard);
                    }
                });
                each.await?;
            })
            .await
            .unwrap();
            assert!(*most.lock().unwrap() <= 4);
        }

        async fn an_item_that_fails_fails_the_scope() {
            for limit in [usize::MAX, 2] {
                let error = scope!(max_concurrency = limit => |run| {
                    run.for_each(0..100, |n| async move { yield_now().await; if n == 50 { Err(Boom(50)) } else { Ok(()) } }).await?
                })
                .await
                .unwrap_err();
                assert_eq!((boom(&error), error.others().len()), (Some(50), 0));
            }
        }

        async fn an_iterator_that_panics_is_a_panic_of_the_task() {
            for limit in [usize::MAX, 2] {
                let live = Live::new();
                let report = scope!(max_concurrency = limit => |run| {
                    let count = live.clone();
                    let each = run.for_each((0..10).inspect(|n| assert!(*n < 5, "no more items")), move |_| {
                        let guard = count.guard();
                        async move { yield_now().await; drop(guard); }
                    });
                    assert!(each.await.is_err());
                })
                .report()
                .await;
                let error = report.error.unwrap();
                assert_eq!(error.kind(), ErrorKind::Panicked);
                assert_eq!(live.now(), 0);
            }
        }

        async fn the_iterator_is_dropped_when_the_scope_has_ended() {
            for limit in [usize::MAX, 2] {
                for cancel in [false, true] {
                    let live = Live::new();
                    scope!(max_concurrency = limit => |run| {
                        let (of_items, of_make) = (live.guard(), live.guard());
                        let items = (0..100).inspect(move |_| { let _ = &of_items; });
                        drop(run.for_each(items, move |n: usize| { let _ = &of_make; turns(n % 3) }));
                        let (of_items, of_make) = (live.guard(), live.guard());
                        let items = (0..100).inspect(move |_| { let _ = &of_items; });
                        drop(run.map(items, move |n: usize| { let _ = &of_make; turns(n % 3) }));
                        turns(2).await;
                        if cancel {
                            run.cancel();
                        }
                    })
                    .await
                    .unwrap();
                    assert_eq!(live.now(), 0, "what an iterator holds outlives the scope (cancel: {cancel}, limit: {limit})");
                }
            }
        }
    }
}

mod spawn_with {
    use super::*;

    async fn fetch(_: u32) {
        pending().await
    }

    both! {
        async fn it_is_named_after_what_it_makes() {
            for limit in [usize::MAX, 1] {
                scope!(max_concurrency = limit => |run| {
                    drop(run.spawn_with(|| fetch(1)));
                    drop(run.spawn_with(|| async { pending::<()>().await }));
                    until(|| run.tree().children().len() == 2).await;
                    let names = Vec::from_iter(run.tree().children().iter().map(|task| task.name().to_owned()));
                    assert_eq!(names, ["fetch #1", "body{closure} #2"]);
                    run.cancel();
                })
                .await
                .unwrap();
            }
        }
    }

    both! {
        async fn the_closure_runs_only_when_its_turn_comes() {
            let log = Log::new();
            scope!(max_concurrency = 1 => |run| {
                let gate = Gate::new();
                let passed = gate.clone();
                run << async move { passed.passed().await };
                let mut tasks = Vec::new();
                for n in 0..5 {
                    let (made, ran) = (log.clone(), log.clone());
                    tasks.push(run.spawn_with(move || {
                        made.add(("made", n));
                        async move { yield_now().await; ran.add(("ran", n)); n }
                    }));
                }
                turns(5).await;
                assert_eq!(log.len(), 0);
                gate.open();
                for (n, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.await?, n);
                }
            })
            .await
            .unwrap();
            assert_eq!(log.all(), (0..5).flat_map(|n| [("made", n), ("ran", n)]).collect::<Vec<_>>());
        }

        async fn one_that_is_cancelled_in_line_never_runs() {
            let (live, made) = (Live::new(), Flag::new());
            scope!(max_concurrency = 1 => |run| {
                run << turns(5);
                let (guard, flag) = (live.guard(), made.clone());
                let task = run.spawn_with(move || { flag.set(); drop(guard); ready(()) });
                task.cancel();
                assert!(task.await.is_err());
            })
            .await
            .unwrap();
            assert!(!made.is_set());
            assert_eq!(live.now(), 0);
        }

        async fn the_closure_runs_in_the_scope_and_its_panic_is_the_tasks() {
            let report = scope!(name = "here" => |run| {
                let name = run.spawn_with(|| ready(ayo::current().unwrap().name().unwrap().into_owned()));
                assert_eq!(name.await?, "here");
                #[allow(unreachable_code, reason = "it names the type")]
                let bad = run.spawn_with(|| { if true { panic!("not made") } ready(()) });
                assert!(bad.await.unwrap_err().failed());
            })
            .report()
            .await;
            assert_eq!(report.error.unwrap().kind(), ErrorKind::Panicked);
        }
    }
}

mod stop {
    use super::*;

    both! {
        async fn nothing_is_dropped_and_spawning_stays_allowed() {
            let done = Count::new();
            let value = scope!(|run| {
                let hit = done.clone();
                run << async move { turns(10).await; hit.hit(); };
                run.stop();
                assert!(run.is_stopping() && !run.is_cancelled());
                let hit = done.clone();
                run << async move { turns(10).await; hit.hit(); };
                turns(3).await;
                "value"
            })
            .await;
            assert_eq!((value.unwrap(), done.get()), ("value", 2));
        }

        async fn tasks_see_it_and_wind_down() {
            let rounds = scope!(max_concurrency = 5 => |run| {
                let ready = Count::new();
                let mut workers = Vec::new();
                for _ in 0..3 {
                    let (scope, hit) = (run.clone(), ready.clone());
                    workers.push(run.spawn(async move { hit.hit(); scope.stopping().await; 1 }));
                }
                for _ in 0..2 {
                    let (scope, hit) = (run.clone(), ready.clone());
                    workers.push(run.spawn(async move { hit.hit(); until(|| scope.is_stopping()).await; 1 }));
                }
                ready.reaches(5).await;
                assert!(!run.is_stopping());
                run.stop();
                let mut sum = 0;
                for worker in workers {
                    sum += worker.await?;
                }
                sum
            })
            .await;
            assert_eq!(rounds.unwrap(), 5);
        }

        async fn it_reaches_scopes_below() {
            let seen = Count::new();
            scope!(|run| {
                let (started, hit) = (Count::new(), seen.clone());
                let began = started.clone();
                run << async move {
                    scope!(|middle| {
                        let (began, hit) = (began.clone(), hit.clone());
                        middle << async move {
                            scope!(|inner| {
                                began.hit();
                                inner.stopping().await;
                                hit.hit();
                            })
                            .await
                        };
                        middle.stopping().await;
                    })
                    .await
                };
                started.reaches(1).await;
                run.stop();
            })
            .await
            .unwrap();
            assert_eq!(seen.get(), 1);
        }

        async fn it_reaches_scopes_that_start_later() {
            scope!(|run| {
                run.stop();
                run.stopping().await;
                scope!(|inner| {
                    assert!(inner.is_stopping());
                    inner.stopping().await;
                })
                .await?;
                let task = run << async { scope!(|inner| { inner.is_stopping() }).await };
                assert!(task.await?);
                let forked = tokio::spawn({
                    let run = run.clone();
                    async move { scope!(parent = run => |inner| { inner.is_stopping() }).await }
                });
                assert!(forked.await??);
            })
            .await
            .unwrap();
        }

        async fn it_goes_into_a_shield() {
            scope!(|run| {
                let (scope, started) = (run.clone(), Count::new());
                let hit = started.clone();
                run << async move {
                    shield(async move {
                        hit.hit();
                        scope!(|inner| { inner.stopping().await }).await
                    })
                    .await
                };
                started.reaches(1).await;
                scope.stop();
            })
            .await
            .unwrap();
        }

        async fn it_does_not_go_up_or_beside() {
            scope!(|run| {
                scope!(|inner| {
                    inner.stop();
                    assert!(inner.is_stopping());
                })
                .await?;
                assert!(!run.is_stopping());
                scope!(|other| { assert!(!other.is_stopping()); }).await?;
            })
            .await
            .unwrap();
        }

        async fn an_open_scope_sees_it_at_once() {
            scope!(|run| {
                run.stop();
                let open = ayo::scope().open();
                assert!(open.is_stopping(), "later ones too");
                open.await?;
            })
            .await
            .unwrap();
        }

        async fn many_can_wait_for_it() {
            let n = scope!(|run| {
                let tasks = run.all((0..100).map(|_| { let scope = run.clone(); async move { scope.stopping().await; 1 } }));
                turns(3).await;
                run.stop();
                tasks.await?.into_iter().sum::<u32>()
            })
            .await;
            assert_eq!(n.unwrap(), 100);
        }
    }
}

mod len {
    use super::*;

    both! {
        async fn it_counts_what_has_not_ended() {
            for limit in [usize::MAX, 2] {
                scope!(max_concurrency = limit => |run| {
                    assert_eq!((run.len(), run.is_empty()), (0, true));
                    let gate = Gate::new();
                    let wait = || { let gate = gate.clone(); async move { gate.passed().await } };
                    let tasks = run.all((0..5).map(|_| wait()));
                    let attempt = run.attempt({ let wait = wait(); async move { wait.await; Ok::<(), Boom>(()) } });
                    #[task(background)]
                    let background = run << wait();
                    assert_eq!(run.len(), 7, "queued and background ones too");
                    turns(3).await;
                    assert_eq!(run.len(), 7);
                    gate.open();
                    tasks.await?;
                    assert!(attempt.await.is_ok());
                    background.await?;
                    until(|| run.is_empty()).await;
                })
                .await
                .unwrap();
            }
        }
    }
}

mod open_scopes {
    use super::*;

    both! {
        async fn it_runs_tasks_at_once_and_ends_when_it_is_awaited() {
            let done = Count::new();
            let open = ayo::scope().name("workers").open();
            assert_eq!(open.name().as_deref(), Some("workers"));
            for _ in 0..10 {
                let hit = done.clone();
                drop(open.spawn(async move { turns(3).await; hit.hit(); }));
            }
            open.await.unwrap();
            assert_eq!(done.get(), 10);
        }

        async fn finalize_lets_it_end_and_handles_stay_readable() {
            let open = ayo::scope().open();
            let answer = open.spawn(async { yield_now().await; 42 });
            open.finalize();
            assert_eq!(answer.await.unwrap(), 42);
            until(|| open.is_empty()).await;
            open.await.unwrap();
        }

        async fn after_its_end_it_takes_no_more() {
            let open = ayo::scope().open();
            open.finalize();
            let handle = (*open).clone();
            open.await.unwrap();
            let ran = Flag::new();
            let flag = ran.clone();
            assert!(handle.spawn(async move { flag.set() }).await.is_err());
            assert!(!ran.is_set());
        }

        async fn tasks_may_start_more_after_finalize() {
            let done = Count::new();
            let open = ayo::scope().open();
            let (scope, hit) = ((*open).clone(), done.clone());
            let gate = Gate::new();
            let passed = gate.clone();
            drop(open.spawn(async move {
                passed.passed().await;
                drop(scope.spawn(async move { turns(3).await; hit.hit(); }));
            }));
            open.finalize();
            turns(3).await;
            gate.open();
            open.await.unwrap();
            assert_eq!(done.get(), 1);
        }

        async fn without_finalize_it_stays_open() {
            let open = ayo::scope().open();
            open.spawn(turns(1)).await.unwrap();
            turns(20).await;
            assert_eq!(open.spawn(async { 2 }).await.unwrap(), 2);
            open.await.unwrap();
        }

        async fn a_failure_is_what_it_awaits_to() {
            let live = Live::new();
            let open = ayo::scope().open();
            let guard = live.guard();
            drop(open.spawn(async move { pending::<()>().await; drop(guard); }));
            drop(open.spawn(async { Err::<(), _>(Boom(1)) }));
            assert_eq!(boom(&open.await.unwrap_err()), Some(1));
            assert_eq!(live.now(), 0);
        }

        async fn a_panic_resumes_where_it_is_awaited() {
            let open = ayo::scope().open();
            drop(open.spawn(async { if true { panic!("in an open scope") } }));
            let payload = panic_of(async { open.await }).await;
            assert_eq!(text(&*payload), "in an open scope");
        }

        async fn its_report_tells_all() {
            let open = ayo::scope().supervise().open();
            drop(open.spawn(async { Err::<(), _>(Boom(1)) }));
            let report = open.report().await;
            assert!(report.error.is_none());
            assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [1]);
        }

        async fn options_hold_for_it() {
            let (live, most) = (Live::new(), Arc::new(Mutex::new(0)));
            let open = ayo::scope().max_concurrency(2).open();
            for n in 0..50 {
                let (count, most) = (live.clone(), Arc::clone(&most));
                drop(open.spawn(async move {
                    let guard = count.guard();
                    turns(n % 3).await;
                    { let mut most = most.lock().unwrap(); *most = (*most).max(count.now()); }
                    drop(guard);
                }));
            }
            open.await.unwrap();
            assert!(*most.lock().unwrap() <= 2);
            assert_eq!(live.ever(), 50);
        }

        async fn dropped_it_cancels() {
            let (live, ended) = (Live::new(), Count::new());
            scope!(|run| {
                let open = ayo::scope().open();
                let handle = (*open).clone();
                let (guard, hit) = (live.guard(), ended.clone());
                drop(open.spawn(async move { pending::<()>().await; hit.hit(); drop(guard); }));
                turns(3).await;
                drop(open);
                assert!(handle.is_cancelled());
                assert!(!run.is_cancelled());
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get()), (0, 0));
        }

        async fn cancelled_with_the_scope_around_it() {
            let live = Live::new();
            let end = scope!(|run| {
                let open = ayo::scope().open();
                let guard = live.guard();
                let task = open.spawn(async move { pending::<()>().await; drop(guard); });
                turns(3).await;
                run.cancel();
                let _ = task.await;
                open.await?;
            })
            .await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!(live.now(), 0);
        }

        async fn one_that_fails_and_is_never_awaited_fails_the_scope_around_it() {
            let error = scope!(|_| {
                let open = ayo::scope().name("workers").open();
                drop(open.spawn(async { Err::<(), _>(Boom(3)) }));
                until(|| open.is_cancelled()).await;
                drop(open);
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(boom(&error), Some(3));
        }

        async fn one_that_has_failed_long_before_it_is_dropped_does_too() {
            let error = scope!(|_| {
                let open = ayo::scope().open();
                let bad = open.spawn(async { Err::<(), _>(Boom(4)) });
                assert!(bad.await.unwrap_err().failed());
                turns(50).await;
                drop(open);
            })
            .await
            .unwrap_err();
            assert_eq!(boom(&error), Some(4));
        }

        async fn one_that_panics_and_is_never_awaited_panics_the_scope_around_it() {
            let payload = panic_of(async {
                scope!(|_| {
                    let open = ayo::scope().open();
                    drop(open.spawn(async { if true { panic!("never awaited") } }));
                    until(|| open.is_cancelled()).await;
                    drop(open);
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "never awaited");
        }

        async fn one_that_is_awaited_does_not_fail_the_scope_around_it() {
            let value = scope!(|_| {
                let open = ayo::scope().open();
                drop(open.spawn(async { Err::<(), _>(Boom(5)) }));
                boom(&open.await.unwrap_err())
            })
            .await;
            assert_eq!(value.unwrap(), Some(5));
        }

        async fn it_can_live_in_a_struct_that_outlives_the_body() {
            let kept = scope!(|run| {
                let open = ayo::scope().open();
                drop(open.spawn(pending::<()>()));
                let _ = run;
                open
            })
            .await
            .unwrap();
            // The scope around it has ended, and so has it.
            assert!(kept.is_cancelled());
            assert_eq!(kept.await.unwrap_err().kind(), ErrorKind::Cancelled);
        }

        async fn on_a_cancelled_scope_it_is_cancelled_from_the_start() {
            let ran = Flag::new();
            let tried = Flag::new();
            scope!(|run| {
                let (scope, ran, tried, started) = (run.clone(), ran.clone(), tried.clone(), Count::new());
                let hit = started.clone();
                run << async move {
                    shield(async {
                        hit.hit();
                        until(|| scope.is_cancelled()).await;
                        let open = ayo::scope().open();
                        let ran = ran.clone();
                        assert!(open.spawn(async move { ran.set() }).await.is_err());
                        assert_eq!(open.await.unwrap_err().kind(), ErrorKind::Cancelled);
                        tried.set();
                    })
                    .await;
                };
                started.reaches(1).await;
                run.cancel();
            })
            .await
            .unwrap();
            assert!(tried.is_set() && !ran.is_set());
        }

        async fn below_a_named_parent() {
            let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
            let live = Live::new();
            let guard = live.guard();
            let foreign = tokio::spawn(async move {
                let parent = receive.await.unwrap();
                let open = ayo::scope().parent(&parent).open();
                let entered = Gate::new();
                let seen = entered.clone();
                drop(open.spawn(async move { seen.open(); pending::<()>().await; drop(guard); }));
                entered.passed().await;
                parent.cancel();
                open.await.unwrap_err().kind()
            });
            let end = scope!(|run| {
                assert!(send.send(run.clone()).is_ok());
                pending::<()>().await
            })
            .await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!(live.now(), 0);
            assert_eq!(foreign.await.unwrap(), ErrorKind::Cancelled);
        }
    }

    paused! {
        async fn a_time_out_holds_for_it() {
            let open = ayo::scope().timeout(3).open();
            drop(open.spawn(pending::<()>()));
            tokio::time::sleep(Duration::from_secs(1)).await;
            let report = open.report().await;
            assert!(report.timed_out());
            assert_eq!(report.elapsed, Duration::from_secs(3));
        }

        async fn a_time_out_while_nobody_awaits_it_fails_the_scope_around_it() {
            let error = scope!(|_| {
                let open = ayo::scope().timeout(3).open();
                drop(open.spawn(pending::<()>()));
                tokio::time::sleep(Duration::from_secs(10)).await;
                drop(open);
            })
            .await
            .unwrap_err();
            let inner = error.downcast_ref::<ayo::Error>().unwrap_or(&error);
            assert_eq!(inner.kind(), ErrorKind::TimedOut);
        }

        async fn set_timeout_reaches_it_before_anything_else_has_run() {
            let open = ayo::scope().open();
            open.set_timeout(2);
            drop(open.spawn(pending::<()>()));
            let report = open.report().await;
            assert!(report.timed_out());
            assert_eq!(report.elapsed, Duration::from_secs(2));
        }
    }

    #[test]
    fn outside_of_a_runtime_it_panics_at_the_caller() {
        let (file, line, text) = panic_site(|| drop(ayo::scope().open()));
        assert!(file.ends_with("handles.rs"), "{file}");
        assert_eq!(line, line!() - 2);
        assert!(text.contains("runtime"), "{text}");
    }
}

mod without_a_runtime {
    use super::*;

    /// Each way to start a task, on a thread that Tokio knows nothing of, while the scope has not waited yet.
    #[rustfmt::skip]
    fn all_ways(run: &Scope) -> Vec<(u32, (String, u32, String))> {
        let never = || pending::<()>();
        vec![
            (line!(), panic_site(|| drop(run.spawn(never())))),
            (line!(), panic_site(|| drop(run.asap(never())))),
            (line!(), panic_site(|| drop(run.attempt(never())))),
            (line!(), panic_site(|| drop(run.spawn_with(never)))),
            (line!(), panic_site(|| drop(run.task(never()).spawn()))),
            (line!(), panic_site(|| run.task(never()).start())),
            (line!(), panic_site(|| drop(run.task(never()).background().attempt()))),
            (line!(), panic_site(|| drop(run.all([never()])))),
            (line!(), panic_site(|| drop(run << never()))),
            (line!(), panic_site(|| drop(run.aside(|| ())))),
            (line!(), panic_site(|| drop(run.every(1, || ())))),
        ]
    }

    both! {
        async fn it_panics_at_the_caller_and_holds_nothing() {
            for limit in [usize::MAX, 1] {
                let options = ayo::scope().name("outer");
                let options = if limit == 1 { options.max_concurrency(1) } else { options };
                options.run(async |run| {
                    let handle = run.clone();
                    let found = std::thread::spawn(move || all_ways(&handle)).join().unwrap();
                    for (line, (file, found, text)) in found {
                        assert!(file.ends_with("handles.rs"), "{line}: {file}");
                        assert_eq!(found, line);
                        assert!(text.starts_with("a scope needs a Tokio runtime around it"), "{text}");
                    }
                    yield_now().await;
                    assert!(run.is_empty());
                    let (handle, runtime) = (run.clone(), tokio::runtime::Handle::current());
                    let thread = std::thread::spawn(move || {
                        let _runtime = runtime.enter();
                        handle.spawn(async { 5 })
                    });
                    assert_eq!(thread.join().unwrap().await?, 5);
                    let handle = run.clone();
                    let thread = std::thread::spawn(move || handle.spawn(async { 6 }));
                    assert_eq!(thread.join().unwrap().await?, 6, "it is known by now");
                    Ok::<_, ayo::Error>(())
                })
                .await
                .unwrap();
            }
        }
    }
}

mod errors {
    use super::*;
    use std::error::Error as _;

    async fn fetch(n: u32) -> Result<(), Boom> {
        yield_now().await;
        Err(Boom(n))
    }

    both! {
        async fn display_is_one_line_with_the_path() {
            let error = scope!(name = "main" => |run| { run << fetch(1); }).await.unwrap_err();
            assert_eq!(error.to_string(), "main/fetch #1: boom 1");
            let body = scope!(name = "main" => |_| { Err::<(), _>(Boom(2))?; }).await.unwrap_err();
            assert_eq!(body.to_string().lines().count(), 1);
            assert!(body.to_string().contains("boom 2"));
        }

        async fn alternate_and_debug_print_the_chain_and_the_others() {
            let started = Count::new();
            let error = scope!(name = "main" => |run| {
                run << when_cancelled(started.clone(), || Err::<(), _>(Boom(2)));
                started.reaches(1).await;
                let inner = scope!(name = "inner" => |inner| { inner << fetch(1); });
                inner.await?;
            })
            .await
            .unwrap_err();
            for text in [format!("{error:#}"), format!("{error:?}")] {
                for part in ["inner/fetch #1: boom 1", "boom 2", "when_cancelled #1", "handles.rs"] {
                    assert!(text.contains(part), "no `{part}` in {text}");
                }
                assert!(text.lines().count() > 1);
            }
            assert_eq!(error.to_string().lines().count(), 1);
        }

        async fn a_nested_scopes_error_is_failed_with_that_one_as_source() {
            let error = scope!(name = "outer" => |_| {
                scope!(name = "inner", timeout = 0 => |_| { pending::<()>().await }).await?;
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failed);
            let source = error.source().unwrap().downcast_ref::<ayo::Error>().unwrap();
            assert_eq!(source.kind(), ErrorKind::TimedOut);
        }

        async fn a_nested_cancellation_is_failed_too() {
            let error = scope!(|_| {
                scope!(|inner| { inner.cancel(); pending::<()>().await }).await?;
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failed);
            assert_eq!(error.downcast_ref::<ayo::Error>().unwrap().kind(), ErrorKind::Cancelled);
        }

        async fn downcast_ref_looks_through_nested_ones() {
            let error = scope!(|run| {
                run << async { scope!(|inner| { inner << async { scope!(|deep| { deep << fetch(9); }).await }; }).await };
            })
            .await
            .unwrap_err();
            assert_eq!(error.downcast_ref::<Boom>(), Some(&Boom(9)));
            assert!(error.downcast_ref::<std::fmt::Error>().is_none());
            assert_eq!(boom(&error), Some(9));
        }

        async fn task_tells_name_path_id_and_place() {
            let line = line!() + 1;
            let error = scope!(name = "main" => |run| { run << fetch(1); }).await.unwrap_err();
            let task = error.task().unwrap();
            assert_eq!((task.name(), task.path(), task.id()), ("fetch", "main/fetch #1", 1));
            assert_eq!(task.location().line(), line);
            assert_eq!(task.to_string(), "main/fetch #1");
        }

        async fn source_leads_to_the_original() {
            let error = scope!(|run| { run << fetch(1); }).await.unwrap_err();
            assert_eq!(error.source().unwrap().downcast_ref::<Boom>(), Some(&Boom(1)));
            let timed_out = scope!(timeout = 0 => |_| { pending::<()>().await }).await.unwrap_err();
            assert!(timed_out.source().is_none());
        }

        async fn it_goes_into_anyhow_eyre_and_boxes() {
            async fn failing() -> Result<(), ayo::Error> {
                scope!(|run| { run << fetch(1); }).await
            }
            async fn anyhow() -> anyhow::Result<()> {
                Ok(failing().await?)
            }
            async fn eyre() -> eyre::Result<()> {
                Ok(failing().await?)
            }
            async fn miette() -> miette::Result<()> {
                Ok(failing().await?)
            }
            async fn boxed() -> Result<(), Box<dyn std::error::Error>> {
                Ok(failing().await?)
            }
            async fn boxed_send() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
                Ok(failing().await?)
            }
            let kind = |error: &ayo::Error| (error.kind(), boom(error));
            assert_eq!(kind(anyhow().await.unwrap_err().downcast_ref().unwrap()), (ErrorKind::Failed, Some(1)));
            assert_eq!(kind(miette().await.unwrap_err().downcast_ref().unwrap()), (ErrorKind::Failed, Some(1)));
            assert_eq!(kind(eyre().await.unwrap_err().downcast_ref().unwrap()), (ErrorKind::Failed, Some(1)));
            assert_eq!(kind(boxed().await.unwrap_err().downcast_ref().unwrap()), (ErrorKind::Failed, Some(1)));
            assert_eq!(kind(boxed_send().await.unwrap_err().downcast_ref().unwrap()), (ErrorKind::Failed, Some(1)));
            assert_eq!(anyhow().await.unwrap_err().root_cause().downcast_ref::<Boom>(), Some(&Boom(1)));
        }

        async fn errors_of_anyhow_tasks_can_be_looked_into() {
            async fn work() -> anyhow::Result<()> {
                use anyhow::Context;
                Err(Boom(1)).context("while working")
            }
            let error = scope!(|run| { run << work(); }).await.unwrap_err();
            assert!(error.to_string().contains("while working"), "{error}");
            assert!(format!("{error:#}").contains("boom 1"), "{error:#}");
            assert_eq!(error.downcast_ref::<Boom>(), Some(&Boom(1)));
        }

        async fn a_main_that_returns_one_reads_well() {
            let error = scope!(name = "main" => |run| { run << async { Err("plain text") }; }).await.unwrap_err();
            assert!(error.to_string().ends_with("#1: plain text"), "{error}");
        }
    }

    #[test]
    fn errors_are_small_send_sync_and_static() {
        fn all<T: std::error::Error + Send + Sync + 'static>() {}
        all::<ayo::Error>();
        all::<ayo::Cancelled>();
        all::<ayo::TaskError<Boom>>();
        all::<ayo::Elapsed>();
        assert_eq!(size_of::<ayo::Error>(), size_of::<usize>());
    }
}
