//! Rule 7: a task that waits for tasks of its own scope lends its place to them.

mod support;

use std::collections::{BinaryHeap, VecDeque};
use std::future::pending;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ayo::{Scope, Task, TaskError, move_on_after, scope, shield, timeout};
use support::*;
use tokio::task::yield_now;

both! {
    async fn a_task_with_the_only_place_can_wait_for_a_sibling() {
        let sum = scope!(max_concurrency = 1 => |run| {
            let scope = run.clone();
            let outer = run << async move {
                let inner = scope.spawn(async { yield_now().await; 1_u32 });
                inner.await.map(|value| value + 1)
            };
            outer.await?
        })
        .await
        .unwrap();
        assert_eq!(sum, 2);
    }

    async fn siblings_wait_for_siblings_as_deep_as_they_like() {
        #[expect(clippy::manual_async_fn, reason = "an `async fn` cannot ask whether its own future is `Send`")]
        fn depth(scope: Scope, n: u32) -> impl Future<Output = Result<u32, ayo::Cancelled>> + Send {
            async move {
                if n == 0 {
                    return Ok(0);
                }
                let below: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(depth(scope.clone(), n - 1));
                Ok(scope.spawn(below).await? + 1)
            }
        }
        for limit in [1, 2, 7] {
            let deep = scope!(max_concurrency = limit => |run| {
                let task = run << depth(run.clone(), 500);
                task.await?
            });
            assert_eq!(deep.await.unwrap(), 500);
        }
    }

    async fn it_waits_by_every_kind_of_handle() {
        scope!(max_concurrency = 1 => |run| {
            let scope = run.clone();
            run << async move {
                assert_eq!(scope.attempt(async { Err::<u8, _>("no") }).await.unwrap_err().to_string(), "no");
                assert!(matches!(scope.attempt(async { Ok::<_, std::fmt::Error>(1) }).await, Ok::<u8, TaskError<_>>(1)));
                assert_eq!(scope.spawn_with(|| async { 2 }).await?, 2);
                assert_eq!(scope.all([turns(1), turns(2)]).await?.len(), 2);
                assert_eq!(scope.map(0..3_u8, |n| async move { turns(1).await; n }).await?, [0, 1, 2]);
                assert_eq!(scope.for_each(0..3, |_| turns(1)).await?, 3);
                assert_eq!(scope.task(async { 3 }).name("three").spawn().await?, 3);
                let stuck = scope.spawn(pending::<()>());
                ayo::cancel_and_wait([stuck]).await;
                Ok::<(), ayo::Cancelled>(())
            };
        })
        .await
        .unwrap();
    }

    async fn it_waits_in_the_middle_of_whatever_it_does() {
        scope!(max_concurrency = 1 => |run| {
            let scope = run.clone();
            run << async move {
                timeout(1000, scope.spawn(turns(1))).await??;
                shield(scope.spawn(turns(1))).await?;
                let (one, two) = tokio::join!(scope.spawn(turns(3)), scope.spawn(turns(1)));
                one.and(two)?;
                scope!(|_inner| { scope.spawn(turns(2)).await?; }).await?;
                Ok::<(), ayo::BoxError>(())
            };
        })
        .await
        .unwrap();
    }

    async fn what_waits_in_scopes_below_uses_the_place_of_the_task_around_them() {
        for depth in 0..4_usize {
            scope!(max_concurrency = 1 => |run| {
                let outer = run.clone();
                let task = run << async move {
                    let sibling = outer.spawn(async { yield_now().await; 7 });
                    below(depth, sibling).await
                };
                assert_eq!(task.await?, 7);
            })
            .await
            .unwrap();
        }
    }

    async fn who_waits_for_anything_else_keeps_its_place() {
        let (gate, running) = (Gate::new(), Running::default());
        scope!(max_concurrency = 2 => |run| {
            for _ in 0..6 {
                let (gate, running) = (gate.clone(), running.clone());
                run << async move {
                    running.begins_with(2).await;
                    gate.passed().await;
                    turns(2).await;
                    running.ends();
                };
            }
            turns(20).await;
            gate.open();
        })
        .await
        .unwrap();
        assert_eq!(running.most(), 2);
    }

    async fn a_handle_of_another_scope_lends_nothing() {
        let (gate, begun) = (Gate::new(), Count::new());
        scope!(|other| {
            let pass = gate.clone();
            let far = other << async move { pass.passed().await };
            scope!(max_concurrency = 1 => |run| {
                let hit = begun.clone();
                run << far;
                run << async move { hit.hit() };
                turns(50).await;
                assert_eq!(begun.get(), 0, "the one place is taken");
                gate.open();
            })
            .await?;
        })
        .await
        .unwrap();
        assert_eq!(begun.get(), 1);
    }

    async fn a_cancelled_scope_ends_whoever_has_lent_and_whoever_wants_back() {
        for limit in [1, 2] {
            let live = Live::new();
            scope!(max_concurrency = limit => |run| {
                for _ in 0..20 {
                    let (scope, mine, theirs) = (run.clone(), live.guard(), live.guard());
                    run << async move {
                        let _mine = mine;
                        let below = scope.spawn(async move {
                            let _theirs = theirs;
                            pending::<()>().await;
                        });
                        let _ = below.await;
                    };
                }
                turns(10).await;
                run.cancel();
            })
            .await
            .unwrap();
            assert_eq!(live.now(), 0);
        }
    }

    async fn one_that_has_lent_is_cancelled_alone() {
        let clean = Count::new();
        scope!(max_concurrency = 1 => |run| {
            let (scope, hit, gate) = (run.clone(), clean.clone(), Gate::new());
            let pass = gate.clone();
            let outer = run.spawn(async move {
                let _hit = OnDrop(move || assert_eq!(hit.hit(), 1));
                scope.spawn(async move { pass.passed().await }).await
            });
            until(|| run.len() == 2).await;
            turns(5).await;
            outer.cancel();
            assert!(outer.await.is_err(), "though the one place is taken by the task that it waited for");
            assert_eq!(clean.get(), 1);
            gate.open();
        })
        .await
        .unwrap();
    }

    async fn whoever_stops_waiting_goes_on_at_once() {
        for limit in [1, 2] {
            let live = Live::new();
            scope!(max_concurrency = limit => |run| {
                for _ in 0..4 {
                    let (scope, guard) = (run.clone(), live.guard());
                    run << async move {
                        let mut hangs = scope.spawn(async move { let _guard = guard; pending::<()>().await });
                        assert!(move_on_after(0.005, &mut hangs).await.is_none());
                        hangs.cancel();
                        assert!(hangs.await.is_err());
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!((live.now(), live.ever()), (0, 4));
        }
    }

    async fn a_place_is_lent_to_nobody_else() {
        // The one that never ends by itself would have the place for good, if it ever got it.
        scope!(max_concurrency = 1 => |run| {
            let scope = run.clone();
            run << async move {
                let beat = scope.spawn(pending::<()>());
                scope!(|inner| { inner << turns(3); }).await?;
                scope.spawn(turns(3)).await?;
                tokio::join!(async { scope!(|inner| { inner << turns(9); }).await }, async {
                    let other = scope.spawn(pending::<()>());
                    turns(3).await;
                    other.cancel();
                })
                .0?;
                beat.cancel();
                Ok::<(), ayo::BoxError>(())
            };
        })
        .await
        .unwrap();
    }

    async fn scopes_in_tasks_do_not_void_the_limit() {
        let running = Running::default();
        scope!(max_concurrency = 3 => |run| {
            for _ in 0..50 {
                let running = running.clone();
                run << async move {
                    running.begins_with(3).await;
                    scope!(|inner| { inner << turns(5); turns(2).await; }).await?;
                    running.ends();
                    Ok::<(), ayo::Error>(())
                };
            }
        })
        .await
        .unwrap();
        assert_eq!(running.most(), 3);
    }

    async fn what_came_to_a_place_keeps_it_when_nobody_waits_any_more() {
        let (log, gate) = (Log::new(), Gate::new());
        scope!(max_concurrency = 1 => |run| {
            let (scope, log, gate) = (run.clone(), log.clone(), gate.clone());
            let new = log.clone();
            run << async move {
                let (pass, ends) = (gate.clone(), log.clone());
                let mut stays = scope.spawn(async move { pass.passed().await; turns(5).await; ends.add("what stayed ends") });
                assert!(move_on_after(0.005, &mut stays).await.is_none());
                drop(stays);
                scope << async move { new.add("new") };
                gate.open();
                log.add("host ends");
            };
        })
        .await
        .unwrap();
        assert_eq!(log.all(), ["host ends", "what stayed ends", "new"]);
    }

    async fn in_one_place_one_runs_at_a_time() {
        async fn alone(busy: Arc<AtomicBool>, n: usize) {
            for _ in 0..n {
                assert!(!busy.swap(true, Ordering::SeqCst), "somebody else is running");
                std::thread::yield_now();
                busy.store(false, Ordering::SeqCst);
                yield_now().await;
            }
        }
        for _ in 0..20 {
            let busy = Arc::<AtomicBool>::default();
            scope!(max_concurrency = 1 => |run| {
                for _ in 0..5 {
                    let (scope, busy) = (run.clone(), busy.clone());
                    run << async move {
                        let one = scope.spawn(alone(busy.clone(), 20));
                        let two = scope.spawn(alone(busy.clone(), 5));
                        let (one, two, ()) = tokio::join!(one, two, alone(busy, 10));
                        one.and(two)
                    };
                }
            })
            .await
            .unwrap();
        }
    }

    async fn all_who_work_on_a_for_each_are_waited_for() {
        scope!(max_concurrency = 2 => |run| {
            for _ in 0..6 {
                let scope = run.clone();
                run << async move {
                    assert_eq!(scope.for_each(0..7, |_| turns(2)).await?, 7);
                    assert_eq!(scope.map(0..7, |n| async move { turns(2).await; n }).await?.len(), 7);
                    Ok::<(), ayo::Cancelled>(())
                };
            }
        })
        .await
        .unwrap();
    }

    async fn what_goes_back_into_the_line_is_looked_for_again() {
        // `many` runs in the second place until `last` stands in line, which then has that place, and waits for `first`.
        for _ in 0..50 {
            scope!(max_concurrency = 2 => |run| {
                let scope = run.clone();
                let first = run.spawn(async move { scope.for_each(0..20, |_| turns(2)).await });
                turns(5).await;
                run << async move { first.await.map(|count| assert_eq!(count, 20)) };
            })
            .await
            .unwrap();
        }
    }

    async fn a_handle_may_go_from_hand_to_hand() {
        scope!(max_concurrency = 1 => |run| {
            let scope = run.clone();
            run << async move {
                let mut task = scope.spawn(turns(3));
                assert!(futures::poll!(&mut task).is_pending());
                let next = scope.spawn(task);
                next.await
            };
        })
        .await
        .unwrap();
    }

    async fn a_service_that_was_started_goes_on() {
        scope!(max_concurrency = 1 => |run| {
            let scope = run.clone();
            let (value, live) = (run.clone(), Live::new());
            let guard = live.guard();
            let outer = run << async move {
                let start = scope.start(|ready| async move { let _guard = guard; ready.ok(5); pending::<()>().await });
                start.await.unwrap()
            };
            assert_eq!(outer.await?, 5);
            turns(9).await;
            assert_eq!(live.now(), 1);
            value.cancel();
        })
        .await
        .unwrap();
    }

    async fn a_failure_of_what_it_waits_for_ends_the_scope() {
        let live = Live::new();
        let error = scope!(max_concurrency = 1 => |run| {
            let (scope, guard) = (run.clone(), live.guard());
            run << async move {
                let _guard = guard;
                scope.spawn(async { turns(2).await; Err::<(), _>(Boom(1)) }).await
            };
            let guard = live.guard();
            run << async move { drop(guard) };
        })
        .await
        .unwrap_err();
        assert_eq!((booms(&error), live.now()), (vec![1], 0));
    }

    async fn one_that_is_cancelled_has_what_its_clean_up_waits_for() {
        let clean = Count::new();
        scope!(max_concurrency = 1 => |run| {
            let (scope, hit, begun) = (run.clone(), clean.clone(), Flag::new());
            let begins = begun.clone();
            let task = run.spawn(async move {
                begins.set();
                ayo::defer!(async move { scope.spawn(async move { turns(2).await; hit.hit() }).await.map(drop) });
                pending::<()>().await;
            });
            until(|| begun.is_set()).await;
            turns(5).await;
            task.cancel();
            assert!(task.await.is_err());
        })
        .await
        .unwrap();
        assert_eq!(clean.get(), 1);
    }

    async fn the_tree_names_who_waits() {
        async fn waits(scope: Scope, gate: Gate) { let _ = scope.spawn(works(gate)).await; }
        async fn works(gate: Gate) { gate.passed().await; }
        let gate = Gate::new();
        scope!(max_concurrency = 1 => |run| {
            run << waits(run.clone(), gate.clone());
            let names = || Vec::from_iter(run.tree().children().iter().map(|task| task.name().to_owned()));
            until(|| names() == ["waits #1", "works #2"]).await;
            until(|| run.tree().children().iter().all(|task| task.state() == ayo::State::Waiting)).await;
            gate.open();
        })
        .await
        .unwrap();
    }
}

mod recursive {
    use super::*;

    both! {
        async fn all_tasks_below_share_the_limit() {
            for limit in [1, 3, 10] {
                let (running, done) = (Running::default(), Count::new());
                scope!(max_concurrency = limit, recursive => |run| {
                    for _ in 0..12 {
                        let (running, done) = (running.clone(), done.clone());
                        run << scope!(move |inner| {
                            for _ in 0..6 {
                                let (running, done) = (running.clone(), done.clone());
                                inner << async move {
                                    running.begins_with(limit).await;
                                    turns(3).await;
                                    running.ends();
                                    scope!(|last| {
                                        for _ in 0..2 {
                                            let (running, done) = (running.clone(), done.clone());
                                            last << async move {
                                                running.begins();
                                                turns(1).await;
                                                running.ends();
                                                done.hit();
                                            };
                                        }
                                    })
                                    .await
                                };
                            }
                        });
                    }
                })
                .await
                .unwrap();
                assert_eq!((running.most(), done.get()), (limit, 144));
            }
        }

        async fn scopes_in_the_body_are_below_too() {
            let running = Running::default();
            let work = |running: Running| async move {
                running.begins_with(2).await;
                turns(3).await;
                running.ends();
            };
            scope!(max_concurrency = 2, recursive => |run| {
                for _ in 0..5 {
                    run << work(running.clone());
                }
                scope!(|inner| {
                    for _ in 0..5 {
                        inner << work(running.clone());
                    }
                    let open = ayo::scope().open();
                    for _ in 0..5 {
                        drop(open.spawn(work(running.clone())));
                    }
                    open.await?;
                })
                .await?;
            })
            .await
            .unwrap();
            assert_eq!(running.most(), 2);
        }

        async fn one_place_is_enough_for_any_depth() {
            fn down(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, ayo::Error>> + Send>> {
                Box::pin(async move {
                    if n == 0 {
                        return Ok(0);
                    }
                    scope!(|inner| {
                        let (one, other) = (inner << down(n - 1), inner << turns(1));
                        other.await?;
                        one.await? + 1
                    })
                    .await
                })
            }
            for limit in [1, 2] {
                let depth = scope!(max_concurrency = limit, recursive => |run| { (run << down(100)).await? });
                assert_eq!(depth.await.unwrap(), 100);
            }
        }

        async fn a_body_may_wait_for_its_tasks_by_any_means() {
            scope!(max_concurrency = 1, recursive => |run| {
                run << scope!(|inner| {
                    let (tx, mut rx) = tokio::sync::mpsc::channel(1);
                    inner << async move {
                        for n in 0..5 {
                            tx.send(n).await?;
                        }
                        Ok::<(), ayo::BoxError>(())
                    };
                    let mut sum = 0;
                    while let Some(n) = rx.recv().await {
                        sum += n;
                    }
                    assert_eq!(sum, 10);
                });
            })
            .await
            .unwrap();
        }

        async fn all_ways_to_start_are_covered() {
            let running = Running::default();
            let work = |running: &Running| {
                let running = running.clone();
                async move {
                    running.begins_with(2).await;
                    turns(2).await;
                    running.ends();
                }
            };
            scope!(max_concurrency = 2, recursive => |run| {
                for _ in 0..3 {
                    let running = running.clone();
                    run << scope!(move |inner| {
                        let again = running.clone();
                        assert_eq!(inner.for_each(0..5, move |_| work(&again)).await?, 5);
                        let again = running.clone();
                        assert_eq!(inner.map(0..5, move |_| work(&again)).await?.len(), 5);
                        inner.attempt(work(&running)).await.unwrap();
                        inner.all([work(&running), work(&running)]).await?;
                        inner.spawn_with({ let running = running.clone(); move || work(&running) }).await?;
                        let ready = running.clone();
                        inner.start(move |tell| async move { tell.ok(()); work(&ready).await }).await.unwrap();
                    });
                }
            })
            .await
            .unwrap();
            assert_eq!(running.most(), 2);
        }

        async fn a_limit_of_its_own_holds_instead() {
            let (running, gate) = (Running::default(), Gate::new());
            scope!(max_concurrency = 1, recursive => |run| {
                let (ours, pass) = (running.clone(), gate.clone());
                run << scope!(max_concurrency = 3 => move |inner| {
                    for _ in 0..9 {
                        let (running, pass) = (ours.clone(), pass.clone());
                        inner << async move { running.begins(); pass.passed().await; running.ends(); };
                    }
                });
                until(|| running.most() == 3).await;
                gate.open();
            })
            .await
            .unwrap();
            assert_eq!(running.most(), 3);
        }

        async fn jobs_of_two_scopes_are_told_apart() {
            let (gate, log) = (Gate::new(), Log::new());
            scope!(max_concurrency = 1, recursive => |run| {
                let pass = gate.clone();
                run << async move { pass.passed().await };
                let outer = log.clone();
                let kept = run << async move { outer.add("outer") };
                scope!(|inner| {
                    let (one, two) = (log.clone(), log.clone());
                    let first = inner << async move { one.add("first") };
                    let second = inner << async move { two.add("second") };
                    assert_eq!(run.tree().to_string().matches("queued").count(), 3);
                    second.cancel();
                    assert!(second.is_finished() && !first.is_finished() && !kept.is_finished());
                    gate.open();
                    first.await?;
                })
                .await?;
            })
            .await
            .unwrap();
            assert_eq!(log.all(), ["outer", "first"]);
        }

        async fn what_is_cancelled_gives_all_places_back() {
            let live = Live::new();
            scope!(max_concurrency = 2, recursive => |run| {
                for _ in 0..4 {
                    let ours = live.clone();
                    let task = run.spawn(scope!(move |inner| {
                        for _ in 0..4 {
                            let guard = ours.guard();
                            inner << async move { let _guard = guard; pending::<()>().await };
                        }
                    }));
                    turns(5).await;
                    task.cancel();
                    assert!(task.await.is_err());
                    assert_eq!(live.now(), 0);
                    (run << turns(1)).await?;
                }
            })
            .await
            .unwrap();
        }
    }

    #[test]
    #[should_panic(expected = "`recursive` says how far `max_concurrency` reaches")]
    fn it_needs_a_limit() {
        drop(ayo::scope().recursive().run(async |_| Ok::<(), ayo::BoxError>(())));
    }
}

/// It gets its place back ahead of what is still in line.
#[tokio::test]
async fn it_comes_back_ahead_of_new_tasks() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let log = Arc::clone(&log);
        move || log.lock().unwrap().push(what)
    };
    scope!(max_concurrency = 1 => |run| {
        let (scope, first, second) = (run.clone(), note("asks"), note("goes on"));
        let below = note("is asked");
        run << async move {
            first();
            scope.spawn(async move { turns(2).await; below() }).await?;
            second();
            Ok::<(), ayo::Cancelled>(())
        };
        until(|| run.len() == 2).await;
        for _ in 0..3 {
            let new = note("new");
            run << async move { new() };
        }
    })
    .await
    .unwrap();
    assert_eq!(*log.lock().unwrap(), ["asks", "is asked", "goes on", "new", "new", "new"]);
}

mod model {
    use super::*;

    /// What a task does: it works so many turns, starts those below, and waits for some of them, in this order.
    #[derive(Clone, Debug)]
    struct Plan {
        before: u8,
        below: Vec<(Plan, Wait)>,
        after: u8,
    }

    #[derive(Clone, Copy, Debug)]
    enum Wait {
        Not,
        AtOnce,
        Last,
        InAScope,
        Together,
    }

    /// How a task waits for several at once.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum How {
        Gather,
        JoinAll,
        AsCompleted,
        /// Only for the first: it goes on while others are in its place.
        Race,
    }

    impl How {
        async fn wait_for(self, tasks: Vec<Task<()>>) {
            match self {
                _ if tasks.is_empty() => {}
                Self::Gather => drop(ayo::gather(tasks).await),
                Self::JoinAll => drop(futures::future::join_all(tasks).await),
                Self::Race => ayo::race(tasks).await.expect("nobody is cancelled"),
                Self::AsCompleted => {
                    let mut ended = ayo::as_completed(tasks);
                    while let Some(task) = ended.next().await {
                        task.expect("nobody is cancelled");
                    }
                }
            }
        }
    }

    impl Plan {
        fn random(rng: &mut Rng, depth: u32) -> Self {
            let wait = |rng: &mut Rng| {
                [Wait::Not, Wait::AtOnce, Wait::Last, Wait::InAScope, Wait::Together][rng.below(5)]
            };
            let children = if depth == 0 { 0 } else { rng.below(4) };
            let below = Vec::from_iter((0..children).map(|_| (Self::random(rng, depth - 1), wait(rng))));
            Self { before: rng.below(3) as u8, below, after: rng.below(3) as u8 }
        }

        fn size(&self) -> usize {
            1 + self.below.iter().map(|(plan, _)| plan.size()).sum::<usize>()
        }
    }

    /// Runs a plan; whenever it works, it counts as running.
    fn run(
        scope: Scope,
        plan: Plan,
        how: How,
        running: Running,
        done: Count,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            running.begins();
            turns(plan.before.into()).await;
            let (mut last, mut together) = (Vec::new(), Vec::new());
            for (below, wait) in plan.below {
                let start = |running: &Running| {
                    scope.spawn(run(scope.clone(), below.clone(), how, running.clone(), done.clone()))
                };
                match wait {
                    Wait::Not => drop(start(&running)),
                    Wait::Last => last.push(start(&running)),
                    Wait::Together => together.push(start(&running)),
                    Wait::AtOnce => {
                        let task = start(&running);
                        running.ends();
                        task.await.expect("nobody is cancelled");
                        running.begins();
                    }
                    Wait::InAScope => {
                        let task = start(&running);
                        running.ends();
                        scope!(|inner| {
                            inner << async move { task.await.map(drop) };
                        })
                        .await
                        .expect("nobody fails");
                        running.begins();
                    }
                }
            }
            for task in last {
                running.ends();
                task.await.expect("nobody is cancelled");
                running.begins();
            }
            running.ends();
            how.wait_for(together).await;
            running.begins();
            turns(plan.after.into()).await;
            running.ends();
            done.hit();
        })
    }

    async fn check(seed: u64) {
        let mut rng = Rng(seed);
        let (plan, limit) = (Plan::random(&mut rng, 5), 1 + rng.below(4));
        let how = [How::Gather, How::JoinAll, How::AsCompleted, How::Race][rng.below(4)];
        let (size, running, done) = (plan.size(), Running::default(), Count::new());
        scope!(max_concurrency = limit => |run| {
            drop(run.spawn(self::run(run.clone(), plan, how, running.clone(), done.clone())));
        })
        .await
        .unwrap();
        assert_eq!(done.get(), size, "seed {seed}");
        let most = running.most();
        assert!(most <= limit || how == How::Race, "seed {seed}: {most} ran under a limit of {limit}");
    }

    both! {
        async fn random_trees_of_spawns_and_waits_never_exceed_the_limit_and_always_end() {
            for seed in 0..1_500 {
                check(seed).await;
            }
        }
    }
}

