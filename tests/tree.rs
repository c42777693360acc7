//! The live tree: `scope.tree()`, `ayo::tree()`, and what is made of them: text, data, a page.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ayo::{Forest, Scope, State, Tree, Wait, actxmgr, cancelled, scope, shield, with};
use support::*;
use tokio::task::yield_now;

async fn fetch(gate: Gate, started: Count) {
    started.hit();
    gate.passed().await;
}

fn find<'a>(tree: &'a Tree, name: &str) -> Option<&'a Tree> {
    let below = || tree.children().iter().find_map(|child| find(child, name));
    if tree.name().starts_with(name) { Some(tree) } else { below() }
}

fn child<'a>(tree: &'a Tree, name: &str) -> &'a Tree {
    tree.children()
        .iter()
        .find(|child| child.name().starts_with(name))
        .unwrap_or_else(|| panic!("no {name} in\n{tree}"))
}

/// The tree once everything in it has suspended.
async fn settled(run: &Scope, tasks: usize) -> Tree {
    fn suspended(tree: &Tree) -> usize {
        let waits = |child: &&Tree| {
            child.state() != State::Running && (child.polls() > 0 || child.state() == State::Queued)
        };
        tree.children().iter().filter(waits).map(|child| 1 + suspended(child)).sum()
    }
    until(|| suspended(&run.tree()) >= tasks).await;
    run.tree()
}

/// Waits until the tree shows this name waiting for this.
async fn shows(run: &Scope, name: &str, wait: &str) -> Tree {
    let is = |tree: &Tree| find(tree, name).and_then(|found| Some(found.waits_for()?.to_string() == wait));
    for _ in 0..100_000 {
        if is(&run.tree()) == Some(true) {
            return run.tree();
        }
        yield_now().await;
    }
    panic!("{name} does not wait for {wait} in\n{}", run.tree())
}

mod scope_tree {
    use super::*;

