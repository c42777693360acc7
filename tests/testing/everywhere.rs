//! `cancel_everywhere`, `drop_everywhere` and `interleave`: that each point is cut once, exactly there, and what a failure
//! says. What they find is in `planted.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ayo::testing::{Everywhere, afterwards, cancel_everywhere, drop_everywhere, watch};
use ayo::{Scope, scope, shield};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::{Boom, Count, Live, Log, OnDrop};

/// What a test's runs saw, one after the other.
struct Runs(Log<Vec<u32>>);

impl Runs {
    fn new() -> Self {
        Self(Log::new())
    }

    /// The log of one run, which is entered when it has ended.
    fn one(&self) -> Log<u32> {
        let (all, one) = (self.0.clone(), Log::new());
        let seen = one.clone();
        afterwards(move || all.add(seen.all()));
        one
    }
}

#[test]
fn each_point_is_cut_once() {
    let runs = Runs::new();
    let summary = cancel_everywhere(async |_| {
        let log = runs.one();
        for step in 1..=3 {
            sleep(Duration::from_secs(1)).await;
            log.add(step);
        }
    });
    assert_eq!((summary.points(), summary.cuts(), summary.runs()), (3, 3, 1 + 3 * 2 + 1));
    let whole = vec![1, 2, 3];
    let cut = |after: &[u32]| after.to_vec();
    let seen = runs.0.all();
    assert_eq!(
        seen,
        [
            whole.clone(),
            cut(&[]),
            whole.clone(),
            cut(&[1]),
            whole.clone(),
            cut(&[1, 2]),
            whole.clone(),
            whole
        ]
    );
}

/// A cancel lets what is just ready go on to its next suspension; a drop does not.
#[test]
fn a_drop_is_exact() {
    let steps = async |runs: &Runs| {
        let log = runs.one();
        for step in 1..=3 {
            yield_now().await;
            log.add(step);
        }
    };
    let (dropped, cancelled) = (Runs::new(), Runs::new());
    drop_everywhere(async |_| steps(&dropped).await);
    cancel_everywhere(async |_| steps(&cancelled).await);
    let cuts = |runs: &Runs| runs.0.all().into_iter().skip(1).step_by(2).collect::<Vec<_>>();
    assert_eq!(cuts(&dropped), [vec![], vec![1], vec![1, 2], vec![1, 2, 3]]);
    assert_eq!(cuts(&cancelled), [vec![1], vec![1, 2], vec![1, 2, 3], vec![1, 2, 3]]);
}

/// In a task too: nobody else has a turn between the point and the drop. The tasks of what is dropped are asked to end,
/// with the one turn that such tasks have; one that was never polled has none.
#[test]
fn a_drop_is_exact_in_a_task() {
    let runs = Runs::new();
    let summary = drop_everywhere(async |run| {
        let log = runs.one();
        for task in [1, 2] {
            let log = log.clone();
            run.spawn(async move {
                log.add(10 * task);
                yield_now().await;
                log.add(10 * task + 1);
            });
        }
    });
    assert_eq!(summary.points(), 2);
    let cuts = runs.0.all().into_iter().skip(1).step_by(2).take(2).collect::<Vec<_>>();
    assert_eq!(cuts, [vec![10, 11], vec![10, 20, 11, 21]]);
}

/// Tasks that run directly, in a lane, in a scope below, in a group: all of them have points.
#[test]
fn the_points_of_all_kinds_of_tasks_count() {
    async fn step() {
        yield_now().await;
    }
    let summary = cancel_everywhere(async |run| {
        run.spawn(step()).await.unwrap();
    });
    let direct = summary.points();
    assert_eq!(direct, 2, "the task's, and the body's, which waits for it");
    let summary = cancel_everywhere(async |_| {
        let nested = scope!(max_concurrency = 1 => |run| {
            run << step();
            run << step();
            let last = run << step();
            last.await?;
        });
        nested.await.unwrap();
    });
    assert_eq!(summary.points(), 3 + 1, "three in the lane, and the body's, which waits for them");
}

