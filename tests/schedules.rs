//! `after`, `at`, `every`, `cron`: when they tick, what they hold open, how they end.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ayo::__private::time::inject;
use ayo::{Cron, ErrorKind, Overrun, Schedule, Scope, State, scope};
use support::{
    Boom, Count, Flag, Gate, Live, Log, OnDrop, boom, both, panic_of, panic_site, paused, text, turns,
};
use tokio::time::{Instant, sleep};

ayo::vars! {
    static REQUEST: u32;
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The milliseconds since the start, at every tick.
#[derive(Clone)]
struct Stamps(Instant, Log<u64>);

impl Stamps {
    fn new() -> Self {
        Self(Instant::now(), Log::new())
    }

    fn stamp(&self) {
        self.1.add(u64::try_from(self.0.elapsed().as_millis()).unwrap());
    }

    fn all(&self) -> Vec<u64> {
        self.1.all()
    }
}

paused! {
    async fn after_calls_once_and_the_scope_waits_for_it() {
        let stamps = Stamps::new();
        let inner = stamps.clone();
        scope!(|run| { run.after(1.5, move || inner.stamp()); }).await.unwrap();
        assert_eq!(stamps.all(), [1_500]);
        assert_eq!(stamps.0.elapsed(), ms(1_500));
    }

    async fn everything_that_can_be_called_can_be_scheduled() {
        async fn a_future() {}
        async fn a_result() -> Result<u8, Boom> { Ok(1) }
        fn a_function() {}
        fn fallible() -> Result<(), std::io::Error> { Ok(()) }
        let (calls, mut counter) = (Count::new(), 0);
        let (in_async, in_block, in_pointer) = (calls.clone(), calls.clone(), calls.clone());
        let text = String::from("captured");
        scope!(|run| {
            run.every(1, a_future).times(1);
            run.every(1, a_result).times(1);
            run.every(1, a_function).times(1);
            run.every(1, fallible).times(1);
            run.every(1, move || { counter += 1; assert!(counter <= 3); }).times(3);
            run.every(1, || async { Ok::<_, Boom>(()) }).times(1);
            run.every(1, async || {}).times(1);
            run.every(1, move || { in_async.hit(); std::future::ready(()) }).times(2);
            run.every(1, move || { let calls = in_block.clone(); async move { calls.hit(); } }).times(2);
            run.every(1, Box::new(move || { in_pointer.hit(); }) as Box<dyn FnMut() + Send>).times(2);
            run.after(1, move || assert_eq!(text, "captured"));
            run.after(1, || 5);
            run.after(1, || "a plain value");
        })
        .await
        .unwrap();
        assert_eq!(calls.get(), 6);
    }

    async fn an_hour_of_200_ms_is_18_000_ticks_and_none_is_late() {
        let (count, start) = (Count::new(), Instant::now());
        let ticks = count.clone();
        let end = scope!(|run| {
            run.every(200ms, move || {
                let n = u64::try_from(ticks.hit()).unwrap();
                assert_eq!(start.elapsed(), ms(200 * n));
                async { sleep(ms(70)).await }
            });
            sleep(ms(3_600_000 + 100)).await;
            run.cancel();
        });
        end.await.unwrap();
        assert_eq!(count.get(), 18_000);
    }

    async fn a_crooked_period_does_not_drift() {
        let (count, start) = (Count::new(), Instant::now());
        let ticks = count.clone();
        scope!(|run| {
            run.every(Duration::from_micros(1_700), move || {
                let due = Duration::from_micros(1_700) * u32::try_from(ticks.hit()).unwrap();
                let late = start.elapsed().checked_sub(due).expect("never early");
                assert!(late <= ms(1), "{late:?}");
            }).times(10_000);
        }).await.unwrap();
        assert_eq!(start.elapsed(), ms(17_000));
    }

    async fn immediately_is_now_and_then_a_period_later() {
        let stamps = Stamps::new();
        let inner = stamps.clone();
        scope!(|run| { run.every(1, move || inner.stamp()).immediately().times(3); }).await.unwrap();
        assert_eq!(stamps.all(), [0, 1_000, 2_000]);
    }

    async fn immediately_brings_an_after_forward() {
        let stamps = Stamps::new();
        let inner = stamps.clone();
        scope!(|run| { run.after(1h, move || inner.stamp()).immediately(); }).await.unwrap();
        assert_eq!(stamps.all(), [0]);
    }

    async fn no_times_at_all_is_over_at_once() {
        let live = Live::new();
        let guard = live.guard();
        scope!(|run| {
            run.every(1, move || { let _guard = &guard; }).times(0);
            assert_eq!(live.now(), 0, "the function is dropped");
        }).await.unwrap();
        assert_eq!(Instant::now().elapsed(), Duration::ZERO);
    }

    async fn times_counts_what_has_ticked_already() {
        let count = Count::new();
        let ticks = count.clone();
        scope!(|run| {
            let schedule = run.every(1, move || { ticks.hit(); });
            sleep(ms(2_500)).await;
            let schedule = schedule.times(4);
            sleep(ms(3_000)).await;
            schedule.times(9);
        }).await.unwrap();
        assert_eq!(count.get(), 4, "one that is over stays so");
    }

    async fn unschedule_from_outside() {
        let (count, live) = (Count::new(), Live::new());
        let (ticks, guard) = (count.clone(), live.guard());
        scope!(|run| {
            let schedule = run.every(1, move || { let _guard = &guard; ticks.hit(); });
            sleep(ms(3_500)).await;
            schedule.unschedule();
            assert_eq!(live.now(), 0, "the function is dropped");
            schedule.unschedule();
            sleep(ms(10_000)).await;
        }).await.unwrap();
        assert_eq!(count.get(), 3);
    }

    async fn unschedule_from_inside_and_the_tick_goes_on() {
        let (count, live, start) = (Count::new(), Live::new(), Instant::now());
        let (ticks, guard) = (count.clone(), live.guard());
        scope!(|run| {
            assert!(Schedule::current().is_none());
            run.every(1, move || {
                let (_guard, last) = (&guard, ticks.hit() == 3);
                async move {
                    sleep(ms(10)).await;
                    if last {
                        Schedule::current().expect("in a tick").unschedule();
                        sleep(ms(90)).await;
                    }
                }
            });
        }).await.unwrap();
        assert_eq!((count.get(), live.now()), (3, 0));
        assert_eq!(start.elapsed(), ms(3_100));
    }

    async fn an_unscheduled_one_leaves_nothing_behind() {
        scope!(|run| {
            for _ in 0..1_000 {
                run.after(1h, || panic!("never")).unschedule();
                run.at(SystemTime::now() + Duration::from_secs(99), || panic!("never")).unschedule();
            }
            assert!(run.is_empty());
        }).await.unwrap();
    }

    async fn stop_ends_ticking_and_drops_no_tick() {
        let (count, done) = (Count::new(), Count::new());
        let (ticks, ends) = (count.clone(), done.clone());
        let start = Instant::now();
        scope!(|run| {
            run.every(1, move || {
                ticks.hit();
                let ends = ends.clone();
                async move { sleep(ms(700)).await; ends.hit(); }
            });
            run.after(1h, || panic!("stopped before"));
            sleep(ms(2_300)).await;
            run.stop();
        }).await.unwrap();
        assert_eq!((count.get(), done.get()), (2, 2));
        assert_eq!(start.elapsed(), ms(2_700));
    }

    async fn a_stopping_scope_takes_no_schedule() {
        let live = Live::new();
        let guard = live.guard();
        scope!(|run| {
            run.stop();
            run.after(1, move || { let _ = &guard; panic!("never") });
            assert_eq!(live.now(), 0);
        }).await.unwrap();
    }

    async fn a_scope_that_ends_or_has_ended_takes_none() {
        let live = Live::new();
        let (one, two) = (live.guard(), live.guard());
        let kept = scope!(|run| { run.clone() }).await.unwrap();
        kept.after(1, move || { let _ = &one; panic!("never") });
        let end = scope!(|run| {
            run.cancel();
            run.every(1, move || { let _ = &two; panic!("never") }).immediately().times(3).dont_hold_exit();
        }).await;
        assert!(end.is_ok());
        assert_eq!(live.now(), 0);
        assert!(kept.is_empty());
    }

    async fn cancel_ends_schedules_and_their_ticks() {
        let (live, tail) = (Live::new(), Flag::new());
        let (guard, ended) = (live.guard(), tail.clone());
        let (started, start) = (Count::new(), Instant::now());
        let ticks = started.clone();
        let end = scope!(timeout = 2.5 => |run| {
            run.every(1, move || {
                let (inner, ended) = (ticks.clone(), ended.clone());
                let _ = &guard;
                async move {
                    inner.hit();
                    let _end = OnDrop(|| ended.set());
                    sleep(ms(100_000)).await;
                }
            });
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!((started.get(), live.now(), tail.is_set()), (1, 0, true));
        assert_eq!(start.elapsed(), ms(2_500));
    }

    async fn dont_hold_exit_lets_the_scope_end() {
        let (count, live) = (Count::new(), Live::new());
        let (ticks, guard) = (count.clone(), live.guard());
        let start = Instant::now();
        scope!(|run| {
            run.every(1, move || { let _guard = &guard; ticks.hit(); }).dont_hold_exit().dont_hold_exit();
            run << sleep(ms(3_300));
        }).await.unwrap();
        assert_eq!((count.get(), live.now()), (3, 0));
        assert_eq!(start.elapsed(), ms(3_300));
    }

    async fn a_tick_in_the_background_is_cancelled_at_the_end() {
        let (cut, start) = (Flag::new(), Instant::now());
        let flag = cut.clone();
        scope!(|run| {
            run.every(1, move || {
                let flag = flag.clone();
                async move { let _end = OnDrop(|| flag.set()); std::future::pending::<()>().await }
            }).dont_hold_exit();
            run << sleep(ms(1_300));
        }).await.unwrap();
        assert!(cut.is_set());
        assert_eq!(start.elapsed(), ms(1_300));
    }

    async fn a_scope_of_nothing_but_background_schedules_ends_at_once() {
        let start = Instant::now();
        scope!(|run| {
            run.every(1, || ()).dont_hold_exit();
            run.after(9, || ()).dont_hold_exit();
        }).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    async fn overrun_skip_leaves_out() {
        assert_eq!(ticks_of(Overrun::default(), [1_500, 100, 2_500, 0]).await, [1_000, 3_000, 4_000, 7_000]);
    }

    async fn overrun_burst_makes_up() {
        let found = ticks_of(Overrun::Burst, [2_500, 100, 100, 100, 100]).await;
        assert_eq!(found, [1_000, 3_500, 3_600, 4_000, 5_000]);
    }

    async fn overrun_delay_counts_from_the_late_one() {
        let found = ticks_of(Overrun::Delay, [1_500, 100, 2_300, 0, 0]).await;
        assert_eq!(found, [1_000, 2_500, 3_500, 5_800, 6_800]);
    }

    async fn overrun_concurrent_runs_beside() {
        let found = ticks_of(Overrun::Concurrent, [5_000, 5_000, 5_000]).await;
        assert_eq!(found, [1_000, 2_000, 3_000]);
    }

    async fn overrun_cancel_previous_waits_for_its_clean_up() {
        let (stamps, log) = (Stamps::new(), Log::new());
        let (inner, ends) = (stamps.clone(), log.clone());
        let mut n = 0;
        scope!(|run| {
            run.every(1, move || {
                inner.stamp();
                n += 1;
                let (n, ends) = (n, ends.clone());
                async move {
                    let _end = OnDrop(|| ends.add(n));
                    if n == 1 {
                        scope!(|slow| { slow << ayo::shield(sleep(ms(1_300))); }).await?;
                        unreachable!("it is cancelled at 2,000 and cleans up until 2,300");
                    }
                    sleep(ms(if n == 4 { 100 } else { 10_000 })).await;
                    Ok::<_, ayo::BoxError>(())
                }
            }).overrun(Overrun::CancelPrevious).times(4);
        }).await.unwrap();
        assert_eq!(stamps.all(), [1_000, 2_300, 3_000, 4_000]);
        assert_eq!(log.all(), [1, 2, 3, 4]);
    }

    async fn a_jump_of_the_clock_is_one_tick_or_all_of_them() {
        let (skip, burst, beside) = (Count::new(), Count::new(), Count::new());
        let (one, all, concurrent) = (skip.clone(), burst.clone(), beside.clone());
        scope!(|run| {
            run.every(1, move || { one.hit(); });
            run.every(1, move || { all.hit(); }).overrun(Overrun::Burst);
            run.every(1, move || { concurrent.hit(); }).overrun(Overrun::Concurrent);
            turns(10).await;
            tokio::time::advance(Duration::from_secs(3_600)).await;
            turns(20_000).await;
            run.cancel();
        }).await.unwrap();
        assert_eq!((skip.get(), burst.get(), beside.get()), (1, 3_600, 1));
    }

    async fn a_tick_that_fails_fails_the_scope() {
        async fn beat() -> Result<(), Boom> { Err(Boom(7)) }
        let end = scope!(name = "watch" => |run| {
            run.every(1, beat);
            std::future::pending::<()>().await;
        }).await;
        let error = end.unwrap_err();
        assert_eq!(boom(&error), Some(7));
        assert_eq!(error.task().unwrap().path(), "watch/beat #2");
        assert!(error.task().unwrap().location().file().ends_with("schedules.rs"));
    }

    async fn a_plain_function_that_fails_fails_the_scope() {
        let mut n = 0;
        let end = scope!(|run| {
            run.every(1, move || { n += 1; if n < 3 { Ok(()) } else { Err(Boom(n)) } });
        }).await;
        assert_eq!(boom(&end.unwrap_err()), Some(3));
    }

    async fn a_panic_in_the_function_or_its_future_is_the_ticks() {
        let start = Instant::now();
        let payload = panic_of(scope!(|run| { run.every(1, || if true { panic!("plain") }); })).await;
        assert_eq!(text(&*payload), "plain");
        let payload = panic_of(scope!(|run| { run.every(1, || async { panic!("future") }); })).await;
        assert_eq!(text(&*payload), "future");
        assert_eq!(start.elapsed(), ms(2_000));
    }

    async fn in_a_supervised_scope_it_ticks_on() {
        let mut n = 0;
        let report = scope!(supervise => |run| {
            run.every(1, move || { n += 1; if n == 2 { panic!("second") } Err::<(), _>(Boom(n)) }).times(4);
        }).report().await;
        assert!(report.error.is_none());
        assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [1, 3, 4]);
        assert_eq!(report.contained.len(), 4);
    }

    async fn a_destructor_of_the_function_that_panics_is_told() {
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) { panic!("bad") }
        }
        let bad = Bad;
        let payload = panic_of(scope!(|run| {
            run.after(1, move || { let _ = &bad; });
        })).await;
        assert_eq!(text(&*payload), "bad");
        let bad = Bad;
        let report = scope!(|run| {
            run.every(1, move || { let _ = &bad; });
            run.cancel();
        }).report().await;
        assert_eq!(report.error.unwrap().kind(), ErrorKind::Panicked);
    }

    async fn timers_that_wait_take_no_place_and_ticks_do() {
        let stamps = Stamps::new();
        let (inner, start) = (stamps.clone(), Instant::now());
        scope!(max_concurrency = 1 => |run| {
            for _ in 0..100 { run.after(1h, || ()); }
            run.every(1, move || {
                let inner = inner.clone();
                async move { inner.stamp(); sleep(ms(10)).await }
            }).times(2);
            run << sleep(ms(1_500));
            assert_eq!(run.len(), 102);
        }).await.unwrap();
        assert_eq!(stamps.all(), [1_500, 2_000], "the first tick waited for the place");
        assert_eq!(start.elapsed(), ms(3_600_000));
    }

    async fn ticks_in_the_background_take_no_place() {
        let count = Count::new();
        let ticks = count.clone();
        scope!(max_concurrency = 1 => |run| {
            run.every(1, move || { ticks.hit(); }).dont_hold_exit();
            run << sleep(ms(3_500));
        }).await.unwrap();
        assert_eq!(count.get(), 3);
    }

    async fn a_tick_is_in_its_scope() {
        scope!(name = "outer" => |run| {
            run.after(1, || async {
                assert_eq!(ayo::current().unwrap().name().unwrap(), "outer");
                ayo::spawn(async { sleep(ms(500)).await });
            });
            run.after(1, || { ayo::spawn(async { assert!(Schedule::current().is_none()) }); });
        }).await.unwrap();
    }

    async fn a_tick_inherits_the_variables_of_the_code_that_made_the_schedule() {
        struct Sees(Log<Option<u32>>);
        impl Drop for Sees {
            fn drop(&mut self) { self.0.add(REQUEST.get()) }
        }
        let log = Log::new();
        let (ticks, dropped) = (log.clone(), Sees(log.clone()));
        scope!(|run| {
            let inner = run.clone();
            REQUEST.with(7, async move {
                inner.every(1, move || {
                    let (ticks, _) = (ticks.clone(), &dropped);
                    ticks.add(REQUEST.get());
                    async move { sleep(ms(1_500)).await; ticks.add(REQUEST.get()) }
                }).overrun(Overrun::Burst).times(2);
            }).await;
            assert_eq!(REQUEST.get(), None);
        }).await.unwrap();
        assert_eq!(log.all(), [Some(7); 5]);
    }

    async fn the_tree_shows_what_is_scheduled() {
        async fn beat() {}
        scope!(|run| {
            run.every(1, beat);
            run.at(SystemTime::now() + Duration::from_secs(50), || ());
            run << sleep(ms(1));
            turns(3).await;
            let tree = run.tree();
            let found: Vec<_> = tree.children().iter().map(|task| (task.name().to_owned(), task.state())).collect();
            assert_eq!(found[0], ("beat #1".to_owned(), State::Scheduled));
            assert_eq!(found[1].1, State::Scheduled);
            assert!(found[1].0.ends_with("{closure} #2"), "{found:?}");
            assert_eq!(found[2].1, State::Waiting);
            assert_eq!(tree.unpolled(), 0);
            assert!(tree.to_string().contains("scheduled"), "{tree}");
            run.cancel();
        }).await.unwrap();
    }

    async fn a_scope_dropped_from_outside_leaves_no_schedule() {
        let (live, count) = (Live::new(), Count::new());
        let (guard, ticks) = (live.guard(), count.clone());
        scope!(|_| {
            let inner = scope!(|run| {
                run.every(1, move || { let _guard = &guard; ticks.hit(); });
            });
            tokio::select! {
                _ = inner => unreachable!(),
                () = sleep(ms(2_500)) => {}
            }
        }).await.unwrap();
        assert_eq!((live.now(), count.get()), (0, 2));
    }

    async fn huge_delays_are_far_away() {
        let end = scope!(timeout = 1h => |run| {
            run.after(Duration::MAX, || panic!("never"));
            run.after(f64::from(u32::MAX), || panic!("never"));
            run.every(Duration::MAX, || panic!("never"));
        }).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    async fn several_at_one_moment_come_in_the_order_they_were_made() {
        let log = Log::new();
        scope!(|run| {
            for n in 0..300 {
                let log = log.clone();
                run.after(1, move || log.add(n));
            }
        }).await.unwrap();
        assert_eq!(log.all(), (0..300).collect::<Vec<_>>());
    }

    async fn a_new_earlier_one_wakes_the_driver() {
        let stamps = Stamps::new();
        let (one, two) = (stamps.clone(), stamps.clone());
        scope!(|run| {
            run.after(10, move || one.stamp());
            sleep(ms(1_000)).await;
            run.after(1, move || two.stamp());
        }).await.unwrap();
        assert_eq!(stamps.all(), [2_000, 10_000]);
    }

    async fn options_may_change_while_it_ticks() {
        let stamps = Stamps::new();
        let inner = stamps.clone();
        scope!(|run| {
            let schedule = run.every(1, move || { inner.stamp(); async { sleep(ms(1_500)).await } });
            sleep(ms(3_700)).await;
            schedule.overrun(Overrun::Concurrent).times(5);
        }).await.unwrap();
        assert_eq!(stamps.all(), [1_000, 3_000, 4_000, 5_000, 6_000]);
    }
}

/// The first ticks of `every(1)` under a policy, if the n-th takes `takes[n]` ms; as many as there are.
async fn ticks_of<const N: usize>(overrun: Overrun, takes: [u64; N]) -> Vec<u64> {
    let stamps = Stamps::new();
    let (inner, mut left) = (stamps.clone(), takes.into_iter());
    scope!(|run| {
        run.every(1, move || {
            inner.stamp();
            let takes = left.next().expect("no more than `times`");
            async move { sleep(ms(takes)).await }
        })
        .overrun(overrun)
        .times(N as u64);
    })
    .await
    .unwrap();
    stamps.all()
}

/// A wall clock of the test's own: seconds since 1970, that go by with Tokio's clock and can be set.
#[derive(Clone)]
struct Wall(Arc<(AtomicU64, Instant)>);

impl Wall {
    fn at(seconds: u64) -> Self {
        Self(Arc::new((AtomicU64::new(seconds), Instant::now())))
    }

    fn jump(&self, seconds: i64) {
        self.0.0.fetch_add(seconds as u64, Ordering::SeqCst);
    }

    fn now(&self) -> SystemTime {
        date(self.0.0.load(Ordering::SeqCst)) + self.0.1.elapsed()
    }

    fn inject(&self) -> ayo::__private::time::Injected {
        let wall = self.clone();
        inject(move || wall.now())
    }
}

fn date(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

paused! {
    async fn at_an_instant_of_tokios_clock() {
        let stamps = Stamps::new();
        let (one, two) = (stamps.clone(), stamps.clone());
        scope!(|run| {
            run.at(Instant::now() + ms(700), move || one.stamp());
            sleep(ms(1_000)).await;
            run.at(Instant::now() - ms(700), move || two.stamp());
        }).await.unwrap();
        assert_eq!(stamps.all(), [700, 1_000], "what has passed is now");
    }

    async fn at_a_date_in_virtual_time() {
        let stamps = Stamps::new();
        let (one, two, year) = (stamps.clone(), stamps.clone(), Duration::from_secs(300 * 86_400));
        scope!(|run| {
            run.at(SystemTime::now() - year, move || one.stamp());
            run.at(SystemTime::now() + year, move || two.stamp());
        }).await.unwrap();
        let (later, found) = (300 * 86_400_000, stamps.all());
        assert_eq!(found[0], 0);
        // what went by in real time while the test built its runtime is between the two clocks
        assert!((later..later + 60_000).contains(&found[1]), "{found:?}");
    }

    async fn the_wall_clock_stands_still_with_a_paused_clock() {
        let (start, count) = (SystemTime::now(), Count::new());
        let ticks = count.clone();
        scope!(|run| {
            run.at(start + ms(200), move || { ticks.hit(); });
            let real = std::time::Instant::now();
            while real.elapsed() < ms(300) { turns(10).await; }
            assert_eq!(count.get(), 0, "real time is none");
            let before = Instant::now();
            run << async move { sleep(ms(1)).await; let _ = before; };
        }).await.unwrap();
        assert_eq!(count.get(), 1);
    }

    async fn a_clock_that_is_set_forward_brings_a_date_forward() {
        let (wall, stamps) = (Wall::at(1_000), Stamps::new());
        let _injected = wall.inject();
        let inner = stamps.clone();
        scope!(|run| {
            run.at(date(1_000 + 3_600), move || inner.stamp());
            sleep(ms(10_500)).await;
            wall.jump(3_600);
        }).await.unwrap();
        assert_eq!(stamps.all(), [11_000], "noticed within a second");
    }

    async fn a_clock_that_is_set_back_puts_a_date_off() {
        let (wall, stamps) = (Wall::at(1_000), Stamps::new());
        let _injected = wall.inject();
        let inner = stamps.clone();
        scope!(|run| {
            run.at(date(1_060), move || inner.stamp());
            sleep(ms(59_500)).await;
            wall.jump(-600);
        }).await.unwrap();
        assert_eq!(stamps.all(), [660_000]);
    }

    async fn a_clock_that_jumps_to_and_fro() {
        let (wall, stamps) = (Wall::at(100_000), Stamps::new());
        let _injected = wall.inject();
        let (one, two) = (stamps.clone(), stamps.clone());
        scope!(|run| {
            run.at(date(100_100), move || one.stamp());
            run.at(date(100_200), move || two.stamp());
            wall.jump(-1_000);
            sleep(ms(50_000)).await;
            wall.jump(1_000);
            sleep(ms(60_000)).await;
            wall.jump(-30);
        }).await.unwrap();
        assert_eq!(stamps.all(), [100_000, 230_000]);
    }

    async fn after_and_every_do_not_care_for_the_wall_clock() {
        let (wall, stamps) = (Wall::at(1_000), Stamps::new());
        let _injected = wall.inject();
        let inner = stamps.clone();
        scope!(|run| {
            run.at(date(1), || ());
            run.at(date(90_000), || ());
            run.every(1, move || inner.stamp()).times(3);
            wall.jump(100_000);
            sleep(ms(1_500)).await;
            wall.jump(-100_000);
        }).await.unwrap();
        assert_eq!(stamps.all(), [1_000, 2_000, 3_000]);
    }

    async fn dates_of_other_crates() {
        let (wall, stamps) = (Wall::at(1_767_225_600), Stamps::new()); // 2026-01-01T00:00:00Z
        let _injected = wall.inject();
        let add = |run: &Scope, n: usize| {
            let stamps = stamps.clone();
            match n {
                0 => run.at(chrono::DateTime::parse_from_rfc3339("2026-01-01T01:00:01+01:00").unwrap(), move || stamps.stamp()),
                1 => run.at(chrono::DateTime::<chrono::Utc>::from(date(1_767_225_602)), move || stamps.stamp()),
                2 => run.at("2026-01-01T00:00:03Z".parse::<jiff::Timestamp>().unwrap(), move || stamps.stamp()),
                3 => run.at(jiff::Timestamp::from_second(1_767_225_604).unwrap().to_zoned(jiff::tz::TimeZone::UTC), move || stamps.stamp()),
                4 => run.at(time::OffsetDateTime::from_unix_timestamp(1_767_225_605).unwrap(), move || stamps.stamp()),
                _ => run.at(time::UtcDateTime::from_unix_timestamp(1_767_225_606).unwrap(), move || stamps.stamp()),
            }
        };
        scope!(|run| { for n in 0..6 { add(run, n); } }).await.unwrap();
        assert_eq!(stamps.all(), [1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
    }

    async fn a_cron_line_ticks_at_its_minutes() {
        let (wall, stamps) = (Wall::at(1_767_225_600 + 3 * 60 + 10), Stamps::new()); // 00:03:10
        let _injected = wall.inject();
        let inner = stamps.clone();
        scope!(|run| { run.cron("*/5 * * * *", move || inner.stamp()).times(3); }).await.unwrap();
        assert_eq!(stamps.all(), [110_000, 410_000, 710_000]);
    }

    async fn a_cron_line_follows_the_wall_clock() {
        let (wall, stamps) = (Wall::at(1_767_225_600 + 1), Stamps::new());
        let _injected = wall.inject();
        let inner = stamps.clone();
        let hourly: Cron = "0 * * * *".parse().unwrap();
        scope!(|run| {
            run.cron(&hourly, move || inner.stamp()).times(3);
            sleep(ms(100_000)).await;
            wall.jump(3 * 3_600);                          // 03:01:41: three were missed, one comes
            sleep(ms(100_000)).await;
            wall.jump(-2 * 3_600);                         // 01:03:21: those hours come again, and nothing is done twice
        }).await.unwrap();
        // 04:00:00 is 10,599 s after 01:03:21
        assert_eq!(stamps.all(), [100_000, 200_000 + 10_599_000, 200_000 + 14_199_000]);
    }

    async fn cron_with_seconds_does_not_tick_twice_for_one_moment() {
        let stamps = Stamps::new();
        let inner = stamps.clone();
        scope!(|run| { run.cron("* * * * * *", move || inner.stamp()).times(100); }).await.unwrap();
        let distinct: BTreeSet<u64> = stamps.all().into_iter().collect();
        assert_eq!(distinct.len(), 100);
        let found: Vec<u64> = distinct.into_iter().collect();
        assert!(found.windows(2).all(|two| (999..=1_001).contains(&(two[1] - two[0]))), "{found:?}");
    }

    async fn a_cron_line_that_never_comes_is_over() {
        scope!(|run| { run.cron("0 0 30 2 *", || panic!("the 30th of February")); }).await.unwrap();
    }

    async fn what_is_wrong_is_said_at_the_callers_line() {
        let (nothing, negative, nan) = (0.0, -1, f64::NAN); // literals are refused by the macro
        scope!(|run| {
            for (found, expected) in [
                (panic_site(|| run.every(Duration::ZERO, || ())), "`every(0)` would tick without end"),
                (panic_site(|| run.every(nothing, || ())), "`every(0)` would tick without end"),
                (panic_site(|| run.after(negative, || ())), "-1 is not a length of time: it is negative"),
                (panic_site(|| run.every(nan, || ())), "NaN is not a length of time: it is not a number"),
                (panic_site(|| run.cron("99 * * * *", || ())), "`99 * * * *` is not a cron line: "),
            ] {
                let (file, _, text) = found;
                assert!(file.ends_with("schedules.rs"), "{file}");
                assert!(text.starts_with(expected), "{text}");
            }
            assert!(run.is_empty(), "and nothing is left of it");
        }).await.unwrap();
    }
}

both! {
    async fn many_schedules_that_come_and_go() {
        let (count, live) = (Count::new(), Live::new());
        scope!(|run| {
            for n in 0..4_000_u64 {
                let (ticks, guard, inner) = (count.clone(), live.guard(), run.clone());
                run << async move {
                    let schedule = inner.every(ms(1 + n % 7), move || { let _guard = &guard; ticks.hit(); });
                    match n % 4 {
                        0 => schedule.unschedule(),
                        1 => drop(schedule.times(2)),
                        2 => { sleep(ms(n % 11)).await; schedule.unschedule() }
                        _ => drop(schedule.immediately().dont_hold_exit().overrun(Overrun::Burst).times(3)),
                    }
                };
            }
        }).await.unwrap();
        assert_eq!(live.now(), 0);
        assert!(count.get() >= 2_000);
    }

    async fn unschedule_races_with_ticks() {
        for _ in 0..300 {
            let (live, count) = (Live::new(), Count::new());
            scope!(|run| {
                for _ in 0..8 {
                    let (ticks, guard) = (count.clone(), live.guard());
                    let schedule = run.every(1ms, move || { let _guard = &guard; ticks.hit(); }).immediately();
                    run << async move { sleep(ms(1)).await; schedule.unschedule(); };
                }
            }).await.unwrap();
            assert_eq!(live.now(), 0);
        }
    }

    async fn cancel_races_with_ticks() {
        for round in 0..300 {
            let live = Live::new();
            let report = scope!(|run| {
                for n in 0..8_u64 {
                    let guard = live.guard();
                    run.every(ms(1 + n % 2), move || { let _ = &guard; async { sleep(ms(1)).await } })
                        .overrun([Overrun::Burst, Overrun::Delay, Overrun::CancelPrevious, Overrun::Concurrent][n as usize % 4])
                        .immediately();
                }
                sleep(ms(round % 3)).await;
                run.cancel();
            }).report().await;
            assert!(report.error.is_none());
            assert_eq!(live.now(), 0);
        }
    }

    async fn one_tick_at_a_time() {
        let (running, gate) = (Live::new(), Gate::new());
        let (inner, open) = (running.clone(), gate.clone());
        let mut n = 0;
        scope!(|run| {
            run.every(1ms, move || {
                n += 1;
                if n == 200 { open.open(); }
                let inner = inner.clone();
                async move {
                    let _guard = inner.guard();
                    assert_eq!(inner.now(), 1);
                    sleep(ms(n % 3)).await;
                }
            });
            gate.passed().await;
            run.cancel();
        }).await.unwrap();
        assert!(running.ever() >= 199);
    }
}

/// Ticks that a runtime refuses because it shuts down do not start each other for ever.
#[test]
fn a_runtime_that_shuts_down_ends_a_backlog() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let live = Live::new();
    let guard = live.guard();
    runtime.block_on(async {
        let open = ayo::scope().open();
        open.every(0.001, move || {
            let _ = &guard;
            std::future::pending::<()>()
        })
        .overrun(Overrun::Burst);
        turns(3).await;
        tokio::time::advance(Duration::from_secs(1_000)).await;
        turns(10).await;
        std::mem::forget(open);
    });
    drop(runtime);
    assert_eq!(live.now(), 0);
}

/// On the real clock: a date comes, and the driver looks at the wall clock in between.
#[test]
fn a_date_on_the_real_clock() {
    support::multi_thread(async {
        let start = std::time::Instant::now();
        scope!(|run| {
            run.at(SystemTime::now() + ms(1_200), || ());
        })
        .await
        .unwrap();
        assert!(start.elapsed() >= ms(1_199), "{:?}", start.elapsed());
    });
}
