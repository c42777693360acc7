//! What children of a local scope may borrow, and what need not be `Send`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ayo::{AnyThread, LocalScope, scope};
use tokio::task::yield_now;

use crate::support::*;

both! {
    async fn children_borrow_from_around_the_block() {
        let words = vec!["one".to_owned(), "three".to_owned()];
        let total = Cell::new(0);
        scope!(local => |run| {
            for word in &words {
                run << async {
                    yield_now().await;
                    total.set(total.get() + word.len());
                };
            }
        })
        .await
        .unwrap();
        assert_eq!(total.get(), 8);
    }

    async fn one_child_borrows_mutably_and_it_is_given_back() {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        scope!(local => |run| {
            run << async {
                for n in 0..3 {
                    left.push(n);
                    yield_now().await;
                }
            };
            run << async {
                yield_now().await;
                right.push("b");
            };
        })
        .await
        .unwrap();
        left.push(3);
        assert_eq!((left, right), (vec![0, 1, 2, 3], vec!["b"]));
    }

    async fn parts_of_a_slice_are_lent_to_children() {
        let mut numbers = [1, 2, 3, 4, 5, 6, 7];
        scope!(local => |run| {
            for part in numbers.chunks_mut(2) {
                run << async move {
                    for n in part {
                        *n *= 10;
                        yield_now().await;
                    }
                };
            }
        })
        .await
        .unwrap();
        assert_eq!(numbers, [10, 20, 30, 40, 50, 60, 70]);
    }

    async fn values_and_what_they_borrow_come_back() {
        let words = ["one".to_owned(), "three".to_owned(), "two".to_owned()];
        let longest: Option<&String> = scope!(local => |run| {
            let longest = run << async {
                yield_now().await;
                words.iter().max_by_key(|word| word.len())
            };
            longest.await?
        })
        .await
        .unwrap();
        assert_eq!(longest, Some(&words[1]));
    }

    async fn children_and_values_need_not_be_send() {
        let shared = Rc::new(RefCell::new(Vec::new()));
        let kept = scope!(local => |run| {
            for n in 0..3 {
                let shared = Rc::clone(&shared);
                run << async move {
                    yield_now().await;
                    shared.borrow_mut().push(n);
                };
            }
            let mine = run << async { ayo::Value(Rc::new(5)) };
            Rc::clone(&mine.await?.0)
        })
        .await
        .unwrap();
        assert_eq!((kept, Rc::strong_count(&shared), shared.borrow().len()), (Rc::new(5), 1, 3));
    }

    async fn children_start_children_by_a_clone_of_the_handle() {
        async fn walk<'env>(run: LocalScope<'env>, seen: &'env Cell<u32>, depth: u32) {
            seen.set(seen.get() + 1);
            yield_now().await;
            for _ in 0..if depth > 0 { 3 } else { 0 } {
                run.spawn_ref(walk(run.clone(), seen, depth - 1));
            }
        }
        let seen = Cell::new(0);
        scope!(local => |run| { run << walk(run.clone(), &seen, 5); }).await.unwrap();
        assert_eq!(seen.get(), 1 + 3 + 9 + 27 + 81 + 243);
    }

    async fn a_clone_starts_children_by_shift_inside_of_a_child() {
        let log = RefCell::new(Vec::new());
        let name = String::from("inner");
        scope!(local => |run| {
            let (log, name) = (&log, &name);
            let again = run.clone();
            run << async move {
                again << async { log.borrow_mut().push(name.as_str()) };
                let last = again << async { yield_now().await; name.len() };
                log.borrow_mut().push("outer");
                assert!(matches!(last.await, Ok(5)));
            };
        })
        .await
        .unwrap();
        assert_eq!(log.into_inner(), ["outer", "inner"]);
    }

    async fn a_helper_takes_the_handle_by_reference() {
        async fn helper<'env>(run: &LocalScope<'env>, text: &'env str, into: &'env RefCell<String>) {
            run.spawn_ref(async { into.borrow_mut().push_str(text) });
            run.task_ref().name("second").start(async { into.borrow_mut().push('!') });
        }
        let (text, into) = (String::from("hello"), RefCell::new(String::new()));
        scope!(local => |run| { helper(run, &text, &into).await; }).await.unwrap();
        assert_eq!(into.into_inner(), "hello!");
    }

    async fn a_sendable_one_runs_inside_of_tasks() {
        let task = tokio::spawn(async {
            let words = vec!["a".to_owned(), "bb".to_owned()];
            let total = std::sync::atomic::AtomicUsize::new(0);
            scope!(local = Send => |run| {
                for word in &words {
                    run << async {
                        yield_now().await;
                        total.fetch_add(word.len(), std::sync::atomic::Ordering::Relaxed);
                    };
                }
            })
            .await
            .unwrap();
            total.into_inner()
        });
        assert_eq!(task.await.unwrap(), 3);
    }

    async fn a_sendable_one_takes_children_from_other_threads() {
        let total = std::sync::atomic::AtomicUsize::new(0);
        scope!(local = Send => |run| {
            let inner: LocalScope<'_, AnyThread> = run.clone();
            let many = std::thread::scope(|threads| {
                let started = threads.spawn(|| {
                    for _ in 0..100 {
                        inner.spawn_ref(async {
                            yield_now().await;
                            total.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        });
                    }
                    inner.len()
                });
                started.join().unwrap()
            });
            assert_eq!(many, 100);
        })
        .await
        .unwrap();
        assert_eq!(total.into_inner(), 100);
    }

    async fn without_macros_too() {
        let total = Cell::new(0);
        let value = ayo::scope().name("plain").local().run(async |run| {
            for n in 1..=4 {
                run.spawn_ref({ let total = &total; async move { total.set(total.get() + n) } });
            }
            assert_eq!(run.name().as_deref(), Some("plain"));
            Ok::<_, ayo::BoxError>(5)
        });
        assert_eq!((value.await.unwrap(), total.get()), (5, 10));
    }
}

/// It is moved between threads while it runs: what wakes it must be right each time.
#[test]
fn a_sendable_one_travels_between_threads() {
    multi_thread(async {
        let rounds = (0..50).map(|_| {
            tokio::spawn(async {
                let sum = std::sync::Mutex::new(0);
                scope!(local = Send => |run| {
                    for n in 0..20_u64 {
                        run << async {
                            tokio::time::sleep(std::time::Duration::from_micros(50)).await;
                            *sum.lock().unwrap() += 1;
                            yield_now().await;
                            *sum.lock().unwrap() += 1;
                        };
                        let _ = n;
                    }
                })
                .await
                .unwrap();
                sum.into_inner().unwrap()
            })
        });
        for round in rounds.collect::<Vec<_>>() {
            assert_eq!(round.await.unwrap(), 40);
        }
    });
}

/// Which of them are `Send`: a local scope is not, `local = Send` is.
#[test]
fn send_where_it_says_so() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Sync>(_: &T) {}
    let name = String::from("borrowed");
    let future = scope!(local = Send => |run| {
        run << async { yield_now().await; name.len() };
        is_send(run);
        is_sync(run);
        yield_now().await;
    });
    is_send(&future);
}
