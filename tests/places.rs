//! Rule 7: a task that waits for tasks of its own scope, or for a scope in it, lends its place.

mod support;

use std::sync::{Arc, Mutex};

use ayo::{Scope, TaskError, scope, shield, timeout};
use support::*;
use tokio::task::yield_now;

/// How many run at once: between two of its calls a task is running.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<(usize, usize)>>);

impl Running {
    fn begins(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 += 1;
        state.1 = state.1.max(state.0);
    }

    fn ends(&self) {
        self.0.lock().unwrap().0 -= 1;
    }

    fn most(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

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
                let below: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(depth(scope.clone(), n - 1));
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
                let stuck = scope.spawn(std::future::pending::<()>());
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

    async fn a_scope_within_lends_the_place_of_its_task() {
        // The inner scope waits for what only a sibling does, which has no place of its own before.
        let gate = Gate::new();
        scope!(max_concurrency = 1 => |run| {
            let (pass, open) = (gate.clone(), gate.clone());
            run << async move { scope!(|inner| { inner << async move { pass.passed().await }; }).await };
            run << async move { open.open() };
        })
        .await
        .unwrap();
    }

    async fn who_waits_for_anything_else_keeps_its_place() {
        let (gate, running) = (Gate::new(), Running::default());
        scope!(max_concurrency = 2 => |run| {
            for _ in 0..6 {
                let (gate, running) = (gate.clone(), running.clone());
                run << async move {
                    running.begins();
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
                            std::future::pending::<()>().await;
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

    async fn the_tree_names_who_waits() {
        async fn waits(scope: Scope, gate: Gate) { let _ = scope.spawn(works(gate)).await; }
        async fn works(gate: Gate) { gate.passed().await; }
        let gate = Gate::new();
        scope!(max_concurrency = 1 => |run| {
            run << waits(run.clone(), gate.clone());
            let names = || Vec::from_iter(run.tree().children().iter().map(|task| task.name().to_owned()));
            until(|| names() == ["waits #1", "works #2"]).await;
            until(|| run.tree().children().iter().all(|task| task.state() == ayo::State::Running)).await;
            gate.open();
        })
        .await
        .unwrap();
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
    }

    impl Plan {
        fn random(rng: &mut Rng, depth: u32) -> Self {
            let wait = |rng: &mut Rng| [Wait::Not, Wait::AtOnce, Wait::Last, Wait::InAScope][rng.below(4)];
            let children = if depth == 0 { 0 } else { rng.below(4) };
            let below = Vec::from_iter((0..children).map(|_| (Self::random(rng, depth - 1), wait(rng))));
            Self { before: rng.below(3) as u8, below, after: rng.below(3) as u8 }
        }

        fn size(&self) -> usize {
            1 + self.below.iter().map(|(plan, _)| plan.size()).sum::<usize>()
        }
    }

    /// A small generator, so that a seed tells the whole run (splitmix64).
    struct Rng(u64);

    impl Rng {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % n as u64) as usize
        }
    }

    /// Runs a plan; whenever it works, it counts as running.
    fn run(
        scope: Scope,
        plan: Plan,
        running: Running,
        done: Count,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            running.begins();
            turns(plan.before.into()).await;
            let mut last = Vec::new();
            for (below, wait) in plan.below {
                let start = |running: &Running| {
                    scope.spawn(run(scope.clone(), below.clone(), running.clone(), done.clone()))
                };
                match wait {
                    Wait::Not => drop(start(&running)),
                    Wait::Last => last.push(start(&running)),
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
            turns(plan.after.into()).await;
            running.ends();
            done.hit();
        })
    }

    async fn check(seed: u64) {
        let mut rng = Rng(seed);
        let (plan, limit) = (Plan::random(&mut rng, 5), 1 + rng.below(4));
        let (size, running, done) = (plan.size(), Running::default(), Count::new());
        scope!(max_concurrency = limit => |run| {
            drop(run.spawn(self::run(run.clone(), plan, running.clone(), done.clone())));
        })
        .await
        .unwrap();
        assert_eq!(done.get(), size, "seed {seed}");
        assert!(running.most() <= limit, "seed {seed}: {} ran under a limit of {limit}", running.most());
    }

    both! {
        async fn random_trees_of_spawns_and_waits_never_exceed_the_limit_and_always_end() {
            for seed in 0..1_500 {
                check(seed).await;
            }
        }
    }
}
