//! A scope that is dropped from outside is adopted: the scope around it ends only after what was left behind.

mod support;

use std::time::Duration;

use ayo::{ErrorKind, Scope, scope, shield};
use futures::FutureExt;
use futures::future::pending;
use futures::stream::{FuturesUnordered, StreamExt};
use support::*;

/// Cleans up for some turns once its scope is asked to end, and says in `ended` that it has.
async fn orphan(live: Guard, started: Count, ended: Count) {
    shield(async {
        started.hit();
        until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
        turns(10).await;
        ended.hit();
    })
    .await;
    drop(live);
}

/// The same, and then it fails.
async fn failing_orphan(started: Count, n: u32) -> Result<(), Boom> {
    shield(async {
        started.hit();
        until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
        turns(10).await;
        Err(Boom(n))
    })
    .await
}

/// A scope with three tasks that take their time to clean up; it never ends by itself.
async fn three(live: Live, started: Count, ended: Count) -> Result<(), ayo::Error> {
    scope!(name = "inner" => |inner| {
        for _ in 0..3 {
            inner << orphan(live.guard(), started.clone(), ended.clone());
        }
        let _guard = live.guard();
        pending::<()>().await
    })
    .await
}

mod the_scope_around_waits {
    use super::*;

    both! {
        async fn for_what_a_select_in_its_body_dropped() {
            for _ in 0..20 {
                let (live, started, ended) = (Live::new(), Count::new(), Count::new());
                let value = scope!(|_| {
                    tokio::select! {
                        end = three(live.clone(), started.clone(), ended.clone()) => panic!("{end:?}"),
                        () = started.reaches(3) => {}
                    }
                    "the winner"
                })
                .await;
                assert_eq!(value.unwrap(), "the winner");
                assert_eq!((live.now(), live.ever(), ended.get()), (0, 4, 3));
            }
        }

        async fn for_the_values_of_what_was_dropped() {
            for (collects, lingers) in [(false, false), (false, true), (true, false), (true, true)] {
                let (live, ready) = (Live::new(), Count::new());
                let (handle, kept) = tokio::sync::oneshot::channel::<Scope>();
                let begin = async |inner: &Scope| {
                    if lingers {
                        let begun = Count::new();
                        inner.task(support::when_cancelled(begun.clone(), || ())).start();
                        begun.reaches(1).await;
                    }
                    let _ = handle.send(inner.clone());
                };
                let inner = async {
                    if collects {
                        scope!(collect => |inner| {
                            begin(inner.as_scope()).await;
                            for _ in 0..3 {
                                let guard = live.guard();
                                inner << async move { turns(1).await; guard };
                            }
                            until(|| inner.len() == usize::from(lingers)).await;
                            ready.hit();
                            pending::<()>().await
                        })
                        .await
                    } else {
                        scope!(|inner| {
                            begin(inner).await;
                            for _ in 0..3 {
                                let guard = live.guard();
                                drop(inner.spawn(async move { turns(1).await; guard }));
                            }
                            until(|| inner.len() == usize::from(lingers)).await;
                            ready.hit();
                            pending::<()>().await
                        })
                        .await
                    }
                };
                scope!(|_| {
                    tokio::select! {
                        end = inner => panic!("{end:?}"),
                        () = ready.reaches(1) => {}
                    }
                })
                .await
                .unwrap();
                assert_eq!((live.now(), live.ever()), (0, 3), "collects: {collects}, lingers: {lingers}");
                drop(kept.await.unwrap());
            }
        }

        async fn for_what_a_select_in_a_task_dropped() {
            for limit in [usize::MAX, 2] {
                let (live, started, ended) = (Live::new(), Count::new(), Count::new());
                scope!(max_concurrency = limit => |run| {
                    let (live, started, ended) = (live.clone(), started.clone(), ended.clone());
                    run << async move {
                        tokio::select! {
                            end = three(live, started.clone(), ended) => panic!("{end:?}"),
                            () = started.reaches(3) => {}
                        }
                    };
                })
                .await
                .unwrap();
                assert_eq!((live.now(), ended.get()), (0, 3));
            }
        }

        async fn for_a_task_that_was_aborted_below_a_named_parent() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|run| {
                let (run, live, started2, ended) = (run.clone(), live.clone(), started.clone(), ended.clone());
                let foreign = tokio::spawn(async move {
                    scope!(parent = run => |inner| {
                        for _ in 0..3 {
                            inner << orphan(live.guard(), started2.clone(), ended.clone());
                        }
                        pending::<()>().await
                    })
                    .await
                });
                started.reaches(3).await;
                foreign.abort();
                assert!(foreign.await.unwrap_err().is_cancelled());
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get()), (0, 3));
        }

        async fn for_a_select_loser_below_a_named_parent() {
            for _ in 0..20 {
                let (live, started, ended) = (Live::new(), Count::new(), Count::new());
                let (lost, over) = (Gate::new(), Gate::new());
                let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
                let (count, hit, end, gone, end_near) =
                    (live.clone(), started.clone(), ended.clone(), lost.clone(), over.clone());
                // It runs in another scope, which goes on for longer than the parent.
                let near = tokio::spawn(async move {
                    scope!(name = "near" => |_| {
                        let parent = receive.await?;
                        let below = async {
                            scope!(parent = parent => |inner| {
                                inner << orphan(count.guard(), hit.clone(), end.clone());
                                pending::<()>().await
                            })
                            .await
                        };
                        tokio::select! {
                            end = below => panic!("{end:?}"),
                            () = hit.reaches(1) => {}
                        }
                        gone.open();
                        end_near.passed().await;
                    })
                    .await
                });
                scope!(name = "parent" => |parent| {
                    assert!(send.send(parent.clone()).is_ok());
                    lost.passed().await;
                })
                .await
                .unwrap();
                assert_eq!((live.now(), ended.get()), (0, 1), "the parent waits for everything below it");
                over.open();
                near.await.unwrap().unwrap();
            }
        }

        async fn for_what_was_polled_by_hand_and_dropped() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|_| {
                let mut inner = Box::pin(three(live.clone(), started.clone(), ended.clone()));
                assert!(futures::poll!(&mut inner).is_pending());
                started.reaches(3).await;
                drop(inner);
                assert!(live.now() <= 3, "the body is dropped at once, the tasks clean up");
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get()), (0, 3));
        }

        async fn for_what_a_foreign_combinator_dropped() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|_| {
                let mut many = FuturesUnordered::new();
                for n in 0..5 {
                    let (live, started, ended) = (live.clone(), started.clone(), ended.clone());
                    many.push(async move {
                        if n == 4 {
                            started.reaches(12).await;
                        } else {
                            drop(three(live, started, ended).await);
                        }
                    }.boxed());
                }
                many.next().await;
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get()), (0, 12));
        }

        async fn for_scopes_in_tasks_of_the_dropped_one() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|_| {
                let (live2, started2, ended2) = (live.clone(), started.clone(), ended.clone());
                tokio::select! {
                    end = async { scope!(|middle| {
                        for _ in 0..2 {
                            middle << three(live2.clone(), started2.clone(), ended2.clone());
                        }
                        three(live2.clone(), started2.clone(), ended2.clone()).await?;
                    }).await } => panic!("{end:?}"),
                    () = started.reaches(9) => {}
                }
            })
            .await
            .unwrap();
            assert_eq!((live.now(), live.ever(), ended.get()), (0, 12, 9));
        }

        async fn for_orphans_of_orphans() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let (middle_started, done) = (Count::new(), Count::new());
            scope!(name = "outer" => |_| {
                let (live, started, ended) = (live.clone(), started.clone(), ended.clone());
                let middle_hit = middle_started.clone();
                tokio::select! {
                    end = async { scope!(name = "middle" => |_| {
                        // The middle one has orphans of its own when it is dropped.
                        tokio::select! {
                            end = three(live.clone(), started.clone(), ended.clone()) => panic!("{end:?}"),
                            () = started.reaches(3) => {}
                        }
                        middle_hit.hit();
                        pending::<()>().await
                    }).await } => panic!("{end:?}"),
                    () = middle_started.reaches(1) => {}
                }
                done.hit();
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get(), done.get()), (0, 3, 1));
        }

        async fn the_nearest_one_and_not_the_outermost() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(name = "outer" => |_| {
                scope!(name = "middle" => |_| {
                    tokio::select! {
                        end = three(live.clone(), started.clone(), ended.clone()) => panic!("{end:?}"),
                        () = started.reaches(3) => {}
                    }
                })
                .await?;
                assert_eq!((live.now(), ended.get()), (0, 3));
            })
            .await
            .unwrap();
        }

        async fn one_that_is_cancelled_waits_too() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let end = scope!(|run| {
                tokio::select! {
                    end = three(live.clone(), started.clone(), ended.clone()) => panic!("{end:?}"),
                    () = started.reaches(3) => {}
                }
                run.cancel();
                pending::<()>().await
            })
            .await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!((live.now(), ended.get()), (0, 3));
        }

        async fn one_that_fails_waits_too() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let end = scope!(|_| {
                tokio::select! {
                    end = three(live.clone(), started.clone(), ended.clone()) => panic!("{end:?}"),
                    () = started.reaches(3) => {}
                }
                Err::<(), _>(Boom(1))?;
            })
            .await;
            assert_eq!(boom(&end.unwrap_err()), Some(1));
            assert_eq!((live.now(), ended.get()), (0, 3));
        }

        async fn one_whose_body_panics_waits_too() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let payload = panic_of(async {
                scope!(|_| {
                    // The panic unwinds through the future of the inner scope's owner, which is dropped by that.
                    let inner = three(live.clone(), started.clone(), ended.clone());
                    tokio::pin!(inner);
                    assert!(futures::poll!(&mut inner).is_pending());
                    started.reaches(3).await;
                    panic!("unwinding")
                })
                .await
            })
            .await;
            assert_eq!(text(&*payload), "unwinding");
            assert_eq!((live.now(), ended.get()), (0, 3));
        }

        async fn limited_scopes_are_adopted_with_their_line() {
            let (live, started, ran) = (Live::new(), Count::new(), Count::new());
            let ended = Count::new();
            scope!(|_| {
                let (live, hit, ended, ran) = (live.clone(), started.clone(), ended.clone(), ran.clone());
                tokio::select! {
                    end = async { scope!(max_concurrency = 2 => |inner| {
                        for _ in 0..2 {
                            inner << orphan(live.guard(), hit.clone(), ended.clone());
                        }
                        for _ in 0..100 {
                            let (guard, ran) = (live.guard(), ran.clone());
                            inner << async move { ran.hit(); drop(guard); };
                        }
                        pending::<()>().await
                    }).await } => panic!("{end:?}"),
                    () = started.reaches(2) => {}
                }
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get(), ran.get()), (0, 2, 0));
        }

        async fn nothing_can_be_started_in_an_orphan() {
            let (ran, started) = (Flag::new(), Count::new());
            scope!(|_| {
                let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
                let live = Live::new();
                tokio::select! {
                    end = async { scope!(|inner| {
                        send.send(inner.clone()).unwrap();
                        inner << orphan(live.guard(), started.clone(), Count::new());
                        pending::<()>().await
                    }).await } => panic!("{end:?}"),
                    () = started.reaches(1) => {}
                }
                let orphan = receive.await?;
                assert!(orphan.is_cancelled());
                let ran = ran.clone();
                assert!(orphan.spawn(async move { ran.set() }).await.is_err());
            })
            .await
            .unwrap();
            assert!(!ran.is_set());
        }

        async fn an_open_scope_is_adopted_too() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|_| {
                let open = ayo::scope().open();
                for _ in 0..3 {
                    drop(open.spawn(orphan(live.guard(), started.clone(), ended.clone())));
                }
                started.reaches(3).await;
                drop(open);
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get()), (0, 3));
        }

        async fn for_an_open_scope_when_it_is_cancelled_right_away() {
            for n in 0..200 {
                let live = Live::new();
                let (count, after) = (live.clone(), live.clone());
                // On a worker, what was started last runs first.
                let left = tokio::spawn(async move {
                    let end = scope!(|run| {
                        let open = ayo::scope().open();
                        let (outer, guard) = (run.clone(), count.guard());
                        let task = open.task(async move {
                            shield(async {
                                outer.cancel();
                                turns(20).await;
                            })
                            .await;
                            drop(guard);
                        });
                        if n % 2 == 0 { task.start() } else { task.background().start() }
                        pending::<()>().await
                    })
                    .await;
                    assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
                    after.now()
                });
                assert_eq!(left.await.unwrap(), 0, "a task of the open scope was left alone");
            }
        }

        async fn for_an_open_scope_that_is_dropped_right_away() {
            for _ in 0..200 {
                let live = Live::new();
                let (count, after) = (live.clone(), live.clone());
                let left = tokio::spawn(async move {
                    scope!(|_| {
                        let open = ayo::scope().open();
                        let (guard, started) = (count.guard(), Count::new());
                        drop(open.spawn(orphan(guard, started.clone(), Count::new())));
                        started.reaches(1).await;
                    })
                    .await
                    .unwrap();
                    after.now()
                });
                assert_eq!(left.await.unwrap(), 0, "a task of the open scope was left alone");
            }
        }

        async fn a_scope_that_was_never_polled_leaves_nothing() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|_| { drop(three(live.clone(), started.clone(), ended.clone())); }).await.unwrap();
            assert_eq!((live.ever(), started.get()), (0, 0));
        }

        async fn many_at_once() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(max_concurrency = 16 => |run| {
                for _ in 0..200 {
                    let (live, all, ended) = (live.clone(), started.clone(), ended.clone());
                    run << async move {
                        let started = Count::new();
                        tokio::select! {
                            end = three(live, started.clone(), ended) => panic!("{end:?}"),
                            () = started.reaches(3) => {}
                        }
                        all.hit();
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!((live.now(), started.get(), ended.get()), (0, 200, 600));
        }
    }

    paused! {
        async fn for_what_tokios_timeout_dropped() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            scope!(|_| {
                let (hit, end) = (started.clone(), ended.clone());
                let late = tokio::time::timeout(Duration::from_secs(1), async { scope!(|inner| {
                    let (guard, hit, end) = (live.guard(), hit.clone(), end.clone());
                    inner << async move {
                        shield(async {
                            hit.hit();
                            tokio::time::sleep(Duration::from_secs(60)).await;
                            end.hit();
                        })
                        .await;
                        drop(guard);
                    };
                    pending::<()>().await
                }).await });
                assert!(late.await.is_err());
                assert_eq!((live.now(), started.get(), ended.get()), (1, 1, 0));
            })
            .await
            .unwrap();
            assert_eq!((live.now(), ended.get()), (0, 1));
        }

        async fn no_longer_than_the_orphans_cancel_timeout() {
            let live = Live::new();
            let report = scope!(name = "outer" => |_| {
                let late = tokio::time::timeout(Duration::from_secs(1), async { scope!(name = "inner", cancel_timeout = 5s => |inner| {
                    let guard = live.guard();
                    #[task(name = "stubborn")]
                    inner << async move {
                        shield(pending::<()>()).await;
                        drop(guard);
                    };
                    pending::<()>().await
                }).await });
                assert!(late.await.is_err());
            })
            .report()
            .await;
            assert_eq!(live.now(), 0);
            assert_eq!(report.elapsed, Duration::from_secs(6));
            assert!(report.error.is_none());
            assert_eq!(report.contained.len(), 1);
            assert_eq!(report.contained[0].kind(), ErrorKind::Abandoned);
            assert!(report.contained[0].to_string().contains("stubborn"), "{:#}", report.contained[0]);
        }

        async fn no_longer_than_its_own_cancel_timeout() {
            let live = Live::new();
            let report = scope!(name = "outer", cancel_timeout = 5s, timeout = 10s => |_| {
                let late = tokio::time::timeout(Duration::from_secs(1), async { scope!(name = "inner" => |inner| {
                    let guard = live.guard();
                    inner << async move {
                        shield(pending::<()>()).await;
                        drop(guard);
                    };
                    pending::<()>().await
                }).await });
                assert!(late.await.is_err());
                pending::<()>().await
            })
            .report()
            .await;
            assert_eq!(live.now(), 0);
            assert_eq!(report.elapsed, Duration::from_secs(15));
            let error = report.error.unwrap();
            assert_eq!(error.kind(), ErrorKind::Abandoned);
            assert_eq!(error.others()[0].kind(), ErrorKind::TimedOut);
        }
    }
}

