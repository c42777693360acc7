//! Every option of a scope and of a task, alone and with others.

mod support;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ayo::{ErrorKind, IntoDuration, Scope, State, scope, shield};
use futures::future::{pending, ready};
use support::*;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

/// A clean-up that takes so long once it is asked for.
async fn slow_to_end(live: Guard, started: Count, clean_up: Duration) {
    shield(async {
        started.hit();
        until_cancelled().await;
        sleep(clean_up).await;
    })
    .await;
    drop(live);
}

/// A clean-up that never ends.
async fn stubborn(live: Guard, started: Count) {
    shield(async {
        started.hit();
        pending::<()>().await;
    })
    .await;
    drop(live);
}

/// Waits in a shield until the scope is asked to end; with a clock, so that a paused one goes on.
async fn until_cancelled() {
    while !ayo::current().is_some_and(|scope| scope.is_cancelled()) {
        sleep(Duration::from_millis(1)).await;
    }
}

mod max_concurrency {
    use super::*;

    /// Counts how many are in it at once.
    #[derive(Clone, Default)]
    struct Meter(Live, Arc<Mutex<usize>>);

    impl Meter {
        async fn job(self, n: usize) {
            let guard = self.0.guard();
            {
                let mut most = self.1.lock().unwrap();
                *most = (*most).max(self.0.now());
            }
            turns(n % 4).await;
            drop(guard);
        }

        fn most(&self) -> usize {
            *self.1.lock().unwrap()
        }
    }

    /// Notes when its turn came, and waits in line with so many bytes.
    async fn noted<const SIZE: usize>(log: Arc<Mutex<Vec<usize>>>, n: usize) -> usize {
        let bytes = [n; SIZE];
        log.lock().unwrap().push(n);
        turns(n % 3).await;
        bytes[SIZE - 1]
    }

    both! {
        async fn those_in_line_and_each_for_each_take_turns() {
            scope!(max_concurrency = 2 => |run| {
                let (second, over) = (Count::new(), Flag::new());
                let items = || {
                    let over = over.clone();
                    std::iter::from_fn(move || (!over.is_set()).then_some(()))
                };
                drop(run.for_each(items(), |()| turns(1)));
                let count = second.clone();
                drop(run.for_each(items(), move |()| { count.hit(); turns(1) }));
                run << async {};
                run << {
                    let over = over.clone();
                    async move {
                        second.reaches(second.get() + 9).await; // one place is its own, the other one is for both
                        over.set();
                    }
                };
            })
            .await
            .unwrap();
        }

        async fn jobs_of_every_kind_run_in_the_order_of_spawning() {
            const JOBS: usize = 900;
            let log = Arc::new(Mutex::new(Vec::new()));
            let cancelled = scope!(max_concurrency = 1 => |run| {
                let gate = Gate::new();
                let inside = gate.clone();
                run << async move { inside.passed().await };
                let mut handles = Vec::new();
                for n in 0..JOBS {
                    let log = Arc::clone(&log);
                    // long runs of one kind, then two kinds by turns, then all four
                    match (n / 300, n % 4) {
                        (0, _) => { run << noted::<1>(log, n); }
                        (1, k) if k % 2 == 0 => { run << noted::<1>(log, n); }
                        (1, _) => { run << noted::<2>(log, n); }
                        (_, 0) => { run << noted::<300>(log, n); }
                        (_, 1) => { drop(run.for_each([n], move |n| noted::<1>(Arc::clone(&log), n))); }
                        (_, 2) => { drop(run.spawn_with(move || noted::<2>(log, n))); }
                        (_, _) => { handles.push((n, run.spawn(noted::<1>(log, n)))); }
                    }
                }
                let (gone, rest): (Vec<_>, Vec<_>) = handles.into_iter().partition(|(n, _)| n % 5 == 0);
                let gone = Vec::from_iter(gone.into_iter().map(|(n, task)| { task.cancel(); n }));
                gate.open();
                for (n, task) in rest {
                    assert_eq!(task.await?, n);
                }
                gone
            })
            .await
            .unwrap();
            let expected = Vec::from_iter((0..JOBS).filter(|n| !cancelled.contains(n)));
            assert_eq!(*log.lock().unwrap(), expected);
            assert!(!cancelled.is_empty());
        }

        async fn the_tree_names_who_has_a_place_and_who_waits() {
            async fn first(gate: Gate) { gate.passed().await; }
            async fn second(gate: Gate) { gate.passed().await; }
            let gates = [Gate::new(), Gate::new()];
            scope!(max_concurrency = 1 => |run| {
                let names = || Vec::from_iter(run.tree().children().iter().map(|task| (task.name().to_owned(), task.state())));
                run << first(gates[0].clone());
                run << second(gates[1].clone());
                run << second(gates[1].clone());
                let one = |name: &str, state| (name.to_owned(), state);
                let before = [one("first #1", State::Waiting), one("second #2", State::Queued), one("second #3", State::Queued)];
                until(|| names() == before).await;
                gates[0].open();
                until(|| names() == [one("second #2", State::Waiting), one("second #3", State::Queued)]).await;
                gates[1].open();
            })
            .await
            .unwrap();
        }

        async fn it_is_never_exceeded() {
            for limit in [1, 2, 5] {
                let meter = Meter::default();
                scope!(max_concurrency = limit => |run| {
                    for n in 0..50 {
                        run << meter.clone().job(n);
                        drop(run.spawn(meter.clone().job(n)));
                        let job = meter.clone().job(n);
                        drop(run.attempt(async move { job.await; Ok::<(), Boom>(()) }));
                        let made = meter.clone();
                        drop(run.spawn_with(move || made.job(n)));
                        #[task(name = "named", bubble = false)]
                        run << meter.clone().job(n);
                    }
                    drop(run.all((0..50).map(|n| meter.clone().job(n))));
                    let mapped = meter.clone();
                    drop(run.map(0..50, move |n| mapped.clone().job(n)));
                    let each = meter.clone();
                    drop(run.for_each(0..50, move |n| each.clone().job(n)));
                    let (scope, sibling) = (run.clone(), meter.clone());
                    run << async move {
                        for n in 0..50 {
                            drop(scope.spawn(sibling.clone().job(n)));
                        }
                    };
                })
                .await
                .unwrap();
                assert!(meter.most() <= limit, "{} at once under a limit of {limit}", meter.most());
                assert_eq!((meter.0.now(), meter.0.ever()), (0, 450));
            }
        }

        async fn the_others_wait_first_come_first_served() {
            let log = Log::new();
            scope!(max_concurrency = 1 => |run| {
                for n in 0..100 {
                    let log = log.clone();
                    match n % 4 {
                        0 => { run << async move { log.add(n); turns(n % 3).await; }; }
                        1 => drop(run.spawn(async move { log.add(n) })),
                        2 => drop(run.attempt(async move { log.add(n); Ok::<(), Boom>(()) })),
                        _ => drop(run.spawn_with(move || async move { log.add(n); turns(n % 3).await; })),
                    }
                }
            })
            .await
            .unwrap();
            assert_eq!(log.all(), (0..100).collect::<Vec<_>>());
        }

        async fn background_tasks_take_no_place() {
            scope!(max_concurrency = 1 => |run| {
                let (seen, hit) = (Count::new(), Count::new());
                for _ in 0..5 {
                    let (seen, hit) = (seen.clone(), hit.clone());
                    #[task(background)]
                    run << async move { seen.hit(); hit.reaches(1).await; pending::<()>().await };
                }
                let (all, one) = (seen.clone(), hit.clone());
                run << async move {
                    all.reaches(5).await;
                    one.hit();
                };
            })
            .await
            .unwrap();
        }

        async fn the_body_takes_no_place() {
            let n = scope!(max_concurrency = 1 => |run| {
                let a = run << async { yield_now().await; 1 };
                let b = run << async { yield_now().await; 2 };
                a.await? + b.await?
            })
            .await;
            assert_eq!(n.unwrap(), 3);
        }

        async fn a_place_is_given_on_however_a_task_ends() {
            let done = Count::new();
            let report = scope!(max_concurrency = 1, supervise => |run| {
                for n in 0..40 {
                    let done = done.clone();
                    match n % 5 {
                        0 => { run << async move { Err(Boom(n)) }; }
                        1 => { run << async move { yield_now().await; if true { panic!("contained") } }; }
                        2 => { run << async move { let _trap = OnDrop(|| panic!("contained")); yield_now().await; }; }
                        3 => {
                            let task = run.spawn(pending::<()>());
                            run << async move { done.hit(); };
                            task.cancel();
                            continue;
                        }
                        _ => {}
                    }
                    run << async move { yield_now().await; done.hit(); };
                }
            })
            .report()
            .await;
            assert!(report.error.is_none());
            assert_eq!((done.get(), report.contained.len()), (40, 24));
        }

        async fn cancelling_a_running_one_gives_its_place_on() {
            scope!(max_concurrency = 1 => |run| {
                let started = Count::new();
                let hit = started.clone();
                let first = run << async move { hit.hit(); pending::<()>().await };
                let second = run << async { 2 };
                started.reaches(1).await;
                assert!(!second.is_finished());
                first.cancel();
                assert_eq!(second.await?, 2);
                assert!(first.await.is_err());
            })
            .await
            .unwrap();
        }

        async fn a_limit_is_the_scopes_own() {
            let meter = Meter::default();
            scope!(max_concurrency = 1 => |run| {
                let meter = meter.clone();
                run << async move {
                    scope!(max_concurrency = 3 => |inner| {
                        let together = Arc::new(tokio::sync::Barrier::new(3));
                        for n in 0..3 {
                            let (job, together) = (meter.clone().job(n), Arc::clone(&together));
                            inner << async move { together.wait().await; job.await };
                        }
                    })
                    .await
                };
            })
            .await
            .unwrap();
            assert_eq!(meter.0.ever(), 3);
        }

        async fn a_long_line_moves_on() {
            let done = Count::new();
            scope!(max_concurrency = 2 => |run| {
                for n in 0..20_000 {
                    let done = done.clone();
                    run << async move { if n % 100 == 0 { yield_now().await; } done.hit(); };
                }
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 20_000);
        }
    }

    #[test]
    fn a_limit_of_0_panics_at_the_caller() {
        let (file, line, text) = panic_site(|| drop(ayo::scope().max_concurrency(0)));
        assert!(file.ends_with("options.rs"), "{file}");
        assert_eq!(line, line!() - 2);
        assert!(text.contains("max_concurrency") && text.contains('0'), "{text}");
        let zero = 0;
        let (file, line, text) = panic_site(|| drop(scope!(max_concurrency = zero => |_| {})));
        assert!(file.ends_with("options.rs"), "{file}");
        assert_eq!(line, line!() - 2);
        assert!(text.contains('0'), "{text}");
    }
}

mod timeout {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn elapsed<T>(future: impl Future<Output = T>) -> (Duration, T) {
        let start = Instant::now();
        let value = future.await;
        (start.elapsed(), value)
    }

