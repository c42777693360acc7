//! The rules of scopes, kept by children that borrow.

use std::cell::{Cell, RefCell};
use std::panic::panic_any;
use std::time::Duration;

use ayo::{Cancelled, ErrorKind, TaskError, scope, shield};
use futures::future::{pending, ready};
use tokio::task::yield_now;

use crate::support::*;

/// A child in the middle of its clean-up from `entered` on, until its scope was asked to end and three turns more.
async fn cleaning_up(live: Guard, entered: &Gate) {
    shield(async {
        entered.open();
        until(|| ayo::current().is_some_and(|scope| scope.is_cancelled())).await;
        turns(3).await;
    })
    .await;
    drop(live);
}

both! {
    async fn rule_1_every_child_has_ended() {
        let live = Live::new();
        scope!(local => |run| {
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

    async fn rule_1_clean_up_of_children_and_body_has_ended() {
        let (live, entered, of_body) = (Live::new(), Gate::new(), Gate::new());
        let error = scope!(local => |run| {
            run << cleaning_up(live.guard(), &entered);
            run << async {
                entered.passed().await;
                of_body.passed().await;
                Err(Boom(1))
            };
            cleaning_up(live.guard(), &of_body).await;
            pending::<()>().await;
        })
        .await
        .unwrap_err();
        assert_eq!((boom(&error), live.now(), live.ever()), (Some(1), 0, 2));
        assert_eq!(error.others().len(), 0);
    }

    async fn rule_2_the_first_failure_cancels_all_and_later_ones_are_kept() {
        let (live, begun) = (Live::new(), Count::new());
        let error = scope!(local => |run| {
            for n in 0..3 {
                let (begun, guard) = (&begun, live.guard());
                run << async move {
                    let end: Result<(), Boom> = when_cancelled(begun.clone(), || Err(Boom(n + 2))).await;
                    drop(guard);
                    end
                };
            }
            run << async {
                begun.reaches(3).await;
                Err(Boom(1))
            };
        })
        .await
        .unwrap_err();
        let mut all = booms(&error);
        assert_eq!(all.remove(0), 1);
        all.sort_unstable();
        assert_eq!((all, live.now()), (vec![2, 3, 4], 0));
    }

    async fn rule_2_an_error_of_the_body_does_too() {
        let live = Live::new();
        let error = scope!(local => |run| {
            let guard = live.guard();
            run << async move { pending::<()>().await; drop(guard) };
            yield_now().await;
            Err(Boom(7))?
        })
        .await;
        let error: ayo::Error = error.map(|(): ()| ()).unwrap_err();
        assert_eq!((boom(&error), live.now()), (Some(7), 0));
    }

    async fn rule_3_a_panic_resumes_after_everything_has_ended() {
        let live = Live::new();
        let payload = panic_of(scope!(local => |run| {
            let guard = live.guard();
            run << async move { shield(turns(5)).await; drop(guard) };
            run << async { yield_now().await; panic_any(5_u8); };
        }))
        .await;
        assert_eq!((payload.downcast_ref(), live.now()), (Some(&5_u8), 0));
    }

    async fn rule_3_a_panic_of_the_body_does_too() {
        let live = Live::new();
        let payload = panic_of(scope!(local => |run| {
            let guard = live.guard();
            run << async move { pending::<()>().await; drop(guard) };
            yield_now().await;
            panic_any(6_u8);
        }))
        .await;
        assert_eq!((payload.downcast_ref(), live.now()), (Some(&6_u8), 0));
    }

    async fn rule_4_cancel_is_no_error_when_the_body_had_reached_its_end() {
        let value = scope!(local => |run| {
            let again = run.clone();
            run << async move { turns(3).await; again.cancel(); pending::<()>().await };
            5
        });
        assert_eq!(value.await.unwrap(), 5);
        let error = scope!(local => |run| { run.cancel(); pending::<()>().await }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }

    async fn rule_5_handles_tell_how_it_ended() {
        let done = Gate::new();
        scope!(local => |run| {
            let failed = run.task_ref().bubble(false).spawn(async { yield_now().await; Err::<(), _>(Boom(1)) });
            assert!(failed.await.unwrap_err().failed());
            let cancelled = run << async { done.passed().await; 5 };
            turns(2).await;
            cancelled.cancel_with("not needed");
            let told: Cancelled = cancelled.await.unwrap_err();
            assert!(!told.failed());
            assert_eq!(told.reason().to_string(), "not needed");
            let unpolled = run << async { 5 };
            unpolled.cancel();
            assert!(unpolled.await.is_err(), "it hears of it by its first poll");
            assert_eq!((run << async { 6 }).await?, 6);
        })
        .await
        .unwrap();
    }

    async fn rule_5_attempts_keep_their_error() {
        let report = scope!(local => |run| {
            let bad = run.attempt_ref(async { yield_now().await; Err::<(), _>(Boom(1)) });
            assert!(matches!(bad.await, Err(TaskError::Failed(Boom(1)))));
            let stuck = run.attempt_ref(pending::<Result<(), Boom>>());
            yield_now().await;
            stuck.cancel();
            assert!(matches!(stuck.await, Err(TaskError::Cancelled(_))));
            let bad = run.attempt_ref(ready(Err::<(), _>(Boom(2))));
            drop(bad);
            5
        })
        .report()
        .await;
        assert_eq!((report.value, report.contained.iter().filter_map(boom).collect()), (Some(5), vec![2]));
    }

    async fn rule_6_a_cancelled_or_closed_scope_drops_what_comes_unpolled() {
        let polled = Flag::new();
        let kept = RefCell::new(None);
        let live = Live::new();
        let report = scope!(local => |run| {
            *kept.borrow_mut() = Some(run.clone());
            run.cancel();
            let guard = live.guard();
            let late = run << async { polled.set(); drop(guard) };
            assert!(late.is_finished());
            5
        })
        .report()
        .await;
        assert_eq!((report.value, live.now(), live.ever()), (Some(5), 0, 1));
        let run = kept.borrow_mut().take().unwrap();
        let guard = live.guard();
        let late = run.spawn_ref(async { polled.set(); drop(guard) });
        assert!(!polled.is_set() && late.is_finished() && live.now() == 0);
        assert!(late.await.is_err());
    }

    async fn rule_8_the_report_tells_all() {
        let report = scope!(local, collect, supervise => |run| {
            for n in [3_u64, 1, 2] {
                run << async move { turns(n as usize).await; n };
            }
            let taken = run << async { 9 };
            let handle = run << async { 4 };
            run.task_ref().start(async { yield_now().await; Err::<u64, _>(Boom(1)) });
            drop(handle);
            taken.await?
        })
        .report()
        .await;
        assert_eq!((report.value, report.results), (Some(9), vec![3, 1, 2, 4]));
        assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [1]);
        assert!(report.error.is_none());
    }

    async fn rule_9_and_10_children_inherit_and_have_their_scope_around() {
        ayo::vars! { static DEPTH: u32 = 0; }
        let seen = Cell::new(0);
        DEPTH
            .with(3, scope!(local, name = "here" => |run| {
                run << async {
                    yield_now().await;
                    seen.set(DEPTH.get());
                    assert_eq!(ayo::current().unwrap().name().as_deref(), Some("here"));
                    assert_eq!(ayo::spawn(async { 1 }).await?, 1);
                    Ok(())
                };
            }))
            .await
            .unwrap();
        assert_eq!(seen.get(), 3);
    }

    async fn an_error_of_a_child_names_it_and_its_line() {
        async fn fetch(text: &str) -> Result<(), Boom> {
            assert!(!text.is_empty());
            Err(Boom(1))
        }
        let text = String::from("x");
        let line = line!() + 2;
        let error = scope!(local, name = "crawl" => |run| {
            run << fetch(&text);
        })
        .await
        .unwrap_err();
        let task = error.task().unwrap();
        assert_eq!((task.path(), task.location().line()), ("crawl/fetch #1", line));
        let error = scope!(local, name = "crawl" => |run| {
            #[task(name = "beat")]
            run << async { Err(Boom(2)) };
        })
        .await
        .unwrap_err();
        assert_eq!(error.task().unwrap().path(), "crawl/beat #1");
    }

    async fn children_clean_up_by_defer_and_with() {
        use ayo::{actxmgr, with};
        actxmgr! {
            async fn noted<'a>(log: &'a RefCell<Vec<&'static str>>) -> u32 {
                log.borrow_mut().push("set up");
                yield 5;
                yield_now().await;
                log.borrow_mut().push("torn down");
            }
        }
        let log = RefCell::new(Vec::new());
        let begun = Count::new();
        let report = scope!(local => |run| {
            run << async {
                with!(n = noted(&log) => {
                    assert_eq!(n, 5);
                    begun.hit();
                    pending::<()>().await;
                })
                .await?;
                Ok(())
            };
            run << async {
                let log = &log;
                defer!(async move { yield_now().await; log.borrow_mut().push("deferred") });
                begun.hit();
                pending::<()>().await;
            };
            begun.reaches(2).await;
            run.cancel();
            8
        })
        .report()
        .await;
        assert_eq!(report.value, Some(8));
        let mut log = log.into_inner();
        log.sort_unstable();
        assert_eq!(log, ["deferred", "set up", "torn down"]);
    }

    async fn waiting_for_a_child_that_is_cancelled_with_the_scope_does_not_go_on() {
        let after = Flag::new();
        let report = scope!(local => |run| {
            let stuck = run << pending::<()>();
            yield_now().await;
            run.cancel();
            let _ = stuck.await;
            after.set();
        })
        .report()
        .await;
        assert!(report.cancelled() && !after.is_set());
    }

    async fn a_child_that_waits_for_another_sees_its_value() {
        let word = String::from("seven");
        let len = scope!(local => |run| {
            let first = run << async { turns(4).await; word.as_str() };
            let second = run << async { first.await.map(str::len) };
            second.await?
        });
        assert_eq!(len.await.unwrap(), 5);
    }

    async fn cancel_and_wait_waits_for_their_clean_up() {
        let live = Live::new();
        scope!(local => |run| {
            let guard = live.guard();
            let one = run << async { shield(turns(4)).await; drop(guard); pending::<()>().await };
            let two = run << pending::<()>();
            yield_now().await;
            ayo::cancel_and_wait((one, two)).await;
            assert_eq!(live.now(), 0);
        })
        .await
        .unwrap();
    }
}

paused! {
    async fn the_tree_shows_children_and_what_is_below_them() {
        let gate = Gate::new();
        scope!(local, name = "crawl" => |run| {
            async fn fetch(gate: &Gate) { gate.passed().await }
            run << fetch(&gate);
            #[task(name = "beat", background)]
            run << async { scope!(name = "inner" => |_| { pending::<()>().await }).await };
            yield_now().await;
            let tree = run.tree();
            assert_eq!(tree.name(), "crawl");
            let names: Vec<_> = tree.children().iter().map(|child| child.name().to_owned()).collect();
            assert_eq!(names, ["fetch #1", "beat #2"]);
            assert_eq!(tree.children()[1].children()[0].name(), "inner");
            assert!(tree.children()[1].is_background());
            gate.open();
        })
        .await
        .unwrap();
    }

    async fn a_scope_that_is_dropped_from_outside_drops_its_children_in_place() {
        let (live, log) = (Live::new(), Log::new());
        {
            let inside = scope!(local => |run| {
                let (guard, log) = (live.guard(), log.clone());
                run << async move {
                    let _guard = guard;
                    let _told = OnDrop(move || log.add(ayo::current().is_some()));
                    pending::<()>().await
                };
                pending::<()>().await;
            });
            assert!(tokio::time::timeout(Duration::from_secs(1), inside).await.is_err());
        }
        assert_eq!((live.now(), log.all()), (0, vec![true]), "each in its domain");
    }
}
