//! What `#[ayo::test]` accepts, and what it fails for.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ayo::testing::VirtualClock;
use ayo::{BoxError, Scope, scope, shield};
use rstest::{fixture, rstest};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use crate::support::{Boom, Flag};

const HOUR: Duration = Duration::from_hours(1);

#[ayo::test]
async fn an_hour_takes_no_time(run: &Scope) -> Result<(), ayo::Error> {
    let (clock, real) = (VirtualClock::new(), std::time::Instant::now());
    let nap = run
        << async {
            sleep(1h).await;
            "rested"
        };
    assert_eq!(nap.await?, "rested");
    assert_eq!(clock.now(), HOUR);
    assert!(real.elapsed() < Duration::from_secs(10));
    Ok(())
}

#[ayo::test]
async fn without_a_parameter_there_is_a_scope_all_the_same() {
    let run = ayo::current().expect("the test's scope");
    assert_eq!(run.name().as_deref(), Some("without_a_parameter_there_is_a_scope_all_the_same"));
    let task = ayo::spawn(async { 7 });
    assert_eq!(task.await.unwrap(), 7);
}

#[ayo::test]
async fn the_scope_by_value(mut run: Scope) {
    run << yield_now();
    run = run.clone();
    run << yield_now();
    yield_now().await;
}

/// The test waits for its tasks, and they for theirs.
#[ayo::test]
async fn it_ends_with_its_tasks(run: &Scope) {
    let clock = VirtualClock::new();
    run << async move {
        sleep(2h).await;
        assert_eq!(clock.now(), HOUR * 2);
    };
}

#[ayo::test(name = "crawl", max_concurrency = 1, supervise, cancel_timeout = 5s, on_error = |error| assert!(error.task().is_some()))]
async fn options_of_the_scope(run: &Scope) {
    assert_eq!(run.name().as_deref(), Some("crawl"));
    let before = Instant::now();
    run << async { sleep(1s).await };
    run << async { Err(Boom(1)) };
    let last = run << async { sleep(1s).await };
    last.await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(2), "one at a time");
}

#[ayo::test(real_time)]
async fn real_time_takes_its_time() {
    let (before, real) = (Instant::now(), std::time::Instant::now());
    sleep(20ms).await;
    assert!(before.elapsed() >= Duration::from_millis(20) && real.elapsed() >= Duration::from_millis(20));
}

#[ayo::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads(run: &Scope) -> Result<(), BoxError> {
    assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::MultiThread);
    let (tell, told) = std::sync::mpsc::channel();
    let blocks = run << async move { told.recv() };
    run << async move { tell.send(1) };
    assert_eq!(blocks.await?, 1);
    Ok(())
}

#[ayo::test(flavor = "current_thread")]
async fn the_current_thread() -> ExitCode {
    assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::CurrentThread);
    ExitCode::SUCCESS
}

/// A future that is not `Send`, and a return in the middle.
#[ayo::test]
async fn a_test_may_be_anything_that_a_function_may() -> Result<(), std::num::ParseIntError> {
    let not_send = std::rc::Rc::new(1);
    yield_now().await;
    if *not_send == 1 {
        return Ok(());
    }
    "x".parse::<u8>()?;
    Ok(())
}

/// Real work on a blocking thread lets no time fly (tokio#4614).
#[ayo::test]
async fn a_blocking_closure_neither_freezes_the_clock_nor_races_it() {
    let clock = VirtualClock::new();
    let closure = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(30)));
    ayo::timeout(1h, closure).await.expect("no time passes while it works").unwrap();
    assert_eq!(clock.now(), Duration::ZERO);
    sleep(1s).await;
    assert_eq!(clock.now(), Duration::from_secs(1));
}

mod parameters {
    use super::*;

    static SUMS: AtomicUsize = AtomicUsize::new(0);

    #[fixture]
    fn base() -> usize {
        100
    }

