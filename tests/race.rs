//! `race`, `race_ok`, `gather`, `as_completed`, `cancel_and_wait`, `repeat_until`: whoever is wanted no more has cleaned up and
//! ended when the call returns, and nothing is polled without need.

#![forbid(unsafe_code)]

mod support;

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::time::Duration;

use ayo::{
    ErrorKind, as_completed, cancel_and_wait, cancelled, gather, race, race_ok, repeat_until, scope, shield,
    timeout,
};
use futures::StreamExt;
use support::{
    Boom, Count, Flag, Gate, Live, Log, OnDrop, boom, booms, both, panic_of, panic_site, paused, text, turns,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

async fn after<T>(delay: u64, value: T) -> T {
    sleep(ms(delay)).await;
    value
}

/// Never ends by itself; cleans up when it is asked to.
async fn tidy(log: &Log<&'static str>, name: &'static str) {
    cancelled().await;
    shield(async {
        turns(20).await;
        log.add(name);
    })
    .await;
}

/// The same, in a task of a scope of its own.
async fn tidy_scope(count: Count, log: Log<&'static str>, name: &'static str) {
    let _ = scope!(|run| {
        run << async move {
            count.hit();
            tidy(&log, name).await;
        };
        pending::<()>().await;
    })
    .await;
}

// --- Losers --------------------------------------------------------------------------------------------------------

both! {
    async fn losers_have_cleaned_up_when_a_race_returns() {
        let (log, live) = (Log::new(), Live::new());
        let plain = async {
            let _guard = live.guard();
            pending::<&str>().await
        };
        let framed = async { tidy(&log, "framed").await; "framed" };
        let begun = Count::new();
        let deep = async { tidy_scope(begun.clone(), log.clone(), "deep").await; "deep" };
        let nested = async { race((async { tidy(&log, "nested").await; "nested" }, pending())).await };
        let quick = async { begun.reaches(1).await; turns(60).await; "quick" };
        assert_eq!(race((plain, framed, deep, nested, quick)).await, "quick");
        let mut done = log.all();
        done.sort_unstable();
        assert_eq!(done, ["deep", "framed", "nested"]);
        assert_eq!((live.now(), live.ever()), (0, 1));
    }

    async fn a_shield_that_had_begun_is_finished() {
        let log = Log::new();
        let member = |n: u8| {
            let log = log.clone();
            async move {
                if n == 0 { turns(3).await; return n }
                shield(async { turns(30).await; log.add(n); }).await;
                unreachable!("control does not come back into a loser");
            }
        };
        assert_eq!(race((0..4).map(member)).await, 0);
        assert_eq!(log.len(), 3);
    }

    async fn a_loser_without_clean_up_does_not_go_on_while_another_cleans_up() {
        let (log, after_sleep) = (Log::new(), Flag::new());
        let idle = async { turns(15).await; after_sleep.set(); pending::<()>().await };
        race((async { turns(5).await }, tidy(&log, "clean"), idle)).await;
        assert_eq!(log.all(), ["clean"]);
        assert!(!after_sleep.is_set(), "it was dropped when the race was decided");
    }

    async fn a_loser_that_ends_while_it_cleans_up_changes_nothing() {
        let late = async { cancelled().await; 2 };
        assert_eq!(race((async { turns(2).await; 1 }, late)).await, 1);
    }
}

paused! {
    async fn the_first_in_time_wins() {
        let start = Instant::now();
        assert_eq!(race([30, 10, 20].map(|delay| after(delay, delay))).await, 10);
        assert_eq!(race(vec![30, 10, 20].into_iter().map(|delay| after(delay, delay))).await, 10);
        assert_eq!(race((after(30, 'a'), after(10, 'b'))).await, 'b');
        assert_eq!(start.elapsed(), ms(30));
        assert_eq!(race((ready(1), ready(2))).await, 1, "the first of the set, of those that are ready at once");
        assert_eq!(race([ready(1)]).await, 1);
        assert_eq!(race((ready(5),)).await, 5);
    }

    async fn clean_up_takes_its_time() {
        let start = Instant::now();
        let slow = async { cancelled().await; shield(sleep(ms(500))).await; };
        race((sleep(ms(100)), slow)).await;
        assert_eq!(start.elapsed(), ms(600));
    }

    async fn twelve_members_of_twelve_types_and_a_thousand_of_one() {
        let slow = |delay| after(delay, delay);
        let all = race((
            slow(12), Box::pin(slow(11)), slow(10), Box::pin(slow(9)), async { after(8, 8).await }, slow(7), slow(6), slow(5),
            slow(4), slow(3), ready(after(0, 0)).then_flat(), slow(2),
        ));
        assert_eq!(all.await, 0);
        assert_eq!(race((0..1_000).rev().map(slow)).await, 0);
        let big = gather((0..100_000).map(ready)).await;
        assert!(big.into_iter().eq(0..100_000));
        assert_eq!(race((0..100_000).map(|n| async move { if n < 99_999 { pending().await } else { n } })).await, 99_999);
    }
}

trait ThenFlat: Future<Output: Future> + Sized {
    async fn then_flat(self) -> <Self::Output as Future>::Output {
        self.await.await
    }
}

impl<F: Future<Output: Future>> ThenFlat for F {}

#[test]
fn an_empty_race_panics_at_the_caller() {
    let line = line!() + 1;
    let (file, at, text) = panic_site(|| drop(race(Vec::<std::future::Ready<()>>::new())));
    assert!(file.ends_with("race.rs"), "{file}");
    assert_eq!(at, line);
    assert_eq!(text, "`ayo::race` needs a future at least: nobody can win an empty race");
}

/// What runs in one task can be spawned, and borrow.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}

both! {
    async fn all_of_them_are_send_and_may_borrow() {
        let text = String::from("abc");
        let len = |n: usize| { let text = &text; async move { turns(n).await; Ok::<_, Boom>(text.len()) } };
        assert_eq!(is_send(race((len(1), len(2)))).await, Ok(3));
        assert_eq!(is_send(race_ok([len(1), len(2)])).await.unwrap(), 3);
        assert_eq!(is_send(gather((len(1), async { turns(1).await; "x" }))).await, (Ok(3), "x"));
        let mut done = as_completed([len(1), len(2)]);
        assert_eq!(is_send(done.next()).await, Some(Ok(3)));
        is_send(done.close()).await;
    }
}

// --- Asked to end ---------------------------------------------------------------------------------------------------

type InTask = fn(Log<&'static str>, Count) -> Boxed<'static, ()>;

async fn begun(count: Count, log: Log<&'static str>, name: &'static str) -> Result<(), Boom> {
    count.hit();
    tidy(&log, name).await;
    Ok(())
}

const ALL: [(&str, InTask); 5] = [
    ("race", |log, n| {
        Box::pin(async move {
            let _ = race((begun(n.clone(), log.clone(), "a"), begun(n.clone(), log, "b"), idle(n))).await;
        })
    }),
    ("race_ok", |log, n| {
        Box::pin(async move {
            let _ = race_ok((begun(n.clone(), log.clone(), "a"), begun(n.clone(), log, "b"), idle(n))).await;
        })
    }),
    ("gather", |log, n| {
        Box::pin(async move {
            let _ = gather((begun(n.clone(), log.clone(), "a"), begun(n.clone(), log, "b"), idle(n))).await;
        })
    }),
    ("as_completed", |log, n| {
        Box::pin(async move {
            let set = (begun(n.clone(), log.clone(), "a"), begun(n.clone(), log, "b"), idle(n));
            let mut done = as_completed(set);
            while done.next().await.is_some() {}
        })
    }),
    ("repeat_until", |log, n| {
        Box::pin(async move {
            n.hit();
            n.hit();
            let mut again =
                repeat_until(|| async { begun(n.clone(), log.clone(), "a").await.is_ok() }, false);
            log.add("b");
            while again.next().await.is_some() {}
        })
    }),
];

async fn idle(count: Count) -> Result<(), Boom> {
    count.hit();
    pending().await
}

both! {
    async fn asked_to_end_all_members_clean_up_and_control_does_not_come_back() {
        for (name, work) in ALL {
            let (log, count, after) = (Log::new(), Count::new(), Flag::new());
            scope!(|run| {
                let task = run << {
                    let (work, after) = (work(log.clone(), count.clone()), after.clone());
                    async move {
                        work.await;
                        after.set();
                    }
                };
                count.reaches(3).await;
                task.cancel();
                assert!(task.await.is_err(), "{name}");
                let mut done = log.all();
                done.sort_unstable();
                assert_eq!(done, ["a", "b"], "{name}");
            })
            .await
            .unwrap();
            assert!(!after.is_set(), "{name}");
        }
    }

    async fn asked_to_end_members_have_one_more_turn() {
        let value = timeout(0, race((async { cancelled().await; 1 }, pending()))).await;
        assert_eq!(value, Ok(1), "it was ready just in time");
        let values = timeout(0, gather((async { cancelled().await; 1 }, async { cancelled().await; 2 }))).await;
        assert_eq!(values, Ok((1, 2)));
        let values = timeout(0, gather((async { cancelled().await; 1 }, pending::<()>()))).await;
        assert!(values.is_err());
    }

    async fn asked_to_end_a_member_without_clean_up_ends_at_once() {
        let (log, went_on) = (Log::new(), Flag::new());
        let (go, gone) = oneshot::channel::<()>();
        let idle = async { let _ = gone.await; went_on.set(); pending::<()>().await };
        let work = gather((
            async {
                cancelled().await;
                let go = go;
                shield(async { turns(5).await; let _ = go.send(()); turns(20).await; log.add("clean"); }).await;
            },
            idle,
        ));
        assert!(timeout(0, work).await.is_err());
        assert_eq!(log.all(), ["clean"]);
        assert!(!went_on.is_set());
    }

    async fn in_code_that_is_asked_to_end_nothing_starts() {
        let polled = Flag::new();
        let end = scope!(|run| {
            run.cancel();
            race((scope!(|_| { polled.set(); }), scope!(|_| { polled.set(); }))).await.unwrap();
        })
        .await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(!polled.is_set());
    }
}

// --- Panics --------------------------------------------------------------------------------------------------------

both! {
    async fn a_panic_goes_on_when_the_others_have_cleaned_up() {
        for how in 0..4 {
            let log = Log::new();
            let panics = async { turns(3).await; if how < 9 { panic!("member {how}") } Ok::<(), Boom>(()) };
            let others = async { tidy(&log, "other").await; Ok(()) };
            let payload = match how {
                0 => panic_of(race((panics, others))).await,
                1 => panic_of(race_ok((panics, others))).await,
                2 => panic_of(gather((panics, others))).await,
                _ => panic_of(async { as_completed((panics, others)).next().await }).await,
            };
            assert_eq!(text(&*payload), format!("member {how}"));
            assert_eq!(log.all(), ["other"], "{how}");
        }
    }

    async fn a_panic_in_the_clean_up_of_a_loser_goes_on() {
        let log = Log::new();
        let bad = async { let _torn = OnDrop(|| panic!("destructor")); pending::<()>().await };
        let payload = panic_of(race((async { turns(2).await }, bad, tidy(&log, "other")))).await;
        assert_eq!(text(&*payload), "destructor");
        assert_eq!(log.all(), ["other"]);
        let payload = panic_of(scope!(|_| {
            let bad = async { cancelled().await; shield(async { turns(2).await; panic!("clean-up") }).await };
            race((async { turns(2).await }, bad, tidy(&log, "more"))).await;
        }))
        .await;
        assert_eq!(text(&*payload), "clean-up", "what goes wrong in a frame that cleans up is the scope's");
        assert_eq!(log.all(), ["other", "more"]);
    }

    async fn a_panic_while_all_is_asked_to_end_goes_to_the_scope() {
        for destructor in [false, true] {
            let (log, begun) = (Log::new(), Count::new());
            let report = scope!(|run| {
                let task = run << {
                    let (log, begun) = (log.clone(), begun.clone());
                    async move {
                        let bad = async {
                            let _torn = OnDrop(|| assert!(!destructor, "destructor"));
                            begun.hit();
                            cancelled().await;
                            if !destructor {
                                shield(async { turns(2).await; panic!("clean-up") }).await;
                            }
                            pending().await
                        };
                        race((bad, tidy(&log, "other"))).await;
                    }
                };
                begun.reaches(1).await;
                task.cancel();
                let _ = task.await;
            })
            .report()
            .await;
            assert_eq!(report.error.unwrap().kind(), ErrorKind::Panicked, "{destructor}");
            assert_eq!(log.all(), ["other"], "{destructor}");
        }
    }

    async fn an_error_in_the_clean_up_of_a_loser_goes_to_the_scope() {
        let error = scope!(|_| {
            let bad = async { cancelled().await; let _ = shield(async { turns(2).await; Err::<(), _>(Boom(4)) }).await; };
            race((async { turns(2).await }, bad)).await;
        })
        .await
        .unwrap_err();
        assert_eq!(boom(&error), Some(4));
        assert_eq!(booms(&error), [4]);
    }
}

// --- race_ok and gather --------------------------------------------------------------------------------------------

async fn fails(turn: usize, n: u32) -> Result<u32, Boom> {
    turns(turn).await;
    if n.is_multiple_of(2) { Ok(n) } else { Err(Boom(n)) }
}

both! {
    async fn race_ok_takes_the_first_success() {
        let log = Log::new();
        let slow = async { tidy(&log, "slow").await; Ok(8) };
        assert_eq!(race_ok((fails(1, 1), fails(5, 4), slow, fails(9, 6))).await, Ok(4));
        assert_eq!(log.all(), ["slow"]);
    }

    async fn race_ok_fails_with_all_errors_in_order() {
        let failed = race_ok([fails(9, 1), fails(1, 3), fails(5, 5)]).await.unwrap_err();
        assert_eq!(failed.errors(), [Boom(1), Boom(3), Boom(5)]);
        assert_eq!(failed.to_string(), "all 3 failed: boom 1; boom 3; boom 5");
        let one = race_ok((fails(0, 7),)).await.unwrap_err();
        assert_eq!(one.to_string(), "it failed: boom 7");
        assert_eq!(one.into_errors(), [Boom(7)]);
        let none = race_ok(Vec::<std::future::Ready<Result<(), Boom>>>::new()).await.unwrap_err();
        assert_eq!((none.errors(), none.to_string().as_str()), (&[][..], "there was nothing that could succeed"));
    }

    async fn gather_keeps_the_order_and_ends_nobody() {
        let all = gather((0..100).map(|n| fails((97 * n as usize) % 13, n))).await;
        for (n, result) in (0..).zip(&all) {
            assert_eq!(*result, if n % 2 == 0 { Ok(n) } else { Err(Boom(n)) });
        }
        let (a, b, c) = gather((fails(5, 1), async { turns(2).await; "b" }, ready('c'))).await;
        assert_eq!((a, b, c), (Err(Boom(1)), "b", 'c'));
        assert_eq!(gather(Vec::<std::future::Ready<u8>>::new()).await, []);
        assert_eq!(gather([ready(1), ready(2)]).await, [1, 2]);
    }
}

// --- as_completed --------------------------------------------------------------------------------------------------

both! {
    async fn those_that_were_woken_first_are_polled_first() {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..200).map(|_| oneshot::channel::<usize>()).unzip();
        let mut senders: Vec<_> = senders.into_iter().map(Some).collect();
        let mut done = as_completed(receivers.into_iter().map(|wait| async { wait.await.unwrap() }));
        assert!(futures::poll!(StreamExt::next(&mut done)).is_pending());
        for round in 0..2 {
            let order: Vec<_> = (0..100).map(|n| 2 * ((37 * n + 11) % 100) + round).collect();
            for &n in &order {
                senders[n].take().unwrap().send(n).unwrap();
            }
            for &n in &order {
                assert_eq!(done.next().await, Some(n));
            }
        }
        assert_eq!(done.next().await, None);
    }

    async fn one_that_wakes_itself_for_ever_leaves_turns_to_the_others_and_to_other_tasks() {
        let spinning = || poll_fn(|cx| { cx.waker().wake_by_ref(); std::task::Poll::<usize>::Pending });
        let (send, wait) = oneshot::channel();
        let other = tokio::spawn(async move { turns(10).await; send.send(5_usize).unwrap(); });
        assert_eq!(race((spinning(), async { wait.await.unwrap() }, spinning())).await, 5);
        other.await.unwrap();
    }

    async fn a_waker_may_be_kept_and_woken_when_all_is_over() {
        let kept = std::sync::Mutex::new(Vec::new());
        let member = |n: usize| {
            let kept = &kept;
            poll_fn(move |cx| { kept.lock().unwrap().push(cx.waker().clone()); std::task::Poll::Ready(n) })
        };
        assert_eq!(gather((0..50).map(member)).await, (0..50).collect::<Vec<_>>());
        let wakers = kept.into_inner().unwrap();
        assert!(wakers[0].will_wake(&wakers[0].clone()) && !wakers[0].will_wake(&wakers[1]));
        let threads = wakers.into_iter().map(|waker| std::thread::spawn(move || { waker.wake_by_ref(); waker.wake(); }));
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    }
}

paused! {
    async fn as_completed_gives_them_as_they_finish() {
        let mut done = as_completed([30, 10, 20].map(|delay| after(delay, delay)));
        assert_eq!(futures::Stream::size_hint(&done), (0, Some(3)));
        let start = Instant::now();
        assert_eq!((done.next().await, start.elapsed()), (Some(10), ms(10)));
        assert!(tokio::time::timeout(ms(5), done.next()).await.is_err(), "`next` may be cut");
        assert_eq!(done.by_ref().collect::<Vec<_>>().await, [20, 30]);
        assert_eq!((done.next().await, start.elapsed()), (None, ms(30)));
        done.close().await;
        let none = as_completed(Vec::<std::future::Ready<u8>>::new()).next().await;
        assert_eq!(none, None);
        assert_eq!(as_completed((after(2, 'a'), ready('b'))).collect::<String>().await, "ba");
    }
}

both! {
    async fn a_stream_that_is_closed_waits_for_clean_up() {
        let log = Log::new();
        let mut done = as_completed((async { turns(3).await }, tidy(&log, "rest")));
        assert_eq!(done.next().await, Some(()));
        done.close().await;
        assert_eq!(log.all(), ["rest"]);
        assert_eq!(done.next().await, None);
        done.close().await;
    }

    async fn a_stream_ends_with_the_code_that_awaits_it() {
        let log = Log::new();
        let mut done = as_completed((pending(), tidy(&log, "both")));
        assert_eq!(timeout(0, done.next()).await.ok(), None);
        assert_eq!(log.all(), ["both"]);
        let payload = panic_of(done.next()).await;
        let expected = "this stream was cancelled while it was awaited before, and has ended";
        assert_eq!(text(&*payload), expected, "and does not say that all were through");
        done.close().await;
        assert_eq!(done.next().await, None);
    }

    async fn a_stream_that_is_dropped_leaves_its_tasks_to_the_scope_around() {
        let log = Log::new();
        scope!(|_| {
            let begun = Count::new();
            let mut done = as_completed([0, 1].map(|n| {
                let (begun, log) = (begun.clone(), log.clone());
                async move { if n == 0 { begun.reaches(1).await } else { tidy_scope(begun, log, "adopted").await } }
            }));
            done.next().await;
            drop(done);
        })
        .await
        .unwrap();
        assert_eq!(log.all(), ["adopted"], "the scope has waited for it");
    }
}

// --- cancel_and_wait, repeat_until ---------------------------------------------------------------------------------

both! {
    async fn tasks_that_are_wanted_no_more_have_cleaned_up() {
        let (log, begun) = (Log::new(), Count::new());
        scope!(max_concurrency = 3 => |run| {
            let task = |name| {
                let (log, begun) = (log.clone(), begun.clone());
                async move { begun.hit(); tidy(&log, name).await }
            };
            let (a, b) = (run << task("a"), run << task("b"));
            let done = run << async { 5 };
            let waiting = run << pending::<()>();
            begun.reaches(2).await;
            cancel_and_wait((a, b, done, waiting)).await;
            assert_eq!(log.len(), 2);
            support::until(|| run.is_empty()).await;
            cancel_and_wait(run.all((0..50).map(|_| pending::<()>()))).await;
            support::until(|| run.is_empty()).await;
            cancel_and_wait(Vec::<ayo::Task<()>>::new()).await;
        })
        .await
        .unwrap();
    }

    async fn all_are_asked_before_one_is_awaited() {
        scope!(|run| {
            let (first, second) = (Gate::new(), Gate::new());
            let begun = Count::new();
            let member = |mine: Gate, other: Gate, begun: Count| async move {
                begun.hit();
                cancelled().await;
                shield(async { mine.open(); other.passed().await }).await;
            };
            let a = run << member(first.clone(), second.clone(), begun.clone());
            let b = run << member(second, first, begun.clone());
            begun.reaches(2).await;
            cancel_and_wait([a, b]).await;
        })
        .await
        .unwrap();
    }

    async fn the_error_of_an_attempt_is_contained() {
        let report = scope!(|run| {
            let begun = Count::new();
            let bad = run.attempt(support::when_cancelled(begun.clone(), || Err::<(), _>(Boom(3))));
            let good = run.attempt(async { pending::<Result<u8, Boom>>().await });
            begun.reaches(1).await;
            cancel_and_wait((bad, good)).await;
            support::until(|| run.is_empty()).await;
        })
        .report()
        .await;
        assert!(report.error.is_none());
        assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [3]);
    }

    async fn repeat_until_the_sentinel() {
        let (send, receive) = mpsc::channel(4);
        let receive = tokio::sync::Mutex::new(receive);
        let numbers = async {
            for n in [1, 2, 3, 0, 9] {
                send.send(n).await.unwrap();
                turns(2).await;
            }
        };
        let sum = async {
            let mut sum = 0;
            let mut read = repeat_until(|| async { receive.lock().await.recv().await.unwrap() }, 0);
            while let Some(n) = read.next().await {
                sum += n;
            }
            assert_eq!(read.next().await, None);
            (sum, receive.lock().await.recv().await)
        };
        assert_eq!(gather((sum, numbers)).await.0, (6, Some(9)));
    }
}