mod errors_of_orphans_are_contained_in_the_adopter {
    use super::*;

    /// Has one of these dropped by a `select!` after all its tasks are in their clean-up.
    async fn lose(errors: std::ops::Range<u32>) {
        let started = Count::new();
        let tasks = errors.len();
        let inner = async {
            scope!(name = "inner" => |inner| {
                for n in errors {
                    #[task(name = "fetch")]
                    inner << failing_orphan(started.clone(), n);
                }
                pending::<()>().await
            })
            .await
        };
        tokio::select! {
            end = inner => panic!("{end:?}"),
            () = started.reaches(tasks) => {}
        }
    }

    both! {
        async fn in_its_report() {
            let report = scope!(name = "outer" => |_| { lose(1..4).await; "value" }).report().await;
            assert!(report.error.is_none(), "{report:?}");
            let mut found = report.contained.iter().filter_map(boom).collect::<Vec<_>>();
            found.sort_unstable();
            assert_eq!(found, [1, 2, 3]);
            let task = report.contained[0].task().unwrap();
            assert!(task.path().starts_with("outer/inner/fetch #"), "{task}");
            assert_eq!(report.into_result().unwrap(), "value");
        }

        async fn by_its_on_error() {
            let heard = Log::new();
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add(boom(error)) };
            let report = scope!(on_error = hear => |_| { lose(1..2).await; }).report().await;
            assert_eq!(heard.all(), [Some(1)]);
            assert!(report.error.is_none() && report.contained.is_empty());
        }

