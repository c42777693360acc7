//! Polite cancellation as users meet it: frames are woken wherever they are polled, clean up innermost first, and never
//! hand control back; nothing that goes wrong meanwhile is lost.

mod support;

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use ayo::{ErrorKind, Scope, cancelled, checkpoint, move_on_after, scope, shield, timeout};
use futures::future::{FutureExt, join, join_all};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::AtomicWaker;
use support::{
    Boom, Count, Flag, Gate, Live, Log, OnDrop, boom, booms, both, panic_of, paused, text, traced, turns,
    until,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

const HOUR: Duration = Duration::from_secs(3_600);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What every clean-up here does: something that takes 20 ms, and then it says so.
async fn tear_down<T: Clone>(log: &Log<T>, name: T) {
    sleep(ms(20)).await;
    log.add(name);
}

/// A task that cleans up when it is asked to end.
async fn tidy<T: Clone>(started: Count, log: Log<T>, name: T) {
    started.hit();
    cancelled().await;
    shield(tear_down(&log, name)).await;
}

// --- A frame is woken wherever it is polled ------------------------------------------------------------------------

/// A `scope!` whose task cleans up.
async fn a_scope(started: Count, log: Log<&'static str>) {
    let _ = scope!(|run| {
        run << tidy(started, log, "cleaned up");
        pending::<()>().await
    })
    .await;
}

/// A `scope!` whose body cleans up.
async fn a_body(started: Count, log: Log<&'static str>) {
    let _ = scope!(|_| { tidy(started, log, "cleaned up").await }).await;
}

/// A `shield` that was begun before the request, and is not over before it was `asked`.
async fn a_shield(started: Count, asked: Gate, log: Log<&'static str>) {
    shield(async {
        started.hit();
        asked.passed().await;
        tear_down(&log, "cleaned up").await;
    })
    .await;
}

/// A `timeout` with something to clean up in it.
async fn a_timeout(started: Count, log: Log<&'static str>) {
    let _ = timeout(HOUR, tidy(started, log, "cleaned up")).await;
}

/// It counts when it has started, and is told when it was asked to end.
type Frame = fn(Count, Gate, Log<&'static str>) -> Boxed;

const FRAMES: [(&str, Frame); 4] = [
    ("scope", |started, _, log| Box::pin(a_scope(started, log))),
    ("body", |started, _, log| Box::pin(a_body(started, log))),
    ("shield", |started, asked, log| Box::pin(a_shield(started, asked, log))),
    ("timeout", |started, _, log| Box::pin(a_timeout(started, log))),
];

async fn is_cleaned_up_in(combinator: impl Fn(Boxed) -> Boxed) {
    for (name, frame) in FRAMES {
        let (started, asked, log, after) = (Count::new(), Gate::new(), Log::new(), Flag::new());
        scope!(|run| {
            let code = combinator(frame(started.clone(), asked.clone(), log.clone()));
            let task = run << {
                let after = after.clone();
                async move {
                    code.await;
                    after.set();
                }
            };
            let asked = OnDrop(|| asked.open()); // a body that is cut asks for the end of what is in it, too
            started.reaches(1).await;
            task.cancel();
            drop(asked);
            assert!(task.await.is_err(), "{name}: it was cancelled");
            assert_eq!(
                log.all(),
                ["cleaned up"],
                "{name}: whoever waits for the task waits for its clean-up"
            );
        })
        .await
        .unwrap();
        assert!(!after.is_set(), "{name}: control does not come back");
    }
}

/// Polls its child only when the child's own waker has fired.
struct ByHand {
    child: Boxed,
    woken: Arc<Woken>,
}

struct Woken {
    fired: AtomicBool,
    parent: AtomicWaker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.fired.store(true, Ordering::SeqCst);
        self.parent.wake();
    }
}

impl Future for ByHand {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.woken.parent.register(cx.waker());
        if !self.woken.fired.swap(false, Ordering::SeqCst) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        self.child.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

both! {
    async fn a_frame_in_futures_unordered_is_woken_and_cleans_up() {
        is_cleaned_up_in(|frame| {
            Box::pin(async {
                let mut set: FuturesUnordered<Boxed> = [frame, Box::pin(pending())].into_iter().collect();
                while set.next().await.is_some() {}
            })
        }).await;
    }

    async fn a_frame_in_join_is_woken_and_cleans_up() {
        is_cleaned_up_in(|frame| Box::pin(async { tokio::join!(ready(()), frame); })).await;
    }

    async fn a_frame_in_join_all_is_woken_and_cleans_up() {
        is_cleaned_up_in(|frame| Box::pin(async {
            // So many that `join_all` polls only those that were woken.
            let others = (0..100).map(|_| Box::pin(pending()) as Boxed);
            join_all(others.chain([frame])).await;
        })).await;
    }

    async fn a_frame_in_select_is_woken_and_cleans_up() {
        is_cleaned_up_in(|frame| Box::pin(async {
            tokio::select! { () = frame => {}, () = pending() => {} }
        })).await;
    }

    async fn a_frame_in_a_hand_written_combinator_is_woken_and_cleans_up() {
        is_cleaned_up_in(|child| {
            let woken = Arc::new(Woken { fired: AtomicBool::new(true), parent: AtomicWaker::new() });
            Box::pin(ByHand { child, woken })
        }).await;
    }

    async fn scopes_stand_side_by_side_in_a_task() {
        async fn sums() -> Result<u8, ayo::Error> {
            let (a, b) = tokio::join!(scope!(|_| { 1 }), scope!(|run| { (run << async { 2 }).await? }));
            let more = futures::future::try_join_all((3..5).map(|n| scope!(move |_| { n })));
            Ok(a? + b? + more.await?.into_iter().sum::<u8>())
        }
        assert_eq!(tokio::spawn(sums()).await.unwrap().unwrap(), 10);
    }

    async fn many_frames_in_one_task_are_all_woken() {
        let (started, asked, log) = (Count::new(), Gate::new(), Log::new());
        scope!(|run| {
            let frames = (0..50).flat_map(|_| FRAMES);
            let frames = frames.map(|(_, frame)| frame(started.clone(), asked.clone(), log.clone()));
            let set: FuturesUnordered<Boxed> = frames.collect();
            run << set.for_each(|()| async { unreachable!("no frame hands control back") });
            started.reaches(200).await;
            run.cancel();
            asked.open();
        }).await.unwrap();
        assert_eq!(log.len(), 200);
    }
}

// --- Innermost first -----------------------------------------------------------------------------------------------

/// A context manager as it can be written by hand: whatever becomes of the body, when it is gone the tear-down runs,
/// shielded. It borrows what it tears down.
async fn guarded<T: Send>(log: &Log<u32>, level: u32, body: impl Future<Output = T> + Send) -> T {
    let (alive, gone) = oneshot::channel::<()>();
    let body: Pin<Box<dyn Future<Output = Result<T, ayo::Error>> + Send + '_>> =
        Box::pin(scope!(move |_| {
            let _alive = alive;
            body.await
        }));
    let tear_down = shield(async {
        let _ = gone.await;
        tear_down(log, level).await;
    });
    let (value, ()) = join(body, tear_down).await;
    value.expect("the body of this scope has no way to fail")
}

async fn three_levels(log: &Log<u32>, started: &Count) {
    guarded(log, 1, async {
        guarded(log, 2, async {
            guarded(log, 3, async {
                started.hit();
                pending::<()>().await;
            })
            .await;
            unreachable!("control came back to level 2");
        })
        .await;
        unreachable!("control came back to level 1");
    })
    .await;
    unreachable!("control came back to what stands behind the levels");
}

both! {
    async fn tear_downs_run_innermost_first_before_the_cancelled_task_is_over() {
        let (log, started) = (Log::new(), Count::new());
        scope!(|run| {
            let task = run << {
                let (log, started) = (log.clone(), started.clone());
                async move { three_levels(&log, &started).await }
            };
            started.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err());
            assert_eq!(log.all(), [3, 2, 1]);
        }).await.unwrap();
    }

    async fn tear_downs_run_innermost_first_before_the_cancelled_scope_is_over() {
        let (log, started) = (Log::new(), Count::new());
        let end = scope!(|run| {
            let canceller = run.clone();
            let seen = started.clone();
            run << async move {
                seen.reaches(1).await;
                canceller.cancel();
            };
            three_levels(&log, &started).await;
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(log.all(), [3, 2, 1]);
    }

    async fn a_tear_down_runs_once_where_nobody_cancels() {
        let log = Log::new();
        let value = guarded(&log, 1, async { guarded(&log, 2, ready(7)).await }).await;
        assert_eq!(value, 7);
        assert_eq!(log.all(), [2, 1]);
    }

    async fn a_task_in_the_innermost_scope_cleans_up_before_what_is_around_it() {
        let (log, started) = (Log::new(), Count::new());
        scope!(|run| {
            let task = run << {
                let (log, started) = (log.clone(), started.clone());
                async move {
                    guarded(&log, 1, async {
                        let _ = scope!(|run| {
                            run << tidy(started, log.clone(), 2);
                        }).await;
                    }).await;
                }
            };
            started.reaches(1).await;
            task.cancel();
            let _ = task.await;
            assert_eq!(log.all(), [2, 1]);
        }).await.unwrap();
    }
}

paused! {
    async fn the_canceller_waits_for_all_three_levels() {
        let (log, started) = (Log::new(), Count::new());
        scope!(|run| {
            let task = run << {
                let (log, started) = (log.clone(), started.clone());
                async move { three_levels(&log, &started).await }
            };
            started.reaches(1).await;
            let asked = Instant::now();
            task.cancel();
            let _ = task.await;
            assert_eq!(asked.elapsed(), ms(60));
        }).await.unwrap();
    }

    async fn a_timeout_waits_for_all_three_levels() {
        let (log, started) = (Log::new(), Count::new());
        let begun = Instant::now();
        let end = timeout(ms(10), three_levels(&log, &started)).await;
        assert_eq!(end.unwrap_err().limit(), ms(10));
        assert_eq!(begun.elapsed(), ms(70));
        assert_eq!(log.all(), [3, 2, 1]);
    }

    async fn a_scope_that_is_timed_out_waits_for_all_three_levels() {
        let (log, started) = (Log::new(), Count::new());
        let begun = Instant::now();
        let end = scope!(timeout = 10ms => |_| { three_levels(&log, &started).await }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(begun.elapsed(), ms(70));
        assert_eq!(log.all(), [3, 2, 1]);
    }
}

// --- When a request acts -------------------------------------------------------------------------------------------

both! {
    async fn a_request_that_came_before_is_seen_at_once() {
        scope!(|run| {
            assert!(cancelled().now_or_never().is_none());
            run.cancel();
            assert!(cancelled().now_or_never().is_some());
            assert!(cancelled().now_or_never().is_some(), "it stays set");
            cancelled().await;
        }).await.unwrap();
    }

    async fn a_task_sees_a_request_that_came_long_before() {
        let log = Log::new();
        scope!(|run| {
            let log = log.clone();
            run << async move {
                ayo::current().unwrap().cancel();
                cancelled().await;
                cancelled().await;
                log.add("seen");
            };
        }).await.unwrap();
        assert_eq!(log.all(), ["seen"]);
    }

    async fn a_request_acts_at_the_next_await_that_suspends() {
        let log = Log::new();
        let end = scope!(|run| {
            run.cancel();
            log.add("goes on");
            ready(()).await;
            log.add("and over what is ready");
            sleep(ms(20)).await;
            log.add("never");
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(log.all(), ["goes on", "and over what is ready"]);
    }

    async fn a_request_to_a_task_acts_at_its_next_await_that_suspends() {
        let log = Log::new();
        scope!(|run| {
            let (send, own) = oneshot::channel::<ayo::Task<()>>();
            let task = run << {
                let log = log.clone();
                async move {
                    own.await.unwrap().cancel();
                    ready(()).await;
                    log.add("goes on");
                    sleep(ms(20)).await;
                    log.add("never");
                }
            };
            send.send(task).ok();
        }).await.unwrap();
        assert_eq!(log.all(), ["goes on"]);
    }

    async fn a_checkpoint_always_gives_a_request_its_chance() {
        let log = Log::new();
        let end = scope!(|run| {
            checkpoint().await;
            log.add("nobody asked");
            run.cancel();
            checkpoint().await;
            log.add("never");
        }).await;
        assert!(end.is_err());
        assert_eq!(log.all(), ["nobody asked"]);
    }

    async fn a_checkpoint_gives_a_request_to_one_task_its_chance() {
        for limited in [false, true] {
            let log = Log::new();
            let builder = if limited { ayo::scope().max_concurrency(3) } else { ayo::scope() };
            builder.run(async |run: &Scope| {
                let (send, own) = oneshot::channel::<ayo::Task<()>>();
                let seen = log.clone();
                let task = run.spawn(async move {
                    own.await.unwrap().cancel();
                    seen.add("asked");
                    checkpoint().await;
                    seen.add("never");
                });
                send.send(task).ok();
                Ok::<_, Boom>(())
            }).await.unwrap();
            assert_eq!(log.all(), ["asked"], "limited: {limited}");
        }
    }

    async fn a_loop_that_never_waits_ends_at_its_checkpoint() {
        let rounds = Count::new();
        scope!(|run| {
            let seen = rounds.clone();
            let task = run << async move {
                loop {
                    seen.hit();
                    checkpoint().await;
                }
            };
            rounds.reaches(3).await;
            task.cancel();
            assert!(task.await.is_err());
        }).await.unwrap();
    }

    async fn a_checkpoint_in_a_shield_is_passed() {
        let log = Log::new();
        let _ = scope!(|run| {
            run.cancel();
            shield(async {
                checkpoint().await;
                assert!(cancelled().now_or_never().is_none(), "no request enters a shield");
                log.add("passed");
            }).await;
            log.add("never");
        }).await;
        assert_eq!(log.all(), ["passed"]);
    }

    async fn what_is_ready_at_the_poll_after_the_request_has_completed() {
        scope!(|run| {
            let started = Count::new();
            let (send, answer) = oneshot::channel();
            let task = run << {
                let started = started.clone();
                async move {
                    started.hit();
                    answer.await.unwrap()
                }
            };
            started.reaches(1).await;
            send.send(5).unwrap();
            task.cancel();
            assert_eq!(task.await.unwrap(), 5);
        }).await.unwrap();
    }

    async fn what_is_ready_when_its_scope_is_cancelled_has_completed() {
        let started = Count::new();
        let report = scope!(collect => |run| {
            let (send, answer) = oneshot::channel();
            run << {
                let started = started.clone();
                async move {
                    started.hit();
                    answer.await.unwrap()
                }
            };
            started.reaches(1).await;
            send.send(5).unwrap();
            run.cancel();
        }).report().await;
        assert_eq!(report.results, [5]);
        assert!(report.error.is_none(), "the body had reached its end");
    }

    async fn cancelled_is_for_those_who_are_asked() {
        scope!(|run| {
            let started = Count::new();
            let [first, second] = [(), ()].map(|()| {
                let started = started.clone();
                run.spawn(async move {
                    started.hit();
                    cancelled().await;
                })
            });
            started.reaches(2).await;
            first.cancel();
            first.await.expect("it was ready at the poll after the request");
            turns(10).await;
            assert!(!second.is_finished());
            second.cancel();
            second.await.unwrap();
        }).await.unwrap();
    }

    async fn outside_of_ayo_nobody_is_asked() {
        assert!(cancelled().now_or_never().is_none());
        checkpoint().await;
        assert_eq!(shield(async { 5 }).await, 5);
        assert_eq!(timeout(HOUR, async { 5 }).await, Ok(5));
    }
}

paused! {
    async fn a_checkpoint_gives_others_their_turn() {
        let log = Log::new();
        scope!(|run| {
            for name in ["a", "b"] {
                let log = log.clone();
                run << async move {
                    for _ in 0..3 {
                        log.add(name);
                        checkpoint().await;
                    }
                };
            }
        }).await.unwrap();
        assert_eq!(log.all(), ["a", "b", "a", "b", "a", "b"]);
    }

    async fn a_task_that_was_never_polled_is_dropped_unpolled() {
        let (live, polled) = (Live::new(), Flag::new());
        scope!(|run| {
            let (guard, polled) = (live.guard(), polled.clone());
            let task = run << async move {
                polled.set();
                drop(guard);
            };
            task.cancel();
            assert!(task.await.is_err());
            assert_eq!(live.now(), 0, "it is dropped before whoever waits for it goes on");
        }).await.unwrap();
        assert!(!polled.is_set());
    }

    async fn tasks_that_were_never_polled_are_dropped_unpolled_with_their_scope() {
        let (live, polled) = (Live::new(), Count::new());
        for limited in [false, true] {
            let builder = if limited { ayo::scope().max_concurrency(3) } else { ayo::scope() };
            builder.run(async |run: &Scope| {
                for _ in 0..10 {
                    let (guard, polled) = (live.guard(), polled.clone());
                    run.spawn(async move {
                        polled.hit();
                        drop(guard);
                    });
                }
                run.cancel();
                Ok::<_, Boom>(())
            }).await.unwrap();
            assert_eq!(live.now(), 0);
        }
        assert_eq!(polled.get(), 0);
    }
}

// --- No way back ---------------------------------------------------------------------------------------------------

both! {
    async fn in_a_requested_domain_a_new_scope_or_timeout_starts_nothing() {
        let log: Log<&str> = Log::new();
        let end = scope!(|run| {
            run.cancel();
            let log = &log;
            let inner = scope!(|run| {
                let log = log.clone();
                log.add("the body of a scope");
                run << async move { log.add("a task of a scope") };
            });
            let built = ayo::scope().run(async |_: &Scope| {
                log.add("the body of a built scope");
                Ok::<_, Boom>(())
            });
            let timed = timeout(1, async { log.add("a timeout") });
            let moved = move_on_after(1, async { log.add("a move_on_after") });
            let (..) = tokio::join!(inner, built, timed, moved);
            log.add("the line after them");
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(log.all().is_empty(), "{:?}", log.all());
    }

    async fn in_a_requested_domain_a_new_shield_runs_to_its_end() {
        let log = Log::new();
        let end = scope!(|run| {
            run.cancel();
            shield(tear_down(&log, "the shield")).await;
            log.add("the line after it");
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(log.all(), ["the shield"]);
    }

    async fn in_a_shield_everything_works_as_if_nobody_had_asked() {
        let log = Log::new();
        let _ = scope!(|run| {
            run.cancel();
            shield(async {
                let sum = scope!(|run| {
                    let (one, two) = (run << async { 1 }, run << async { checkpoint().await; 2 });
                    one.await? + two.await?
                }).await;
                assert_eq!(sum.unwrap(), 3);
                assert_eq!(timeout(HOUR, shield(async { checkpoint().await; 5 })).await, Ok(5));
                assert!(timeout(0, pending::<()>()).await.is_err());
                log.add("done");
            }).await;
        }).await;
        assert_eq!(log.all(), ["done"]);
    }

    async fn new_shields_run_beside_each_other_and_beside_old_ones() {
        let (log, started) = (Log::new(), Count::new());
        scope!(|run| {
            let task = run << {
                let (log, started) = (log.clone(), started.clone());
                async move {
                    let old = async {
                        shield(async {
                            started.hit();
                            tear_down(&log, "old").await;
                        }).await;
                    };
                    let new = async {
                        cancelled().await;
                        tokio::join!(shield(tear_down(&log, "new")), shield(tear_down(&log, "new")));
                    };
                    tokio::join!(old, new);
                    log.add("the line after them");
                }
            };
            started.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err());
        }).await.unwrap();
        let mut all = log.all();
        all.sort_unstable();
        assert_eq!(all, ["new", "new", "old"]);
    }

    async fn what_stands_beside_a_frame_goes_on_until_the_frame_has_finished() {
        let (log, started) = (Log::new(), Count::new());
        let go = Gate::new();
        scope!(|run| {
            let task = run << {
                let (log, started, go) = (log.clone(), started.clone(), go.clone());
                async move {
                    let frame = shield(async {
                        started.hit();
                        go.passed().await;
                        log.add("frame");
                    });
                    let beside = async {
                        cancelled().await;
                        tokio::task::yield_now().await;
                        log.add("beside");
                        go.open();
                    };
                    tokio::join!(frame, beside);
                }
            };
            started.reaches(1).await;
            task.cancel();
            let _ = task.await;
        }).await.unwrap();
        assert_eq!(log.all(), ["beside", "frame"], "a task with a frame left is polled on");
    }

    async fn handles_may_be_awaited_where_everything_is_cancelled() {
        let log = Log::new();
        let end = scope!(|run| {
            let early = run << pending::<u8>();
            run.cancel();
            let late = run << async { 5 };
            let (..) = tokio::join!(shield(tear_down(&log, "beside")), early, late);
            log.add("the line after them");
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(log.all(), ["beside"]);
    }

    async fn a_value_that_comes_out_of_a_shield_too_late_is_dropped() {
        let (live, started) = (Live::new(), Count::new());
        let go = Gate::new();
        scope!(|run| {
            let task = run << {
                let (live, started, go) = (live.clone(), started.clone(), go.clone());
                async move {
                    shield(async {
                        started.hit();
                        go.passed().await;
                        live.guard()
                    }).await
                }
            };
            started.reaches(1).await;
            task.cancel();
            go.open();
            assert!(task.await.is_err());
            assert_eq!((live.ever(), live.now()), (1, 0));
        }).await.unwrap();
    }

    async fn a_shield_that_nobody_cancels_gives_its_value() {
        scope!(|run| {
            let task = run << async {
                let error: Result<u8, Boom> = shield(async { Err(Boom(1)) }).await;
                assert_eq!(error, Err(Boom(1)), "an error is the caller's as long as there is one");
                shield(async { checkpoint().await; 5 }).await
            };
            assert_eq!(task.await?, 5);
        }).await.unwrap();
    }
}

// --- What goes wrong meanwhile -------------------------------------------------------------------------------------

both! {
    async fn an_error_of_a_shield_in_a_cancelled_task_is_that_tasks_failure() {
        let started = Count::new();
        let error = scope!(name = "outer" => |run| {
            let seen = started.clone();
            #[task(name = "saver")]
            let task = run << async move {
                seen.hit();
                cancelled().await;
                let _ = shield(async { Err::<(), _>(Boom(1)) }).await;
            };
            started.reaches(1).await;
            task.cancel();
            let _ = task.await;
            pending::<()>().await
        }).await.unwrap_err();
        assert_eq!((error.kind(), boom(&error)), (ErrorKind::Failed, Some(1)));
        assert_eq!(error.task().expect("the task that it arose in").path(), "outer/saver #1");
    }

    async fn errors_of_shields_in_a_failing_scope_are_beside_the_first_failure() {
        let started = Count::new();
        let error = scope!(|run| {
            for n in 1..=3 {
                let started = started.clone();
                run << async move {
                    started.hit();
                    cancelled().await;
                    shield(async { Err::<(), _>(Boom(n)) }).await
                };
            }
            started.reaches(3).await;
            Err::<(), _>(Boom(0))?
        }).await.unwrap_err();
        let mut all = booms(&error);
        assert_eq!(all.remove(0), 0, "the first failure comes first");
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3]);
    }

    async fn an_error_of_a_shield_in_the_body_is_beside_the_first_failure() {
        let error = scope!(|run| {
            let started = Count::new();
            let seen = started.clone();
            run << async move {
                seen.reaches(1).await;
                Err::<(), _>(Boom(0))
            };
            started.hit();
            cancelled().await;
            shield(async { Err::<(), _>(Boom(1)) }).await?;
        }).await.unwrap_err();
        assert_eq!(booms(&error), [0, 1]);
    }

    async fn a_panic_of_a_shield_in_a_cancelled_task_comes_out_of_the_scope() {
        let (started, log) = (Count::new(), Log::new());
        let payload = panic_of(async {
            scope!(|run| {
                let seen = started.clone();
                run << tidy(started.clone(), log.clone(), "the other task");
                let task = run << async move {
                    seen.hit();
                    cancelled().await;
                    shield(async { assert!(seen.get() == 0, "in a shield") }).await;
                };
                started.reaches(2).await;
                task.cancel();
                assert!(task.await.unwrap_err().failed());
            }).await
        }).await;
        assert_eq!(text(&*payload), "in a shield");
        assert_eq!(log.all(), ["the other task"]);
    }

    async fn an_error_of_a_scope_in_a_cancelled_task_goes_to_the_scope_around_it() {
        let started = Count::new();
        let error = scope!(|run| {
            let seen = started.clone();
            run << async move {
                let _ = scope!(|run| {
                    run << async move {
                        seen.hit();
                        cancelled().await;
                        shield(async { Err::<(), _>(Boom(1)) }).await
                    };
                }).await;
                unreachable!("control came back");
            };
            started.reaches(1).await;
            Err::<(), _>(Boom(0))?
        }).await.unwrap_err();
        assert_eq!(booms(&error), [0, 1]);
    }

    async fn a_panic_in_a_scope_in_a_cancelled_task_goes_to_the_scope_around_it() {
        let started = Count::new();
        let report = scope!(|run| {
            let seen = started.clone();
            run << async move {
                let _ = scope!(|run| {
                    run << async move {
                        seen.hit();
                        cancelled().await;
                        assert!(seen.get() == 0, "panicked in clean-up");
                    };
                }).await;
            };
            started.reaches(1).await;
            Err::<(), _>(Boom(0))?
        }).report().await;
        let error = report.error.as_ref().unwrap();
        assert_eq!(boom(error), Some(0));
        assert_eq!(error.others().iter().map(ayo::Error::kind).collect::<Vec<_>>(), [ErrorKind::Panicked]);
        let payload = panic_of(async { report.into_result() }).await;
        assert!(text(&*payload).contains("panicked in clean-up"));
    }

    async fn errors_from_every_level_of_a_cancelled_tree_arrive_at_the_top() {
        async fn level(started: Count, n: u32) {
            let inner = scope!(|run| {
                let seen = started.clone();
                run << async move {
                    seen.hit();
                    cancelled().await;
                    shield(async { Err::<(), _>(Boom(n)) }).await
                };
                if n > 1 {
                    Box::pin(level(started.clone(), n - 1)).await;
                }
                pending::<()>().await
            });
            let _ = inner.await;
        }
        fn all(error: &ayo::Error, found: &mut Vec<u32>) {
            if let Some(nested) = std::error::Error::source(error).and_then(|e| e.downcast_ref::<ayo::Error>()) {
                all(nested, found);
            } else {
                found.extend(boom(error));
            }
            error.others().iter().for_each(|other| all(other, found));
        }
        let started = Count::new();
        let error = scope!(|run| {
            run << level(started.clone(), 4);
            started.reaches(4).await;
            Err::<(), _>(Boom(0))?
        }).await.unwrap_err();
        let mut found = Vec::new();
        all(&error, &mut found);
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3, 4]);
    }

    async fn a_shield_that_panics_in_clean_up_leaves_the_frames_beside_it_alone() {
        let (started, log) = (Count::new(), Log::new());
        let report = scope!(|run| {
            let task = run << {
                let (started, log) = (started.clone(), log.clone());
                async move {
                    let bad = async {
                        cancelled().await;
                        shield(async { assert!(log.len() == 9, "in a shield") }).await;
                    };
                    tokio::join!(tidy(started.clone(), log.clone(), "beside"), bad);
                }
            };
            started.reaches(1).await;
            task.cancel();
        }).report().await;
        assert_eq!(report.error.as_ref().map(ayo::Error::kind), Some(ErrorKind::Panicked), "it is not lost");
        assert_eq!(log.all(), ["beside"]);
    }
}

// --- timeout and move_on_after -------------------------------------------------------------------------------------

both! {
    async fn a_timeout_gives_the_value_of_what_is_in_time() {
        assert_eq!(timeout(HOUR, async { checkpoint().await; 5 }).await, Ok(5));
        assert_eq!(move_on_after(HOUR, async { checkpoint().await; 5 }).await, Some(5));
        assert_eq!(timeout(0, ready(5)).await, Ok(5), "ready at its first poll");
        assert_eq!(move_on_after(0, ready(5)).await, Some(5));
        assert!(timeout(0, pending::<()>()).await.is_err());
        assert_eq!(move_on_after(0, pending::<()>()).await, None);
    }

    async fn control_goes_on_behind_a_timeout_that_has_cut() {
        let log = Log::new();
        scope!(|_| {
            let started = Count::new();
            let end = timeout(ms(5), tidy(started, log.clone(), "cleaned up")).await;
            assert!(end.is_err());
            assert!(cancelled().now_or_never().is_none(), "only what was in the timeout is cancelled");
            log.add("went on");
        }).await.unwrap();
        assert_eq!(log.all(), ["cleaned up", "went on"]);
    }

    async fn a_timeout_in_a_cancelled_task_does_not_hand_control_back() {
        let (started, log) = (Count::new(), Log::new());
        scope!(|run| {
            let task = run << {
                let (started, log) = (started.clone(), log.clone());
                async move {
                    let _ = timeout(HOUR, tidy(started.clone(), log.clone(), "in timeout")).await;
                    log.add("the line after it");
                }
            };
            started.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err());
        }).await.unwrap();
        assert_eq!(log.all(), ["in timeout"]);
    }

    async fn a_timeout_that_is_dropped_from_outside_drops_what_is_in_it_in_its_scope() {
        let (log, started) = (Log::new(), Count::new());
        scope!(name = "outer" => |run| {
            let seen = {
                let log = log.clone();
                OnDrop(move || {
                    let _ = log.clone();
                    log.add(if ayo::current().is_some() { "in its scope" } else { "in no scope" });
                })
            };
            let inner = timeout(HOUR, async {
                let _seen = seen;
                let _ = scope!(|run| { run << tidy(started.clone(), log.clone(), "cleaned up"); }).await;
            });
            tokio::select! {
                biased;
                _ = inner => unreachable!(),
                () = started.reaches(1) => {}
            }
            assert!(!run.is_cancelled());
        }).await.unwrap();
        assert_eq!(log.all(), ["in its scope", "cleaned up"], "the scope around it has waited for the task");
    }
}

paused! {
    async fn a_timeout_says_how_long_it_was() {
        let late = timeout(0.25, pending::<()>()).await.unwrap_err();
        assert_eq!(late.limit(), ms(250));
        assert_eq!(late.to_string(), "timed out after 250ms");
    }

    async fn a_timeout_counts_from_its_first_poll() {
        let limited = timeout(1, sleep(ms(900)));
        sleep(ms(500)).await;
        assert_eq!(limited.await, Ok(()));
    }

    async fn what_is_ready_just_in_time_has_won() {
        assert_eq!(timeout(1, async { sleep(ms(1_000)).await; 5 }).await, Ok(5));
        assert_eq!(move_on_after(1, async { sleep(ms(1_000)).await; 5 }).await, Some(5));
    }

    async fn what_takes_the_hint_and_finishes_has_won() {
        let end = timeout(1, async {
            cancelled().await;
            5
        }).await;
        assert_eq!(end, Ok(5), "it was ready at the poll after the request");
    }

    async fn move_on_after_waits_for_clean_up() {
        let log = Log::new();
        let begun = Instant::now();
        assert_eq!(move_on_after(ms(10), tidy(Count::new(), log.clone(), "cleaned up")).await, None);
        assert_eq!(begun.elapsed(), ms(30));
        assert_eq!(log.all(), ["cleaned up"]);
    }

    async fn a_timeout_waits_for_the_tasks_of_a_scope_in_it() {
        let log = Log::new();
        let begun = Instant::now();
        let end = timeout(ms(10), scope!(|run| {
            for _ in 0..10 {
                run << tidy(Count::new(), log.clone(), "cleaned up");
            }
        })).await;
        assert!(end.is_err());
        assert_eq!(begun.elapsed(), ms(30));
        assert_eq!(log.len(), 10);
    }

    async fn an_outer_timeout_that_is_tighter_cuts_the_inner_one() {
        let log = Log::new();
        let begun = Instant::now();
        let end = timeout(ms(10), async {
            let _ = timeout(ms(50), tidy(Count::new(), log.clone(), "cleaned up")).await;
            log.add("the line after the inner one");
        }).await;
        assert_eq!(end.unwrap_err().limit(), ms(10));
        assert_eq!((begun.elapsed(), log.all()), (ms(30), vec!["cleaned up"]));
    }

    async fn an_inner_timeout_that_is_tighter_leaves_the_outer_one_alone() {
        let end = timeout(ms(50), async {
            assert!(timeout(ms(10), pending::<()>()).await.is_err());
            5
        }).await;
        assert_eq!(end, Ok(5));
    }

    async fn an_outer_timeout_in_the_clean_up_of_the_inner_one_waits_for_it_too() {
        let log = Log::new();
        let begun = Instant::now();
        let end = timeout(ms(15), async {
            let _ = timeout(ms(10), tidy(Count::new(), log.clone(), "cleaned up")).await;
            log.add("the line after the inner one");
        }).await;
        assert_eq!(end.unwrap_err().limit(), ms(15));
        assert_eq!((begun.elapsed(), log.all()), (ms(30), vec!["cleaned up"]));
    }

    async fn a_timeout_around_a_shield_waits_for_it() {
        let begun = Instant::now();
        let end = timeout(ms(10), async {
            shield(sleep(ms(100))).await;
            5
        }).await;
        assert!(end.is_err());
        assert_eq!(begun.elapsed(), ms(100));
    }

    async fn a_shield_around_a_timeout_leaves_it_alone() {
        let end = timeout(ms(10), shield(async {
            assert!(timeout(ms(30), pending::<()>()).await.is_err());
            assert_eq!(timeout(ms(30), async { sleep(ms(20)).await; 5 }).await, Ok(5));
        })).await;
        assert!(end.is_err());
    }
}

// --- Destructors ---------------------------------------------------------------------------------------------------

both! {
    async fn a_destructor_that_panics_harms_nothing_else() {
        let (started, log, live) = (Count::new(), Log::new(), Live::new());
        let payload = panic_of(scope!(|run| {
            for _ in 0..10 {
                let (started, log, guard) = (started.clone(), log.clone(), live.guard());
                run << async move {
                    let _guard = guard;
                    tidy(started, log, "cleaned up").await;
                };
            }
            let seen = started.clone();
            run << async move {
                let _bad = OnDrop(|| panic!("in a destructor"));
                seen.hit();
                pending::<()>().await;
            };
            started.reaches(11).await;
            run.cancel();
        })).await;
        assert_eq!(text(&*payload), "in a destructor");
        assert_eq!((log.len(), live.now()), (10, 0));
    }

    async fn a_destructor_that_panics_is_its_tasks_panic() {
        let started = Count::new();
        let report = scope!(name = "outer" => |run| {
            let seen = started.clone();
            #[task(name = "bad")]
            let bad = run << async move {
                let _bad = OnDrop(|| panic!("in a destructor"));
                seen.hit();
                pending::<()>().await;
            };
            started.reaches(1).await;
            bad.cancel();
            assert!(bad.await.unwrap_err().failed());
        }).report().await;
        let error = report.error.as_ref().unwrap();
        assert_eq!(error.kind(), ErrorKind::Panicked);
        assert_eq!(error.task().unwrap().path(), "outer/bad #1");
        assert!(error.to_string().contains("in a destructor"));
    }

    async fn a_destructor_of_a_body_that_panics_harms_no_task() {
        let (started, log) = (Count::new(), Log::new());
        let payload = panic_of(scope!(|run| {
            run << tidy(started.clone(), log.clone(), "cleaned up");
            let _bad = OnDrop(|| panic!("in a destructor"));
            started.reaches(1).await;
            run.cancel();
            pending::<()>().await
        })).await;
        assert_eq!(text(&*payload), "in a destructor");
        assert_eq!(log.all(), ["cleaned up"]);
    }

    async fn a_destructor_that_panics_in_a_timeout_that_has_cut_panics_there() {
        let payload = panic_of(timeout(0, async {
            let _bad = OnDrop(|| panic!("in a destructor"));
            pending::<()>().await;
        })).await;
        assert_eq!(text(&*payload), "in a destructor");
    }

    async fn a_destructor_that_panics_leaves_the_frames_beside_it_alone() {
        let (started, log) = (Count::new(), Log::new());
        let report = scope!(|run| {
            let task = run << {
                let (started, log) = (started.clone(), log.clone());
                async move {
                    let bad = timeout(HOUR, async {
                        let _bad = OnDrop(|| panic!("in a destructor"));
                        started.hit();
                        pending::<()>().await;
                    });
                    let (..) = tokio::join!(tidy(started.clone(), log.clone(), "beside"), bad);
                }
            };
            started.reaches(2).await;
            task.cancel();
        }).report().await;
        assert_eq!(report.error.as_ref().map(ayo::Error::kind), Some(ErrorKind::Panicked), "it is not lost");
        assert_eq!(log.all(), ["beside"]);
    }

    async fn a_destructor_that_spawns_in_a_cancelled_scope_starts_nothing() {
        let (started, log, live) = (Count::new(), Log::new(), Live::new());
        let handles = Arc::new(Mutex::new(Vec::new()));
        scope!(|run| {
            let (seen, log, live, other) = (started.clone(), log.clone(), live.clone(), run.clone());
            let handles = Arc::clone(&handles);
            run << async move {
                let _spawns = OnDrop(|| {
                    let (ambient, by_handle) = (live.guard(), live.guard());
                    let ran = log.clone();
                    let first = ayo::spawn(async move {
                        ran.add("ran");
                        drop(ambient);
                    });
                    let ran = log.clone();
                    let second = other.spawn(async move {
                        ran.add("ran");
                        drop(by_handle);
                    });
                    assert!(first.is_finished() && second.is_finished());
                    handles.lock().unwrap().extend([first, second]);
                    log.add("destructor");
                });
                seen.hit();
                pending::<()>().await;
            };
            started.reaches(1).await;
            run.cancel();
        }).await.unwrap();
        assert_eq!(log.all(), ["destructor"]);
        assert_eq!((live.ever(), live.now()), (2, 0), "dropped unpolled");
        let handles = std::mem::take(&mut *handles.lock().unwrap());
        for handle in handles {
            assert!(handle.await.is_err());
        }
    }

    async fn a_destructor_that_spawns_in_a_living_scope_starts_a_task() {
        let log = Log::new();
        scope!(|_| {
            let ran = log.clone();
            let end = timeout(0, async move {
                let _spawns = OnDrop(move || {
                    let ran = ran.clone();
                    ayo::spawn(async move { tear_down(&ran, "ran").await });
                });
                pending::<()>().await;
            }).await;
            assert!(end.is_err());
        }).await.unwrap();
        assert_eq!(log.all(), ["ran"], "the scope has waited for it");
    }

    async fn a_destructor_that_cancels_again_harms_nothing() {
        let (started, log) = (Count::new(), Log::new());
        scope!(|run| {
            let (seen, other) = (started.clone(), run.clone());
            let sibling = run << tidy(started.clone(), log.clone(), "sibling");
            run << async move {
                let _cancels = OnDrop(|| {
                    other.cancel();
                    other.cancel_with("again");
                    other.stop();
                    sibling.cancel();
                    ayo::current().expect("a destructor is in its scope").cancel();
                });
                seen.hit();
                pending::<()>().await;
            };
            started.reaches(2).await;
            run.cancel();
        }).await.unwrap();
        assert_eq!(log.all(), ["sibling"]);
    }

    async fn a_destructor_that_cancels_in_a_living_scope_cancels_it() {
        let (started, log) = (Count::new(), Log::new());
        let end = scope!(|run| {
            run << tidy(started.clone(), log.clone(), "sibling");
            started.reaches(1).await;
            let scope = run.clone();
            drop(OnDrop(move || scope.cancel_with("by a destructor")));
            pending::<()>().await
        }).await;
        let error = end.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(error.to_string().contains("by a destructor"), "{error}");
        assert_eq!(log.all(), ["sibling"]);
    }

    async fn a_destructor_in_a_timeout_that_has_cut_knows_that_it_is_cancelled() {
        let log = Log::new();
        scope!(|_| {
            let end = timeout(0, async {
                let _asks = OnDrop(|| log.add(cancelled().now_or_never().is_some()));
                pending::<()>().await;
            }).await;
            assert!(end.is_err());
            drop(OnDrop(|| log.add(cancelled().now_or_never().is_some())));
        }).await.unwrap();
        assert_eq!(log.all(), [true, false]);
    }

    async fn a_destructor_knows_its_scope_on_whatever_thread_it_runs() {
        let log = Log::new();
        scope!(name = "outer" => |_| {
            let seen = log.clone();
            let mut code = Box::pin(timeout(HOUR, async move {
                let _names = OnDrop(move || seen.add(ayo::current().unwrap().name().map(|name| name.into_owned())));
                pending::<()>().await;
            }));
            assert!(futures::poll!(&mut code).is_pending());
            std::thread::spawn(move || drop(code)).join().unwrap();
        }).await.unwrap();
        assert_eq!(log.all(), [Some("outer".to_owned())]);
    }

    async fn a_destructor_knows_the_scope_that_it_is_in() {
        let (started, log) = (Count::new(), Log::new());
        scope!(name = "outer" => |run| {
            let (seen, log) = (started.clone(), log.clone());
            run << async move {
                let _ = scope!(name = "inner" => |_| {
                    let _names = OnDrop(move || log.add(ayo::current().unwrap().name().map(|name| name.into_owned())));
                    seen.hit();
                    pending::<()>().await
                }).await;
            };
            started.reaches(1).await;
            run.cancel();
        }).await.unwrap();
        assert_eq!(log.all(), [Some("inner".to_owned())]);
    }
}

// --- A limit for clean-up ------------------------------------------------------------------------------------------

paused! {
    async fn after_cancel_timeout_what_is_left_is_dropped_and_named() {
        let (live, begun) = (Live::new(), Instant::now());
        let guard = live.guard();
        let error = scope!(timeout = 10ms, cancel_timeout = 50ms => |run| {
            let guard = guard;
            #[task(name = "stubborn")]
            run << async move {
                shield(pending::<()>()).await;
                drop(guard);
            };
            run << async { sleep(ms(30)).await };
        }).await.unwrap_err();
        assert_eq!(begun.elapsed(), ms(60));
        assert_eq!(live.now(), 0, "it is dropped before the scope is over");
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        let text = error.to_string();
        assert!(text.contains("stubborn #1") && text.contains("cancel.rs:"), "names and sites: {text}");
        assert!(!text.contains("#2"), "only what was left: {text}");
        assert_eq!(error.others().first().map(ayo::Error::kind), Some(ErrorKind::TimedOut), "what led to it");
    }

    async fn abandoned_tasks_are_named_with_the_line_that_spawned_them() {
        let line = std::rc::Rc::new(Cell::new(0));
        let error = scope!(cancel_timeout = 50ms => |run| {
            line.set(line!() + 1);
            run << async { shield(pending::<()>()).await };
            checkpoint().await;
            run.cancel();
        }).await.unwrap_err();
        let site = format!("cancel.rs:{}", line.get());
        assert!(error.to_string().contains(&site), "{error} does not say {site}");
    }

    async fn clean_up_within_cancel_timeout_is_left_alone() {
        let log = Log::new();
        let error = scope!(timeout = 10ms, cancel_timeout = 50ms => |run| {
            run << tidy(Count::new(), log.clone(), "cleaned up");
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.others().is_empty());
        assert_eq!(log.all(), ["cleaned up"]);
    }

    async fn without_a_cancel_timeout_clean_up_takes_as_long_as_it_takes() {
        let begun = Instant::now();
        let error = scope!(timeout = 10ms => |run| {
            run << async { shield(sleep(HOUR)).await };
        }).await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed()), (ErrorKind::TimedOut, HOUR));
    }

    async fn a_body_that_does_not_clean_up_in_time_is_abandoned() {
        let (live, begun) = (Live::new(), Instant::now());
        let error = scope!(timeout = 10ms, cancel_timeout = 50ms => |_| {
            let _guard = live.guard();
            shield(pending::<()>()).await;
        }).await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed(), live.now()), (ErrorKind::Abandoned, ms(60), 0));
        assert!(error.to_string().contains("cancel.rs:"), "{error}");
    }

    async fn force_goes_through_all_that_is_below() {
        let (live, begun) = (Live::new(), Instant::now());
        let error = scope!(cancel_timeout = 50ms => |run| {
            let guards = [live.guard(), live.guard(), live.guard()];
            run << async move {
                let [one, two, three] = guards;
                let _one = one;
                shield(async move {
                    let _ = scope!(name = "inner" => |run| {
                        let _two = two;
                        #[task(name = "deep")]
                        run << async move {
                            let _three = three;
                            timeout(HOUR, shield(pending::<()>())).await
                        };
                        pending::<()>().await
                    }).await;
                }).await;
            };
            turns(3).await;
            run.cancel();
        }).await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed(), live.now()), (ErrorKind::Abandoned, ms(50), 0));
        assert!(error.to_string().contains("deep #1"), "{error}");
    }

    async fn a_failure_that_led_to_a_clean_up_that_was_cut_is_the_first_of_the_others() {
        let error = scope!(cancel_timeout = 50ms => |run| {
            run << async { shield(pending::<()>()).await };
            turns(3).await;
            Err::<(), _>(Boom(7))?
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        assert_eq!(error.others().first().and_then(boom), Some(7));
    }

    async fn a_nested_scope_that_abandons_tells_the_one_around_it() {
        let error = scope!(|run| {
            run << async {
                let _ = scope!(cancel_timeout = 50ms => |run| {
                    #[task(name = "stubborn")]
                    run << async { shield(pending::<()>()).await };
                }).await;
            };
            turns(5).await;
            run.cancel();
            pending::<()>().await
        }).await.unwrap_err();
        let nested = error.downcast_ref::<ayo::Error>().expect("the nested scope's error");
        assert_eq!(nested.kind(), ErrorKind::Abandoned);
        assert!(nested.to_string().contains("stubborn #1"), "{nested}");
    }

    async fn a_task_has_a_cancel_timeout_of_its_own() {
        let (live, log, begun) = (Live::new(), Log::new(), Instant::now());
        let error = scope!(|run| {
            let guard = live.guard();
            #[task(name = "stubborn", cancel_timeout = 50ms)]
            let task = run << async move {
                let _guard = guard;
                shield(pending::<()>()).await;
            };
            run << tidy(Count::new(), log.clone(), "the other one");
            turns(3).await;
            task.cancel();
            let _ = task.await;
            assert_eq!((begun.elapsed(), live.now()), (ms(50), 0));
            pending::<()>().await
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        assert_eq!(error.task().unwrap().name(), "stubborn");
        assert!(error.to_string().contains("cancel.rs:"), "{error}");
        assert_eq!(log.all(), ["the other one"]);
    }

    async fn a_task_of_a_limited_scope_has_a_cancel_timeout_of_its_own_too() {
        let (live, begun) = (Live::new(), Instant::now());
        let error = scope!(max_concurrency = 2 => |run| {
            let guard = live.guard();
            #[task(name = "stubborn", cancel_timeout = 50ms)]
            let task = run << async move {
                let _guard = guard;
                shield(sleep(HOUR)).await;
            };
            turns(3).await;
            task.cancel();
            let _ = task.await;
            assert_eq!((begun.elapsed(), live.now()), (ms(50), 0));
            pending::<()>().await
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
    }
}

// --- Found by reading ----------------------------------------------------------------------------------------------

paused! {
    async fn a_task_in_line_that_is_cancelled_does_not_wait_for_its_turn() {
        let polled = Flag::new();
        scope!(max_concurrency = 1 => |run| {
            let (send, go) = oneshot::channel::<()>();
            run << async move { go.await.unwrap() };
            let seen = polled.clone();
            let queued = run << async move { seen.set() };
            turns(3).await;
            queued.cancel();
            assert!(queued.await.is_err(), "the one before it runs until the body goes on");
            send.send(()).unwrap();
        }).await.unwrap();
        assert!(!polled.is_set());
    }

    async fn no_request_enters_a_shield_by_way_of_adoption() {
        let log = Log::new();
        let started = Count::new();
        let _ = scope!(|outer| {
            let inner = scope!(|run| {
                let (log, started) = (log.clone(), started.clone());
                run << async move {
                    shield(async {
                        let end = scope!(|run| {
                            let task = run << async { sleep(ms(20)).await; 5 };
                            started.hit();
                            task.await?
                        }).await;
                        log.add(end.ok());
                    }).await;
                };
            });
            outer.stop();
            outer.cancel();
            tokio::select! {
                biased;
                _ = inner => unreachable!(),
                () = started.reaches(1) => {}
            }
        }).await;
        // In a scope that is cancelled already nothing starts, so it is asked in the course of things.
        assert!(log.all().is_empty());

        let _ = scope!(|outer| {
            let (canceller, seen) = (outer.clone(), started.clone());
            let inner = scope!(|run| {
                let (log, started) = (log.clone(), started.clone());
                run << async move {
                    shield(async {
                        let end = scope!(|run| {
                            let task = run << async { sleep(ms(20)).await; 5 };
                            started.hit();
                            task.await?
                        }).await;
                        log.add(end.ok());
                    }).await;
                };
            });
            tokio::select! {
                biased;
                _ = inner => unreachable!(),
                () = seen.reaches(1) => {
                    canceller.stop();
                    canceller.cancel();
                }
            }
        }).await;
        assert_eq!(log.all(), [Some(5)], "what runs in the shield of an adopted scope is nobody's to cancel");
    }
}

both! {
    async fn a_forked_scope_that_is_dropped_is_waited_for_by_its_parent() {
        let (started, log) = (Count::new(), Log::new());
        scope!(|run| {
            let (parent, started_inside, log) = (run.clone(), started.clone(), log.clone());
            let foreign = tokio::spawn(async move {
                let _ = scope!(parent = parent => |run| {
                    run << tidy(started_inside, log, "cleaned up");
                }).await;
            });
            started.reaches(1).await;
            foreign.abort();
            assert!(foreign.await.unwrap_err().is_cancelled());
        }).await.unwrap();
        assert_eq!(log.all(), ["cleaned up"], "the scope that it hangs below ends after it");
    }

    async fn a_timeout_of_a_scope_counts_from_its_own_first_poll() {
        // The clock of a multi-thread runtime, or of none: blocking takes real time.
        let end = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                scope!(|run| {
                    run << async {};
                    std::thread::sleep(ms(400));
                    scope!(timeout = 300ms => |_| {
                        checkpoint().await;
                        5
                    }).await?
                }).await
            })
        });
        assert_eq!(end.join().unwrap().expect("it took no time at all"), 5);
    }
}

// --- Who hears of what -------------------------------------------------------------------------------------------

paused! {
    async fn an_error_in_clean_up_with_no_scope_around_it_is_traced() {
        let (heard, _guard) = traced();
        let end = timeout(ms(10), async {
            cancelled().await;
            let _ = shield(async { Err::<(), _>(Boom(5)) }).await;
        }).await;
        assert!(end.is_err());
        let heard = heard.all();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(heard[0].0, tracing::Level::ERROR);
        assert!(heard[0].1.contains("boom 5"), "{heard:?}");
    }

    async fn a_shield_that_is_dropped_from_outside_is_reported_with_its_site() {
        let (heard, _guard) = traced();
        let line = Cell::new(0);
        tokio::select! {
            biased;
            () = async {
                line.set(line!() + 1);
                shield(pending::<()>()).await;
            } => {}
            () = ready(()) => {}
        }
        drop(shield(async {}));
        shield(async {}).await;
        let heard = heard.all();
        assert_eq!(heard.len(), 1, "one that never ran, or has ended, is no leak: {heard:?}");
        assert_eq!(heard[0].0, tracing::Level::WARN);
        assert!(heard[0].1.contains(&format!("cancel.rs:{}", line.get())), "{heard:?}");
    }

    async fn what_ends_politely_is_no_leak() {
        let (heard, _guard) = traced();
        let (started, log) = (Count::new(), Log::new());
        scope!(|run| {
            run << async move {
                tokio::join!(tidy(started.clone(), log.clone(), 1), a_shield_of(&log));
            };
            turns(3).await;
            run.cancel();
        }).await.unwrap();
        until(|| true).await;
        assert!(heard.all().is_empty(), "{:?}", heard.all());
    }
}

async fn a_shield_of(log: &Log<i32>) {
    shield(tear_down(log, 2)).await;
}
