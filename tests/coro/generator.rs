//! `Generator`: items when they are asked for, answers, errors, and emitters elsewhere.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::Duration;

use ayo::{EmitError, Emitter, Generator, cancelled, scope, shield, timeout};
use futures::FutureExt;
use futures::future::join;
use futures::stream::{FuturesUnordered, StreamExt, TryStreamExt};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::{Boom, Count, Gate, Live, Log, boom, both, panic_of, panic_site, paused, text, turns};

const MS: Duration = Duration::from_millis(1);

fn count_to(n: u32) -> Generator<impl Future<Output = ()>, u32> {
    Generator::new(move |out: Emitter<u32>| async move {
        for i in 1..=n {
            out.emit(i).await.unwrap();
        }
    })
}

both! {
    async fn it_runs_only_when_it_is_asked() {
        let log = Log::new();
        let mut items = Generator::new(|out: Emitter<u32>| async {
            let out = out;
            log.add("begun");
            out.emit(1).await.unwrap();
            log.add("went on");
            yield_now().await;
            out.emit(2).await.unwrap();
            log.add("ended");
        });
        assert_eq!(log.len(), 0);
        assert_eq!(items.next().await, Some(1));
        turns(3).await;
        assert_eq!(log.all(), ["begun"]);
        assert_eq!(items.next().await, Some(2));
        assert_eq!(items.next().await, None);
        assert_eq!(items.next().await, None, "and again");
        assert_eq!(log.all(), ["begun", "went on", "ended"]);
    }

    async fn it_is_a_stream() {
        assert_eq!(count_to(0).collect::<Vec<_>>().await, []);
        assert_eq!(count_to(4).map(|n| n * 10).collect::<Vec<_>>().await, [10, 20, 30, 40]);
        let many = count_to(100_000).fold(0_u64, async |sum, n| sum + u64::from(n)).await;
        assert_eq!(many, 5_000_050_000);
    }

    async fn one_without_an_end_is_a_stream_too() {
        let naturals = Generator::new(|out: Emitter<u64>| async move {
            let mut n = 0;
            loop {
                out.emit(n).await.unwrap();
                n += 1;
            }
        });
        assert_eq!(naturals.skip(10).take(3).collect::<Vec<_>>().await, [10_u64, 11, 12]);
    }

    async fn answers_go_in_and_errors_are_thrown_in() {
        let heard = Cell::new(0);
        let mut items = Generator::new(|out: Emitter<&str, u32, Boom>| async {
            let out = out;
            assert_eq!(out.emit("a").await, Ok(None));
            assert_eq!(out.emit("b").await, Ok(Some(5)));
            match out.emit("c").await {
                Err(EmitError::Thrown(Boom(n))) => heard.set(n),
                other => panic!("{other:?}"),
            }
            assert_eq!(out.emit("d").await, Ok(Some(6)));
        });
        assert_eq!(items.next().await, Some("a"));
        assert_eq!(items.next().await, Some("b"));
        assert_eq!(items.send(5).await, Some("c"));
        assert_eq!(items.throw(Boom(3)).await, Some("d"));
        assert_eq!(heard.get(), 3);
        assert_eq!(items.send(6).await, None);
        assert_eq!(items.send(7).await, None, "it has ended");
    }

    async fn an_answer_before_the_first_item_is_refused_at_the_caller() {
        let mut items = Generator::new(|out: Emitter<u32, u32, u32>| async move { let _ = out.emit(1).await; });
        let (file, line, said) = panic_site(|| drop(items.send(5)));
        assert!(said.contains("begin with `next`"), "{said}");
        assert!(file.ends_with("generator.rs"), "{file}:{line}");
        let (file, _, said) = panic_site(|| drop(items.throw(5)));
        assert!(file.ends_with("generator.rs") && said.contains("`throw` answers"), "{said}");
        assert_eq!(items.next().await, Some(1), "it is as it was");
    }

    async fn a_bodys_error_ends_it_and_comes_out() {
        let failing = || Generator::<_, _>::new(|out: Emitter<u32>| async move {
            out.emit(1).await.unwrap();
            Err::<(), Boom>(Boom(9))
        });
        let mut items = failing();
        assert_eq!(items.next_result().await, Some(Ok(1)));
        assert_eq!(items.next_result().await, Some(Err(Boom(9))));
        assert_eq!(items.next_result().await, None);

        let mut items = failing();
        assert_eq!(items.next().await, Some(1));
        assert_eq!(items.next().await, None);
        assert_eq!(items.next_result().await, Some(Err(Boom(9))), "it is kept until somebody asks");

        assert_eq!(failing().try_collect::<Vec<_>>().await, Err(Boom(9)));
        assert_eq!(failing().collect::<Vec<_>>().await, [Ok(1), Err(Boom(9))]);

        let report = scope!(|_| {
            let mut items = failing();
            items.next().await;
            assert_eq!(items.next().await, None);
        }).report().await;
        assert!(report.error.is_none());
        assert_eq!(report.contained.iter().filter_map(boom).collect::<Vec<_>>(), [9], "nobody asked");
    }

    async fn a_panic_comes_out_of_the_call() {
        let mut items = Generator::new(|out: Emitter<u32>| async move {
            out.emit(1).await.unwrap();
            panic!("in the body")
        });
        assert_eq!(items.next().await, Some(1));
        assert_eq!(text(&*panic_of(items.next()).await), "in the body");
        assert_eq!(items.next().await, None);
    }

    async fn a_call_that_is_dropped_loses_nothing() {
        let gate = Gate::new();
        let mut items = Generator::new(|out: Emitter<u32>| async {
            let out = out;
            out.emit(1).await.unwrap();
            gate.passed().await;
            out.emit(2).await.unwrap();
        });
        assert_eq!(items.next().await, Some(1));
        for _ in 0..3 {
            tokio::select! { biased; _ = items.next() => unreachable!(), () = turns(2) => {} }
        }
        gate.open();
        assert_eq!(items.next().await, Some(2));
        assert_eq!(items.next().await, None);
    }

    async fn several_emit_at_once() {
        let mut items = Generator::new(|out: Emitter<u32, u32>| async move {
            let (a, b) = join(out.emit(1), out.emit(2)).await;
            assert_eq!((a, b), (Ok(Some(10)), Ok(Some(20))));
            // each polls by wakers of its own
            let mut set: FuturesUnordered<_> = (3..6).map(|n| out.emit(n)).collect();
            let mut sum = 0;
            while let Some(answer) = set.next().await {
                sum += answer.unwrap().unwrap();
            }
            out.emit(sum).await.unwrap();
        });
        assert_eq!(items.next().await, Some(1));
        assert_eq!(items.send(10).await, Some(2));
        assert_eq!(items.send(20).await, Some(3));
        assert_eq!(items.send(30).await, Some(4));
        assert_eq!(items.send(40).await, Some(5));
        assert_eq!(items.send(50).await, Some(120));
        assert_eq!(items.next().await, None);
    }

    async fn an_emit_that_is_dropped_takes_its_item_back() {
        let mut items = Generator::new(|out: Emitter<u32>| async move {
            tokio::select! { biased; _ = out.emit(1) => unreachable!(), () = std::future::ready(()) => {} }
            out.emit(2).await.unwrap();
            let mut other = Box::pin(out.emit(3));
            let both = futures::future::poll_fn(|cx| {
                assert!(other.as_mut().poll(cx).is_pending());
                std::task::Poll::Ready(())
            });
            both.await;
            tokio::select! { biased; _ = out.emit(4) => unreachable!(), () = std::future::ready(()) => {} }
            drop(other);
            out.emit(5).await.unwrap();
        });
        assert_eq!(items.next().await, Some(2));
        assert_eq!(items.next().await, Some(5));
        assert_eq!(items.next().await, None);
    }

    async fn an_emit_that_goes_with_its_body_takes_its_item_back() {
        for panics in [false, true] {
            let mut items = Generator::new(|out: Emitter<u32>| {
                let out: &'static Emitter<u32> = Box::leak(Box::new(out));
                let mut emit = Box::pin(out.emit(1));
                futures::future::poll_fn(move |cx| {
                    assert!(emit.as_mut().poll(cx).is_pending());
                    assert!(!panics, "oh");
                    std::task::Poll::Ready(())
                })
            });
            let first = AssertUnwindSafe(items.next()).catch_unwind().await;
            assert_eq!(first.ok(), (!panics).then_some(None));
            assert_eq!(items.next().await, None);
        }
    }

    async fn what_runs_in_the_body_emits_as_the_body_does() {
        let mut items = Generator::new(|out: Emitter<u32, u32>| async move {
            let end = scope!(|_| {
                let emit = pin!(out.emit(1));
                timeout(Duration::from_secs(60), emit).await.unwrap().unwrap().unwrap()
            });
            let answer = end.await.unwrap();
            out.emit(answer).await.unwrap();
        });
        assert_eq!(items.next().await, Some(1));
        assert_eq!(items.send(7).await, Some(7));
        assert_eq!(items.next().await, None);
    }

    async fn tasks_emit_too() {
        let mut items = Generator::new(|out: Emitter<u32, u32>| async move {
            scope!(|run| {
                for n in 0..200 {
                    let out = out.clone();
                    run << async move {
                        if n % 3 == 0 { yield_now().await; }
                        assert_eq!(out.emit(n).await, Ok(Some(n + 1)), "the answer to this very item");
                    };
                }
            }).await.unwrap();
            out.emit(1_000).await.unwrap();
        });
        let mut seen = vec![items.next().await.unwrap()];
        while seen.len() < 200 {
            let last = *seen.last().unwrap();
            seen.push(items.send(last + 1).await.unwrap());
        }
        let last = *seen.last().unwrap();
        assert_eq!(items.send(last + 1).await, Some(1_000));
        assert_eq!(items.next().await, None);
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..200));
    }

    async fn an_emitter_outlives_it_and_is_told() {
        let (give, take) = tokio::sync::oneshot::channel();
        let mut items = Generator::new(|out: Emitter<u32>| async move { give.send(out).ok().unwrap(); });
        assert_eq!(items.next().await, None);
        let out = take.await.unwrap();
        assert_eq!(out.emit(1).await, Err(EmitError::Closed));
        drop(items);
        assert_eq!(out.emit(1).await, Err(EmitError::Closed));
    }

    async fn one_that_waits_in_line_is_told_of_the_end() {
        let (give, take) = tokio::sync::oneshot::channel();
        let mut items = Generator::new(|out: Emitter<u32>| { give.send(out.clone()).ok().unwrap(); async move { out.emit(0).await.unwrap(); } });
        assert_eq!(items.next().await, Some(0));
        let begun = Count::new();
        scope!(|run| {
            let begun = begun.clone();
            let told = begun.clone();
            let waits = run << async move {
                let out = take.await.unwrap();
                let mut emit = pin!(out.emit(7));
                let told = futures::future::poll_fn(|cx| { let polled = emit.as_mut().poll(cx); begun.hit(); polled });
                assert_eq!(told.await, Err(EmitError::Closed));
            };
            told.reaches(1).await;
            drop(items);
            waits.await?;
        }).await.unwrap();
    }

    async fn close_waits_for_the_clean_up() {
        let (log, live) = (Log::new(), Live::new());
        let guard = live.guard();
        let mut items = Generator::new(|out: Emitter<u32>| async {
            let (_guard, out) = (guard, out);
            let end = scope!(|run| {
                let (log, begun) = (log.clone(), Count::new());
                let told = begun.clone();
                run << async move {
                    begun.hit();
                    cancelled().await;
                    shield(async { turns(5).await; log.add("cleaned up"); }).await;
                };
                told.reaches(1).await;
                out.emit(1).await.unwrap();
            });
            end.await.unwrap();
            log.add("control came back");
        });
        assert_eq!(items.next().await, Some(1));
        items.close().await.unwrap();
        assert_eq!(log.all(), ["cleaned up"]);
        assert_eq!(live.now(), 0);
        assert_eq!(items.next().await, None);
        count_to(3).close().await.unwrap();
    }

    async fn an_emit_in_clean_up_after_close_is_told() {
        let told = Cell::new(false);
        let mut items = Generator::new(|out: Emitter<u32>| async {
            let out = out;
            shield(async {
                out.emit(1).await.unwrap_err();
                yield_now().await;
                assert_eq!(out.emit(2).await, Err(EmitError::Closed));
                told.set(true);
            }).await;
        });
        assert_eq!(items.next().await, Some(1));
        items.close().await.unwrap();
        assert!(told.get());
    }

    async fn a_frame_in_it_does_not_hold_up_one_who_does_not_ask() {
        let live = Live::new();
        scope!(|run| {
            let (begun, live) = (Count::new(), live.clone());
            let task = run << {
                let (begun, live) = (begun.clone(), live.clone());
                async move {
                    let mut items = Generator::new(|out: Emitter<u32>| async move {
                        let _ = scope!(|run| {
                            let guard = live.guard();
                            run << async move { let _guard = guard; pending::<()>().await };
                            out.emit(1).await.unwrap();
                        }).await;
                    });
                    assert_eq!(items.next().await, Some(1));
                    begun.hit();
                    pending::<()>().await;
                    drop(items);
                }
            };
            begun.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err());
        }).await.unwrap();
        assert_eq!((live.ever(), live.now()), (1, 0));
    }

    async fn it_goes_from_task_to_task() {
        let mut items = count_to(1_000);
        scope!(|run| {
            for n in 1..=1_000 {
                let task = run << async move { let item = items.next().await; ayo::Value((items, item)) };
                let ayo::Value((back, item)) = task.await?;
                assert_eq!(item, Some(n));
                items = back;
            }
        }).await.unwrap();
    }

    async fn a_generator_within_a_generator() {
        let mut outer = Generator::new(|out: Emitter<u32>| async move {
            let mut inner = Generator::new(|inner_out: Emitter<u32>| {
                let out = out.clone();
                async move {
                    for n in 0..3 {
                        inner_out.emit(n).await.unwrap();
                        out.emit(100 + n).await.unwrap();     // past the one that polls this
                    }
                }
            });
            while let Some(n) = inner.next().await {
                out.emit(n * 10).await.unwrap();
            }
        });
        let mut seen = Vec::new();
        while let Some(n) = outer.next().await {
            seen.push(n);
        }
        assert_eq!(seen, [0, 100, 10, 101, 20, 102]);
    }
}