#[test]
fn clean_up_is_waited_for_and_counted() {
    let (begun, done) = (Count::new(), Count::new());
    let summary = cancel_everywhere(async |run| {
        let (begun, done) = (begun.clone(), done.clone());
        run.spawn(async move {
            shield(async {
                begun.hit();
                sleep(Duration::from_secs(5)).await;
                done.hit();
            })
            .await;
        });
        yield_now().await;
    });
    assert_eq!(begun.get(), done.get(), "each that was begun was finished");
    assert!(summary.points() >= 2, "{summary}");
}

/// After a drop a shield cannot finish, and that is reported; it is no mistake of the test's.
#[test]
fn a_shield_that_is_dropped_from_outside_is_no_failure_of_a_drop() {
    drop_everywhere(async |_| {
        shield(sleep(Duration::from_secs(5))).await;
    });
}

/// What a run leaks is found once, in each run, whoever hears the traces.
#[test]
fn a_leak_is_found_whoever_hears_the_traces() {
    let leaks = || {
        let failure = Everywhere::whole().run(async |_| {
            let _ = tokio::time::timeout(Duration::from_secs(1), shield(sleep(Duration::from_secs(5)))).await;
        });
        failure.unwrap_err().to_string().matches("was dropped from outside").count()
    };
    assert_eq!(leaks(), 1);
    assert_eq!(tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::new(), leaks), 1);
    assert_eq!(leaks(), 1);
}

#[test]
fn what_is_dropped_is_adopted_and_waited_for() {
    let live = Live::new();
    drop_everywhere(async |_| {
        let seen = live.clone();
        afterwards(move || assert_eq!(seen.now(), 0));
        let nested = scope!(|run| {
            let guard = live.guard();
            run << async move {
                let _guard = guard;
                shield(async { sleep(Duration::from_secs(3)).await }).await;
            };
            sleep(Duration::from_secs(1)).await;
        });
        nested.await.unwrap();
    });
    assert!(live.ever() > 3);
}

#[test]
fn errors_of_a_run_that_is_cut_are_none() {
    cancel_everywhere(async |run| {
        let (tell, mut told) = mpsc::channel::<u32>(1);
        let answers = run.spawn(async move {
            yield_now().await;
            tell.send(1).await.map_err(|_| Boom(1))
        });
        let answer = told.recv().await.ok_or(Boom(2))?;
        answers.await.map_err(|_| Boom(3))?;
        assert_eq!(answer, 1);
        Ok::<(), Boom>(())
    });
}

/// Each run's runtime is gone before the next one starts.
#[cfg(target_os = "linux")]
#[test]
fn runs_leave_no_runtime_behind() {
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open();
    let summary = cancel_everywhere(async |_| {
        for _ in 0..300 {
            yield_now().await;
        }
    });
    assert!(summary.runs() > 600);
    assert!(open() < before + 300, "other tests have theirs, but not that many");
}

mod failures {
    use super::*;

    fn lost_permit() -> impl AsyncFn(&Scope) {
        let seats = Arc::new(Semaphore::new(1));
        async move |_: &Scope| {
            yield_now().await;
            seats.acquire().await.expect("never closed").forget();
            sleep(Duration::from_secs(1)).await;
            seats.add_permits(1);
        }
    }

    #[test]
    fn a_failure_says_where_what_and_how_to_see_it_again() {
        let campaign = Everywhere::cancel().timeout(0.2);
        let failure = campaign.run(lost_permit()).unwrap_err();
        assert_eq!((failure.point(), failure.seed()), (Some(1), None), "the first one goes on to the second");
        let text = failure.to_string();
        let line = text.lines().nth(1).unwrap();
        assert!(
            text.starts_with("cancelled at its suspension point 1, the test of tests/testing/everywhere.rs:"),
            "{text}"
        );
        assert!(
            line.starts_with("  the point is the body of the test at tests/testing/everywhere.rs:"),
            "{text}"
        );
        assert!(line.ends_with("when it suspended for the 1st time"), "{text}");
        assert!(text.contains("run once more and whole"), "{text}");
        assert!(text.contains("it hangs: for "), "{text}");
        assert!(
            text.ends_with("to run this case alone: ayo::testing::Everywhere::cancel().replay(1).run(..)"),
            "{text}"
        );
    }

