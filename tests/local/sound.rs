//! What must hold when code is as bad as it can be: forgotten futures, panics in polls and drops, tasks that destructors
//! start. `scripts/asan` runs these under AddressSanitizer.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ayo::{LocalScope, scope};
use futures::future::pending;
use tokio::task::yield_now;

use crate::support::*;

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What is forgotten is never polled again: the borrow that it had is over, and what it lent can be changed.
#[test]
fn a_forgotten_future_reaches_nothing() {
    current_thread(async {
        let mut buffer = vec![1_u8; 64];
        let wakers = RefCell::new(Vec::new());
        {
            let mut future = Box::pin(scope!(local => |run| {
                let (buffer, wakers) = (&mut buffer, &wakers);
                run << async move {
                    std::future::poll_fn(|cx| {
                        wakers.borrow_mut().push(cx.waker().clone());
                        buffer[0] += 1;
                        Poll::<()>::Pending
                    })
                    .await;
                };
                pending::<()>().await;
            }));
            assert!(poll_once(future.as_mut()).is_pending());
            std::mem::forget(future);
        }
        buffer.clear();
        buffer.shrink_to_fit();
        wakers.into_inner().into_iter().for_each(Waker::wake);
        yield_now().await;
        assert!(buffer.is_empty());
    });
}

/// A handle that was stored outside, and a future that is gone.
#[test]
fn a_handle_outlives_the_future_and_starts_nothing() {
    current_thread(async {
        let (live, polled) = (Live::new(), Flag::new());
        let kept: RefCell<Option<LocalScope<'_>>> = RefCell::new(None);
        {
            let mut future = Box::pin(scope!(local => |run| {
                *kept.borrow_mut() = Some(run.clone());
                pending::<()>().await;
            }));
            assert!(poll_once(future.as_mut()).is_pending());
        }
        let run = kept.borrow_mut().take().unwrap();
        let guard = live.guard();
        let task = run.spawn_ref(async {
            polled.set();
            drop(guard)
        });
        assert!(task.is_finished() && live.now() == 0 && !polled.is_set());
        assert_eq!((run.ready_len(), run.runnable(), run.blocked()), (0, vec![], vec![]));
        run.rotate(3);
        run.sleep_insert(0).await;
        assert!(run.switch_to(&task).await.is_err());
        drop(run);
    });
}

/// A child that keeps the handle of its own scope goes with it.
#[test]
fn a_child_that_owns_the_handle_is_no_cycle() {
    current_thread(async {
        let live = Live::new();
        {
            let future = scope!(local => |run| {
                let (again, guard) = (run.clone(), live.guard());
                run << async move { pending::<()>().await; drop((again, guard)) };
            });
            let mut future = pin!(future);
            assert!(poll_once(future.as_mut()).is_pending());
            assert_eq!(live.now(), 1);
        }
        assert_eq!(live.now(), 0);
        {
            let future = scope!(local => |run| {
                for _ in 0..300 {
                    let (again, guard) = (run.clone(), live.guard());
                    run << async move { pending::<()>().await; drop((again, guard)) };
                }
                panic_any(5_u8); // they have not been taken in
            });
            assert!(AssertUnwindSafe(future.report()).await.error.is_some());
        }
        assert_eq!(live.now(), 0);
    });
}