paused! {
    async fn a_question_that_was_cut_is_gone_on_with() {
        let asked = Count::new();
        let mut again = repeat_until(|| { asked.hit(); after(10, asked.get()) }, 3);
        for _ in 0..4 {
            let _ = tokio::time::timeout(ms(2), again.next()).await;
        }
        assert_eq!(again.next().await, Some(1));
        assert_eq!(again.by_ref().collect::<Vec<_>>().await, [2]);
        assert_eq!(asked.get(), 3);
    }
}

// --- Nothing is polled without need --------------------------------------------------------------------------------

both! {
    async fn only_the_one_that_is_woken_is_polled() {
        let polls: Vec<_> = (0..500).map(|_| Cell::new(0)).collect();
        let (gates, waits): (Vec<_>, Vec<_>) = (0..500).map(|_| oneshot::channel::<()>()).unzip();
        let members = waits.into_iter().zip(&polls).map(|(wait, polls)| async move {
            let mut wait = wait;
            poll_fn(|cx| { polls.set(polls.get() + 1); Pin::new(&mut wait).poll(cx) }).await.unwrap();
        });
        let opener = async {
            for gate in gates {
                turns(1).await;
                gate.send(()).unwrap();
            }
        };
        tokio::join!(gather(members), opener);
        assert!(polls.iter().all(|polls| polls.get() <= 2), "{polls:?}");
    }

    async fn a_set_that_is_never_through_lets_others_have_their_turns() {
        let others = Count::new();
        let ended = Flag::new();
        let counting = tokio::spawn({
            let (others, ended) = (others.clone(), ended.clone());
            async move { while !ended.is_set() { others.hit(); turns(1).await; } }
        });
        others.reaches(1).await;
        let before = others.get();
        tokio::spawn(async move { assert_eq!(as_completed((0..50_000).map(ready)).count().await, 50_000) }).await.unwrap();
        let hungry = tokio::spawn(gather((0..4).map(|_| async { for _ in 0..10_000 { tokio::task::consume_budget().await } })));
        hungry.await.unwrap();
        assert!(others.get() > before + 100, "{} turns", others.get() - before);
        ended.set();
        counting.await.unwrap();
    }
}