mod several_at_once {
    use futures::StreamExt;

    use super::*;

    /// Spawns one that spawns another one and waits for it, and so on.
    fn chain(scope: &Scope, n: u32) -> Task<u32> {
        let within = scope.clone();
        scope.spawn(Box::pin(async move {
            yield_now().await;
            if n > 0 { chain(&within, n - 1).await.map(|sum| sum + 1) } else { Ok(0) }
        }) as Pin<Box<dyn Future<Output = Result<u32, ayo::Cancelled>> + Send>>)
    }

    /// A task in the only place that does this.
    async fn alone<F: Future<Output = ()> + Send + 'static>(does: impl FnOnce(Scope) -> F + Send + 'static) {
        scope!(max_concurrency = 1 => |run| { run << does(run.clone()); }).await.unwrap();
    }

    both! {
        async fn each_kind_of_wait_for_all_or_one() {
            alone(async |scope| {
                let depths = || [3, 0, 5].map(|n| chain(&scope, n));
                let all = ayo::gather(depths()).await;
                assert_eq!(Vec::from_iter(all.into_iter().map(Result::unwrap)), [3, 0, 5]);
                assert!(ayo::race(depths()).await.is_ok());
                assert!(ayo::race_ok(depths()).await.is_ok());
                let sum: u32 = ayo::as_completed(depths()).map(Result::unwrap).collect::<Vec<_>>().await.iter().sum();
                assert_eq!(sum, 8);
                let [a, b, c] = depths();
                let won = ayo::select! { n = a => n, n = b => n, n = c => n };
                assert!(won.is_ok());
                let [a, b, c] = depths();
                let won = tokio::select! { n = a => n, n = b => n, n = c => n };
                assert!(won.is_ok());
            })
            .await;
        }

        async fn what_runs_beside_a_wait_goes_on() {
            alone(async |scope| {
                let (gate, log) = (Gate::new(), Log::new());
                let (passes, says) = (gate.clone(), log.clone());
                let task = scope.spawn(async move { passes.passed().await; says.add("task") });
                let beside = async { turns(5).await; log.add("beside"); gate.open(); };
                let _ = ayo::gather((task, beside)).await;
                assert_eq!(log.all(), ["beside", "task"]);
            })
            .await;
        }

        async fn each_part_waits_on_its_own() {
            alone(async |scope| {
                let part = async |n| {
                    let first = chain(&scope, n).await.unwrap();
                    first + timeout(1000, chain(&scope, first)).await.unwrap().unwrap()
                };
                assert_eq!(ayo::gather((0..20).map(part)).await, Vec::from_iter((0..20).map(|n| 2 * n)));
            })
            .await;
        }

        async fn crowds_in_crowds_and_scopes() {
            alone(async |scope| {
                let inner = async |n: u32| {
                    let tasks = [n, n + 1].map(|n| chain(&scope, n));
                    scope!(|within| {
                        let task = within.spawn(async move { ayo::gather(tasks).await.len() });
                        task.await?
                    })
                    .await
                    .unwrap()
                };
                let outer = async |n: u32| ayo::gather((n..n + 3).map(&inner)).await;
                assert_eq!(ayo::gather((0..3).map(outer)).await, vec![vec![2; 3]; 3]);
            })
            .await;
        }

        async fn scopes_under_one_limit() {
            scope!(max_concurrency = 1, recursive => |run| {
                run << async {
                    let part = async |n: usize| {
                        scope!(|inner| {
                            for _ in 0..n {
                                inner << turns(2);
                            }
                            chain(inner, 3).await?
                        })
                        .await
                        .unwrap()
                    };
                    assert_eq!(ayo::gather((1..6).map(part)).await, [3; 5]);
                    assert_eq!(ayo::race((1..6).map(part)).await, 3);
                };
            })
            .await
            .unwrap();
        }

        async fn who_goes_on_shares_its_place_with_what_came_to_it() {
            alone(async |scope| {
                let (gate, begun) = (Gate::new(), Flag::new());
                let (passes, says) = (gate.clone(), begun.clone());
                let slow = scope.spawn(async move { says.set(); passes.passed().await });
                ayo::race((async { slow.await.unwrap() }, until(|| begun.is_set()))).await;
                let (next, goes_on) = (scope.spawn(turns(1)), turns(20));
                ayo::race((async { next.await.unwrap() }, goes_on)).await;
                assert_eq!(scope.tree().children()[1].state(), ayo::State::Waiting, "the slow one is in the place");
                gate.open();
                scope.spawn(turns(1)).await.unwrap();
            })
            .await;
        }

        async fn losers_that_wait_while_they_clean_up() {
            alone(async |scope| {
                let cleans_up = async {
                    let guard = async { assert_eq!(chain(&scope, 4).await.unwrap(), 4) };
                    shield(async { turns(3).await; guard.await }).await;
                };
                ayo::race((cleans_up, turns(1))).await;
                ayo::cancel_and_wait([chain(&scope, 2), chain(&scope, 0)]).await;
            })
            .await;
        }
    }
}