    paused! {
        async fn it_cuts_body_and_tasks() {
            let live = Live::new();
            let (took, end) = elapsed(scope!(timeout = 3 => |run| {
                let guard = live.guard();
                run << async move { pending::<()>().await; drop(guard); };
                let _guard = live.guard();
                pending::<()>().await
            }))
            .await;
            assert_eq!((took, live.now()), (3 * SECOND, 0));
            assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
        }

        async fn every_way_to_write_it() {
            let hour = Duration::from_secs(3600);
            let variable = 0.5;
            assert_eq!(elapsed(scope!(timeout = 2 => |_| { pending::<()>().await })).await.0, 2 * SECOND);
            assert_eq!(elapsed(scope!(timeout = 0.25 => |_| { pending::<()>().await })).await.0, SECOND / 4);
            assert_eq!(elapsed(scope!(timeout = 30ms => |_| { pending::<()>().await })).await.0, Duration::from_millis(30));
            assert_eq!(elapsed(scope!(timeout = 1.5s => |_| { pending::<()>().await })).await.0, SECOND * 3 / 2);
            assert_eq!(elapsed(scope!(timeout = 2m => |_| { pending::<()>().await })).await.0, 120 * SECOND);
            assert_eq!(elapsed(scope!(timeout = 1h => |_| { pending::<()>().await })).await.0, hour);
            assert_eq!(elapsed(scope!(timeout = hour / 2 => |_| { pending::<()>().await })).await.0, hour / 2);
            assert_eq!(elapsed(scope!(timeout = variable => |_| { pending::<()>().await })).await.0, SECOND / 2);
        }

        async fn it_counts_from_the_first_poll() {
            let future = scope!(timeout = 3 => |_| { pending::<()>().await });
            sleep(10 * SECOND).await;
            assert_eq!(elapsed(future).await.0, 3 * SECOND);
        }

        async fn in_time_is_no_error() {
            let value = scope!(timeout = 3 => |run| { run << sleep(2 * SECOND); 5 }).await;
            assert_eq!(value.unwrap(), 5);
        }

        async fn clean_up_is_waited_for() {
            let (live, started) = (Live::new(), Count::new());
            let (took, end) = elapsed(scope!(timeout = 3 => |run| {
                run << slow_to_end(live.guard(), started.clone(), 7 * SECOND);
            }))
            .await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
            assert_eq!((took.as_secs(), live.now()), (10, 0));
        }

        async fn the_tighter_of_time_out_and_deadline_holds() {
            let at = |secs| Instant::now() + secs * SECOND;
            assert_eq!(elapsed(scope!(timeout = 3, deadline = at(5) => |_| { pending::<()>().await })).await.0, 3 * SECOND);
            assert_eq!(elapsed(scope!(timeout = 5, deadline = at(3) => |_| { pending::<()>().await })).await.0, 3 * SECOND);
            assert_eq!(elapsed(scope!(deadline = at(4) => |_| { pending::<()>().await })).await.0, 4 * SECOND);
        }

        async fn a_deadline_does_not_move_with_the_first_poll() {
            let future = scope!(deadline = Instant::now() + 5 * SECOND => |_| { pending::<()>().await });
            sleep(3 * SECOND).await;
            assert_eq!(elapsed(future).await.0, 2 * SECOND);
        }

        async fn a_deadline_in_the_past_is_a_time_out_at_once() {
            let past = Instant::now();
            sleep(SECOND).await;
            let (took, end) = elapsed(scope!(deadline = past => |_| { pending::<()>().await })).await;
            assert_eq!((took, end.unwrap_err().kind()), (Duration::ZERO, ErrorKind::TimedOut));
        }

        async fn nested_ones_are_apart() {
            let (took, value) = elapsed(scope!(timeout = 10 => |_| {
                let inner = scope!(timeout = 2 => |_| { pending::<()>().await }).await;
                assert_eq!(inner.unwrap_err().kind(), ErrorKind::TimedOut);
                sleep(3 * SECOND).await;
                "went on"
            }))
            .await;
            assert_eq!((took, value.unwrap()), (5 * SECOND, "went on"));
        }

        async fn an_outer_one_cuts_the_inner_scopes() {
            let live = Live::new();
            let (took, end) = elapsed(scope!(timeout = 2 => |run| {
                let count = live.clone();
                run << async move {
                    scope!(timeout = 10 => |inner| {
                        let guard = count.guard();
                        inner << async move { pending::<()>().await; drop(guard); };
                    })
                    .await
                };
            }))
            .await;
            let error = end.unwrap_err();
            assert_eq!((took, error.kind(), error.others().len(), live.now()), (2 * SECOND, ErrorKind::TimedOut, 0, 0));
        }

        async fn set_timeout_moves_it_from_now() {
            let later = scope!(timeout = 3 => |run| {
                sleep(2 * SECOND).await;
                run.set_timeout(5);
                pending::<()>().await
            });
            assert_eq!(elapsed(later).await.0, 7 * SECOND);
            let sooner = scope!(timeout = 30 => |run| {
                sleep(2 * SECOND).await;
                run.set_timeout(1s);
                pending::<()>().await
            });
            assert_eq!(elapsed(sooner).await.0, 3 * SECOND);
            let new = scope!(|run| {
                run.set_timeout(0.5);
                pending::<()>().await
            });
            let (took, end) = elapsed(new).await;
            assert_eq!((took, end.unwrap_err().kind()), (SECOND / 2, ErrorKind::TimedOut));
        }

        async fn set_timeout_replaces_the_deadline_too() {
            let scope = scope!(deadline = Instant::now() + SECOND, timeout = 2 => |run| {
                run.set_timeout(5);
                pending::<()>().await
            });
            assert_eq!(elapsed(scope).await.0, 5 * SECOND);
        }

        async fn set_timeout_from_a_task_while_the_body_waits() {
            let scope = scope!(timeout = 30 => |run| {
                let handle = run.clone();
                run << async move {
                    sleep(SECOND).await;
                    handle.set_timeout(1);
                };
                pending::<()>().await
            });
            assert_eq!(elapsed(scope).await.0, 2 * SECOND);
        }

        async fn clear_timeout_takes_it_away() {
            let scope = scope!(timeout = 3, deadline = Instant::now() + 4 * SECOND => |run| {
                run.clear_timeout();
                sleep(10 * SECOND).await;
                "unhurried"
            });
            let (took, value) = elapsed(scope).await;
            assert_eq!((took, value.unwrap()), (10 * SECOND, "unhurried"));
        }

        async fn cleared_it_can_be_set_again() {
            let scope = scope!(timeout = 3 => |run| {
                run.clear_timeout();
                sleep(10 * SECOND).await;
                run.set_timeout(1);
                pending::<()>().await
            });
            assert_eq!(elapsed(scope).await.0, 11 * SECOND);
        }

        async fn after_cancel_there_is_no_time_out() {
            let (live, started) = (Live::new(), Count::new());
            let report = scope!(timeout = 3 => |run| {
                run << slow_to_end(live.guard(), started.clone(), 10 * SECOND);
                sleep(SECOND).await;
                run.cancel();
                5
            })
            .report()
            .await;
            assert!(!report.timed_out(), "the clean-up was late, not the scope");
            assert_eq!(report.into_result().unwrap(), 5);
        }

        async fn one_that_never_comes_is_fine() {
            let value = scope!(timeout = Duration::MAX, cancel_timeout = u64::MAX => |run| {
                run << sleep(SECOND);
                run.set_timeout(u64::MAX);
                yield_now().await;
                run.set_timeout(1e18);
                1
            })
            .await;
            assert_eq!(value.unwrap(), 1);
        }
    }
}

mod name {
    use super::*;