    #[ayo::test]
    #[rstest]
    #[case(1, "one")]
    #[case::second(2, "two")]
    async fn below_it_with_a_scope(
        #[case] n: usize,
        run: &Scope,
        base: usize,
        #[case] mut text: String,
    ) -> Result<(), BoxError> {
        text.push('!');
        let task = run << async move { text };
        assert!(["one!", "two!"].contains(&&*task.await?));
        assert!((101..=102).contains(&(base + n)));
        SUMS.fetch_add(n, Ordering::SeqCst);
        Ok(())
    }

    #[rstest]
    #[case(3)]
    #[case(4)]
    #[ayo::test]
    async fn above_it_without(#[case] n: usize, base: usize) {
        let clock = VirtualClock::new();
        sleep(HOUR).await;
        assert_eq!(clock.now(), HOUR);
        assert!(base + n > 102);
        assert!(ayo::current().is_some());
    }

    #[ayo::test(cancel_everywhere)]
    #[rstest]
    #[case(vec![1, 2])]
    async fn a_campaign_clones_them(#[case] numbers: Vec<u32>) {
        yield_now().await;
        assert_eq!(numbers, [1, 2]);
        drop(numbers);
    }
}

mod failures {
    #![allow(unnameable_test_items, reason = "they fail, and are called by tests that want them to")]

    use super::*;

    #[ayo::test]
    #[should_panic(expected = "failures")]
    async fn an_assertion() {
        sleep(1s).await;
        assert_eq!("failures", "");
    }

    #[ayo::test]
    #[should_panic(expected = "its scope failed: a_task_that_fails/a_task_that_fails{async} #1: boom 3")]
    async fn a_task_that_fails(run: &Scope) {
        run << async { Err(Boom(3)) };
        std::future::pending::<()>().await;
    }

    #[ayo::test]
    #[should_panic(expected = "in a task")]
    async fn a_task_that_panics(run: &Scope) {
        run << async {
            assert_eq!(1, 2, "in a task");
        };
    }

    /// libtest fails it for the `Err` that it returns.
    #[test]
    fn an_error_is_returned_as_it_is() {
        #[ayo::test]
        async fn failing() -> Result<(), Boom> {
            yield_now().await;
            Err(Boom(4))
        }
        assert_eq!(failing(), Err(Boom(4)));
    }

    #[test]
    fn an_error_cancels_the_tasks() {
        static DROPPED: Flag2 = Flag2::new();
        #[ayo::test]
        async fn failing(run: &Scope) -> Result<(), Boom> {
            run << async {
                let _guard = crate::support::OnDrop(|| DROPPED.set());
                std::future::pending::<()>().await;
            };
            yield_now().await;
            Err(Boom(5))
        }
        assert_eq!(failing(), Err(Boom(5)));
        assert!(DROPPED.is_set());
    }

    struct Flag2(std::sync::atomic::AtomicBool);

    impl Flag2 {
        const fn new() -> Self {
            Self(std::sync::atomic::AtomicBool::new(false))
        }

        fn set(&self) {
            self.0.store(true, Ordering::SeqCst);
        }

        fn is_set(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[ayo::test]
    #[should_panic(expected = "a task of Tokio outlived the test")]
    async fn a_task_of_tokio() {
        tokio::spawn(std::future::pending::<()>());
    }

    #[ayo::test(flavor = "multi_thread")]
    #[should_panic(expected = "2 tasks of Tokio outlived the test")]
    async fn tasks_of_tokio_on_many_threads() {
        tokio::spawn(std::future::pending::<()>());
        tokio::spawn(std::future::pending::<()>());
    }

    /// One that ends by itself is none.
    #[ayo::test]
    async fn a_task_that_is_just_ending() {
        let (end, ended) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let _ = ended.await;
            yield_now().await;
        });
        drop(end);
    }

    #[ayo::test]
    #[should_panic(expected = "the `shield` of tests/testing/attribute.rs")]
    async fn a_shield_dropped_from_outside() {
        let begun = shield(sleep(1h));
        let _ = tokio::time::timeout(Duration::from_secs(1), begun).await;
    }

    /// On whatever thread it happens.
    #[ayo::test(flavor = "multi_thread")]
    #[should_panic(expected = "was dropped from outside before it had finished")]
    async fn a_shield_dropped_on_another_thread() {
        let aborted = tokio::spawn(shield(std::future::pending::<()>()));
        sleep(10ms).await;
        aborted.abort();
        let _ = aborted.await;
    }

