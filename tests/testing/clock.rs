//! `VirtualClock`.

use std::time::Duration;

use ayo::Scope;
use ayo::testing::VirtualClock;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use crate::support::{Count, Log};

const HOUR: Duration = Duration::from_hours(1);

/// The example that asyncio's users know.
#[ayo::test]
async fn a_sleep_of_an_hour_returns_at_once_and_the_clock_shows_it() {
    let (clock, real) = (VirtualClock::new(), std::time::Instant::now());
    sleep(Duration::from_hours(1)).await;
    assert_eq!(clock.now().as_secs(), 3600);
    assert!(real.elapsed() < Duration::from_secs(10));
}

#[ayo::test]
async fn everything_on_the_way_happens_at_its_own_moment(run: &Scope) {
    let (clock, log) = (VirtualClock::new(), Log::new());
    for second in [3_u64, 1, 2, 5, 4, 11] {
        let log = log.clone();
        run << async move {
            let before = Instant::now();
            sleep(Duration::from_secs(second)).await;
            log.add((second, before.elapsed().as_secs()));
        };
    }
    clock.advance(5s).await;
    assert_eq!(log.all(), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)], "the one that is due at the end, too");
    assert_eq!(clock.now(), Duration::from_secs(5));
}

#[ayo::test]
async fn held_time_passes_only_when_told_to(run: &Scope) {
    let (clock, ticks) = (VirtualClock::new(), Count::new());
    clock.auto_advance(false);
    clock.auto_advance(false);
    let seen = ticks.clone();
    #[task(background)]
    run << async move {
        loop {
            sleep(1s).await;
            seen.hit();
        }
    };
    yield_now().await;
    let real = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(30)));
    real.await.unwrap();
    assert_eq!(
        (clock.now(), ticks.get()),
        (Duration::ZERO, 0),
        "nothing is to be done, and yet no time passes"
    );
    clock.advance(2.5).await;
    assert_eq!((clock.now(), ticks.get()), (Duration::from_millis(2500), 2));
    let real = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(30)));
    real.await.unwrap();
    assert_eq!((clock.now(), ticks.get()), (Duration::from_millis(2500), 2), "it stands again");
    clock.auto_advance(true);
    sleep(1h).await;
    assert_eq!(clock.now(), HOUR + Duration::from_millis(2500));
}

/// Time that stands for ever is a hang, and the end of the clock ends it.
#[ayo::test(timeout = 0.2)]
#[should_panic(expected = "nothing happened")]
async fn nobody_advances_it() {
    let clock = VirtualClock::new();
    clock.auto_advance(false);
    sleep(1s).await;
    drop(clock);
}

#[ayo::test]
async fn dropped_on_the_way_it_stands_again() {
    let clock = VirtualClock::new();
    clock.auto_advance(false);
    let cut = ayo::move_on_after(10s, clock.advance(1h)).await;
    assert_eq!(cut, None);
    assert_eq!(clock.now(), Duration::from_secs(10));
    assert!(format!("{clock:?}").contains("auto_advance: false"), "{clock:?}");
}

#[tokio::test]
async fn it_pauses_a_clock_that_runs() {
    let clock = VirtualClock::new();
    sleep(HOUR).await;
    assert_eq!(clock.now().as_secs(), 3600, "to a millisecond, since it ran before");
    let later = VirtualClock::new();
    clock.advance(1).await;
    assert_eq!((clock.now().as_secs(), later.now().as_secs()), (3601, 1));
}

#[tokio::test(start_paused = true)]
async fn it_takes_one_that_is_paused() {
    let clock = VirtualClock::new();
    clock.advance(HOUR).await;
    assert_eq!(clock.now(), HOUR);
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "needs a current-thread runtime")]
async fn many_threads_have_none() {
    let _clock = VirtualClock::new();
}

#[test]
#[should_panic(expected = "needs a Tokio runtime around it")]
fn no_runtime_has_none() {
    let _clock = VirtualClock::new();
}

#[ayo::test]
#[should_panic(expected = "negative")]
async fn time_does_not_go_back() {
    VirtualClock::new().advance(-1).await;
}