/// Waits for a task in the innermost of so many scopes, each of them in a task of the one around it.
fn below(depth: usize, task: Task<u32>) -> Pin<Box<dyn Future<Output = Result<u32, ayo::Error>> + Send>> {
    Box::pin(async move {
        scope!(max_concurrency = 1 => |inner| {
            let task = inner.spawn(async move {
                if depth == 0 { Ok::<_, ayo::BoxError>(task.await?) } else { Ok(below(depth - 1, task).await?) }
            });
            task.await?
        })
        .await
    })
}

/// The same trees in a plain simulation, which says when each task begins and ends.
mod simulation {
    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// So many milliseconds.
        Work(u64),
        Spawn(usize),
        Wait(usize),
    }

    type Plan = Vec<Vec<Step>>;

    /// Adds a task with what is below it; answers its number.
    fn add(plan: &mut Plan, rng: &mut Rng, depth: u32) -> usize {
        let me = plan.len();
        plan.push(Vec::new());
        let (mut steps, mut last) = (Vec::new(), Vec::new());
        let work = |rng: &mut Rng| Step::Work(1 + rng.below(100_000_000) as u64);
        steps.push(work(rng));
        for _ in 0..if depth == 0 { 0 } else { rng.below(4) } {
            let child = add(plan, rng, depth - 1);
            steps.push(Step::Spawn(child));
            match rng.below(4) {
                0 => steps.push(Step::Wait(child)),
                1 => last.push(Step::Wait(child)),
                2 => last.insert(0, Step::Wait(child)),
                _ => {}
            }
            if rng.below(2) == 0 {
                steps.push(work(rng));
            }
        }
        steps.extend(last);
        steps.push(work(rng));
        plan[me] = steps;
        me
    }

    /// When it began and ended.
    type Times = Vec<(u64, u64)>;

    struct Simulation<'a> {
        plan: &'a Plan,
        limit: usize,
        now: u64,
        line: VecDeque<usize>,
        /// Who is in each place, the latest last.
        places: Vec<Vec<usize>>,
        next_step: Vec<usize>,
        has_ended: Vec<bool>,
        /// By whom each task is waited for.
        waiter: Vec<Option<usize>>,
        ready: VecDeque<usize>,
        timers: BinaryHeap<std::cmp::Reverse<(u64, usize)>>,
        times: Times,
    }

    impl<'a> Simulation<'a> {
        fn run(plan: &'a Plan, limit: usize, roots: &[usize]) -> Times {
            let n = plan.len();
            let mut simulation = Self {
                plan,
                limit,
                now: 0,
                line: VecDeque::new(),
                places: Vec::new(),
                next_step: vec![0; n],
                has_ended: vec![false; n],
                waiter: vec![None; n],
                ready: VecDeque::new(),
                timers: BinaryHeap::new(),
                times: vec![(0, 0); n],
            };
            for root in roots {
                simulation.spawn(*root);
            }
            loop {
                while let Some(task) = simulation.ready.pop_front() {
                    simulation.turn(task);
                }
                let Some(std::cmp::Reverse((at, task))) = simulation.timers.pop() else { break };
                simulation.now = at;
                simulation.turn(task);
            }
            assert!(simulation.has_ended.iter().all(|ended| *ended) && simulation.places.is_empty());
            simulation.times
        }

        fn spawn(&mut self, task: usize) {
            if self.places.len() < self.limit {
                self.places.push(vec![task]);
                self.ready.push_back(task);
            } else {
                self.line.push_back(task);
            }
        }

        fn turn(&mut self, task: usize) {
            if self.next_step[task] == 0 {
                self.times[task].0 = self.now;
            }
            while let Some(step) = self.plan[task].get(self.next_step[task]) {
                match *step {
                    Step::Wait(other) if !self.has_ended[other] => {
                        self.waiter[other] = Some(task);
                        let place = self.places.iter().position(|place| place.contains(&task)).unwrap();
                        return self.help(place);
                    }
                    Step::Wait(_) => {}
                    Step::Spawn(other) => self.spawn(other),
                    Step::Work(time) => {
                        self.next_step[task] += 1;
                        return self.timers.push(std::cmp::Reverse((self.now + time, task)));
                    }
                }
                self.next_step[task] += 1;
            }
            self.end(task);
        }

        /// The last one in a place has the one that it waits for come in, if that is in line.
        fn help(&mut self, place: usize) {
            let last = *self.places[place].last().unwrap();
            if let Some(at) = self.line.iter().position(|task| self.waiter[*task] == Some(last)) {
                let task = self.line.remove(at).unwrap();
                self.places[place].push(task);
                self.turn(task);
            }
        }

        fn end(&mut self, task: usize) {
            self.times[task].1 = self.now;
            self.has_ended[task] = true;
            self.ready.extend(self.waiter[task]);
            let place = self.places.iter().position(|place| place.contains(&task)).unwrap();
            self.places[place].retain(|other| *other != task);
            if !self.places[place].is_empty() {
                self.help(place);
            } else if let Some(next) = self.line.pop_front() {
                self.places[place].push(next);
                self.turn(next);
            } else {
                self.places.remove(place);
            }
        }
    }

    /// The same with real tasks.
    struct World {
        plan: Plan,
        start: tokio::time::Instant,
        times: Mutex<Times>,
    }

    fn task(world: Arc<World>, scope: Scope, me: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let now = || world.start.elapsed().as_millis() as u64;
            world.times.lock().unwrap()[me].0 = now();
            let mut tasks = std::collections::HashMap::new();
            for step in &world.plan[me] {
                match *step {
                    Step::Work(time) => tokio::time::sleep(Duration::from_millis(time)).await,
                    Step::Spawn(other) => {
                        tasks.insert(other, scope.spawn(task(Arc::clone(&world), scope.clone(), other)));
                    }
                    Step::Wait(other) => tasks.remove(&other).unwrap().await.unwrap(),
                }
            }
            world.times.lock().unwrap()[me].1 = now();
        })
    }

    #[test]
    fn agrees() {
        let (mut trees, mut tasks) = (0, 0);
        for seed in 0..3_000 {
            let mut rng = Rng(seed);
            let limit = 1 + rng.below(4);
            let mut plan = Plan::new();
            let roots = Vec::from_iter((0..1 + rng.below(4)).map(|_| add(&mut plan, &mut rng, 3)));
            let expected = Simulation::run(&plan, limit, &roots);
            let times = current_thread(async {
                let world = Arc::new(World {
                    times: Mutex::new(vec![(0, 0); plan.len()]),
                    plan,
                    start: tokio::time::Instant::now(),
                });
                scope!(max_concurrency = limit => |run| {
                    for root in &roots {
                        drop(run.spawn(task(Arc::clone(&world), run.clone(), *root)));
                    }
                })
                .await
                .unwrap();
                std::mem::take(&mut *world.times.lock().unwrap())
            });
            assert_eq!(times, expected, "seed {seed}, limit {limit}");
            trees += 1;
            tasks += times.len();
        }
        println!("{trees} trees of {tasks} tasks begin and end as simulated");
    }
}