    #[test]
    fn a_replay_runs_that_case_alone() {
        for point in [1, 2] {
            let failure = Everywhere::cancel().timeout(0.2).replay(point).run(lost_permit()).unwrap_err();
            assert_eq!(failure.point(), Some(point));
        }
        let runs = Count::new();
        let summary = Everywhere::drop().replay(2).run(async |_| {
            runs.hit();
            yield_now().await;
            yield_now().await;
        });
        assert_eq!((summary.unwrap().cuts(), runs.get()), (1, 3));
    }

    #[test]
    fn there_is_no_such_point() {
        let failure = Everywhere::cancel().replay(9).run(async |_| yield_now().await).unwrap_err();
        assert!(failure.to_string().contains("there is no suspension point 9: whole, it has 1"), "{failure}");
    }

    #[test]
    fn a_point_in_a_task_is_named_by_its_spawn() {
        let failure = Everywhere::cancel().run(async |run| {
            let run = run.clone();
            let task = async move {
                yield_now().await;
                tokio::spawn(std::future::pending::<()>());
                yield_now().await;
            };
            run.task(task).name("careless").spawn();
        });
        let failure = failure.unwrap_err().to_string();
        assert!(failure.contains("the test of tests/testing/everywhere.rs"), "{failure}");
        assert!(failure.contains("a task of Tokio outlived the test"), "{failure}");
    }

    /// Whole, it fails as any test does.
    #[test]
    #[should_panic(expected = "whole, too")]
    fn a_panic_of_the_whole_run_goes_on() {
        cancel_everywhere(async |_| {
            yield_now().await;
            assert_eq!("whole, too", "");
        });
    }

    #[test]
    #[should_panic(expected = "it returned an error: Boom(7)")]
    fn an_error_of_the_whole_run_fails() {
        cancel_everywhere(async |_| {
            yield_now().await;
            Err::<(), _>(Boom(7))
        });
    }

    #[test]
    #[should_panic(expected = "two `Mutex`es")]
    fn a_panic_of_a_run_that_is_cut() {
        cancel_everywhere(async |run| {
            run.spawn(async {
                let never_cut = OnDrop(|| panic!("two `Mutex`es"));
                sleep(Duration::from_secs(1)).await;
                std::mem::forget(never_cut);
            });
        });
    }

    #[ayo::test(cancel_everywhere)]
    #[should_panic(expected = "to run this case alone: #[ayo::test(cancel_everywhere, replay = 3)]")]
    async fn by_the_attribute(run: &Scope) {
        let seats = Arc::new(Semaphore::new(2));
        watch(&seats);
        let job = run << async { sleep(1s).await };
        let _ = job.await;
        seats.acquire().await.unwrap().forget();
        sleep(1s).await;
        seats.add_permits(1);
    }

    #[ayo::test(drop_everywhere, replay = 1)]
    #[should_panic(expected = "to run this case alone: #[ayo::test(drop_everywhere, replay = 1)]")]
    async fn a_drop_by_the_attribute() {
        let seats = Arc::new(Semaphore::new(2));
        watch(&seats);
        seats.acquire().await.unwrap().forget();
        yield_now().await;
        seats.add_permits(1);
    }
}

mod watching {
    use super::*;

    fn found<T>(make: impl Fn() -> Arc<T>, watch_it: impl Fn(&Arc<T>), spoil: impl Fn(Arc<T>)) -> String {
        let failure = Everywhere::whole().run(async |_| {
            let it = make();
            watch_it(&it);
            yield_now().await;
            spoil(it);
        });
        failure.unwrap_err().to_string()
    }

    #[test]
    fn permits() {
        let spoil = |permits: usize, take: bool| {
            found(
                || Arc::new(Semaphore::new(4)),
                watch,
                move |it| {
                    if take {
                        it.forget_permits(permits);
                    } else {
                        it.add_permits(permits);
                    }
                },
            )
        };
        assert!(spoil(3, true).contains("3 of 4 permits of a semaphore are lost (watched at "));
        assert!(spoil(1, false).contains("a semaphore of 4 permits has 5"));
    }