        async fn panics_too() {
            let started = Count::new();
            let report = scope!(|_| {
                let hit = started.clone();
                tokio::select! {
                    end = async { scope!(|inner| {
                        inner << when_cancelled(hit, || -> () { panic!("an orphan's") });
                        pending::<()>().await
                    }).await } => panic!("{end:?}"),
                    () = started.reaches(1) => {}
                }
            })
            .report()
            .await;
            assert!(report.error.is_none(), "{report:?}");
            assert_eq!(report.contained.len(), 1);
            assert_eq!(report.contained[0].kind(), ErrorKind::Panicked);
        }

        async fn a_failure_known_before_the_drop_is_told_once() {
            let (started, failed, leave) = (Count::new(), Gate::new(), Gate::new());
            let report = scope!(|_| {
                let (hit, seen, go) = (started.clone(), failed.clone(), leave.clone());
                tokio::select! {
                    end = async { scope!(|inner| {
                        let (scope, hit) = (inner.clone(), hit.clone());
                        inner << async move {
                            shield(async {
                                hit.hit();
                                until(|| scope.is_cancelled()).await;
                                seen.open();
                                go.passed().await;
                            })
                            .await;
                        };
                        started.reaches(1).await;
                        Err::<(), _>(Boom(1))?;
                    }).await } => panic!("{end:?}"),
                    () = failed.passed() => {}
                }
                leave.open();
            })
            .report()
            .await;
            assert!(report.error.is_none(), "{report:?}");
            assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(1)]);
        }

        async fn what_the_orphan_had_contained_is_not_lost() {
            let (failed, hold) = (Count::new(), Live::new());
            let report = scope!(|_| {
                let hit = failed.clone();
                tokio::select! {
                    end = async { scope!(supervise => |inner| {
                        let last = OnDrop(move || { hit.hit(); });
                        let task = inner.spawn(async move { let _last = last; Err::<(), _>(Boom(5)) });
                        let _ = task.await;
                        let _hold = hold.guard();
                        pending::<()>().await
                    }).await } => panic!("{end:?}"),
                    () = async { failed.reaches(1).await; until(|| hold.now() == 1).await } => {}
                }
            })
            .report()
            .await;
            assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(5)]);
        }

        async fn those_of_orphans_of_orphans_reach_the_outermost() {
            let dropped = Count::new();
            let report = scope!(name = "outer" => |_| {
                let hit = dropped.clone();
                tokio::select! {
                    end = async { scope!(name = "middle" => |_| {
                        lose(1..3).await;
                        hit.hit();
                        pending::<()>().await
                    }).await } => panic!("{end:?}"),
                    () = dropped.reaches(1) => {}
                }
            })
            .report()
            .await;
            assert!(report.error.is_none(), "{report:?}");
            let mut found = report.contained.iter().filter_map(boom).collect::<Vec<_>>();
            found.sort_unstable();
            assert_eq!(found, [1, 2]);
        }

        async fn of_an_aborted_task_below_a_named_parent() {
            let started = Count::new();
            let report = scope!(|run| {
                let (run, hit) = (run.clone(), started.clone());
                let foreign = tokio::spawn(async move {
                    scope!(parent = run => |inner| {
                        inner << failing_orphan(hit.clone(), 1);
                        pending::<()>().await
                    })
                    .await
                });
                started.reaches(1).await;
                foreign.abort();
                let _ = foreign.await;
            })
            .report()
            .await;
            assert!(report.error.is_none(), "{report:?}");
            assert_eq!(report.contained.iter().map(boom).collect::<Vec<_>>(), [Some(1)]);
        }
    }
}