    both! {
        async fn it_lists_tasks_with_name_state_and_spawn_site() {
            for limit in [usize::MAX, 5] {
                scope!(name = "crawl", max_concurrency = limit => |run| {
                    let (gate, started) = (Gate::new(), Count::new());
                    let line = line!() + 1;
                    run << fetch(gate.clone(), started.clone());
                    #[task(name = "beat", background)]
                    run << fetch(gate.clone(), started.clone());
                    started.reaches(2).await;
                    let tree = settled(run, 2).await;
                    assert_eq!((tree.name(), tree.state()), ("crawl", State::Running));
                    let fetch = child(&tree, "fetch #1");
                    assert_eq!(fetch.state(), State::Waiting);
                    assert!(fetch.location().file().ends_with("tree.rs"));
                    assert_eq!(fetch.location().line(), line);
                    assert_eq!(child(&tree, "beat #2").location().line(), line + 2);
                    gate.open();
                })
                .await
                .unwrap();
            }
        }

        async fn it_lists_what_waits_in_line() {
            scope!(max_concurrency = 1 => |run| {
                let (gate, started) = (Gate::new(), Count::new());
                for _ in 0..3 {
                    run << fetch(gate.clone(), started.clone());
                }
                started.reaches(1).await;
                let tree = settled(run, 3).await;
                assert_eq!(child(&tree, "fetch #1").state(), State::Waiting);
                for queued in ["fetch #2", "fetch #3"] {
                    assert_eq!(child(&tree, queued).state(), State::Queued);
                }
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn it_lists_scopes_below() {
            for limit in [usize::MAX, 5] {
                scope!(name = "outer", max_concurrency = limit => |run| {
                    let (gate, started) = (Gate::new(), Count::new());
                    let (pass, hit) = (gate.clone(), started.clone());
                    #[task(name = "walk")]
                    run << async move {
                        scope!(name = "inner" => |inner| {
                            inner << fetch(pass.clone(), hit.clone());
                        })
                        .await
                    };
                    started.reaches(1).await;
                    let tree = settled(run, 3).await;
                    let inner = child(child(&tree, "walk #1"), "inner");
                    assert!(inner.location().file().ends_with("tree.rs"));
                    assert_eq!(child(inner, "fetch #1").state(), State::Waiting);
                    let drawn = tree.to_string();
                    for part in ["outer", "walk #1", "inner", "fetch #1", "tree.rs"] {
                        assert!(drawn.contains(part), "no {part} in\n{drawn}");
                    }
                    assert_eq!(drawn.lines().count(), 4, "{drawn}");
                    gate.open();
                })
                .await
                .unwrap();
            }
        }

        async fn it_shows_a_scope_in_the_body_and_through_shields_and_time_outs() {
            scope!(name = "outer" => |run| {
                scope!(name = "in the body" => |_| {
                    assert_eq!(child(&run.tree(), "in the body").state(), State::Running);
                })
                .await?;
                shield(async {
                    ayo::timeout(1000, async {
                        scope!(name = "deep" => |_| {
                            assert_eq!(child(&run.tree(), "deep").state(), State::Running);
                        })
                        .await
                    })
                    .await??;
                    Ok::<(), ayo::BoxError>(())
                })
                .await?;
                assert_eq!(run.tree().children().len(), 0);
            })
            .await
            .unwrap();
        }

        async fn it_says_what_is_stopping_and_what_is_cancelling() {
            scope!(name = "outer" => |run| {
                let (leave, entered, scope) = (Gate::new(), Count::new(), run.clone());
                let (go, hit) = (leave.clone(), entered.clone());
                let one = run.task(async move { shield(async { hit.hit(); go.passed().await; }).await }).name("one").spawn();
                entered.reaches(1).await;
                until(|| run.tree().children().len() == 1).await;
                scope.stop();
                assert_eq!(run.tree().state(), State::Stopping);
                assert_eq!(child(&run.tree(), "one").state(), State::Stopping);
                one.cancel();
                assert_eq!(child(&run.tree(), "one").state(), State::CleaningUp);
                assert_eq!(run.tree().state(), State::Stopping);
                leave.open();
                assert!(one.await.is_err());
            })
            .await
            .unwrap();
        }

        async fn it_shows_orphans_and_open_scopes() {
            scope!(name = "outer" => |run| {
                let open = ayo::scope().name("open").open();
                let (gate, started) = (Gate::new(), Count::new());
                drop(open.spawn(fetch(gate.clone(), started.clone())));
                started.reaches(1).await;
                until(|| run.tree().to_string().contains("open")).await;
                gate.open();
                open.await?;
            })
            .await
            .unwrap();
        }

        async fn what_has_ended_is_not_in_it() {
            for limit in [usize::MAX, 5] {
                scope!(max_concurrency = limit => |run| {
                    let tasks = run.all((0..10).map(|_| turns(3)));
                    tasks.await?;
                    until(|| run.is_empty()).await;
                    until(|| run.tree().children().is_empty()).await;
                })
                .await
                .unwrap();
            }
        }
    }

    paused! {
        async fn it_tells_the_age() {
            scope!(|run| {
                let gate = Gate::new();
                let passed = gate.clone();
                run << async move { passed.passed().await };
                yield_now().await;
                tokio::time::sleep(Duration::from_secs(5)).await;
                let tree = run.tree();
                let about_5 = Duration::from_millis(4_995)..Duration::from_millis(5_005);
                assert_eq!(tree.age(), Duration::from_secs(5));
                assert!(about_5.contains(&tree.children()[0].age()), "{tree}");
                gate.open();
            })
            .await
            .unwrap();
        }
    }
}

mod states_and_polls {
    use super::*;

    both! {
        async fn polls_are_counted_while_it_waits() {
            for limit in [usize::MAX, 2] {
                scope!(max_concurrency = limit => |run| {
                    let (gate, passed) = (Gate::new(), Count::new());
                    let (pass, hit) = (gate.clone(), passed.clone());
                    #[task(name = "turns")]
                    run << async move {
                        turns(9).await;
                        hit.hit();
                        pass.passed().await;
                    };
                    passed.reaches(1).await;
                    let tree = settled(run, 1).await;
                    assert_eq!(child(&tree, "turns").polls(), 10, "{tree}");
                    gate.open();
                })
                .await
                .unwrap();
            }
        }

        async fn each_job_of_a_place_is_counted_anew() {
            scope!(max_concurrency = 1 => |run| {
                for n in 1..=20 {
                    let (gate, passed) = (Gate::new(), Count::new());
                    let (pass, hit) = (gate.clone(), passed.clone());
                    run << async move {
                        turns(n % 3).await;
                        hit.hit();
                        pass.passed().await;
                    };
                    passed.reaches(1).await;
                    let tree = settled(run, 1).await;
                    assert_eq!(tree.children()[0].polls() as usize, n % 3 + 1, "{tree}");
                    gate.open();
                    until(|| run.is_empty()).await;
                }
            })
            .await
            .unwrap();
        }

        async fn a_task_with_frames_keeps_its_count() {
            scope!(|run| {
                let gates = [Gate::new(), Gate::new(), Gate::new()];
                let [one, two, three] = gates.clone();
                let waiting = Count::new();
                let hit = waiting.clone();
                #[task(name = "framed")]
                run << async move {
                    turns(2).await;
                    hit.hit();
                    shield(async { one.passed().await }).await;             // lodges with the task
                    hit.hit();
                    let (a, b) = (shield(two.passed()), shield(three.passed()));
                    tokio::join!(a, b);                                     // gives it a domain of its own
                };
                for (n, polls) in [(1, 3), (2, 4)] {
                    waiting.reaches(n).await;
                    let tree = settled(run, 1).await;
                    assert_eq!(child(&tree, "framed").polls(), polls, "{tree}");
                    gates[n - 1].open();
                }
                gates[2].open();
            })
            .await
            .unwrap();
        }

        async fn a_task_that_looks_sees_itself_running() {
            scope!(name = "outer" => |run| {
                let scope = run.clone();
                #[task(name = "looks")]
                run << async move {
                    yield_now().await;
                    let tree = scope.tree();
                    assert_eq!(child(&tree, "looks").state(), State::Running);
                    assert_eq!(child(&tree, "looks").polls(), 2);
                };
            })
            .await
            .unwrap();
        }

        async fn children_are_counted() {
            scope!(max_concurrency = 2 => |run| {
                let (gate, started) = (Gate::new(), Count::new());
                for _ in 0..7 {
                    run << fetch(gate.clone(), started.clone());
                }
                started.reaches(2).await;
                let tree = settled(run, 7).await;
                assert_eq!((tree.len(), tree.total(), tree.children().len()), (7, 7, 7));
                gate.open();
            })
            .await
            .unwrap();
            let tree = scope!(|run| { run.tree() }).await.unwrap();
            assert!(tree.is_empty() && tree.total() == 0 && tree.polls() == 1);
        }

        async fn what_has_been_asked_to_end_cleans_up() {
            scope!(name = "outer" => |run| {
                let (leave, inside) = (Gate::new(), Count::new());
                let (go, hit) = (leave.clone(), inside.clone());
                let inner = ayo::scope().name("inner").open();
                inner.task(async move { shield(async { hit.hit(); go.passed().await }).await }).name("kept").spawn();
                inside.reaches(1).await;
                inner.cancel();
                let cleans_up = |tree: Tree, name: &str| find(&tree, name).map(Tree::state) == Some(State::CleaningUp);
                until(|| cleans_up(run.tree(), "kept") && cleans_up(inner.tree(), "inner")).await;
                leave.open();
                let _ = inner.await;
            })
            .await
            .unwrap();
        }
    }
}

actxmgr! {
    async fn transaction(leave: Gate, began: Count) -> () {
        yield ();
        began.hit();
        leave.passed().await;
    }
}

mod waits {
    use super::*;

    both! {
        async fn for_a_task_by_its_handle() {
            for limit in [usize::MAX, 5] {
                scope!(name = "outer", max_concurrency = limit => |run| {
                    let (gate, started) = (Gate::new(), Count::new());
                    let first = run << fetch(gate.clone(), started.clone());
                    let attempt = run.attempt({
                        let gate = gate.clone();
                        async move { gate.passed().await; Ok::<_, std::fmt::Error>(()) }
                    });
                    #[task(name = "reader")]
                    run << first;
                    #[task(name = "second")]
                    run << async move { attempt.await.is_ok() };
                    let tree = shows(run, "reader", "task fetch #1").await;
                    assert_eq!(child(&tree, "reader").waits_for(), Some(&Wait::Task("fetch #1".into())));
                    drop(shows(run, "second", "task body{async} #2").await);
                    gate.open();
                })
                .await
                .unwrap();
            }
        }

        async fn for_a_task_that_has_its_place() {
            async fn first(scope: Scope, gate: Gate) {
                let (second, third) = (scope.spawn(second(scope.clone(), gate)), scope.spawn(async {}));
                let _ = tokio::join!(second, third);
            }
            async fn second(scope: Scope, gate: Gate) {
                let _ = scope.spawn(fetch(gate.clone(), Count::new())).await;
                gate.passed().await;
                turns(50).await;
            }
            scope!(max_concurrency = 1 => |run| {
                let gate = Gate::new();
                #[task(name = "first")]
                run << first(run.clone(), gate.clone());
                let tree = shows(run, "first", "task first{async} #3").await;
                assert_eq!(child(&tree, "first").waits_for(), Some(&Wait::Task("first{async} #3".into())));
                let tree = shows(run, "second", "task fetch #4, which has its place").await;
                assert_eq!(child(&tree, "second").waits_for(), Some(&Wait::Lent("fetch #4".into())));
                assert_eq!(child(&tree, "fetch").waits_for(), None);
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn what_came_to_a_place_and_is_not_waited_for_is_not_named() {
            async fn first(scope: Scope, gate: Gate, go_on: Gate) {
                let second = scope.spawn(fetch(gate, Count::new()));
                tokio::select! { biased; _ = second => {} () = go_on.passed() => {} }
                ayo::cancelled().await;
            }
            scope!(max_concurrency = 1 => |run| {
                let (gate, go_on) = (Gate::new(), Gate::new());
                #[task(name = "first")]
                run << first(run.clone(), gate.clone(), go_on.clone());
                drop(shows(run, "first", "task fetch #2, which has its place").await);
                go_on.open();
                let tree = shows(run, "first", "its cancellation").await;
                assert_eq!(child(&tree, "fetch").state(), State::Waiting);
                run.cancel();
            })
            .await
            .unwrap();
        }

        async fn the_body_too() {
            scope!(name = "outer" => |run| {
                let gate = Gate::new();
                let (pass, inner_scope) = (gate.clone(), Arc::new(std::sync::OnceLock::<Scope>::new()));
                let there = Arc::clone(&inner_scope);
                #[task(name = "holder")]
                run << async move {
                    scope!(name = "inner" => |inner| {
                        let task = inner << fetch(pass, Count::new());
                        let _ = there.set(inner.clone());
                        task.await?;
                    })
                    .await
                };
                until(|| inner_scope.get().is_some()).await;
                let tree = shows(run, "inner", "task fetch #1").await;
                assert_eq!(child(&tree, "holder").waits_for(), Some(&Wait::Scope("inner".into())));
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn for_a_task_of_another_scope() {
            scope!(name = "outer" => |run| {
                let gate = Gate::new();
                let task = run << fetch(gate.clone(), Count::new());
                #[task(name = "holder")]
                run << async move {
                    scope!(name = "inner" => |inner| {
                        #[task(name = "stranger")]
                        inner << task;
                    })
                    .await
                };
                shows(run, "stranger", "task #1 of another scope").await;
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn a_body_that_has_ended_waits_for_its_tasks() {
            scope!(name = "outer" => |run| {
                let gate = Gate::new();
                let (one, two) = (gate.clone(), gate.clone());
                #[task(name = "holder")]
                run << async move {
                    scope!(name = "inner" => |inner| {
                        inner << fetch(one, Count::new());
                        inner << fetch(two, Count::new());
                    })
                    .await
                };
                let tree = shows(run, "inner", "2 tasks").await;
                assert_eq!(find(&tree, "inner").unwrap().waits_for(), Some(&Wait::Tasks(2)));
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn for_a_place_in_line() {
            scope!(max_concurrency = 1 => |run| {
                let gate = Gate::new();
                run << fetch(gate.clone(), Count::new());
                run << fetch(gate.clone(), Count::new());
                let tree = shows(run, "fetch #2", "a place").await;
                assert_eq!(child(&tree, "fetch #2").state(), State::Queued);
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn for_a_task_to_be_ready() {
            scope!(name = "outer" => |run| {
                async fn serve(gate: Gate, ready: ayo::Ready<u16, std::fmt::Error>) -> Result<(), std::fmt::Error> {
                    gate.passed().await;
                    ready.ok(80);
                    Ok(())
                }
                let (gate, scope) = (Gate::new(), run.clone());
                let pass = gate.clone();
                #[task(name = "starter")]
                run << async move { scope.start(move |ready| serve(pass, ready)).await };
                let tree = shows(run, "starter", "serve{closure} #2 to be ready").await;
                assert_eq!(child(&tree, "starter").waits_for(), Some(&Wait::Ready("serve{closure} #2".into())));
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn for_the_tear_down_of_a_manager() {
            let began = Count::new();
            scope!(name = "outer" => |run| {
                for (suspends, cancels) in [(false, false), (true, false), (true, true)] {
                    let (go, hit) = (Gate::new(), began.clone());
                    let open = go.clone();
                    let line = line!() + 3;
                    let task = run.task(async move {
                        // a body that suspends has its place in the tree before the tear-down
                        with!(_tx = transaction(go, hit) => {
                            if suspends { yield_now().await }
                            if cancels { std::future::pending::<()>().await }
                        })
                        .await
                    }).name("worker").spawn();
                    if cancels {
                        until(|| find(&run.tree(), "worker").is_some_and(|worker| worker.polls() > 1)).await;
                        task.cancel();
                    }
                    until(|| find(&run.tree(), "worker").is_some_and(|worker| worker.waits_for().is_some())).await;
                    let tree = run.tree();
                    let worker = child(&tree, "worker");
                    let Some(Wait::TearDown { name, location }) = worker.waits_for() else { panic!("{tree}") };
                    assert_eq!((*name, worker.state()), ("transaction", State::CleaningUp), "{tree}");
                    assert_eq!(location.line(), line);
                    open.open();
                    assert_eq!(task.await.is_err(), cancels);
                    until(|| run.is_empty()).await;
                }
            })
            .await
            .unwrap();
        }

        async fn for_a_stop_or_its_cancellation() {
            scope!(name = "outer" => |run| {
                let scope = run.clone();
                #[task(name = "stops")]
                run << async move { scope.stopping().await };
                #[task(name = "ends")]
                run << async move { cancelled().await };
                let tree = shows(run, "stops", "a stop").await;
                assert_eq!(child(&tree, "stops").waits_for(), Some(&Wait::Stop));
                shows(run, "ends", "its cancellation").await;
                run.cancel();
            })
            .await
            .unwrap();
        }

        async fn a_blocking_closure_runs_or_waits_for_a_thread() {
            let name = format!("one thread of {:?}", std::thread::current().id());
            let pool = ayo::Pool::named(name).threads(1).build().unwrap();
            scope!(|run| {
                let (go, wait) = std::sync::mpsc::channel::<()>();
                let first = run.aside_in(&pool, move || { let _ = wait.recv(); });
                until(|| run.tree().children().first().map(Tree::state) == Some(State::Running)).await;
                let second = run.aside_in(&pool, || ());
                let waits = |tree: &Tree| tree.children().get(1).and_then(|task| task.waits_for().cloned());
                until(|| waits(&run.tree()) == Some(Wait::Thread)).await;
                assert_eq!(run.tree().children()[0].waits_for(), None);
                drop(go);
                first.await?;
                second.await?;
            })
            .await
            .unwrap();
        }

        async fn it_forgets_what_it_has_waited_for() {
            scope!(|run| {
                let (first, gate) = (Gate::new(), Gate::new());
                let task = run << fetch(first.clone(), Count::new());
                let pass = gate.clone();
                #[task(name = "reader")]
                run << async move { let _ = task.await; pass.passed().await };
                shows(run, "reader", "task fetch #1").await;
                first.open();
                until(|| find(&run.tree(), "reader").is_some_and(|reader| reader.polls() > 1 && reader.state() == State::Waiting)).await;
                assert_eq!(child(&run.tree(), "reader").waits_for(), None);
                gate.open();
            })
            .await
            .unwrap();
        }
    }

    /// On the multi-thread flavour alone: a process takes real time, which a paused clock does not wait for.
    #[test]
    fn for_a_child_process() {
        multi_thread(async {
            scope!(|run| {
                let mut command = tokio::process::Command::new("cat");
                let mut child = command.stdin(std::process::Stdio::piped()).spawn()?;
                let (input, id) = (child.stdin.take(), child.id().unwrap());
                let status = run.process(child);
                shows(run, "process #1", &format!("process {id}")).await;
                drop(input);
                status.await?;
            })
            .await
            .unwrap();
        });
    }

    paused! {
        async fn for_the_next_tick() {
            scope!(|run| {
                async fn beat() {}
                run.every(5, beat);
                tokio::time::sleep(Duration::from_secs(2)).await;
                let tree = run.tree();
                assert_eq!(child(&tree, "beat").waits_for(), Some(&Wait::Tick(Duration::from_secs(3))), "{tree}");
                run.cancel();
            })
            .await
            .unwrap();
        }
    }
}

mod everything {
    use super::*;

    /// Other tests run in this process, so each looks for its own.
    fn roots(name: &str) -> Vec<Tree> {
        ayo::tree().roots().iter().filter(|tree| tree.name() == name).cloned().collect()
    }

    fn is_anywhere(name: &str) -> bool {
        ayo::tree().roots().iter().any(|tree| find(tree, name).is_some())
    }

    both! {
        async fn a_scope_is_a_root_while_it_runs() {
            let name = std::thread::current().name().unwrap_or("root").to_owned() + " root";
            scope!(name = name.clone() => |run| {
                run << async {};
                assert_eq!(roots(&name).len(), 1);
                yield_now().await;
                assert_eq!(roots(&name).len(), 1);
            })
            .await
            .unwrap();
            assert!(roots(&name).is_empty());
        }

        async fn one_within_is_none() {
            let name = std::thread::current().name().unwrap_or("root").to_owned();
            let (outer, inner) = (format!("{name} outer"), format!("{name} inner"));
            scope!(name = outer.clone() => |_| {
                yield_now().await;
                ayo::timeout(100, async {
                    scope!(name = inner.clone() => |run| {
                        run << async {};
                        assert!(roots(&inner).is_empty());
                        assert!(find(&roots(&outer)[0], &inner).is_some());
                    })
                    .await
                })
                .await??;
            })
            .await
            .unwrap();
        }

        async fn one_in_a_shield_alone_is_one() {
            let name = std::thread::current().name().unwrap_or("root").to_owned() + " shielded";
            shield(async {
                scope!(name = name.clone() => |run| {
                    run << async {};
                    assert_eq!(roots(&name).len(), 1);
                })
                .await
            })
            .await
            .unwrap();
        }

        async fn one_that_roams_is_found_wherever_it_is() {
            let name = std::thread::current().name().unwrap_or("root").to_owned();
            let (outer, roams) = (format!("{name} outer"), format!("{name} roams"));
            let gate = Gate::new();
            let (pass, named) = (gate.clone(), roams.clone());
            let mut started = ayo::Started::new(Box::pin(async move {
                scope!(name = named => |run| { run << fetch(pass, Count::new()); }).await
            }));
            assert_eq!(roots(&roams).len(), 1, "begun in no scope");
            scope!(name = outer.clone() => |_| {
                let mut rest = (&mut started).into_future();
                let _ = futures::poll!(&mut rest);
                assert!(roots(&roams).is_empty(), "driven in one");
                assert!(find(&roots(&outer)[0], &roams).is_some());
                drop(rest);
                assert_eq!(roots(&roams).len(), 1, "parked");
                assert!(find(&roots(&outer)[0], &roams).is_none());
            })
            .await
            .unwrap();
            gate.open();
            started.await.unwrap();
            assert!(roots(&roams).is_empty());
        }

        async fn open_and_orphaned_ones_are_roots() {
            let name = std::thread::current().name().unwrap_or("root").to_owned() + " open";
            let open = ayo::scope().name(name.clone()).open();
            let (leave, inside) = (Gate::new(), Count::new());
            let (go, hit) = (leave.clone(), inside.clone());
            drop(open.spawn(async move { shield(async { hit.hit(); go.passed().await }).await }));
            inside.reaches(1).await;
            until(|| roots(&name).len() == 1).await;
            drop(open);
            until(|| roots(&name).first().is_some_and(|tree| tree.state() == State::CleaningUp)).await;

            let orphan = format!("{name} orphan");
            let (go, hit) = (leave.clone(), inside.clone());
            let task = tokio::spawn(scope!(name = orphan.clone() => |run| {
                run << async move { shield(async { hit.hit(); go.passed().await }).await };
                std::future::pending::<()>().await;
            }));
            inside.reaches(2).await;
            task.abort();
            assert!(task.await.is_err());
            assert_eq!(roots(&orphan).len(), 1, "nobody adopted it");
            leave.open();
            until(|| !is_anywhere(&name)).await;
        }

        async fn a_forked_or_open_one_is_shown_once() {
            let name = std::thread::current().name().unwrap_or("root").to_owned();
            let (outer, forked, open) = (format!("{name} outer"), format!("{name} forked"), format!("{name} opened"));
            scope!(name = outer.clone() => |run| {
                let gate = Gate::new();
                let (pass, parent) = (gate.clone(), run.clone());
                let fork = tokio::spawn(scope!(name = forked.clone(), parent = parent => |sub| {
                    sub << fetch(pass, Count::new());
                }));
                let opened = ayo::scope().name(open.clone()).open();
                drop(opened.spawn(fetch(gate.clone(), Count::new())));
                let count = |tree: &Tree, name: &str| format!("{tree:#}").lines().filter(|line| line.contains(name) && line.contains("scope!") == line.contains("scope!")).count();
                until(|| { let tree = run.tree(); find(&tree, &forked).is_some_and(|fork| fork.children().len() == 1) && find(&tree, &open).is_some() }).await;
                until(|| find(&run.tree(), &open).is_some_and(|open| open.total() == 2)).await;
                let tree = run.tree();
                assert_eq!((count(&tree, &forked), tree.unpolled()), (1, 0), "{tree}");
                assert_eq!(count(&tree, &open), 2, "its task, and itself: {tree}");
                assert!(roots(&forked).is_empty() && roots(&open).is_empty());
                gate.open();
                fork.await??;
                opened.await?;
            })
            .await
            .unwrap();
        }
    }

    #[test]
    fn it_is_there_outside_of_any_runtime() {
        let _forest: Forest = ayo::tree();
        assert_eq!(Forest::default().to_string(), "no scope is running");
        assert_eq!(Forest::default().total(), 0);
    }

    #[test]
    fn another_thread_looks_while_many_tasks_come_and_go() {
        for limit in [usize::MAX, 50] {
            let (over, looks) = (Arc::new(AtomicBool::new(false)), Count::new());
            let scope_of = Arc::new(std::sync::OnceLock::<Scope>::new());
            let looker = std::thread::spawn({
                let (over, looks, scope_of) = (Arc::clone(&over), looks.clone(), Arc::clone(&scope_of));
                move || {
                    let mut largest = 0;
                    while !over.load(Ordering::Relaxed) {
                        let Some(scope) = scope_of.get() else { continue };
                        let tree = scope.tree();
                        largest = largest.max(tree.total());
                        assert!(!tree.to_string().is_empty());
                        if looks.hit() % 8 == 0 {
                            assert!(!tree.to_html().is_empty() && !ayo::tree().to_string().is_empty());
                        }
                    }
                    largest
                }
            });
            multi_thread(async {
                scope!(name = "crowd", max_concurrency = limit => |run| {
                    let _ = scope_of.set(run.clone());
                    looks.reaches(1).await;
                    for n in 0..10_000_usize {
                        let sub = run.clone();
                        run << async move {
                            turns(n % 4).await;
                            if n % 3 == 0 {
                                scope!(|inner| { inner << turns(n % 5); }).await.unwrap();
                            }
                            if n % 7 == 0 {
                                shield(turns(2)).await;
                            }
                            if n % 11 == 0 && limit == usize::MAX {
                                sub.spawn(turns(3)).await.unwrap();
                            }
                        };
                        if n % 100 == 0 {
                            yield_now().await;
                        }
                    }
                    let seen = looks.get();
                    looks.reaches(seen + 3).await;
                })
                .await
                .unwrap();
            });
            over.store(true, Ordering::Relaxed);
            assert!(looker.join().unwrap() > 0);
        }
    }

    #[test]
    fn roots_that_come_and_go_on_many_threads_are_all_gone_at_the_end() {
        let threads = Vec::from_iter((0..4).map(|thread| {
            std::thread::spawn(move || {
                current_thread(async move {
                    for n in 0..500 {
                        scope!(name = format!("fleeting {thread} {n}") => |run| { run << yield_now(); })
                            .await
                            .unwrap();
                    }
                });
            })
        }));
        while !threads.iter().all(std::thread::JoinHandle::is_finished) {
            drop(ayo::tree());
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(!is_anywhere("fleeting"));
    }

    #[test]
    fn a_tree_that_is_very_deep_is_cut() {
        fn nest(depth: usize, looked: Count) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async move {
                scope!(|run| {
                    yield_now().await;
                    if depth == 0 {
                        looked.hit();
                    } else {
                        nest(depth - 1, looked).await;
                    }
                    run << async {};
                })
                .await
                .unwrap();
            })
        }
        current_thread(async {
            scope!(name = "deep" => |run| {
                let (looked, scope) = (Count::new(), run.clone());
                let seen = looked.clone();
                run << async move {
                    seen.reaches(1).await;
                    let text = scope.tree().to_string();
                    assert!(text.contains("too deep to be shown"), "{text}");
                    assert!((60..80).contains(&text.lines().count()), "{}", text.lines().count());
                };
                nest(300, looked).await;
            })
            .await
            .unwrap();
        });
    }
}

mod drawing {
    use super::*;

    paused! {
        async fn it_is_drawn_as_a_tree_with_columns() {
            scope!(name = "main" => |run| {
                let (gate, started) = (Gate::new(), Count::new());
                let pass = gate.clone();
                #[task(name = "walk")]
                run << async move {
                    scope!(name = "inner" => |inner| { inner << fetch(pass, Count::new()); }).await
                };
                #[task(name = "beat", background)]
                run << fetch(gate.clone(), started.clone());
                tokio::time::sleep(Duration::from_millis(65_250)).await;
                let text = run.tree().to_string();
                let drawn = Vec::from_iter(text.lines().map(|line| line.split("  tests/tree.rs:").next().unwrap()));
                assert_eq!(drawn, [
                    "main                     running       1m05s  2 polls",
                    "├─ walk #1               waiting       1m05s  for scope inner  1 poll",
                    "│  └─ inner              waiting       1m05s  for 1 task  1 poll",
                    "│     └─ fetch #1        waiting       1m05s  1 poll",
                    "└─ beat #2 (background)  waiting       1m05s  1 poll",
                ], "{text}");
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn of_many_siblings_most_are_counted() {
            scope!(name = "many", max_concurrency = 3 => |run| {
                let gate = Gate::new();
                for _ in 0..12_345 {
                    run << fetch(gate.clone(), Count::new());
                }
                turns(5).await;
                let tree = run.tree();
                let text = tree.to_string();
                assert!(text.ends_with("└─ … 12,338 more: 12,338 queued"), "{text}");
                assert_eq!(text.lines().count(), 1 + 3 + 4 + 1);
                assert_eq!(format!("{tree:#}").lines().count(), 12_346);
                let page = tree.to_html();
                assert!(page.contains("12,345 below · ") && page.contains("12,038 more") && page.len() < 200_000, "{}", page.len());
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn what_has_not_suspended_is_counted() {
            scope!(name = "new" => |run| {
                let gate = Gate::new();
                run << fetch(gate.clone(), Count::new());
                run << fetch(gate.clone(), Count::new());
                assert!(run.tree().to_string().ends_with("└─ … 2 not polled yet"), "{}", run.tree());
                gate.open();
            })
            .await
            .unwrap();
        }

        async fn a_name_is_one_line_whatever_is_in_it() {
            scope!(name = "two\nlines \u{1b}[31m red" => |run| {
                let text = run.tree().to_string();
                assert_eq!(text.lines().count(), 1);
                assert!(text.starts_with("two\\nlines \\u{1b}[31m red"), "{text}");
            })
            .await
            .unwrap();
        }
    }
}

mod data {
    use super::*;
    use serde_json::{Value, json};

    /// Sites move when this file is edited, so only the file stays.
    fn without_lines(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(without_lines),
            Value::Object(fields) => {
                if let Some(Value::String(site)) = fields.get_mut("site") {
                    site.truncate(site.find(':').unwrap());
                }
                fields.values_mut().for_each(without_lines);
            }
            _ => {}
        }
    }

    paused! {
        async fn the_schema_is_what_it_was() {
            scope!(name = "main", max_concurrency = 1 => |run| {
                let (gate, leave, began) = (Gate::new(), Gate::new(), Count::new());
                let go = leave.clone();
                #[task(name = "tears down")]
                run << async move { with!(_tx = transaction(go, began) => {}).await };
                #[task(name = "waits")]
                run << fetch(gate.clone(), Count::new());
                run.every(10, || ());
                #[task(name = "beat", background)]
                run << cancelled();
                let watched = run << async {};
                tokio::time::sleep(Duration::from_secs(2)).await;
                let mut value = serde_json::to_value(run.tree())?;
                without_lines(&mut value);
                let task = |id: u32, name: &str, state: &str, wait: Value, polls: u32, age: f64| json!({
                    "kind": "task", "name": name, "id": id, "state": state, "waits_for": wait, "polls": polls, "age": age,
                    "site": "tests/tree.rs", "background": name.starts_with("beat"), "unpolled": 0, "cut": false, "children": [],
                });
                assert_eq!(value, json!({
                    "kind": "scope", "name": "main", "id": null, "state": "running", "waits_for": null, "polls": 2, "age": 2.0,
                    "site": "tests/tree.rs", "background": false, "unpolled": 0, "cut": false,
                    "children": [
                        task(1, "tears down #1", "cleaning up", json!({"for": "tear-down", "name": "transaction", "site": "tests/tree.rs"}), 1, 2.0),
                        task(2, "waits #2", "queued", json!({"for": "place"}), 0, 2.0),
                        task(3, "the_schema_is_what_it_was{closure} #3", "scheduled", json!({"for": "tick", "in": 8.0}), 0, 2.0),
                        task(4, "beat #4", "waiting", json!({"for": "cancellation"}), 1, 2.0),
                        task(5, "the_schema_is_what_it_was{async} #5", "queued", json!({"for": "place"}), 0, 2.0),
                    ],
                }));
                assert_eq!(watched.id(), 5);
                run.cancel();
                leave.open();
            })
            .await
            .unwrap();
        }
    }

    #[test]
    fn every_kind_of_wait_has_its_fields() {
        let location = std::panic::Location::caller();
        let site = location.to_string();
        for (wait, data) in [
            (Wait::Place, json!({"for": "place"})),
            (Wait::Task("a #1".into()), json!({"for": "task", "name": "a #1"})),
            (Wait::Lent("a #1".into()), json!({"for": "lent", "name": "a #1"})),
            (Wait::Ready("a #1".into()), json!({"for": "ready", "name": "a #1"})),
            (Wait::Scope("s".into()), json!({"for": "scope", "name": "s"})),
            (Wait::Tasks(3), json!({"for": "tasks", "count": 3})),
            (
                Wait::TearDown { name: "tx", location },
                json!({"for": "tear-down", "name": "tx", "site": site}),
            ),
            (Wait::Tick(Duration::from_millis(1500)), json!({"for": "tick", "in": 1.5})),
            (Wait::Thread, json!({"for": "thread"})),
            (Wait::Process(7), json!({"for": "process", "id": 7})),
            (Wait::Stop, json!({"for": "stop"})),
            (Wait::Cancel, json!({"for": "cancellation"})),
        ] {
            assert_eq!(serde_json::to_value(wait).unwrap(), data);
        }
        assert_eq!(serde_json::to_value(State::CleaningUp).unwrap(), json!("cleaning up"));
        assert_eq!(serde_json::to_value(Forest::default()).unwrap(), json!({"roots": []}));
    }
}

mod page {
    use super::*;

    both! {
        async fn names_are_text() {
            let evil = "<script>alert('1')</script> & \"quoted\" \u{0}";
            scope!(name = evil => |run| {
                let gate = Gate::new();
                run.task(fetch(gate.clone(), Count::new())).name("</b><img src=x onerror=alert(1)>").spawn();
                until(|| run.tree().children().len() == 1).await;
                let page = run.tree().to_html();
                assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;quoted&quot; \\u{0}"), "{page}");
                assert!(page.contains("&lt;/b&gt;&lt;img src=x onerror=alert(1)&gt; #1"), "{page}");
                assert!(!page.contains("<script") && !page.contains("<img"));
                assert!(!page.contains("http") && !page.contains("url("), "nothing from elsewhere");
                for element in ["html", "head", "style", "body", "main", "header", "details", "summary", "div", "span", "ul", "li", "b", "code"] {
                    let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
                    assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
                }
                gate.open();
            })
            .await
            .unwrap();
        }
    }
}
