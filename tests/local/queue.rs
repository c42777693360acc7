//! The open ready queue: who is in it, in which order, and how to change that.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use ayo::{LocalScope, LocalTask, NotRunnable, scope};
use futures::future::pending;
use tokio::task::yield_now;

use crate::support::*;

/// All that there are, by number: the body is 0.
fn all(tasks: &[&LocalTask<()>]) -> BTreeSet<u32> {
    tasks.iter().filter(|task| !task.is_finished()).map(|task| task.id()).chain([0]).collect()
}

/// asynkit's identity: every task is runnable, blocked, or the one that runs; none is two of these.
fn check_identity(run: &LocalScope<'_>, tasks: &[&LocalTask<()>]) {
    let (runnable, blocked) = (run.runnable(), run.blocked());
    let parts: Vec<u32> = runnable.iter().chain(&blocked).copied().chain(run.running()).collect();
    let union: BTreeSet<u32> = parts.iter().copied().collect();
    assert_eq!(parts.len(), union.len(), "{runnable:?} {blocked:?} {:?}", run.running());
    assert_eq!(union, all(tasks));
    for task in tasks {
        assert_eq!(run.is_runnable(task), runnable.contains(&task.id()), "{}", task.id());
        assert_eq!(run.is_blocked(task), blocked.contains(&task.id()), "{}", task.id());
    }
    assert_eq!(run.ready_len(), runnable.len());
}

async fn note(log: &RefCell<Vec<u32>>, n: u32) {
    log.borrow_mut().push(n);
}