    async fn fetch(n: u32) -> Result<(), Boom> {
        if n == 12 { Err(Boom(n)) } else { Ok(()) }
    }

    both! {
        async fn it_is_in_the_path_of_an_error() {
            let error = scope!(name = "main" => |_| {
                scope!(name = "crawl", max_concurrency = 1 => |run| {
                    for n in 1..=12 {
                        run << fetch(n);
                    }
                })
                .await?;
            })
            .await
            .unwrap_err();
            let inner = error.downcast_ref::<ayo::Error>().unwrap();
            assert_eq!(inner.task().unwrap().path(), "main/crawl/fetch #12");
            assert!(inner.to_string().starts_with("main/crawl/fetch #12: "), "{inner}");
        }

        async fn a_task_in_between_is_in_the_path() {
            let error = scope!(name = "main" => |run| {
                #[task(name = "walk")]
                run << async { scope!(name = "crawl" => |inner| { inner << fetch(12); }).await };
            })
            .await
            .unwrap_err();
            let inner = error.downcast_ref::<ayo::Error>().unwrap();
            assert_eq!(inner.task().unwrap().path(), "main/walk/crawl/fetch #1");
        }

        async fn a_scope_without_a_name_has_no_part_in_it() {
            let error = scope!(name = "main" => |_| { scope!(|run| { run << fetch(12); }).await?; }).await.unwrap_err();
            assert_eq!(error.downcast_ref::<ayo::Error>().unwrap().task().unwrap().path(), "main/fetch #1");
        }

        async fn any_expression_will_do() {
            let n = 7;
            scope!(name = format!("worker {n}") => |run| { assert_eq!(run.name().as_deref(), Some("worker 7")); }).await.unwrap();
            scope!(|run| { assert_eq!(run.name(), None); }).await.unwrap();
        }

        async fn a_task_has_its_functions_name_or_the_one_given() {
            let report = scope!(name = "main", supervise, max_concurrency = 1 => |run| {
                run << fetch(12);
                let n = 2;
                #[task(name = format!("fetch number {n}"))]
                run << fetch(12);
                run.task(fetch(12)).name("by hand").start();
                run << async { Err(Boom(4)) };
                #[task(name = "trying")]
                let attempt = run << fetch(12);
                let _ = attempt.await;
            })
            .report()
            .await;
            let names = report.contained.iter().map(|error| error.task().unwrap().path().to_owned()).collect::<Vec<_>>();
            assert_eq!(names[0], "main/fetch #1");
            assert_eq!(names[1], "main/fetch number 2 #2");
            assert_eq!(names[2], "main/by hand #3");
            assert_eq!(names[4], "main/trying #5");
        }

        async fn it_is_in_the_message_of_a_time_out() {
            let error = scope!(name = "nightly", timeout = 0 => |_| { pending::<()>().await }).await.unwrap_err();
            assert!(error.to_string().contains("nightly"), "{error}");
        }
    }
}

mod collect {
    use super::*;