    #[test]
    fn locks() {
        let held = found(|| Arc::new(Mutex::new(())), watch, |it| std::mem::forget(it.try_lock_owned()));
        assert!(held.contains("a `tokio::sync::Mutex` is still locked"), "{held}");
        let held = found(
            || Arc::new(tokio::sync::RwLock::new(())),
            watch,
            |it| std::mem::forget(it.try_read_owned()),
        );
        assert!(held.contains("a `tokio::sync::RwLock` is still locked"), "{held}");
        let poisoned = found(
            || Arc::new(std::sync::Mutex::new(())),
            watch,
            |it| {
                let spoilt = std::thread::spawn(move || {
                    let _guard = it.lock();
                    panic!("under the lock");
                });
                spoilt.join().unwrap_err();
            },
        );
        assert!(poisoned.contains("a `std::sync::Mutex` is poisoned"), "{poisoned}");
    }
}

mod orders {
    use super::*;

    /// Right in Tokio's order, and by luck.
    async fn by_luck(run: &Scope) {
        let turn = Arc::new(AtomicUsize::new(0));
        for n in 0..3 {
            let turn = Arc::clone(&turn);
            run.spawn(async move {
                assert_eq!(turn.fetch_add(1, Ordering::SeqCst), n, "out of turn");
            });
        }
    }

    #[test]
    fn shuffling_finds_what_is_right_by_luck() {
        ayo::testing::Everywhere::whole().run(by_luck).expect("in Tokio's own order it passes");
        let failure = Everywhere::whole().interleave(100).run(by_luck).unwrap_err();
        let (seed, text) = (failure.seed().expect("a seed"), failure.to_string());
        assert!(text.contains("in another order of its tasks") && text.contains("out of turn"), "{text}");
        assert!(text.ends_with(&format!("ayo::testing::Everywhere::whole().seed({seed}).run(..)")), "{text}");
        let again = Everywhere::whole().seed(seed).run(by_luck).unwrap_err();
        assert_eq!(again.to_string().lines().nth(2), text.lines().nth(2));
    }

    #[ayo::test(interleave = 20)]
    async fn an_order_that_matters_not(run: &Scope) {
        let (tell, mut told) = mpsc::channel(1);
        for n in 0..4_u32 {
            let tell = tell.clone();
            run << async move { tell.send(n).await.is_ok() };
        }
        drop(tell);
        let mut sum = 0;
        while let Some(n) = told.recv().await {
            sum += n;
        }
        assert_eq!(sum, 6);
    }

    #[ayo::test(interleave = 50)]
    #[should_panic(expected = "#[ayo::test(seed = ")]
    async fn the_attribute_names_the_seed(run: &Scope) {
        by_luck(run).await;
    }

    /// Cut, and in another order.
    #[test]
    fn both_at_once() {
        let live = Live::new();
        let summary = Everywhere::cancel().interleave(50).run(async |run| {
            let seen = live.clone();
            afterwards(move || assert_eq!(seen.now(), 0));
            for _ in 0..5 {
                let guard = live.guard();
                run.spawn(async move {
                    for _ in 0..3 {
                        yield_now().await;
                    }
                    drop(guard);
                });
            }
        });
        let summary = summary.unwrap();
        assert!(summary.cuts() > 25, "{summary}");
    }

    /// A shuffled run takes its turns, in a limited scope too.
    #[test]
    fn lanes_are_shuffled() {
        let orders = Log::new();
        let summary = Everywhere::whole().interleave(30).run(async |_| {
            let (log, orders) = (Log::new(), orders.clone());
            let seen = log.clone();
            afterwards(move || orders.add(seen.all()));
            let limited = scope!(max_concurrency = 2 => |run| {
                for n in 0..4 {
                    let log = log.clone();
                    run << async move {
                        yield_now().await;
                        log.add(n);
                    };
                }
            });
            limited.await.unwrap();
        });
        summary.unwrap();
        let mut orders = orders.all();
        orders.sort();
        orders.dedup();
        assert!(orders.len() > 3, "{orders:?}");
        assert!(orders.iter().all(|order| order.len() == 4));
    }
}