// --- Under load ----------------------------------------------------------------------------------------------------

both! {
    async fn no_wake_is_lost() {
        for round in 0..3_000_usize {
            let (first, a) = oneshot::channel();
            let (second, b) = oneshot::channel();
            let live = Live::new();
            let senders = tokio::spawn(async move {
                turns(round % 3).await;
                let _ = first.send(1);
                turns(round % 2).await;
                let _ = second.send(2);
            });
            let member = |wait: oneshot::Receiver<u8>| {
                let guard = live.guard();
                async move {
                    let _guard = guard;
                    let n = wait.await.unwrap();
                    shield(turns(usize::from(n))).await;
                    n
                }
            };
            if round % 2 == 0 {
                let won = race([member(a), member(b)]).await;
                assert!(won == 1 || won == 2);
            } else {
                assert_eq!(gather([member(a), member(b)]).await, [1, 2]);
            }
            assert_eq!(live.now(), 0);
            senders.await.unwrap();
        }
    }

    async fn a_request_at_any_moment_leaves_nothing_behind() {
        for round in 0..1_500_usize {
            let (live, log) = (Live::new(), Log::new());
            scope!(|run| {
                let task = run << {
                    let (live, log) = (live.clone(), log.clone());
                    async move {
                        let member = |n: usize| {
                            let (guard, log) = (live.guard(), log.clone());
                            async move {
                                let _guard = guard;
                                turns(n).await;
                                shield(async { turns(1).await; log.add(n); }).await;
                                turns(n).await;
                            }
                        };
                        race((member(3), async { gather([member(1), member(2)]).await; }, member(4))).await;
                    }
                };
                turns(round % 11).await;
                task.cancel();
                let _ = task.await;
                assert_eq!(live.now(), 0);
            })
            .await
            .unwrap();
        }
    }

    async fn races_in_races() {
        fn nested(depth: usize) -> Boxed<'static, usize> {
            Box::pin(async move {
                if depth == 0 {
                    turns(2).await;
                    return 0;
                }
                let slow = async { cancelled().await; shield(turns(1)).await; 0 };
                race((nested(depth - 1), slow)).await + 1
            })
        }
        assert_eq!(nested(100).await, 100);
        assert!(timeout(0, async { race((nested(60), pending())).await; pending::<()>().await }).await.is_err());
    }
}

