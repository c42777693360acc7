//! `select!`: the form of Tokio's, but losers have cleaned up when the winner's arm begins.

#![forbid(unsafe_code)]

mod support;

use std::future::{pending, ready};

use ayo::{cancelled, scope, select, shield, timeout};
use support::{Boom, Count, Flag, Live, Log, both, panic_of, panic_site, paused, text, turns};
use tokio::sync::mpsc;

async fn tidy(log: &Log<&'static str>, name: &'static str) {
    cancelled().await;
    shield(async {
        turns(20).await;
        log.add(name);
    })
    .await;
}

both! {
    async fn losers_have_cleaned_up_when_the_arm_begins() {
        let (log, live) = (Log::new(), Live::new());
        let guard = live.guard();
        let value = select! {
            () = tidy(&log, "loser") => unreachable!(),
            _ = async { let _guard = guard; pending::<u8>().await } => unreachable!(),
            n = async { turns(5).await; 7 } => {
                assert_eq!((log.all(), live.now()), (vec!["loser"], 0));
                log.add("arm");
                n
            }
        };
        assert_eq!(value, 7);
        assert_eq!(log.all(), ["loser", "arm"]);
    }

    async fn a_branch_that_does_not_match_is_out() {
        for _ in 0..50 {
            let n = select! {
                Some(n) = ready(None::<u8>) => n,
                Ok(n) = ready(Err::<u8, _>(Boom(1))) => n,
                1 = ready(2) => 1,
                n = async { turns(2).await; 9 } => n,
            };
            assert_eq!(n, 9);
        }
        let n = select! {
            Some(n) = ready(None::<u8>) => n,
            Ok(n) = ready(Err::<u8, _>(Boom(1))) => n,
            else => 3,
        };
        assert_eq!(n, 3);
    }

    async fn a_branch_whose_condition_fails_is_not_polled() {
        let polled = Flag::new();
        let (yes, no) = (true, false);
        let n = select! {
            biased;
            () = async { polled.set() }, if no => 1,
            () = async {}, if yes => 2,
        };
        assert_eq!(n, 2);
        assert!(!polled.is_set());
        assert_eq!(select! { () = async {}, if no => 1, else => 4 }, 4);
    }

    async fn without_biased_each_is_chosen_some_time() {
        let mut chosen = [0; 3];
        for _ in 0..300 {
            select! {
                () = ready(()) => chosen[0] += 1,
                () = ready(()) => chosen[1] += 1,
                () = ready(()) => chosen[2] += 1,
            }
        }
        assert!(chosen.iter().all(|times| *times > 50), "{chosen:?}");
        for _ in 0..50 {
            select! { biased; () = ready(()) => {}, () = ready(()) => unreachable!() }
        }
    }

    async fn arms_use_what_the_branches_borrowed() {
        let (send, mut jobs) = mpsc::channel(4);
        let mut others = Vec::new();
        let sender = tokio::spawn(async move {
            for n in 0..10 { send.send(n).await.unwrap(); turns(n % 3).await; }
        });
        let sum = async {
            let mut sum = 0;
            loop {
                select! {
                    Some(n) = jobs.recv() => { others.push(jobs.len()); sum += n; }
                    else => return Ok::<_, Boom>(sum),
                }
            }
        };
        assert_eq!(sum.await, Ok(45));
        assert_eq!(others.len(), 10);
        sender.await.unwrap();
    }

    async fn arms_may_leave_and_fail() {
        let fails = async {
            loop {
                let n: u32 = select! {
                    result = ready(Err::<u32, _>(Boom(3))) => result?,
                    () = pending() => 0,
                };
                if n > 0 { break Ok(n) }
            }
        };
        assert_eq!(fails.await, Err(Boom(3)));
        let mut round = 0;
        let n = 'outer: loop {
            loop {
                round += 1;
                select! {
                    n = ready(round) => if n == 4 { break 'outer n },
                    () = pending() => break,
                }
            }
        };
        assert_eq!(n, 4);
    }

    async fn asked_to_end_all_branches_clean_up_and_no_arm_begins() {
        let (log, arm) = (Log::new(), Flag::new());
        let begun = Count::new();
        scope!(|run| {
            let (log, arm, count) = (log.clone(), arm.clone(), begun.clone());
            let task = run << async move {
                select! {
                    () = async { count.hit(); tidy(&log, "a").await } => arm.set(),
                    () = async { tidy(&log, "b").await } => arm.set(),
                    () = pending() => arm.set(),
                }
                arm.set();
            };
            begun.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err());
        })
        .await
        .unwrap();
        let mut done = log.all();
        done.sort_unstable();
        assert_eq!(done, ["a", "b"]);
        assert!(!arm.is_set());
        let end = timeout(0, async { select! { () = cancelled() => 1, () = pending() => 2 } }).await;
        assert_eq!(end, Ok(1), "one more turn");
    }

    async fn a_panic_goes_on_when_the_others_have_cleaned_up() {
        let log = Log::new();
        let payload = panic_of(async {
            select! {
                () = tidy(&log, "other") => {}
                () = async { turns(2).await; panic!("branch") } => {}
            }
        })
        .await;
        assert_eq!(text(&*payload), "branch");
        assert_eq!(log.all(), ["other"]);
    }

    async fn it_is_send_and_goes_into_tasks() {
        let (send, mut receive) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            let text = String::from("abc");
            let len = async |text: &str| text.len();
            select! {
                n = receive.recv() => n.unwrap_or(0),
                n = async { turns(50).await; len(&text).await } => n,
            }
        });
        send.send(9_usize).await.unwrap();
        let n = task.await.unwrap();
        assert!(n == 9 || n == 3);
    }
}

