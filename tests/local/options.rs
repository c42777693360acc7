//! The options of scopes and tasks, with children that borrow.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use ayo::{ErrorKind, scope, shield};
use futures::future::pending;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::*;

paused! {
    async fn timeout_cuts_body_and_children() {
        let live = Live::new();
        let report = scope!(local, timeout = 2 => |run| {
            for secs in [1, 3] {
                let guard = live.guard();
                run << async move { sleep(Duration::from_secs(secs)).await; drop(guard) };
            }
            "body"
        })
        .report()
        .await;
        assert!(report.timed_out());
        assert_eq!((report.value, live.now()), (Some("body"), 0));
        assert_eq!(report.elapsed.as_secs(), 2);
    }

    async fn a_timeout_in_a_child_is_its_own() {
        let late = scope!(local => |run| {
            let task = run << async { ayo::timeout(1, sleep(Duration::from_secs(5))).await.is_err() };
            task.await?
        });
        assert!(late.await.unwrap());
    }

    async fn cancel_timeout_drops_by_force_and_names_what_is_left() {
        let live = Live::new();
        let report = scope!(local, cancel_timeout = 1 => |run| {
            let guard = live.guard();
            run.task_ref().name("stubborn").start(async move { shield(pending::<()>()).await; drop(guard) });
            yield_now().await;
            run.cancel();
            7
        })
        .report()
        .await;
        let error = report.error.unwrap();
        assert_eq!((error.kind(), live.now(), report.value), (ErrorKind::Abandoned, 0, Some(7)));
        assert!(error.to_string().contains("stubborn"), "{error}");
    }

    async fn a_child_may_have_a_cancel_timeout_of_its_own() {
        let live = Live::new();
        let report = scope!(local => |run| {
            let guard = live.guard();
            let stubborn = run.task_ref().cancel_timeout(1).bubble(false).spawn(async move {
                shield(pending::<()>()).await;
                drop(guard);
            });
            yield_now().await;
            stubborn.cancel();
            let _ = stubborn.await;
            assert_eq!(live.now(), 0);
        })
        .report()
        .await;
        assert_eq!(report.contained[0].kind(), ErrorKind::Abandoned);
        assert_eq!(report.elapsed.as_secs(), 1);
    }

    async fn set_timeout_moves_it() {
        let report = scope!(local, timeout = 10 => |run| {
            run.set_timeout(1);
            run << pending::<()>();
        })
        .report()
        .await;
        assert!(report.timed_out() && report.elapsed.as_secs() == 1);
    }

    async fn a_limit_holds_for_children_first_come_first_served() {
        let (now, most, log) = (Cell::new(0), Cell::new(0), RefCell::new(Vec::new()));
        scope!(local, max_concurrency = 3 => |run| {
            for n in 0..10 {
                let (now, most, log) = (&now, &most, &log);
                run << async move {
                    log.borrow_mut().push(n);
                    now.set(now.get() + 1);
                    most.set(most.get().max(now.get()));
                    sleep(Duration::from_millis(10)).await;
                    now.set(now.get() - 1);
                };
            }
            assert_eq!(run.len(), 10);
        })
        .await
        .unwrap();
        assert_eq!((most.get(), log.into_inner()), (3, (0..10).collect::<Vec<_>>()));
    }

    async fn children_and_spawned_tasks_stand_in_one_line() {
        let log = Log::new();
        scope!(local, max_concurrency = 1 => |run| {
            for n in 0..6 {
                let log = log.clone();
                let work = async move {
                    log.add(n);
                    sleep(Duration::from_millis(1)).await;
                };
                if n % 2 == 0 { drop(run.spawn(work)) } else { drop(run.spawn_ref(work)) }
            }
        })
        .await
        .unwrap();
        assert_eq!(log.all(), [0, 1, 2, 3, 4, 5]);
    }

    async fn those_in_line_are_queued_in_the_tree_and_leave_it_when_cancelled() {
        let gate = Gate::new();
        scope!(local, max_concurrency = 1 => |run| {
            run << gate.passed();
            let second = run << gate.passed();
            let third = run << gate.passed();
            yield_now().await;
            let states = |run: &ayo::Scope| run.tree().children().iter().map(|child| child.state()).collect::<Vec<_>>();
            assert_eq!(states(run)[1..], [ayo::State::Queued, ayo::State::Queued]);
            second.cancel();
            assert!(second.await.is_err(), "it does not wait for its turn");
            assert_eq!((states(run).len(), run.len()), (2, 2));
            assert!(!third.is_finished());
            gate.open();
            third.await?;
        })
        .await
        .unwrap();
    }

    async fn an_attempt_in_line_is_cancelled_there() {
        let gate = Gate::new();
        scope!(local, max_concurrency = 1 => |run| {
            run << gate.passed();
            let second = run.attempt_ref(async { gate.passed().await; Ok::<_, Boom>(()) });
            yield_now().await;
            second.cancel();
            assert!(second.await.is_err());
            gate.open();
        })
        .await
        .unwrap();
    }

    async fn a_cancelled_scope_with_a_long_line_ends() {
        let polled = Count::new();
        let live = Live::new();
        let report = scope!(local, max_concurrency = 2 => |run| {
            for _ in 0..1_000 {
                let (guard, polled) = (live.guard(), &polled);
                run << async move { polled.hit(); pending::<()>().await; drop(guard) };
            }
            sleep(Duration::from_millis(1)).await;
            run.cancel();
            3
        })
        .report()
        .await;
        assert_eq!((report.value, live.now(), polled.get()), (Some(3), 0, 2));
    }

    async fn schedules_and_blocking_work_use_the_scope_as_ever() {
        let ticks = Count::new();
        let (seen, counted) = (ticks.clone(), Cell::new(0));
        scope!(local => |run| {
            let beat = run.every(1, move || { let seen = seen.clone(); async move { seen.hit(); } });
            run << async { counted.set(counted.get() + 1) };
            sleep(Duration::from_millis(3_500)).await;
            beat.unschedule();
            assert_eq!(run.aside(|| 5).await?, 5);
        })
        .await
        .unwrap();
        assert_eq!((ticks.get(), counted.get()), (3, 1));
    }
}