    both! {
        async fn values_come_in_the_order_of_spawning() {
            for limit in [usize::MAX, 3] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    for n in 0..100_usize {
                        run << async move { turns((100 - n) % 9).await; n };
                    }
                    "body"
                })
                .report()
                .await;
                assert_eq!(report.results, (0..100).collect::<Vec<_>>());
                assert_eq!(report.value, Some("body"));
            }
        }

        async fn the_order_in_which_handles_go_does_not_matter() {
            for limit in [usize::MAX, 3] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    let mut tasks = (0..20).map(|n| run.spawn(async move { turns(n % 4).await; n })).collect::<Vec<_>>();
                    while let Some(last) = tasks.pop() {
                        if tasks.len() % 2 == 0 {
                            yield_now().await;
                        }
                        drop(last);
                    }
                })
                .report()
                .await;
                assert_eq!(report.results, (0..20).collect::<Vec<_>>());
            }
        }

        async fn there_are_no_holes() {
            for limit in [usize::MAX, 1] {
                let report = scope!(collect = u32, supervise, max_concurrency = limit => |run| {
                    for n in 0..20 {
                        run << async move { if n % 3 == 0 { Err(Boom(n)) } else { Ok(n) } };
                    }
                    let cancelled = run << pending::<u32>();
                    cancelled.cancel();
                    let _ = cancelled.await;
                })
                .report()
                .await;
                assert_eq!(report.results, (0..20).filter(|n| n % 3 != 0).collect::<Vec<_>>());
            }
        }

        async fn a_value_taken_through_its_handle_is_not_kept() {
            for limit in [usize::MAX, 1] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    run << ready(1);
                    let taken = run << ready(2);
                    let dropped = run << ready(3);
                    let unread = run << async { turns(3).await; 4 };
                    assert_eq!(taken.await?, 2);
                    drop(dropped);
                    drop(unread);
                    drop(run.all([ready(5), ready(6)]));
                    assert_eq!(run.all([ready(7), ready(8)]).await?, [7, 8]);
                    let pair = run.all(ready(9), ready(10)).await?;
                    assert_eq!(pair, (9, 10));
                    drop(run.all(ready(11), ready(12)));
                })
                .report()
                .await;
                assert_eq!(report.results, [1, 3, 4, 5, 6, 11, 12]);
            }
        }

        async fn an_attempt_is_never_kept() {
            for limit in [usize::MAX, 1] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    run << ready(1);
                    drop(run.attempt(ready(Ok::<_, Boom>(2))));
                    let read = run.attempt(ready(Ok::<_, Boom>(3)));
                    assert_eq!(read.await?, 3);
                    drop(run.task(ready(Ok::<_, Boom>(4))).name("x").attempt());
                })
                .report()
                .await;
                assert_eq!(report.results, [1]);
            }
        }

        async fn what_is_started_on_the_plain_scope_is_not_kept() {
            for limit in [usize::MAX, 1] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    run << ready(1);
                    drop(run.as_scope() << ready(2));
                    drop(run.as_scope().spawn(ready(3)));
                    let plain: &Scope = run.as_scope();
                    plain << ready("of another type");
                    run << ready(4);
                })
                .report()
                .await;
                assert_eq!(report.results, [1, 4]);
            }
        }

        async fn what_is_started_on_the_ambient_scope_is_not_kept() {
            for limit in [usize::MAX, 1] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    run << async { drop(ayo::spawn(ready(3))); 1 };
                    drop(ayo::spawn(ready(2)));
                    drop(ayo::current().unwrap().spawn(ready(4)));
                })
                .report()
                .await;
                assert_eq!(report.results, [1]);
            }
        }

        async fn tasks_start_siblings_that_are_kept() {
            let report = scope!(collect => |run| {
                let scope: Scope<ayo::Collect<u32>> = run.clone();
                run << async move {
                    for n in 1..5 {
                        drop(scope.spawn(async move { yield_now().await; n }));
                    }
                    0_u32
                };
            })
            .report()
            .await;
            assert_eq!(report.results, [0, 1, 2, 3, 4]);
        }

        async fn map_and_all_are_kept_and_for_each_keeps_nothing() {
            for limit in [usize::MAX, 2] {
                let report = scope!(collect, max_concurrency = limit => |run| {
                    let all = run.all((0..10).map(ready));
                    drop(all);
                    let mapped = run.map(10..20, |n| async move { yield_now().await; n });
                    drop(mapped);
                    let taken = run.map(20..25, ready);
                    assert_eq!(taken.await?, [20, 21, 22, 23, 24]);
                    run.for_each(0..50, ready).await?;
                })
                .report()
                .await;
                assert_eq!(report.results, (0..20).collect::<Vec<_>>());
            }
        }

        async fn results_are_there_after_a_failure_too() {
            let report = scope!(collect = u32, max_concurrency = 1 => |run| {
                for n in 0..10 {
                    run << async move { if n == 5 { Err(Boom(5)) } else { Ok(n) } };
                }
            })
            .report()
            .await;
            assert_eq!(report.results, [0, 1, 2, 3, 4]);
            assert_eq!(report.error.as_ref().and_then(boom), Some(5));
        }

        async fn kept_values_that_nobody_asks_for_are_gone_with_the_scope() {
            for limit in [usize::MAX, 2] {
                let live = Live::new();
                let value = scope!(collect, max_concurrency = limit => |run| {
                    for _ in 0..10 {
                        let guard = live.guard();
                        run << async move { yield_now().await; guard };
                    }
                    let kept = run.clone();
                    kept.name().is_none()
                })
                .await;
                assert_eq!((value.unwrap(), live.now()), (true, 0));
            }
        }

        async fn background_and_options_are_kept_too() {
            let report = scope!(collect => |run| {
                #[task(name = "named", bubble = false)]
                run << ready(1);
                #[task(background)]
                let background = run << async { 2 };
                until(|| background.is_finished()).await;
                drop(background);
                run.task(ready(3)).start();
                drop(run.spawn_with(|| ready(4)));
            })
            .report()
            .await;
            assert_eq!(report.results, [1, 2, 3, 4]);
        }

        async fn by_methods() {
            let report = ayo::scope()
                .collect::<u8>()
                .max_concurrency(2)
                .run(async |run| {
                    drop(run.all([ready(1), ready(2)]));
                    Ok::<_, ayo::BoxError>(())
                })
                .report()
                .await;
            assert_eq!(report.results, [1, 2]);
        }
    }

    paused! {
        async fn what_was_ready_in_time_is_kept() {
            let report = scope!(collect, timeout = 5 => |run| {
                for n in 0..10_u64 {
                    run << async move { sleep(Duration::from_secs(n)).await; n };
                }
            })
            .report()
            .await;
            assert!(report.timed_out());
            assert_eq!(report.results[..5], [0, 1, 2, 3, 4]);
            assert!(report.results.len() <= 6);
        }
    }
}