    #[ayo::test]
    #[should_panic(expected = "clean-up took longer than 1s")]
    async fn what_is_abandoned_though_nobody_looks() {
        let report = scope!(timeout = 1, cancel_timeout = 1 => |run| {
            run << shield(sleep(1h));
        })
        .report()
        .await;
        assert_eq!(report.error.expect("it was cut").kind(), ayo::ErrorKind::Abandoned);
    }

    #[ayo::test]
    #[should_panic(expected = "an error came to nobody: boom 6")]
    async fn an_error_outside_of_every_scope() {
        let outside = tokio::spawn(ayo::timeout(
            1,
            shield(async {
                sleep(2s).await;
                Err::<(), _>(Boom(6))
            }),
        ));
        let _ = outside.await;
    }

    #[ayo::test]
    #[should_panic(expected = "neither ended nor dropped")]
    async fn a_scope_that_is_forgotten() {
        let mut forgotten = Box::pin(scope!(|_run| { std::future::pending::<()>().await }).report());
        std::future::poll_fn(|cx| {
            assert!(forgotten.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        std::mem::forget(forgotten);
    }

    #[ayo::test]
    #[should_panic(expected = "afterwards, a check fails: it panicked: never true")]
    async fn a_check() {
        ayo::testing::afterwards(|| panic!("never true"));
        yield_now().await;
    }

    #[test]
    #[should_panic(expected = "this is for code in an `#[ayo::test]`")]
    fn a_check_needs_a_test_around_it() {
        ayo::testing::afterwards(|| {});
    }
}

mod hangs {
    use super::*;

    /// Nothing is left that could happen, and it takes no minute to see that.
    #[ayo::test(timeout = 0.2)]
    #[should_panic(
        expected = "nothing happened, and no timer is set that could make it; what waits:\n        waits_for_ever  waiting"
    )]
    async fn waits_for_ever() {
        let (_keep, never) = oneshot::channel::<()>();
        let _ = never.await;
    }

    #[ayo::test(timeout = 0.2)]
    #[should_panic(expected = "└─ stuck #1                 waiting")]
    async fn a_task_that_waits_for_ever(run: &Scope) {
        #[task(name = "stuck")]
        run << std::future::pending::<()>();
    }

    /// Busy, and on the virtual clock far in the future.
    #[ayo::test(timeout = 0.2)]
    #[should_panic(expected = "200ms of real time have passed")]
    async fn ticks_for_ever() {
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        loop {
            ticks.tick().await;
        }
    }

    #[ayo::test(real_time, timeout = 0.2)]
    #[should_panic(expected = "200ms of real time have passed")]
    async fn sleeps_on_the_real_clock() {
        sleep(1h).await;
    }

    #[ayo::test(flavor = "multi_thread", timeout = 0.2)]
    #[should_panic(expected = "it hangs")]
    async fn hangs_on_many_threads(run: &Scope) {
        run << std::future::pending::<()>();
    }

    /// What runs on a real thread may take as long as `timeout` says.
    #[ayo::test]
    async fn a_real_thread_is_waited_for() {
        let (tell, told) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            tell.send(7)
        });
        assert_eq!(told.await.unwrap(), 7);
        thread.join().unwrap().unwrap();
    }

    /// A hang in a clean-up too.
    #[test]
    fn everything_in_it_is_dropped() {
        let dropped = Flag::new();
        let seen = dropped.clone();
        let failed = std::panic::catch_unwind(move || {
            ayo::testing::Everywhere::whole().timeout(0.1).run(async |run| {
                let seen = seen.clone();
                run.spawn(async move {
                    let _guard = crate::support::OnDrop(|| seen.set());
                    shield(std::future::pending::<()>()).await;
                });
            })
        });
        let failure = failed.expect("no panic").unwrap_err();
        assert!(failure.to_string().contains("it hangs"), "{failure}");
        assert!(dropped.is_set());
    }
}