mod no_error_falls_between {
    use std::sync::{Arc, Mutex, mpsc};
    use std::task::{Context, Wake, Waker};

    use ayo::OpenScope;
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    /// Calls this when it is woken for the first time.
    struct OnWake<F>(Mutex<Option<F>>);

    impl<F: FnOnce() + Send + 'static> OnWake<F> {
        fn waker(wake: F) -> Waker {
            Waker::from(Arc::new(Self(Mutex::new(Some(wake)))))
        }
    }

    impl<F: FnOnce() + Send + 'static> Wake for OnWake<F> {
        fn wake(self: Arc<Self>) {
            let wake = self.0.lock().unwrap().take();
            if let Some(wake) = wake {
                wake();
            }
        }
    }

    /// An open scope, hung below another one, whose only task runs on another thread.
    struct Apart {
        runtime: Runtime,
        outer: OpenScope,
        inner: OpenScope,
        /// Tells the task to fail.
        fail: mpsc::Sender<()>,
        heard: Log<Option<u32>>,
    }

    impl Apart {
        fn new() -> Self {
            let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
            let ((runs, running), (fail, failing)) = (mpsc::channel(), mpsc::channel());
            let heard = Log::new();
            let all = heard.clone();
            let outer = ayo::scope().on_error(move |error| all.add(boom(error))).open();
            let inner = {
                let _on_another_thread = runtime.enter();
                let inner = ayo::scope().parent(&outer).open();
                drop(inner.spawn(async move {
                    runs.send(()).unwrap();
                    failing.recv().unwrap();
                    Err::<(), _>(Boom(1))
                }));
                inner
            };
            running.recv().unwrap();
            Self { runtime, outer, inner, fail, heard }
        }
    }

    /// It is cancelled before it was polled for the first time. Whoever awaits it hears of that when its task has ended.
    #[test]
    fn an_open_scope_that_is_cancelled_while_its_first_task_runs() {
        let here = Builder::new_current_thread().build().unwrap();
        let Apart { runtime: _runtime, outer, inner, fail, .. } = here.block_on(async { Apart::new() });
        here.block_on(async {
            outer.cancel();
            let mut told = Box::pin(inner.report());
            turns(20).await;
            assert!(futures::poll!(&mut told).is_pending(), "its task runs");
            fail.send(()).unwrap();
            let (told, outer) = futures::join!(told, outer.report());
            assert_eq!(told.error.unwrap().kind(), ErrorKind::Cancelled);
            assert_eq!(booms(&outer.error.unwrap()), [1]);
        });
    }

    /// Its runtime is shut down before it was polled for the first time. The task fails after the handle was told the
    /// report, and before the scope itself is dropped.
    #[test]
    fn an_open_scope_that_loses_its_runtime_while_its_first_task_runs() {
        let here = Builder::new_current_thread().build().unwrap();
        let Apart { runtime: _runtime, outer, inner, fail, heard } = here.block_on(async { Apart::new() });
        let scope = Scope::clone(&inner);
        let waker = OnWake::waker(move || {
            fail.send(()).unwrap();
            while !scope.is_empty() {
                std::thread::yield_now();
            }
        });
        let mut told = Box::pin(inner.report());
        assert!(told.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(here);
        assert_eq!(told.now_or_never().unwrap().error.unwrap().kind(), ErrorKind::Cancelled);
        assert_eq!(heard.all(), [Some(1)]);
        drop(outer);
    }
}