mod supervise_and_on_error {
    use super::*;

    both! {
        async fn a_tasks_failure_does_not_cancel_the_others() {
            for limit in [usize::MAX, 2] {
                let done = Count::new();
                let report = scope!(supervise, max_concurrency = limit => |run| {
                    for n in 0..10 {
                        let done = done.clone();
                        run << async move {
                            if n % 2 == 0 { return Err(Boom(n)); }
                            turns(5).await;
                            done.hit();
                            Ok(())
                        };
                    }
                    run << async { if true { panic!("contained") } };
                    "value"
                })
                .report()
                .await;
                assert_eq!(done.get(), 5);
                let mut found = report.contained.iter().filter_map(boom).collect::<Vec<_>>();
                found.sort_unstable();
                assert_eq!(found, [0, 2, 4, 6, 8]);
                assert_eq!(report.contained.len(), 6);
                assert_eq!(report.into_result().unwrap(), "value");
            }
        }

        async fn the_bodys_failure_does() {
            let live = Live::new();
            let error = scope!(supervise => |run| {
                let guard = live.guard();
                run << async move { pending::<()>().await; drop(guard); };
                Err::<(), _>(Boom(1))?;
            })
            .await
            .unwrap_err();
            assert_eq!((boom(&error), live.now()), (Some(1), 0));
        }

        async fn on_error_hears_each_error_that_does_not_bubble() {
            let heard = Log::new();
            let hear = { let heard = heard.clone(); move |error: &ayo::Error| heard.add((error.task().unwrap().id(), boom(error))) };
            let report = scope!(on_error = hear => |run| {
                #[task(bubble = false)]
                run << async { Err(Boom(1)) };
                #[task(bubble = false)]
                run << async { if true { panic!("contained") } };
                drop(run.attempt(async { Err::<(), _>(Boom(3)) }));
                run << async { Ok::<(), Boom>(()) };
                run << turns(10);
            })
            .report()
            .await;
            let mut heard = heard.all();
            heard.sort_unstable();
            assert_eq!(heard, [(1, Some(1)), (2, None), (3, Some(3))]);
            assert!(report.error.is_none() && report.contained.is_empty());
        }

        async fn on_error_does_not_hear_what_bubbles() {
            let heard = Count::new();
            let hear = { let heard = heard.clone(); move |_: &ayo::Error| { heard.hit(); } };
            let error = scope!(on_error = hear => |run| { run << async { Err(Boom(1)) }; }).await.unwrap_err();
            assert_eq!((boom(&error), heard.get()), (Some(1), 0));
        }

        async fn an_on_error_that_panics_harms_nobody() {
            let done = Count::new();
            let value = scope!(supervise, on_error = |_: &ayo::Error| panic!("in on_error") => |run| {
                for _ in 0..5 {
                    run << async { Err(Boom(1)) };
                }
                let done = done.clone();
                run << async move { turns(10).await; done.hit(); };
                "value"
            })
            .await;
            assert_eq!((value.unwrap(), done.get()), ("value", 1));
        }

        async fn an_on_error_may_use_the_scope() {
            let (slot, done) = (Arc::new(OnceLock::<Scope>::new()), Count::new());
            let hear = {
                let (slot, done) = (Arc::clone(&slot), done.clone());
                move |_: &ayo::Error| {
                    let (run, done) = (slot.get().unwrap(), done.clone());
                    drop(run.spawn(async move { done.hit(); }));
                    assert!(!run.is_empty());
                    drop(run.tree());
                }
            };
            scope!(supervise, on_error = hear => |run| {
                assert!(slot.set(run.clone()).is_ok());
                run << async { Err(Boom(1)) };
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 1);
        }

        async fn an_on_error_may_cancel_the_scope() {
            let slot = Arc::new(OnceLock::<Scope>::new());
            let hear = { let slot = Arc::clone(&slot); move |_: &ayo::Error| slot.get().unwrap().cancel_with("too many errors") };
            let error = scope!(supervise, on_error = hear => |run| {
                assert!(slot.set(run.clone()).is_ok());
                run << async { Err(Boom(1)) };
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert!(error.to_string().contains("too many errors"), "{error}");
        }

        async fn at_most_1024_are_kept_and_the_rest_is_counted() {
            let report = scope!(supervise => |run| {
                for n in 0..3000 {
                    run << async move { Err(Boom(n)) };
                }
            })
            .report()
            .await;
            assert_eq!((report.contained.len(), report.contained_beyond), (1024, 3000 - 1024));
            assert!(report.error.is_none());
        }

        async fn on_error_hears_of_all_of_them() {
            let heard = Count::new();
            let hear = { let heard = heard.clone(); move |_: &ayo::Error| { heard.hit(); } };
            let report = scope!(supervise, on_error = hear => |run| {
                for n in 0..3000 {
                    run << async move { Err(Boom(n)) };
                }
            })
            .report()
            .await;
            assert_eq!((heard.get(), report.contained.len(), report.contained_beyond), (3000, 0, 0));
        }
    }
}

mod cancel_timeout {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    paused! {
        async fn what_is_still_there_is_dropped_by_force_and_reported() {
            for limit in [usize::MAX, 2] {
                let (live, started) = (Live::new(), Count::new());
                let line = line!() + 3;
                let report = scope!(name = "main", cancel_timeout = 5, timeout = 10, max_concurrency = limit => |run| {
                    #[task(name = "upload")]
                    run << stubborn(live.guard(), started.clone());
                    run << stubborn(live.guard(), started.clone());
                })
                .report()
                .await;
                assert_eq!((live.now(), report.elapsed), (0, 15 * SECOND));
                assert!(report.timed_out());
                let error = report.error.unwrap();
                assert_eq!(error.kind(), ErrorKind::Abandoned);
                assert_eq!(error.others()[0].kind(), ErrorKind::TimedOut, "its cause comes first");
                let text = error.to_string();
                for part in ["upload #1", "stubborn #2", &format!("options.rs:{line}")] {
                    assert!(text.contains(part), "no {part} in {text}");
                }
            }
        }

        async fn the_cause_is_first_whatever_it_was() {
            let (live, started) = (Live::new(), Count::new());
            let error = scope!(cancel_timeout = 5 => |run| {
                run << stubborn(live.guard(), started.clone());
                started.reaches(1).await;
                Err::<(), _>(Boom(1))?;
            })
            .await
            .unwrap_err();
            assert_eq!((error.kind(), boom(&error.others()[0])), (ErrorKind::Abandoned, Some(1)));
            assert_eq!(live.now(), 0);
        }

        async fn after_cancel_it_is_an_error_even_with_a_value() {
            let (live, started) = (Live::new(), Count::new());
            let report = scope!(cancel_timeout = 5 => |run| {
                run << stubborn(live.guard(), started.clone());
                started.reaches(1).await;
                run.cancel();
                7
            })
            .report()
            .await;
            assert_eq!((report.value, live.now()), (Some(7), 0));
            assert_eq!(report.error.unwrap().kind(), ErrorKind::Abandoned);
        }

        async fn a_stubborn_body_is_dropped_too() {
            let (live, started) = (Live::new(), Count::new());
            let report = scope!(cancel_timeout = 5, timeout = 1 => |_| {
                stubborn(live.guard(), started.clone()).await;
            })
            .report()
            .await;
            assert_eq!((live.now(), report.elapsed), (0, 6 * SECOND));
            assert_eq!(report.error.unwrap().kind(), ErrorKind::Abandoned);
        }

        async fn stubborn_scopes_below_are_dropped_too() {
            let (live, started) = (Live::new(), Count::new());
            let report = scope!(cancel_timeout = 5, timeout = 1 => |run| {
                let (live, started) = (live.clone(), started.clone());
                run << async move {
                    scope!(|inner| {
                        inner << stubborn(live.guard(), started.clone());
                        stubborn(live.guard(), started).await;
                    })
                    .await
                };
            })
            .report()
            .await;
            assert_eq!((live.now(), report.elapsed), (0, 6 * SECOND));
            assert_eq!(report.error.unwrap().kind(), ErrorKind::Abandoned);
        }

        async fn clean_up_in_time_is_no_error() {
            let (live, started) = (Live::new(), Count::new());
            let error = scope!(cancel_timeout = 5, timeout = 1 => |run| {
                run << slow_to_end(live.guard(), started.clone(), 4 * SECOND);
            })
            .await
            .unwrap_err();
            assert_eq!((error.kind(), error.others().len(), live.now()), (ErrorKind::TimedOut, 0, 0));
        }

        async fn without_it_a_scope_waits_as_long_as_clean_up_takes() {
            let (live, started) = (Live::new(), Count::new());
            let report = scope!(timeout = 1 => |run| {
                run << slow_to_end(live.guard(), started.clone(), 100_000 * SECOND);
            })
            .report()
            .await;
            assert_eq!((report.elapsed.as_secs(), live.now()), (100_001, 0));
            assert_eq!(report.error.unwrap().kind(), ErrorKind::TimedOut);
        }

        async fn background_tasks_have_that_time_too() {
            let (live, started) = (Live::new(), Count::new());
            let report = scope!(cancel_timeout = 5 => |run| {
                #[task(background)]
                run << stubborn(live.guard(), started.clone());
                started.reaches(1).await;
                1
            })
            .report()
            .await;
            assert_eq!((live.now(), report.elapsed), (0, 5 * SECOND));
            assert_eq!(report.error.unwrap().kind(), ErrorKind::Abandoned);
        }

        async fn a_task_may_have_its_own() {
            for limit in [usize::MAX, 3] {
                let (live, started, others) = (Live::new(), Count::new(), Live::new());
                let report = scope!(timeout = 10, max_concurrency = limit => |run| {
                    let line = line!() + 2;
                    #[task(name = "upload", cancel_timeout = 2s)]
                    run << stubborn(live.guard(), started.clone());
                    run << slow_to_end(others.guard(), started.clone(), 7 * SECOND);
                    line
                })
                .report()
                .await;
                assert_eq!((live.now(), others.now()), (0, 0));
                assert_eq!(report.elapsed.as_secs(), 17, "the other one has all its time");
                let error = report.error.unwrap();
                assert_eq!(error.kind(), ErrorKind::TimedOut);
                let abandoned = &error.others()[0];
                assert_eq!((abandoned.kind(), abandoned.task().unwrap().name()), (ErrorKind::Abandoned, "upload"));
                assert!(abandoned.to_string().contains(&format!("options.rs:{}", report.value.unwrap())), "{abandoned}");
            }
        }

        async fn it_holds_for_a_task_that_is_cancelled_alone() {
            for limit in [usize::MAX, 1] {
                let (live, started) = (Live::new(), Count::new());
                let report = scope!(max_concurrency = limit => |run| {
                    let task = run.task(stubborn(live.guard(), started.clone())).cancel_timeout(2).bubble(false).spawn();
                    started.reaches(1).await;
                    let begin = Instant::now();
                    task.cancel();
                    assert!(task.await.is_err());
                    assert_eq!((begin.elapsed(), live.now()), (2 * SECOND, 0));
                })
                .report()
                .await;
                assert!(report.error.is_none());
                assert_eq!(report.contained.iter().map(ayo::Error::kind).collect::<Vec<_>>(), [ErrorKind::Abandoned]);
            }
        }

        async fn a_task_without_clean_up_needs_none() {
            let live = Live::new();
            let value = scope!(cancel_timeout = 0 => |run| {
                let guard = live.guard();
                #[task(cancel_timeout = 0)]
                run << async move { pending::<()>().await; drop(guard); };
                yield_now().await;
                run.cancel();
                3
            })
            .await;
            assert_eq!((value.unwrap(), live.now()), (3, 0));
        }
    }
}

mod parent {
    use super::*;

    both! {
        async fn a_dead_parent_is_cancelled_and_the_body_is_never_polled() {
            let polled = Flag::new();
            let ended = scope!(|run| { run.clone() }).await.unwrap();
            let error = scope!(parent = ended => |_| { polled.set(); }).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);

            let kept = Arc::new(OnceLock::new());
            let failed = scope!(|run| {
                assert!(kept.set(run.clone()).is_ok());
                Err::<(), _>(Boom(1))?;
            });
            assert!(failed.await.is_err());
            let error = scope!(parent = kept.get().unwrap() => |_| { polled.set(); }).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert!(!polled.is_set());
        }

        async fn a_parent_that_is_cancelled_before_the_first_poll() {
            let polled = Flag::new();
            let open = ayo::scope().open();
            let below = scope!(parent = open => |_| { polled.set(); });
            open.cancel();
            assert_eq!(below.await.unwrap_err().kind(), ErrorKind::Cancelled);
            assert!(!polled.is_set());
            assert!(open.await.is_err());
        }

        async fn a_parent_that_is_cancelled_later_cancels_it() {
            let live = Live::new();
            let open = ayo::scope().open();
            let (parent, guard, started) = ((*open).clone(), live.guard(), Count::new());
            let hit = started.clone();
            let below = tokio::spawn(async move {
                scope!(parent = parent => |inner| {
                    inner << async move { hit.hit(); pending::<()>().await; drop(guard); };
                    pending::<()>().await
                })
                .await
            });
            started.reaches(1).await;
            open.cancel_with("closing time");
            let error = below.await.unwrap().unwrap_err();
            assert_eq!((error.kind(), live.now()), (ErrorKind::Cancelled, 0));
            assert!(open.await.is_err());
        }

        async fn the_parent_waits_for_it() {
            for _ in 0..20 {
                let (live, started, go) = (Live::new(), Count::new(), Gate::new());
                let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
                let (guard, hit, gone) = (live.guard(), started.clone(), go.clone());
                let below = tokio::spawn(async move {
                    let parent = receive.await.unwrap();
                    scope!(parent = parent => |inner| {
                        inner << async move {
                            hit.hit();
                            gone.passed().await;
                            turns(5).await;
                            drop(guard);
                        };
                    })
                    .await
                });
                scope!(|run| {
                    assert!(send.send(run.clone()).is_ok());
                    started.reaches(1).await;
                    go.open();
                })
                .await
                .unwrap();
                assert_eq!(live.now(), 0);
                below.await.unwrap().unwrap();
            }
        }

        async fn a_failed_parent_waits_for_its_clean_up() {
            let (live, started) = (Live::new(), Count::new());
            let (send, receive) = tokio::sync::oneshot::channel::<Scope>();
            let (guard, hit) = (live.guard(), started.clone());
            let below = tokio::spawn(async move {
                let parent = receive.await.unwrap();
                scope!(parent = parent => |inner| {
                    inner << async move {
                        shield(async {
                            hit.hit();
                            until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
                            turns(5).await;
                        })
                        .await;
                        drop(guard);
                    };
                })
                .await
            });
            let error = scope!(|run| {
                assert!(send.send(run.clone()).is_ok());
                started.reaches(1).await;
                Err::<(), _>(Boom(1))?;
            })
            .await
            .unwrap_err();
            assert_eq!((boom(&error), error.others().len(), live.now()), (Some(1), 0, 0));
            let _ = below.await.unwrap();
        }

        async fn its_failure_goes_to_whoever_awaits_it() {
            scope!(|run| {
                let run = run.clone();
                let below = tokio::spawn(async move { scope!(parent = run => |_| { Err::<(), _>(Boom(1))?; }).await });
                assert_eq!(boom(&below.await?.unwrap_err()), Some(1));
                assert!(!ayo::current().unwrap().is_cancelled());
            })
            .await
            .unwrap();
        }

        async fn it_hangs_below_that_one_and_not_the_ambient_one() {
            scope!(name = "first" => |first| {
                scope!(name = "second" => |second| {
                    let below = scope!(name = "below", parent = first => |run| {
                        assert_eq!(ayo::current().unwrap().name().as_deref(), Some("below"));
                        let task = run.task(async { Err::<(), _>(Boom(1)) }).name("failing").spawn();
                        let _ = task.await;
                    });
                    let error = below.await.unwrap_err();
                    assert_eq!(error.task().unwrap().path(), "first/below/failing #1");
                    assert!(!second.is_cancelled());
                })
                .await?;
                assert!(!first.is_cancelled());
            })
            .await
            .unwrap();
        }

        async fn any_handle_of_a_scope_will_do() {
            scope!(collect = u8 => |run| {
                scope!(parent = run => |_| {}).await?;
                scope!(parent = run.clone() => |_| {}).await?;
                scope!(parent = Arc::new(run.clone()) => |_| {}).await?;
                scope!(parent = run.as_scope() => |_| {}).await?;
                let open = ayo::scope().open();
                scope!(parent = open => |_| {}).await?;
                open.await?;
                ayo::scope().parent(run).run(async |_| Ok::<_, ayo::BoxError>(())).await?;
            })
            .await
            .unwrap();
        }

        async fn cancelled_code_around_it_cancels_it_too() {
            let (live, started) = (Live::new(), Count::new());
            scope!(name = "parent" => |parent| {
                let end = scope!(name = "around" => |around| {
                    let (parent, guard, hit) = (parent.clone(), live.guard(), started.clone());
                    around << async move {
                        scope!(parent = parent => |inner| {
                            inner << async move { hit.hit(); pending::<()>().await; drop(guard); };
                        })
                        .await
                    };
                    started.reaches(1).await;
                    around.cancel();
                    pending::<()>().await
                })
                .await;
                assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
                assert_eq!(live.now(), 0);
                assert!(!parent.is_cancelled());
            })
            .await
            .unwrap();
        }
    }
}

mod task_options {
    use super::*;

    both! {
        async fn main_cancels_the_scope_when_it_ends() {
            for limit in [usize::MAX, 3] {
                let live = Live::new();
                let value = scope!(max_concurrency = limit => |run| {
                    for _ in 0..2 {
                        let guard = live.guard();
                        run << async move { pending::<()>().await; drop(guard); };
                    }
                    #[task(main)]
                    run << turns(5);
                    "value"
                })
                .await;
                assert_eq!((value.unwrap(), live.now()), ("value", 0));
            }
        }

        async fn main_that_fails_is_a_failure() {
            let error = scope!(|run| {
                run << pending::<()>();
                #[task(main)]
                run << async { yield_now().await; Err(Boom(1)) };
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!((error.kind(), boom(&error)), (ErrorKind::Failed, Some(1)));
        }

        async fn main_that_is_cancelled_alone_ends_the_scope() {
            let error = scope!(|run| {
                let main = run.task(pending::<()>()).main().spawn();
                turns(3).await;
                main.cancel();
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
        }

        async fn main_and_bubble_false_ends_the_scope_silently_even_on_an_error() {
            for limit in [usize::MAX, 2] {
                for panics in [false, true] {
                    let live = Live::new();
                    let report = scope!(max_concurrency = limit => |run| {
                        let guard = live.guard();
                        run << async move { pending::<()>().await; drop(guard); };
                        #[task(main, bubble = false)]
                        run << async move {
                            turns(3).await;
                            assert!(!panics, "contained");
                            Err(Boom(1))
                        };
                        "value"
                    })
                    .report()
                    .await;
                    assert_eq!(live.now(), 0);
                    assert_eq!(report.contained.len(), 1);
                    assert_eq!(report.contained[0].kind(), if panics { ErrorKind::Panicked } else { ErrorKind::Failed });
                    assert_eq!(report.into_result().unwrap(), "value");
                }
            }
        }

        async fn main_and_bubble_false_before_the_body_is_a_plain_cancellation() {
            let error = scope!(|run| {
                #[task(main, bubble = false)]
                run << async { Err(Boom(1)) };
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!((error.kind(), error.others().len()), (ErrorKind::Cancelled, 0));
        }

        async fn bubble_false_contains_an_error() {
            let report = scope!(|run| {
                #[task(bubble = false)]
                run << async { Err(Boom(1)) };
                run.task(async { Err::<(), _>(Boom(2)) }).bubble(false).start();
                run.task(async { Ok::<(), Boom>(()) }).bubble(true).start();
                run << turns(5);
                1
            })
            .report()
            .await;
            let mut found = report.contained.iter().filter_map(boom).collect::<Vec<_>>();
            found.sort_unstable();
            assert_eq!((found, report.value), (vec![1, 2], Some(1)));
        }

        async fn bubble_true_is_the_default() {
            let error = scope!(|run| { run.task(async { Err::<(), _>(Boom(2)) }).bubble(true).start(); }).await.unwrap_err();
            assert_eq!(boom(&error), Some(2));
        }

        async fn background_does_not_hold_the_scope_open() {
            let (live, ended) = (Live::new(), Count::new());
            let value = scope!(|run| {
                let (guard, hit) = (live.guard(), ended.clone());
                #[task(background)]
                run << async move { pending::<()>().await; hit.hit(); drop(guard); };
                run << turns(5);
                "value"
            })
            .await;
            assert_eq!((value.unwrap(), live.now(), ended.get()), ("value", 0, 0));
        }

        async fn background_goes_on_while_others_run() {
            let ticks = Count::new();
            let report = scope!(|run| {
                let (tick, watch) = (ticks.clone(), ticks.clone());
                #[task(name = "beat", background)]
                run << async move { loop { tick.hit(); yield_now().await; } };
                run << async move { watch.reaches(100).await };
            })
            .report()
            .await;
            assert!(report.error.is_none() && !report.cancelled());
            assert!(ticks.get() >= 100);
        }

        async fn its_clean_up_is_waited_for() {
            let (live, started) = (Live::new(), Count::new());
            scope!(|run| {
                let (guard, hit) = (live.guard(), started.clone());
                #[task(background)]
                run << async move {
                    shield(async {
                        hit.hit();
                        until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
                        turns(5).await;
                    })
                    .await;
                    drop(guard);
                };
                started.reaches(1).await;
            })
            .await
            .unwrap();
            assert_eq!(live.now(), 0);
        }

        async fn its_failure_is_a_failure() {
            let error = scope!(|run| {
                #[task(background)]
                run << async { turns(3).await; Err(Boom(1)) };
                pending::<()>().await
            })
            .await
            .unwrap_err();
            assert_eq!(boom(&error), Some(1));
        }

        async fn its_failure_while_it_is_cancelled_is_not_lost() {
            let started = Count::new();
            let error = scope!(|run| {
                let hit = started.clone();
                #[task(background)]
                run << when_cancelled(hit, || Err::<(), _>(Boom(1)));
                started.reaches(1).await;
            })
            .await
            .unwrap_err();
            assert_eq!(boom(&error), Some(1));
        }

        async fn what_it_starts_holds_the_scope_open() {
            let done = Count::new();
            scope!(|run| {
                let (scope, hit, started) = (run.clone(), done.clone(), Count::new());
                let began = started.clone();
                #[task(background)]
                run << async move {
                    drop(scope.spawn(async move { turns(10).await; hit.hit(); }));
                    began.hit();
                    pending::<()>().await
                };
                started.reaches(1).await;
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 1);
        }

        async fn background_and_main_and_bubble_false_combine() {
            let live = Live::new();
            let report = scope!(|run| {
                let guard = live.guard();
                run << async move { pending::<()>().await; drop(guard); };
                #[task(name = "watchdog", main, bubble = false, background, cancel_timeout = 1s)]
                run << async { turns(5).await; Err(Boom(1)) };
                2
            })
            .report()
            .await;
            assert_eq!((report.value, live.now()), (Some(2), 0));
            assert_eq!(report.contained[0].task().unwrap().name(), "watchdog");
            assert!(report.error.is_none());
        }

        async fn background_and_main_that_nobody_waits_for() {
            let value = scope!(|run| {
                #[task(main, background)]
                run << pending::<()>();
                3
            })
            .await;
            assert_eq!(value.unwrap(), 3);
        }

        async fn an_attempt_may_have_options() {
            let report = scope!(max_concurrency = 1 => |run| {
                run << turns(3);
                let attempt = run.task(async { Err::<u8, _>(Boom(1)) }).name("probe").background().attempt();
                assert!(matches!(attempt.await, Err(ayo::TaskError::Failed(Boom(1)))));
                drop(run.task(async { Err::<u8, _>(Boom(2)) }).name("unread").attempt());
            })
            .report()
            .await;
            assert!(report.error.is_none());
            assert_eq!(report.contained[0].task().unwrap().name(), "unread");
        }
    }
}

mod durations {
    use super::*;

    #[test]
    fn every_type_of_number_is_seconds() {
        fn secs(duration: impl IntoDuration) -> Duration {
            duration.into_duration().unwrap()
        }
        let two = Duration::from_secs(2);
        assert_eq!(secs(2), two);
        assert_eq!(
            [secs(2_u8), secs(2_u16), secs(2_u32), secs(2_u64), secs(2_u128), secs(2_usize)],
            [two; 6]
        );
        assert_eq!(
            [secs(2_i8), secs(2_i16), secs(2_i32), secs(2_i64), secs(2_i128), secs(2_isize)],
            [two; 6]
        );
        assert_eq!([secs(2.0), secs(2.0_f64), secs(2.0_f32), secs(two)], [two; 4]);
        assert_eq!([secs(0), secs(0.0), secs(-0.0)], [Duration::ZERO; 3]);
        assert_eq!(secs(0.03), Duration::from_millis(30));
        assert_eq!(secs(u64::MAX), Duration::from_secs(u64::MAX));
    }

    #[test]
    fn what_is_no_length_of_time_is_an_error_that_names_the_value() {
        fn text(duration: impl IntoDuration) -> String {
            duration.into_duration().unwrap_err().to_string()
        }
        for (text, value) in [
            (text(-1), "-1"),
            (text(-7_i8), "-7"),
            (text(-0.5), "-0.5"),
            (text(-0.5_f32), "-0.5"),
            (text(f64::NAN), "NaN"),
            (text(f64::INFINITY), "inf"),
            (text(f64::NEG_INFINITY), "-inf"),
            (text(1e300), "1"),
            (text(u128::MAX), "340282366920938463463374607431768211455"),
            (text(i128::MIN), "-170141183460469231731687303715884105728"),
        ] {
            assert!(text.contains(value), "no {value} in {text}");
        }
    }

    /// Checks that `f` panics in this file, at this line, and names the value.
    fn refused<T>(line: u32, value: &str, f: impl FnOnce() -> T) {
        let (file, at, text) = panic_site(f);
        assert!(file.ends_with("options.rs"), "the panic points to {file}:{at}");
        assert_eq!(at, line, "{text}");
        assert!(text.contains(value), "no {value} in {text}");
    }

    #[test]
    #[rustfmt::skip]
    fn every_function_panics_at_its_callers_line_and_names_the_value() {
        refused(line!(), "-1", || drop(ayo::scope().timeout(-1)));
        refused(line!(), "NaN", || drop(ayo::scope().timeout(f64::NAN)));
        refused(line!(), "inf", || drop(ayo::scope().cancel_timeout(f64::INFINITY)));
        refused(line!(), "-2", || drop(ayo::timeout(-2, pending::<()>())));
        refused(line!(), "-3", || drop(ayo::move_on_after(-3, pending::<()>())));
        let (bad, nan) = (-4, f64::NAN);
        refused(line!(), "-4", || drop(scope!(timeout = bad => |_| {})));
        refused(line!(), "NaN", || drop(scope!(cancel_timeout = nan => |_| {})));
        current_thread(async {
            scope!(|run| {
                refused(line!(), "-5", || run.set_timeout(bad - 1));
                refused(line!(), "-6", || run.task(ready(())).cancel_timeout(bad - 2).start());
                let open = ayo::scope().open();
                refused(line!(), "-7", || open.set_timeout(bad - 3));
                open.await?;
            })
            .await
            .unwrap();
        });
    }

    #[test]
    fn the_panic_of_a_task_attribute_points_to_the_task() {
        current_thread(async {
            scope!(|run| {
                let bad = -8;
                let line = line!() + 2;
                refused(line, "-8", || {
                    #[task(cancel_timeout = bad)]
                    run << ready(());
                });
            })
            .await
            .unwrap();
        });
    }
}
