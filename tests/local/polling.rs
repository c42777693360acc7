//! Who is polled, and when: only the woken, in turn, within the budget, and the body among them.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use ayo::scope;
use futures::future::pending;
use tokio::task::yield_now;

use crate::support::*;

/// Pending for ever; counts its polls and keeps its waker.
async fn idle(polls: &Cell<u32>, wakers: &RefCell<Vec<Waker>>) {
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        wakers.borrow_mut().push(cx.waker().clone());
        Poll::<()>::Pending
    })
    .await;
}

paused! {
    async fn only_those_who_were_woken_are_polled() {
        let polls: Vec<Cell<u32>> = (0..1_000).map(|_| Cell::new(0)).collect();
        let wakers = RefCell::new(Vec::new());
        scope!(local => |run| {
            for polls in &polls {
                run << idle(polls, &wakers);
            }
            turns(20).await;
            assert!(polls.iter().all(|polls| polls.get() == 1));
            for n in [3, 500, 3, 999, 500] {
                wakers.borrow()[n].wake_by_ref();
            }
            turns(20).await;
            let again = (0..1_000).filter(|n| polls[*n].get() == 2).collect::<Vec<_>>();
            assert_eq!(again, [3, 500, 999]);
            assert!(polls.iter().all(|polls| polls.get() <= 2));
            run.cancel();
        })
        .await
        .unwrap();
    }

    async fn wakers_outlive_their_scope() {
        let (polls, wakers) = (Cell::new(0), RefCell::new(Vec::new()));
        let kept = scope!(local => |run| {
            for _ in 0..100 {
                run << idle(&polls, &wakers);
            }
            turns(20).await;
            run.cancel();
            wakers.take()
        })
        .await
        .unwrap();
        assert_eq!(kept.len(), 100);
        let others = |a: usize| kept.iter().enumerate().filter(move |(b, _)| *b != a);
        assert!((0..100).all(|a| others(a).all(|(_, other)| !kept[a].will_wake(other))));
        let clones = kept.clone();
        drop(kept);
        std::thread::spawn(move || clones.into_iter().for_each(Waker::wake)).join().unwrap();
    }

    async fn a_waker_of_a_child_that_has_ended_wakes_nobody_wrongly() {
        let (polls, wakers) = (Cell::new(0), RefCell::new(Vec::new()));
        scope!(local => |run| {
            let first = run << idle(&polls, &wakers);
            yield_now().await;
            first.cancel();
            let _ = first.await;
            let second = run << async { 5 };
            let stale = std::mem::take(&mut *wakers.borrow_mut());
            stale.into_iter().for_each(Waker::wake);
            assert_eq!(second.await?, 5);
        })
        .await
        .unwrap();
    }

    async fn the_body_is_not_starved_and_starves_nobody() {
        let (busy, body) = (Cell::new(0), Cell::new(0));
        scope!(local => |run| {
            for _ in 0..3 {
                #[task(background)]
                run << async { loop { busy.set(busy.get() + 1); ayo::checkpoint().await } };
            }
            for _ in 0..100 {
                body.set(body.get() + 1);
                ayo::checkpoint().await;
            }
            let (busy, body) = (busy.get(), body.get() * 3);
            assert!(busy >= body - 6 && busy <= body + 6, "round by round: {busy} {body}");
        })
        .await
        .unwrap();
    }

    async fn others_on_the_thread_have_their_turn() {
        let turns_of_another = Count::new();
        let counted = turns_of_another.clone();
        let other = tokio::spawn(async move {
            loop {
                counted.hit();
                yield_now().await;
            }
        });
        scope!(local => |run| {
            for _ in 0..10 {
                run << async { for _ in 0..1_000 { ayo::checkpoint().await } };
            }
        })
        .await
        .unwrap();
        other.abort();
        assert!(turns_of_another.get() > 20, "{}", turns_of_another.get());
    }

    async fn it_stops_when_tokios_budget_is_spent() {
        // a channel that is always ready takes one of the budget for each item; others must get their turn
        let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
        (0..10_000).for_each(|n| send.send(n).unwrap());
        drop(send);
        let seen_by_another = Log::new();
        let (read, log) = (Count::new(), seen_by_another.clone());
        let progress = read.clone();
        let other = tokio::spawn(async move {
            loop {
                log.add(progress.get());
                yield_now().await;
            }
        });
        scope!(local => |run| {
            run << async { while receive.recv().await.is_some() { read.hit(); } };
        })
        .await
        .unwrap();
        other.abort();
        let seen = seen_by_another.all();
        assert!(seen.windows(2).all(|pair| pair[1] - pair[0] <= 256), "{seen:?}");
        assert_eq!(read.get(), 10_000);
    }
}

/// Counts how often the future of the scope was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// However many wakers fire between two polls, the task around is woken once.
#[test]
fn many_wakes_are_one_for_the_task_around() {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let (polls, wakers) = (Cell::new(0), RefCell::new(Vec::new()));
    let future = scope!(local => |run| {
        for _ in 0..50 {
            run << idle(&polls, &wakers);
        }
        pending::<()>().await;
    });
    let mut future = pin!(future);
    let mut cx = Context::from_waker(&waker);
    assert!(future.as_mut().poll(&mut cx).is_pending());
    assert_eq!((polls.get(), woken.0.load(Ordering::SeqCst)), (50, 0), "it needs no runtime");
    let all = std::mem::take(&mut *wakers.borrow_mut());
    all.iter().for_each(Waker::wake_by_ref);
    all.iter().for_each(Waker::wake_by_ref);
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(future.as_mut().poll(&mut cx).is_pending());
    assert_eq!(polls.get(), 100);
}

/// Wakes from other threads are never lost, whenever they come.
#[test]
fn no_wake_from_another_thread_is_lost() {
    multi_thread(async {
        for _ in 0..200 {
            let sum = Cell::new(0);
            scope!(local => |run| {
                for n in 0..20_u32 {
                    let (send, receive) = tokio::sync::oneshot::channel();
                    drop(run.spawn(async move {
                        turns(n as usize % 3).await;
                        send.send(n).unwrap();
                    }));
                    run << async {
                        let n = receive.await?;
                        sum.set(sum.get() + n);
                        Ok::<_, tokio::sync::oneshot::error::RecvError>(())
                    };
                }
            })
            .await
            .unwrap();
            assert_eq!(sum.get(), 190);
        }
    });
}