mod without_a_scope_around_they_are_cancelled_all_the_same {
    use super::*;

    both! {
        async fn dropped_by_a_select() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            tokio::select! {
                end = three(live.clone(), started.clone(), ended.clone()) => panic!("{end:?}"),
                () = started.reaches(3) => {}
            }
            until(|| live.now() == 0).await;
            assert_eq!(ended.get(), 3);
        }

        async fn dropped_by_an_abort() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let foreign = tokio::spawn(three(live.clone(), started.clone(), ended.clone()));
            started.reaches(3).await;
            foreign.abort();
            assert!(foreign.await.unwrap_err().is_cancelled());
            until(|| live.now() == 0).await;
            assert_eq!(ended.get(), 3);
        }

        async fn nested_ones_by_an_abort() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let (live2, started2, ended2) = (live.clone(), started.clone(), ended.clone());
            let foreign = tokio::spawn(async move {
                scope!(|run| {
                    run << three(live2.clone(), started2.clone(), ended2.clone());
                    three(live2, started2, ended2).await?;
                })
                .await
            });
            started.reaches(6).await;
            foreign.abort();
            let _ = foreign.await;
            until(|| live.now() == 0).await;
            assert_eq!(ended.get(), 6);
        }

        async fn an_open_scope_that_is_dropped() {
            let (live, started, ended) = (Live::new(), Count::new(), Count::new());
            let open = ayo::scope().open();
            for _ in 0..3 {
                drop(open.spawn(orphan(live.guard(), started.clone(), ended.clone())));
            }
            started.reaches(3).await;
            drop(open);
            until(|| live.now() == 0).await;
            assert_eq!(ended.get(), 3);
        }
    }

    #[test]
    fn a_runtime_that_shuts_down_drops_everything() {
        for limit in [usize::MAX, 2] {
            let (live, started) = (Live::new(), Count::new());
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
            let (count, hit) = (live.clone(), started.clone());
            let task = runtime.spawn(async move {
                scope!(max_concurrency = limit => |run| {
                    for _ in 0..10 {
                        let (guard, hit) = (count.guard(), hit.clone());
                        run << async move {
                            hit.hit();
                            shield(pending::<()>()).await;
                            drop(guard);
                        };
                    }
                    let open = ayo::scope().open();
                    drop(open.spawn(pending::<()>()));
                    pending::<()>().await
                })
                .await
            });
            while started.get() < limit.min(10) {
                std::thread::yield_now();
            }
            runtime.shutdown_timeout(Duration::from_secs(30));
            drop(task);
            // Workers that still unwind their tasks may take a moment longer than the shutdown.
            while live.now() > 0 {
                std::thread::yield_now();
            }
        }
    }
}