paused! {
    async fn a_cancelled_call_ends_it_after_its_clean_up() {
        let log = Log::new();
        let mut items = Generator::new(|out: Emitter<u32>| async {
            let out = out;
            let end = scope!(|run| {
                let log = log.clone();
                run << async move { cancelled().await; shield(async { sleep(5 * MS).await; log.add("cleaned up") }).await };
                out.emit(1).await.unwrap();
                pending::<()>().await
            });
            let _ = end.await;
        });
        assert_eq!(items.next().await, Some(1));
        assert!(timeout(10 * MS, items.next()).await.is_err());
        assert_eq!(log.all(), ["cleaned up"]);
        assert_eq!(items.next().await, None);
    }

    async fn one_without_clean_up_survives_a_timeout() {
        let mut items = Generator::new(|out: Emitter<u32>| async move {
            sleep(20 * MS).await;
            out.emit(1).await.unwrap();
        });
        assert!(timeout(10 * MS, items.next()).await.is_err());
        assert_eq!(items.next().await, Some(1));
    }
}

#[test]
fn the_body_may_be_polled_without_any_runtime() {
    let items = futures::executor::block_on(count_to(3).collect::<Vec<_>>());
    assert_eq!(items, [1, 2, 3]);
}

#[test]
fn it_lends_what_is_around_it() {
    let (words, seen) = (["a".to_owned(), "b".to_owned()], Cell::new(0));
    let mut lent = Generator::new(|out: Emitter<&str, (), Infallible>| async {
        let out = out;
        for word in &words {
            seen.set(seen.get() + 1);
            out.emit(word.as_str()).await.unwrap();
        }
    });
    assert_eq!(futures::executor::block_on(lent.next()), Some("a"));
    drop(lent);
    assert_eq!(seen.get(), 1);
}

#[test]
fn an_emit_that_leaves_its_body_says_so() {
    let (give, take) = std::sync::mpsc::channel();
    let mut items = Generator::new(|out: Emitter<u32>| async move {
        let out: &'static Emitter<u32> = Box::leak(Box::new(out));
        let mut emit = Box::pin(out.emit(1));
        futures::future::poll_fn(|cx| {
            assert!(emit.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        give.send(emit).ok().unwrap();
        pending::<()>().await;
    });
    assert_eq!(futures::executor::block_on(items.next()), Some(1));
    let emit = take.recv().unwrap();
    let end = catch_unwind(AssertUnwindSafe(|| futures::executor::block_on(emit)));
    assert!(text(&*end.unwrap_err()).contains("polled outside of it"));
}
