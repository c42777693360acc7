//! Rule 7 for children that borrow: one that waits for a task of its scope lends its place to it.

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use ayo::{AnyThread, Cancelled, LocalScope, Scope, TaskError, move_on_after, scope, shield, timeout};
use futures::future::{LocalBoxFuture, pending};
use tokio::task::yield_now;

use crate::support::*;

both! {
    async fn a_child_with_the_only_place_can_wait_for_a_sibling() {
        let sum = scope!(local, max_concurrency = 1 => |run| {
            let again = run.clone();
            let outer = run << async move {
                let inner = again.spawn_ref(async { yield_now().await; 1 });
                inner.await.map(|value| value + 1)
            };
            outer.await?
        })
        .await
        .unwrap();
        assert_eq!(sum, 2);
    }

    async fn siblings_wait_for_siblings_as_deep_as_they_like() {
        fn depth<'env>(run: LocalScope<'env>, n: u32) -> LocalBoxFuture<'env, Result<u32, Cancelled>> {
            Box::pin(async move {
                if n == 0 {
                    return Ok(0);
                }
                Ok(run.spawn_ref(depth(run.clone(), n - 1)).await? + 1)
            })
        }
        for limit in [1, 2, 7] {
            let deep = scope!(local, max_concurrency = limit => |run| {
                let task = run << depth(run.clone(), 500);
                task.await?
            });
            assert_eq!(deep.await.unwrap(), 500);
        }
    }

    async fn it_waits_by_every_kind_of_handle() {
        let words = ["one".to_owned(), "two".to_owned()];
        scope!(local, max_concurrency = 1 => |run| {
            let (run, words) = (run.clone(), &words);
            let again = run.clone();
            run << async move {
                let run = again;
                assert_eq!(run.spawn_ref(async { words[0].len() }).await?, 3);
                assert_eq!(run.attempt_ref(async { Err::<u8, _>(Boom(1)) }).await.unwrap_err().to_string(), "boom 1");
                assert!(matches!(run.attempt_ref(async { Ok::<_, Boom>(1) }).await, Ok::<u8, TaskError<_>>(1)));
                assert_eq!(run.task_ref().name("three").spawn(async { 3 }).await?, 3);
                run.insert_at(0, turns(1)).await?;
                run.descend(turns(1)).await.await?;
                let (one, two) = tokio::join!(run.spawn_ref(turns(3)), run.spawn_ref(turns(1)));
                one.and(two)?;
                ayo::race((run.spawn_ref(turns(1)), run.spawn_ref(turns(9)))).await?;
                let stuck = run.spawn_ref(pending::<()>());
                ayo::cancel_and_wait([stuck]).await;
                Ok(())
            };
        })
        .await
        .unwrap();
    }

    async fn it_waits_for_parallel_tasks_by_every_kind_of_handle() {
        scope!(local, max_concurrency = 1 => |run| {
            let run = run.clone();
            let again = run.clone();
            run << async move {
                let run = again;
                assert_eq!(run.spawn(async { 1 }).await?, 1);
                assert_eq!(run.attempt(async { Err::<u8, _>(Boom(1)) }).await.unwrap_err().to_string(), "boom 1");
                assert_eq!(run.spawn_with(|| async { 2 }).await?, 2);
                assert_eq!(run.all([turns(1), turns(2)]).await?.len(), 2);
                assert_eq!(run.map(0..3_u8, |n| async move { turns(1).await; n }).await?, [0, 1, 2]);
                assert_eq!(run.for_each(0..3, |_| turns(1)).await?, 3);
                assert_eq!(run.aside(|| 4).await?, 4);
                Ok(())
            };
        })
        .await
        .unwrap();
    }

    async fn parallel_tasks_wait_for_children() {
        for limit in [1, 2] {
            let sum = scope!(local, max_concurrency = limit => |run| {
                let child = run << async { turns(3).await; 1 };
                let last = run << async { turns(1).await; 4 };
                // It stands in line before them both, and so has the place that they need.
                let tasks = Vec::from_iter((0..limit).map(|_| run.spawn(turns(1))));
                let sum = run.spawn(async move { child.await.map(|one| (one, last)) }).await?;
                let four = run.spawn(sum.1);
                for task in tasks {
                    task.await?;
                }
                sum.0 + four.await?
            });
            assert_eq!(sum.await.unwrap(), 5);
        }
    }

    async fn the_two_kinds_wait_for_each_other() {
        scope!(local, max_concurrency = 1 => |run| {
            let (inner, scope) = (run.clone(), run.as_scope().clone());
            run << async move {
                let (far, last) = (inner.spawn_ref(async { turns(2).await; 1 }), inner.clone());
                let near = scope.spawn(async move { far.await.map(|n| n + 1) });
                let sum = last.spawn_ref(async move { near.await.map(|n| n + 1) });
                assert_eq!(sum.await?, 3);
                Ok(())
            };
        })
        .await
        .unwrap();
    }

    async fn it_waits_in_the_middle_of_whatever_it_does() {
        scope!(local, max_concurrency = 1 => |run| {
            let run = run.clone();
            let again = run.clone();
            run << async move {
                let run = again;
                timeout(1000, run.spawn_ref(turns(1))).await??;
                shield(run.spawn_ref(turns(1))).await?;
                scope!(|_inner| { run.spawn_ref(turns(2)).await?; }).await?;
                scope!(local => |inner| { inner << async { run.spawn_ref(turns(2)).await.map(drop) }; }).await?;
                let (far, near) = (run.spawn(turns(3)), run.spawn_ref(turns(3)));
                scope!(max_concurrency = 1 => |inner| {
                    inner << async move { far.await.map(drop) };
                    inner << async move { shield(near).await.map(drop) };
                })
                .await?;
                Ok(())
            };
        })
        .await
        .unwrap();
    }

    async fn a_limited_scope_in_a_child_has_a_line_of_its_own() {
        let log = RefCell::new(Vec::new());
        scope!(local, max_concurrency = 1 => |run| {
            let (again, log) = (run.clone(), &log);
            run << async move {
                let outside = again.spawn_ref(async { turns(1).await; log.borrow_mut().push("outside") });
                scope!(local, max_concurrency = 1 => |inner| {
                    let more = inner.clone();
                    inner << async move {
                        more.spawn_ref(async { log.borrow_mut().push("inside") }).await?;
                        outside.await
                    };
                })
                .await
            };
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), ["inside", "outside"]);
    }

    async fn who_waits_for_anything_else_keeps_its_place() {
        let (gate, running) = (Gate::new(), Running::default());
        scope!(local, max_concurrency = 2 => |run| {
            for _ in 0..6 {
                run << async {
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

    async fn several_wait_at_once_and_each_has_its_own() {
        for limit in [1, 2, 3] {
            let (running, done) = (Running::default(), Cell::new(0));
            scope!(local, max_concurrency = limit => |run| {
                for n in 0..12 {
                    let (again, running, done) = (run.clone(), &running, &done);
                    run << async move {
                        let below = again.spawn_ref(async move {
                            running.begins();
                            turns(n % 4).await;
                            running.ends();
                            done.set(done.get() + 1);
                        });
                        turns(n % 3).await;
                        below.await
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 12);
            assert!(running.most() <= limit, "{} ran under a limit of {limit}", running.most());
        }
    }

    async fn a_cancelled_scope_ends_whoever_has_lent_and_whoever_wants_back() {
        for limit in [1, 2] {
            let live = Live::new();
            scope!(local, max_concurrency = limit => |run| {
                for _ in 0..20 {
                    let (again, mine, live) = (run.clone(), live.guard(), &live);
                    run << async move {
                        let _mine = mine;
                        let theirs = live.guard();
                        let below = again.spawn_ref(async move { let _theirs = theirs; pending::<()>().await; });
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
        let (clean, gate) = (Count::new(), Gate::new());
        scope!(local, max_concurrency = 1 => |run| {
            let (again, gate, clean) = (run.clone(), &gate, &clean);
            let outer = run << async move {
                let _hit = OnDrop(|| assert_eq!(clean.hit(), 1));
                again.spawn_ref(async { gate.passed().await; clean.hit(); }).await
            };
            until(|| run.len() == 2).await;
            turns(5).await;
            let next = run << async { assert_eq!(clean.get(), 2, "the place was still taken") };
            outer.cancel();
            assert!(outer.await.is_err(), "though the one place is taken by the task that it waited for");
            assert_eq!(clean.get(), 1);
            turns(5).await;
            gate.open();
            next.await?;
        })
        .await
        .unwrap();
    }

    async fn what_is_waited_for_is_cancelled_in_its_borrowed_place() {
        let live = Live::new();
        scope!(local, max_concurrency = 1 => |run| {
            for started in [true, false] {
                let (again, live) = (run.clone(), &live);
                run << async move {
                    let guard = live.guard();
                    let mut hangs = again.spawn_ref(async move { let _guard = guard; pending::<()>().await });
                    if started {
                        assert!(move_on_after(0.005, &mut hangs).await.is_none());
                    }
                    hangs.cancel();
                    assert!(hangs.await.is_err());
                    again.spawn_ref(turns(1)).await
                };
            }
        })
        .await
        .unwrap();
        assert_eq!((live.now(), live.ever()), (0, 2));
    }

    async fn a_place_is_lent_to_nobody_else() {
        // The one that never ends by itself would have the place for good, if it ever got it.
        scope!(local, max_concurrency = 1 => |run| {
            let again = run.clone();
            run << async move {
                let beat = again.spawn_ref(pending::<()>());
                scope!(|inner| { inner << turns(3); }).await?;
                again.spawn_ref(turns(3)).await?;
                assert_eq!(again.blocked(), [beat.id()], "it is still in line");
                beat.cancel();
                Ok(())
            };
        })
        .await
        .unwrap();
    }

    async fn what_came_to_a_place_keeps_it_when_nobody_waits_any_more() {
        let (log, gate) = (RefCell::new(Vec::new()), Gate::new());
        let say = |what: &'static str| log.borrow_mut().push(what);
        scope!(local, max_concurrency = 1 => |run| {
            let (again, gate, say) = (run.clone(), &gate, &say);
            run << async move {
                let mut stays = again.spawn_ref(async move { gate.passed().await; turns(5).await; say("what stayed ends") });
                assert!(move_on_after(0.005, &mut stays).await.is_none());
                drop(stays);
                drop(again.spawn_ref(async move { say("new") }));
                gate.open();
                say("host ends");
            };
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), ["host ends", "what stayed ends", "new"]);
    }

    async fn it_comes_back_ahead_of_new_children() {
        let log = RefCell::new(Vec::new());
        let say = |what: &'static str| log.borrow_mut().push(what);
        scope!(local, max_concurrency = 1 => |run| {
            let (again, say) = (run.clone(), &say);
            run << async move {
                say("asks");
                again.spawn_ref(async move { turns(2).await; say("is asked") }).await?;
                say("goes on");
                Ok(())
            };
            until(|| run.len() == 2).await;
            for _ in 0..2 {
                run << async move { say("new") };
            }
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), ["asks", "is asked", "goes on", "new", "new"]);
    }

    async fn eager_children_wait_for_what_is_in_line_too() {
        for limit in [1, 2] {
            let sum = scope!(local, eager, max_concurrency = limit => |run| {
                let tasks = Vec::from_iter((0..4_u32).map(|n| {
                    let again = run.clone();
                    run << async move {
                        // The first part has no place yet, and waits all the same.
                        let one = again.spawn_ref(async move { turns(2).await; n });
                        let two = one.await?;
                        let three = again.spawn(async move { turns(1).await; n });
                        Ok::<_, Cancelled>(two + three.await?)
                    }
                }));
                let mut sum = 0;
                for task in tasks {
                    sum += task.await?;
                }
                sum
            });
            assert_eq!(sum.await.unwrap(), 12);
        }
    }

    async fn in_a_send_scope_that_runs_in_a_task() {
        fn depth<'env>(
            run: LocalScope<'env, AnyThread>,
            word: &'env str,
            n: usize,
        ) -> Pin<Box<dyn Future<Output = Result<usize, Cancelled>> + Send + 'env>> {
            Box::pin(async move {
                turns(n % 3).await;
                if n == 0 {
                    return Ok(word.len());
                }
                let (below, beside) = (run.spawn_ref(depth(run.clone(), word, n - 1)), run.spawn(turns(n % 4)));
                beside.await?;
                below.await
            })
        }
        let outer = scope!(|outer| {
            let tasks = Vec::from_iter((1..5).map(|limit| {
                outer.spawn(async move {
                    let word = "word".to_owned();
                    scope!(local = Send, max_concurrency = limit => |run| {
                        let task = run << depth(run.clone(), &word, 50);
                        task.await?
                    })
                    .await
                })
            }));
            let mut sum = 0;
            for task in tasks {
                sum += task.await?;
            }
            sum
        });
        assert_eq!(outer.await.unwrap(), 16);
    }

    async fn one_limit_for_local_scopes_in_tasks() {
        for limit in [1, 2, 3] {
            let (running, done) = (Running::default(), Count::new());
            scope!(max_concurrency = limit, recursive => |run| {
                for _ in 0..4 {
                    let (running, done, outer) = (running.clone(), done.clone(), run.clone());
                    run << async move {
                        let (running, done) = (&running, &done);
                        scope!(local = Send => |inner| {
                            for n in 0..4 {
                                let (again, outer) = (inner.clone(), outer.clone());
                                inner << async move {
                                    again.spawn_ref(worker(running, done, n)).await?;
                                    let (running, done) = (running.clone(), done.clone());
                                    outer.spawn(async move { worker(&running, &done, n).await }).await
                                };
                            }
                        })
                        .await
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 32);
            assert!(running.most() <= limit, "{} ran under a limit of {limit}", running.most());
        }
    }

    async fn one_limit_for_a_local_scope_and_all_below() {
        for limit in [1, 2] {
            let (running, done) = (Running::default(), Count::new());
            scope!(local, max_concurrency = limit, recursive => |run| {
                for _ in 0..3 {
                    let (running, done, again) = (&running, &done, run.clone());
                    run << async move {
                        scope!(local => |inner| {
                            for n in 0..3 {
                                let more = inner.clone();
                                inner << async move { more.spawn_ref(worker(running, done, n)).await };
                            }
                        })
                        .await?;
                        let (one, two) = (running.clone(), done.clone());
                        scope!(move |inner| { inner << async move { worker(&one, &two, 2).await }; }).await?;
                        again.spawn_ref(worker(running, done, 3)).await?;
                        Ok(())
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 15);
            assert!(running.most() <= limit, "{} ran under a limit of {limit}", running.most());
        }
    }

    async fn a_background_child_in_a_place_of_the_scope_around_lends_that() {
        scope!(max_concurrency = 1, recursive => |run| {
            let outer = run.clone();
            run << async move {
                scope!(local = Send => |inner| {
                    let again = outer.clone();
                    #[task(background)]
                    let back = inner << async move { again.spawn(async { turns(2).await; 7 }).await };
                    assert_eq!(back.await?, 7);
                })
                .await
            };
        })
        .await
        .unwrap();
    }

    async fn a_failure_of_what_it_waits_for_ends_the_scope() {
        let live = Live::new();
        let error = scope!(local, max_concurrency = 1 => |run| {
            let (again, guard) = (run.clone(), live.guard());
            run << async move {
                let _guard = guard;
                again.spawn_ref(async { turns(2).await; Err::<(), _>(Boom(1)) }).await
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
        scope!(local, max_concurrency = 1 => |run| {
            let (again, begun) = (run.clone(), Flag::new());
            let (begins, clean) = (begun.clone(), &clean);
            let task = run << async move {
                begins.set();
                ayo::defer!(async move { again.spawn_ref(async move { turns(2).await; clean.hit() }).await.map(drop) });
                pending::<()>().await;
            };
            until(|| begun.is_set()).await;
            turns(5).await;
            task.cancel();
            assert!(task.await.is_err());
        })
        .await
        .unwrap();
        assert_eq!(clean.get(), 1);
    }

    async fn a_place_whose_last_task_was_cancelled_is_one_like_the_others() {
        let (running, begun) = (Running::default(), Flag::new());
        scope!(local, max_concurrency = 1 => |run| {
            let begins = begun.clone();
            let first = run.spawn(async move { begins.set(); pending::<()>().await });
            for _ in 0..3 {
                run << async { running.begins(); turns(3).await; running.ends() };
            }
            until(|| begun.is_set()).await;
            first.cancel();
        })
        .await
        .unwrap();
        assert_eq!(running.most(), 1);
    }

    async fn the_tree_names_who_waits_for_whom() {
        let gate = Gate::new();
        scope!(local, max_concurrency = 1, name = "places" => |run| {
            // The place has been another task's before, so that there is one to be shown.
            run.task(turns(1)).start();
            let (again, gate) = (run.clone(), &gate);
            let waits = async move { let _ = again.task_ref().name("works").spawn(gate.passed()).await; };
            run.task_ref().name("waits").start(waits);
            let shown = |task: &ayo::Tree| {
                format!("{}: {}", task.name(), task.waits_for().map(ToString::to_string).unwrap_or_default())
            };
            let tree = || Vec::from_iter(run.tree().children().iter().map(shown));
            until(|| tree() == ["waits #2: task works #3", "works #3: "]).await;
            gate.open();
        })
        .await
        .unwrap();
    }
}

/// Works in a place: so long it counts as running.
async fn worker(running: &Running, done: &Count, n: usize) {
    running.begins();
    turns(n).await;
    running.ends();
    done.hit();
}

/// Random trees of children, of both kinds, that start others and wait for some of them.
mod model {
    use super::*;

    /// What a task does: it works so many turns, starts those below, waits for some of them, and works again.
    #[derive(Clone, Debug)]
    struct Plan {
        before: usize,
        below: Vec<(Plan, Kind, Wait)>,
        after: usize,
    }

    #[derive(Clone, Copy, Debug)]
    enum Kind {
        Borrows,
        /// It, and all below it.
        Parallel,
    }

    #[derive(Clone, Copy, Debug)]
    enum Wait {
        Not,
        AtOnce,
        Last,
        InAScope,
        /// It is asked to end while it is waited for, or stands in line.
        Cancel,
    }

    impl Plan {
        fn random(rng: &mut Rng, depth: u32) -> Self {
            let children = if depth == 0 { 0 } else { rng.below(4) };
            let below = (0..children).map(|_| {
                let kind = [Kind::Borrows, Kind::Borrows, Kind::Parallel][rng.below(3)];
                let waits = [Wait::Not, Wait::AtOnce, Wait::AtOnce, Wait::Last, Wait::InAScope, Wait::Cancel];
                (Self::random(rng, depth - 1), kind, waits[rng.below(6)])
            });
            let below = Vec::from_iter(below);
            Self { before: rng.below(3), below, after: rng.below(3) }
        }

        /// How many run to their end whatever happens: those that nobody around asks to end.
        fn certain(&self) -> usize {
            let below = self.below.iter().filter(|(_, _, wait)| !matches!(wait, Wait::Cancel));
            1 + below.map(|(plan, ..)| plan.certain()).sum::<usize>()
        }

        fn size(&self) -> usize {
            1 + self.below.iter().map(|(plan, ..)| plan.size()).sum::<usize>()
        }
    }

    /// Counts as running until it is dropped.
    struct Works(Running);

    impl Works {
        fn on(running: &Running) -> Self {
            running.begins();
            Self(running.clone())
        }
    }

    impl Drop for Works {
        fn drop(&mut self) {
            self.0.ends();
        }
    }

    #[derive(Clone, Default)]
    struct World {
        running: Running,
        done: Count,
    }

    /// A handle of either kind.
    trait Handle: Future<Output = Result<(), Cancelled>> + Send + Unpin {
        fn ask_to_end(&self);
    }

    impl Handle for ayo::Task<()> {
        fn ask_to_end(&self) {
            self.cancel();
        }
    }

    impl Handle for ayo::LocalTask<()> {
        fn ask_to_end(&self) {
            self.cancel();
        }
    }

    type Started = Box<dyn Handle>;

    async fn play(plan: Plan, world: World, start: impl Fn(Plan, Kind, World) -> Started) {
        let works = Works::on(&world.running);
        turns(plan.before).await;
        drop(works);
        let mut last = Vec::new();
        for (below, kind, wait) in plan.below {
            let task = start(below, kind, world.clone());
            match wait {
                Wait::Not => drop(task),
                Wait::AtOnce => task.await.expect("nobody is cancelled"),
                Wait::Last => last.push(task),
                Wait::InAScope => {
                    let inner = scope!(|inner| {
                        inner << async move { task.await.map(drop) };
                    });
                    inner.await.expect("nobody fails");
                }
                Wait::Cancel => {
                    turns(1).await;
                    task.ask_to_end();
                    let _ = task.await;
                }
            }
        }
        for task in last {
            task.await.expect("nobody is cancelled");
        }
        let works = Works::on(&world.running);
        turns(plan.after).await;
        drop(works);
        world.done.hit();
    }

    fn borrowing<'env>(run: LocalScope<'env>, plan: Plan, world: World) -> LocalBoxFuture<'env, ()> {
        Box::pin(play(plan, world, move |below, kind, world| match kind {
            Kind::Borrows => Box::new(run.spawn_ref(borrowing(run.clone(), below, world))),
            Kind::Parallel => Box::new(run.spawn(parallel(run.as_scope().clone(), below, world))),
        }))
    }

    fn parallel(scope: Scope, plan: Plan, world: World) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(play(plan, world, move |below, _, world| {
            Box::new(scope.spawn(parallel(scope.clone(), below, world)))
        }))
    }

    async fn check(seed: u64) {
        let mut rng = Rng(seed);
        let (plan, limit) = (Plan::random(&mut rng, 5), 1 + rng.below(4));
        let (certain, size, world) = (plan.certain(), plan.size(), World::default());
        scope!(local, max_concurrency = limit => |run| {
            drop(run.spawn_ref(borrowing(run.clone(), plan, world.clone())));
        })
        .await
        .unwrap();
        let (done, most) = (world.done.get(), world.running.most());
        assert!((certain..=size).contains(&done), "seed {seed}: {done} of {certain} to {size}");
        assert!(most <= limit, "seed {seed}: {most} ran under a limit of {limit}");
    }

    both! {
        async fn random_trees_of_spawns_and_waits_never_exceed_the_limit_and_always_end() {
            for seed in 0..1_000 {
                check(seed).await;
            }
        }
    }
}