both! {
    async fn all_tasks_are_runnable_blocked_or_current() {
        let gate = Gate::new();
        scope!(local => |run| {
            let waits: Vec<LocalTask<()>> = (0..3).map(|_| run.spawn_ref(gate.passed())).collect();
            let turns: Vec<LocalTask<()>> =
                (1..4).map(|n| run.spawn_ref(async move { for _ in 0..n { ayo::checkpoint().await } })).collect();
            let tasks: Vec<&LocalTask<()>> = waits.iter().chain(&turns).collect();
            check_identity(run, &tasks);
            assert_eq!((run.running(), run.ready_len()), (Some(0), 6));
            for round in 0..6 {
                ayo::checkpoint().await;
                check_identity(run, &tasks);
                assert!(waits.iter().all(|task| run.is_blocked(task)), "in round {round}");
            }
            assert_eq!((run.ready_len(), run.blocked()), (0, vec![1, 2, 3]));
            gate.open();
            while !waits.iter().all(LocalTask::is_finished) {
                gate.open();
                check_identity(run, &tasks);
                ayo::checkpoint().await;
            }
            check_identity(run, &tasks);
        })
        .await
        .unwrap();
    }

    async fn the_identity_holds_inside_of_children_too() {
        let checks = Cell::new(0);
        scope!(local => |run| {
            let again = run.clone();
            let first = run << pending::<()>();
            let second = run.spawn_ref(async { ayo::checkpoint().await });
            run << async {
                let again = again;
                let who = again.running().unwrap();
                assert_eq!(who, 3);
                let (runnable, blocked) = (again.runnable(), again.blocked());
                assert!(!runnable.contains(&who) && !blocked.contains(&who));
                let mut all: Vec<u32> = runnable.into_iter().chain(blocked).chain([who]).collect();
                all.sort_unstable();
                assert_eq!(all, [0, 1, 2, 3]);
                checks.set(checks.get() + 1);
            };
            ayo::checkpoint().await;
            first.cancel();
            let _ = second.await;
        })
        .await
        .unwrap();
        assert_eq!(checks.get(), 1);
    }

    async fn children_run_in_the_order_of_spawning() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            for n in 1..=4 {
                run << note(&log, n);
            }
            assert_eq!(run.runnable(), [1, 2, 3, 4]);
            ayo::checkpoint().await;
            note(&log, 0).await;
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [1, 2, 3, 4, 0]);
    }

    async fn insert_at_puts_a_task_where_it_says_and_clamps() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            run << note(&log, 1);
            run << note(&log, 2);
            let third = run.insert_at(0, note(&log, 3));
            run.insert_at(1, note(&log, 4));
            run.insert_at(99, note(&log, 5));
            assert_eq!((third.id(), run.runnable()), (3, vec![3, 4, 1, 2, 5]));
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [3, 4, 1, 2, 5]);
    }

    async fn rotate_turns_right_if_positive() {
        scope!(local => |run| {
            run.rotate(7); // nothing to turn
            for _ in 0..5 {
                run << async {};
            }
            run.rotate(1);
            assert_eq!(run.runnable(), [5, 1, 2, 3, 4]);
            run.rotate(-1);
            assert_eq!(run.runnable(), [1, 2, 3, 4, 5]);
            run.rotate(-7);
            assert_eq!(run.runnable(), [3, 4, 5, 1, 2]);
            run.rotate(isize::MAX);
            run.rotate(isize::MIN);
            run.rotate(0);
            assert_eq!(run.ready_len(), 5);
        })
        .await
        .unwrap();
    }

    async fn reinsert_moves_what_is_in_the_queue() {
        let gate = Gate::new();
        scope!(local => |run| {
            let first = run << async {};
            let second = run << async {};
            let third = run << gate.passed();
            run.reinsert(&third, 0).unwrap();
            assert_eq!(run.runnable(), [3, 1, 2]);
            run.reinsert(&third, 1).unwrap();
            assert_eq!(run.runnable(), [1, 3, 2]);
            run.reinsert(&first, 99).unwrap();
            assert_eq!(run.runnable(), [3, 2, 1]);
            ayo::checkpoint().await;
            assert_eq!(run.reinsert(&third, 0), Err(NotRunnable), "it waits");
            assert_eq!(run.reinsert(&second, 0), Err(NotRunnable), "it has ended");
            gate.open();
            third.await?;
        })
        .await
        .unwrap();
    }

    async fn sleep_insert_goes_on_at_its_position() {
        for (position, expected) in [(0, [9, 1, 2, 3]), (1, [1, 9, 2, 3]), (2, [1, 2, 9, 3]), (50, [1, 2, 3, 9])] {
            let log = RefCell::new(Vec::new());
            scope!(local => |run| {
                for n in 1..=3 {
                    run << note(&log, n);
                }
                run.sleep_insert(position).await;
                note(&log, 9).await;
            })
            .await
            .unwrap();
            assert_eq!(log.into_inner(), expected);
        }
    }

    async fn sleep_insert_inside_of_a_combinator_queues_the_task() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            for n in 1..=2 {
                run << note(&log, n);
            }
            tokio::join!(run.sleep_insert(1), async {});
            note(&log, 9).await;
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [1, 9, 2]);
    }

    async fn switch_to_runs_that_one_next() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            let _first = run << note(&log, 1);
            let second = run << note(&log, 2);
            let third = run << note(&log, 3);
            run.switch_to(&third).await?;
            note(&log, 9).await; // at the end of the queue
            assert_eq!(run.switch_to(&second).await, Err(NotRunnable));
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [3, 1, 2, 9]);
    }

    async fn switch_to_with_a_position_comes_back_there() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            let _first = run << note(&log, 1);
            let _second = run << note(&log, 2);
            let third = run << note(&log, 3);
            run.switch_to(&third).insert_pos(1).await?;
            note(&log, 9).await;
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [3, 9, 1, 2]);
    }

    async fn a_body_that_switches_again_and_again_is_a_scheduler() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            let mut round = std::collections::VecDeque::new();
            for (who, steps) in [(1, 3), (2, 1), (3, 2)] {
                let log = &log;
                round.push_back(run << async move {
                    for step in 0..steps {
                        note(log, who * 10 + step).await;
                        ayo::checkpoint().await;
                    }
                });
            }
            while let Some(next) = round.pop_front() {
                run.switch_to(&next).insert_pos(1).await?;
                assert_eq!(run.running(), Some(0));
                if !next.is_finished() {
                    round.push_back(next);
                }
            }
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [10, 20, 30, 11, 31, 12]);
    }

    async fn what_is_blocked_or_anothers_cannot_be_switched_to() {
        let gate = Gate::new();
        scope!(local => |run| {
            let stuck = run << gate.passed();
            ayo::checkpoint().await;
            assert!(run.is_blocked(&stuck) && !run.is_runnable(&stuck));
            assert_eq!(run.switch_to(&stuck).await, Err(NotRunnable));
            scope!(local => |other| {
                let here = other << async {};
                assert!(other.is_runnable(&here) && !run.is_runnable(&here) && !run.is_blocked(&here));
                assert_eq!(run.switch_to(&here).await, Err(NotRunnable));
                assert_eq!(run.reinsert(&here, 0), Err(NotRunnable));
            })
            .await?;
            gate.open();
            while !run.is_runnable(&stuck) {
                yield_now().await;
            }
            run.switch_to(&stuck).await?;
            assert!(stuck.is_finished());
            assert_eq!(NotRunnable.to_string(), "the task is not in the ready queue");
        })
        .await
        .unwrap();
    }

    async fn descend_runs_the_task_first_and_goes_on_before_the_others() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            run << note(&log, 1);
            let task = run
                .descend(async {
                    note(&log, 2).await;
                    ayo::checkpoint().await;
                    note(&log, 4).await;
                    5
                })
                .await;
            note(&log, 3).await;
            assert!(!task.is_finished());
            assert_eq!(task.await?, 5);
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [2, 3, 1, 4]);
    }

    async fn checkpoint_queues_at_the_end() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            for n in 1..=2 {
                let log = &log;
                run << async move {
                    note(log, n).await;
                    ayo::checkpoint().await;
                    note(log, n + 10).await;
                };
            }
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), [1, 2, 11, 12]);
    }

    async fn the_one_that_runs_cannot_be_switched_to() {
        let handle = RefCell::new(None);
        scope!(local => |run| {
            let (again, handle) = (run.clone(), &handle);
            let own: LocalTask<()> = run << async move {
                let own: LocalTask<()> = handle.borrow_mut().take().unwrap();
                assert!(!again.is_runnable(&own) && !again.is_blocked(&own));
                assert_eq!(again.switch_to(&own).await, Err(NotRunnable));
                assert_eq!(again.reinsert(&own, 0), Err(NotRunnable));
            };
            *handle.borrow_mut() = Some(own);
        })
        .await
        .unwrap();
    }

    async fn one_in_line_for_a_place_is_blocked() {
        let gate = Gate::new();
        scope!(local, max_concurrency = 1 => |run| {
            let _first = run << gate.passed();
            let second = run << async {};
            yield_now().await;
            assert!(run.is_blocked(&second));
            assert_eq!(run.switch_to(&second).await, Err(NotRunnable));
            gate.open();
            second.await?;
        })
        .await
        .unwrap();
    }

    async fn a_sendable_scope_has_the_same_queue() {
        let log = std::sync::Mutex::new(Vec::new());
        let note = |n: u32| log.lock().unwrap().push(n);
        scope!(local = Send => |run| {
            let note = &note;
            let _first = run << async { note(1) };
            let second = run << async { note(2) };
            run.insert_at(0, async { note(3) });
            run.switch_to(&second).await?;
            run.descend(async { note(4) }).await;
            note(9);
            run.sleep_insert(0).await;
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner().unwrap(), [2, 3, 1, 4, 9]);
    }
}