both! {
    async fn a_background_child_holds_nothing_open() {
        let beats = Cell::new(0);
        scope!(local => |run| {
            #[task(background)]
            run << async { loop { beats.set(beats.get() + 1); yield_now().await } };
            run << turns(5);
            run.spawn(turns(3));
        })
        .await
        .unwrap();
        assert!(beats.get() > 0);
    }

    async fn the_main_child_ends_the_scope() {
        let live = Live::new();
        let report = scope!(local => |run| {
            let guard = live.guard();
            run << async move { pending::<()>().await; drop(guard) };
            #[task(main)]
            run << turns(3);
            5
        })
        .report()
        .await;
        assert_eq!((report.value, live.now()), (Some(5), 0));
    }

    async fn supervise_and_on_error_hear_of_each() {
        let heard = Log::new();
        let hear = heard.clone();
        let ends = Cell::new(0);
        scope!(local, supervise, on_error = move |error| hear.add(boom(error)) => |run| {
            for n in 0..3 {
                run << async move { turns(n as usize).await; Err(Boom(n)) };
            }
            run << async { turns(9).await; ends.set(1) };
        })
        .await
        .unwrap();
        assert_eq!((heard.all(), ends.get()), (vec![Some(0), Some(1), Some(2)], 1));
    }

    async fn eager_children_run_at_the_call() {
        let log = RefCell::new(Vec::new());
        let say = |what: &'static str| log.borrow_mut().push(what);
        scope!(local, eager => |run| {
            say("a");
            run << async {
                say("1");
                yield_now().await;
                say("2");
            };
            say("b");
            yield_now().await;
            say("c");
            turns(2).await;
        })
        .await
        .unwrap();
        let log = log.into_inner();
        assert_eq!(log[..3], ["a", "1", "b"]);
        assert_eq!(log.len(), 5);
    }

    async fn an_eager_child_that_never_suspends_has_its_value_at_the_call() {
        let word = String::from("five");
        scope!(local, eager => |run| {
            let len = run << async { word.len() };
            assert!(len.is_finished() && run.is_empty());
            assert_eq!(len.await?, 4);
            let bad = run.attempt_ref(async { Err::<(), _>(Boom(1)) });
            assert!(bad.is_finished() && bad.await.is_err());
        })
        .await
        .unwrap();
    }

    async fn the_first_part_of_an_eager_child_takes_no_place() {
        let log = RefCell::new(Vec::new());
        scope!(local, eager, max_concurrency = 1 => |run| {
            for n in 0..3 {
                let log = &log;
                run << async move {
                    log.borrow_mut().push((n, "first"));
                    yield_now().await;
                    log.borrow_mut().push((n, "rest"));
                    yield_now().await;
                    log.borrow_mut().push((n, "end"));
                };
            }
            log.borrow_mut().push((9, "body"));
        })
        .await
        .unwrap();
        let all = log.into_inner();
        assert_eq!(all[..4], [(0, "first"), (1, "first"), (2, "first"), (9, "body")]);
        assert_eq!(all[4..], [(0, "rest"), (0, "end"), (1, "rest"), (1, "end"), (2, "rest"), (2, "end")]);
    }

    async fn a_parent_that_is_cancelled_takes_a_local_scope_with_it() {
        let live = Live::new();
        scope!(|outer| {
            let below = scope!(local, parent = outer => |run| {
                let guard = live.guard();
                run << async move { pending::<()>().await; drop(guard) };
                yield_now().await;
                outer.cancel();
                pending::<()>().await;
            });
            let _ = shield(below).await;
        })
        .await
        .ok();
        assert_eq!((live.now(), live.ever()), (0, 1));
    }
}