// --- Happy eyeballs (RFC 8305) ---------------------------------------------------------------------------------------

/// The example's own.
#[path = "../examples/17_happy_eyeballs/connect.rs"]
mod connect;

use connect::{happy_eyeballs, interleave};

paused! {
    async fn happy_eyeballs_tries_them_250_ms_apart() {
        let (tried, live, log) = (Log::new(), Live::new(), Log::new());
        let start = Instant::now();
        // 1 is a black hole, 2 refuses after 100 ms, 3 takes 300 ms, 4 would take 10 ms, but 3 is there before its turn.
        let connect = |address: u8| {
            let (guard, log) = (live.guard(), log.clone());
            let delay = [0, 3_600_000, 100, 300, 10][usize::from(address)];
            tried.add((address, start.elapsed()));
            async move {
                let _guard = guard;
                let attempt = after(delay, if address == 2 { Err(Boom(2)) } else { Ok(address) });
                race((attempt, async { cancelled().await; shield(async { log.add(address) }).await; Err(Boom(0)) })).await
            }
        };
        assert_eq!(happy_eyeballs([1, 2, 3, 4], connect).await, Ok(4));
        let at = [(1, ms(0)), (2, ms(250)), (3, ms(350)), (4, ms(600))];
        assert_eq!(tried.all(), at, "after 250 ms, or at once when the one before has failed");
        assert_eq!(start.elapsed(), ms(610));
        assert_eq!(live.now(), 0, "the others are closed");
        let all = happy_eyeballs([2, 2], |n: u8| async move { Err::<u8, _>(Boom(n.into())) }).await;
        assert_eq!(all.unwrap_err().errors(), [Boom(2), Boom(2)]);
        assert_eq!(start.elapsed(), ms(610), "without waiting");
    }
}

#[test]
fn happy_eyeballs_lets_the_families_take_turns() {
    let addresses =
        |text: &str| text.split(' ').map(|text| format!("{text}:80").parse().unwrap()).collect::<Vec<_>>();
    let all = addresses("[::1] [::2] [::3] 1.1.1.1 2.2.2.2");
    assert_eq!(interleave(all.clone()), addresses("[::1] 1.1.1.1 [::2] 2.2.2.2 [::3]"));
    assert_eq!(interleave(all.into_iter().rev()), addresses("2.2.2.2 [::3] 1.1.1.1 [::2] [::1]"));
    assert_eq!(interleave(addresses("1.1.1.1 2.2.2.2")), addresses("1.1.1.1 2.2.2.2"));
    assert_eq!(interleave([]), []);
}