both! {
    async fn destructors_start_children_that_are_refused_or_run() {
        let ran = Count::new();
        let refused = Count::new();
        let report = scope!(local => |run| {
            fn start<'env>(run: LocalScope<'env>, ran: &'env Count, refused: &'env Count) -> impl FnMut() + 'env {
                move || {
                    let task = run.spawn_ref(async { ran.hit(); });
                    if task.is_finished() {
                        refused.hit();
                    }
                }
            }
            // its destructor runs at its end: the scope takes tasks then
            let first = OnDrop(start(run.clone(), &ran, &refused));
            run << async move { yield_now().await; drop(first) };
            // its destructor runs when it is cancelled: the scope takes none
            let last = OnDrop(start(run.clone(), &ran, &refused));
            run << async move { pending::<()>().await; drop(last) };
            turns(6).await;
            run.cancel();
            5
        })
        .report()
        .await;
        assert_eq!((report.value, ran.get(), refused.get()), (Some(5), 1, 1));
    }

    async fn a_panic_in_a_poll_and_one_in_its_destructor_are_that_childs() {
        let others = Cell::new(0);
        let report = scope!(local, supervise => |run| {
            run << async {
                let _bad = OnDrop(|| {
                    if !std::thread::panicking() {
                        panic_any(1_u8);
                    }
                });
                yield_now().await;
                panic_any(2_u8);
            };
            let cancelled = run << async {
                let _bad = OnDrop(|| panic_any(3_u8));
                pending::<()>().await;
            };
            for n in 0..10 {
                let others = &others;
                run << async move { turns(n).await; others.set(others.get() + 1) };
            }
            turns(2).await;
            cancelled.cancel();
            assert!(cancelled.await.is_err());
        })
        .report()
        .await;
        assert_eq!((others.get(), report.contained.len()), (10, 2), "{:?}", report.contained);
        assert!(report.value.is_some());
    }

    async fn destructors_that_panic_when_dropped_from_outside_harm_no_other() {
        let live = Live::new();
        let around = scope!(|_| {
            let mut future = Box::pin(scope!(local => |run| {
                for n in 0..10 {
                    let guard = live.guard();
                    run << async move {
                        let _guard = guard;
                        let _bad = OnDrop(move || if n % 3 == 0 { panic_any(n) });
                        pending::<()>().await;
                    };
                }
                turns(2).await;
                let _bad = OnDrop(|| panic_any(99));
                pending::<()>().await;
            }));
            for _ in 0..4 {
                assert!(poll_once(future.as_mut()).is_pending());
            }
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
            assert!(dropped.is_ok(), "their panics are the scope's");
            assert_eq!(live.now(), 0);
        });
        let report = around.report().await;
        assert_eq!(live.now(), 0);
        assert!(!report.contained.is_empty(), "and are told");
    }

    async fn a_value_with_a_destructor_that_panics_is_its_childs_panic() {
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) {
                panic_any(4_u8);
            }
        }
        let payload = panic_of(scope!(local => |run| {
            run << async { ayo::Value(Bad) };
        }))
        .await;
        assert_eq!(payload.downcast_ref(), Some(&4_u8));
    }

    async fn the_loser_of_a_select_drops_its_children_and_leaves_its_tasks_to_the_scope_around() {
        let (borrowing, parallel) = (Live::new(), Live::new());
        scope!(|_| {
            let loser = scope!(local => |run| {
                let guard = borrowing.guard();
                run << async move { pending::<()>().await; drop(guard) };
                let guard = parallel.guard();
                run.spawn(async move { ayo::shield(turns(20)).await; drop(guard) });
                turns(3).await;
                pending::<()>().await;
            });
            tokio::select! {
                biased;
                _ = loser => unreachable!("it never ends"),
                () = turns(10) => {}
            }
            assert_eq!((borrowing.now(), borrowing.ever()), (0, 1));
        })
        .await
        .unwrap();
        assert_eq!((parallel.now(), parallel.ever()), (0, 1));
    }

    async fn an_aborted_task_takes_its_local_scope_with_it() {
        let (borrowing, parallel) = (Live::new(), Live::new());
        let (one, other) = (borrowing.clone(), parallel.clone());
        let task = tokio::spawn(async move {
            scope!(local = Send => |run| {
                let guard = one.guard();
                run << async move { pending::<()>().await; drop(guard) };
                let guard = other.guard();
                run.spawn(async move { pending::<()>().await; drop(guard) });
                pending::<()>().await;
            })
            .await
        });
        until(|| borrowing.now() == 1 && parallel.now() == 1).await;
        task.abort();
        assert!(task.await.is_err());
        until(|| parallel.now() == 0).await;
        assert_eq!(borrowing.now(), 0);
    }

    async fn a_child_cancels_itself_its_sibling_and_its_scope() {
        let live = Live::new();
        let handle = RefCell::new(None);
        let report = scope!(local => |run| {
            let (guard, handle) = (live.guard(), &handle);
            let own = run << async move {
                let _guard = guard;
                let own: Option<ayo::LocalTask<()>> = handle.borrow_mut().take();
                let own = own.expect("it is there before the first poll");
                own.cancel();
                pending::<()>().await;
            };
            *handle.borrow_mut() = Some(own);
            turns(4).await;
            assert_eq!(live.now(), 0);
            let guard = live.guard();
            let sibling = run << async move { pending::<()>().await; drop(guard) };
            let again = run.clone();
            run << async move {
                sibling.cancel();
                again.cancel();
                again << async { unreachable!("it comes late") };
                pending::<()>().await;
            };
            6
        })
        .report()
        .await;
        assert_eq!((report.value, live.now(), live.ever()), (Some(6), 0, 2));
    }

    async fn a_local_scope_in_a_child_of_a_local_scope_in_a_child() {
        let depth = Cell::new(0);
        fn nest(depth: &Cell<u32>, left: u32) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>> {
            Box::pin(async move {
                depth.set(depth.get() + 1);
                if left > 0 {
                    scope!(local => |run| {
                        run << nest(depth, left - 1);
                        run << nest(depth, left - 1);
                    })
                    .await
                    .unwrap();
                }
            })
        }
        nest(&depth, 8).await;
        assert_eq!(depth.get(), (1 << 9) - 1);
    }

    async fn ten_thousand_children_come_and_go_in_few_places() {
        let sum = Cell::new(0_u64);
        scope!(local => |run| {
            for round in 0..100 {
                for n in 0..100_u64 {
                    let sum = &sum;
                    run << async move { turns((n % 3) as usize).await; sum.set(sum.get() + n + round) };
                }
                turns(4).await;
            }
        })
        .await
        .unwrap();
        assert_eq!(sum.get(), 100 * 4_950 + 100 * 4_950);
    }
}