paused! {
    async fn nested_and_in_a_loop_with_time() {
        let mut ticks = 0;
        let mut every = tokio::time::interval(std::time::Duration::from_secs(1));
        loop {
            select! {
                _ = every.tick() => ticks += 1,
                n = async {
                    select! {
                        () = tokio::time::sleep(700ms) => 1,
                        () = pending() => 2,
                    }
                } => {
                    assert_eq!(n, 1);
                    if ticks == 5 { break }
                }
            }
        }
    }

    async fn twelve_branches() {
        async fn after(n: u64) -> u64 { tokio::time::sleep(std::time::Duration::from_secs(n)).await; n }
        let n = select! {
            n = after(12) => n, n = after(11) => n, n = after(10) => n, n = after(9) => n, n = after(8) => n, n = after(7) => n,
            n = after(6) => n, n = after(5) => n, n = after(4) => n, n = after(3) => n, n = after(2) => n, n = after(1) => n,
        };
        assert_eq!(n, 1);
    }
}

#[test]
fn with_nothing_left_and_no_else_it_panics_at_its_line() {
    let line = line!() + 3;
    let (file, at, text) = panic_site(|| {
        support::current_thread(async {
            select! {
                Some(n) = ready(None::<u8>) => n,
                n = ready(1), if at_run_time(false) => n,
            }
        })
    });
    assert!(file.ends_with("select.rs"), "{file}");
    assert_eq!(at, line);
    assert_eq!(text, "all branches of this `select!` are disabled, and it has no `else`");
}

fn at_run_time(value: bool) -> bool {
    value
}

mod pedantic {
    #![deny(clippy::pedantic, clippy::nursery, clippy::unwrap_used, clippy::shadow_unrelated)]

    use super::support;

    #[test]
    fn what_is_emitted_passes_the_strictest_lints() {
        let n = support::current_thread(async {
            let open = std::hint::black_box(true);
            ayo::select! {
                Some(mut n) = std::future::ready(Some(1_u8)), if open => { n += 1; n }
                () = tokio::time::sleep(5s) => 3,
            }
        });
        assert_eq!(n, 2);
    }
}
