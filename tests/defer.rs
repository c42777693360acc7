//! `defer!`: when it runs, what it sees, and what comes of its errors.

mod support;

use std::error::Error as _;
use std::future::pending;
use std::time::Duration;

use ayo::{BoxError, Error, ErrorKind, Exit, Scope, scope};
use futures::FutureExt;
use support::*;
use tokio::task::yield_now;
use tokio::time::sleep;

/// What a deferred block was told, as a word.
fn word(exit: Exit<'_>) -> String {
    match exit {
        Exit::Done => "done".to_owned(),
        Exit::Failed(error) => format!("failed: {error}"),
        Exit::Cancelled => "cancelled".to_owned(),
        Exit::Panicked => "panicked".to_owned(),
    }
}

async fn fails(n: u32) -> Result<u32, Boom> {
    yield_now().await;
    Err(Boom(n))
}

mod order {
    use super::*;

    both! {
        async fn it_runs_when_the_rest_has_ended() {
            let log = Log::new();
            let value = scope!(|run| {
                log.add("before");
                defer!(async { yield_now().await; log.add("deferred") });
                log.add("rest");
                yield_now().await;
                let value = (run << async { 7 }).await?;
                log.add("last");
                value
            }).await.unwrap();
            assert_eq!(value, 7);
            assert_eq!(log.all(), ["before", "rest", "last", "deferred"]);
        }

        async fn the_last_one_comes_first() {
            let log = Log::new();
            scope!(|_| {
                defer!(async { yield_now().await; log.add(1) });
                defer!(log.add(2));
                yield_now().await;
                defer! { log.add(3); yield_now().await; log.add(4) }
                log.add(0);
            }).await.unwrap();
            assert_eq!(log.all(), [0, 3, 4, 2, 1]);
        }

        async fn it_belongs_to_its_own_block() {
            let log = Log::new();
            scope!(|_| {
                defer!(log.add("outer".to_owned()));
                for i in 0..2 {
                    defer!(async { yield_now().await; log.add(format!("loop {i}")) });
                    log.add(format!("turn {i}"));
                }
                let inner = {
                    defer!(log.add("inner".to_owned()));
                    yield_now().await;
                    5
                };
                if inner == 5 {
                    defer!(log.add("if".to_owned()));
                    log.add("then".to_owned());
                }
                log.add(format!("end {inner}"));
            }).await.unwrap();
            let all = ["turn 0", "loop 0", "turn 1", "loop 1", "inner", "then", "if", "end 5", "outer"];
            assert_eq!(log.all(), all);
        }

        async fn one_that_is_not_reached_does_not_run() {
            let log = Log::<u32>::new();
            let end = scope!(|_| {
                fails(1).await?;
                defer!(log.add(1));
            }).await;
            assert_eq!(boom(&end.unwrap_err()), Some(1));
            assert_eq!(log.len(), 0);
        }

        async fn tasks_are_awaited_after_it() {
            let log = Log::new();
            scope!(|run| {
                let gate = Gate::new();
                let (inside, into) = (gate.clone(), log.clone());
                run << async move { inside.passed().await; into.add("task") };
                defer!(async { turns(3).await; log.add("deferred"); gate.open() });
                log.add("rest");
            }).await.unwrap();
            assert_eq!(log.all(), ["rest", "deferred", "task"]);
        }

        async fn alone_and_last_in_a_block() {
            let log = Log::new();
            scope!(|_| { defer!(log.add(1)) }).await.unwrap();
            scope!(|_| { defer!(log.add(2)); }).await.unwrap();
            scope!(|_| { defer! { log.add(3) } }).await.unwrap();
            assert_eq!(log.all(), [1, 2, 3]);
        }
    }
}

mod borrows {
    use super::*;

    both! {
        async fn what_the_rest_has_changed_is_seen() {
            let mut log = vec!["start"];
            scope!(|_| {
                defer!(async { yield_now().await; log.push("deferred") });
                log.push("rest");
                yield_now().await;
                defer!(|exit| async { log.push("second"); assert!(exit.is_done()) });
                log.push("end");
            }).await.unwrap();
            assert_eq!(log, ["start", "rest", "end", "second", "deferred"]);
        }

        async fn what_is_consumed_at_the_end_is_there_before() {
            struct Connection(Log<&'static str>);
            impl Connection {
                fn send(&mut self) { self.0.add("sent") }
                async fn close(self) { yield_now().await; self.0.add("closed") }
            }
            let log = Log::new();
            scope!(|_| {
                let mut connection = Connection(log.clone());
                defer!(connection.close());
                connection.send();
                yield_now().await;
                connection.send();
            }).await.unwrap();
            assert_eq!(log.all(), ["sent", "sent", "closed"]);
        }

        async fn the_value_may_borrow_from_before() {
            let text = "a b c".to_owned();
            let last = scope!(|_| {
                let words = &text;
                defer!(assert_eq!(words.len(), 5));
                words.split(' ').next_back()
            }).await.unwrap();
            assert_eq!(last, Some("c"));
        }

        async fn methods_and_generics() {
            struct Counter<T>(Vec<T>);
            impl<T: Clone + Send + Sync> Counter<T> {
                #[ayo::scoped]
                async fn add(&mut self, item: &T, log: &Log<usize>) -> usize {
                    defer!(log.add(self.0.len()));
                    yield_now().await;
                    self.0.push(item.clone());
                    self.0.push(item.clone());
                    self.0.len()
                }
            }
            let mut counter = Counter(Vec::new());
            let log = Log::new();
            assert_eq!(counter.add(&5, &log).await, 2);
            assert_eq!(log.all(), [2]);
        }
    }
}

mod exits {
    use super::*;

    both! {
        async fn success() {
            let log = Log::new();
            scope!(|_| {
                defer!(|exit| async { log.add(word(exit)) });
                yield_now().await;
            }).await.unwrap();
            assert_eq!(log.all(), ["done"]);
        }

        async fn an_error() {
            let log = Log::new();
            let end = scope!(|_| {
                defer!(|exit| async { yield_now().await; log.add(word(exit)) });
                defer!(|exit| log.add(word(exit)));
                fails(3).await?;
                unreachable!("it failed");
            }).await;
            let error: Error = end.unwrap_err();
            assert_eq!((booms(&error), error.kind()), (vec![3], ErrorKind::Failed));
            assert_eq!(error.source().unwrap().to_string(), "boom 3", "as if there were no `defer!`");
            assert_eq!(log.all(), ["failed: boom 3", "failed: boom 3"]);
        }

        async fn a_panic() {
            let log = Log::new();
            let panicked = panic_of(scope!(|_| {
                defer!(|exit| async { yield_now().await; log.add(word(exit)) });
                defer!(async |exit: Exit<'_>| { yield_now().await; log.add(word(exit)) });
                yield_now().await;
                if true { panic!("no") }
            })).await;
            assert_eq!(text(&*panicked), "no");
            assert_eq!(log.all(), ["panicked", "panicked"]);
        }

        async fn a_cancel() {
            let log = Log::new();
            let end = scope!(|run| {
                defer!(|exit| async { turns(3).await; log.add(word(exit)) });
                defer!(|exit| { turns(3).await; log.add(format!("inner {}", word(exit))) });
                run.cancel();
                pending::<()>().await;
            }).await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!(log.all(), ["inner cancelled", "cancelled"]);
        }

        async fn a_task_that_fails() {
            let log = Log::new();
            let end = scope!(|run| {
                defer!(|exit| async { log.add(word(exit)) });
                run << fails(1);
                pending::<()>().await;
            }).await;
            assert_eq!(booms(&end.unwrap_err()), [1]);
            assert_eq!(log.all(), ["cancelled"]);
        }

        async fn a_cancel_that_comes_before_the_first_suspension() {
            let log = Log::new();
            let end = scope!(|run| {
                run.cancel();
                log.add("acquired".to_owned());
                defer!(|exit| async { yield_now().await; log.add(word(exit)) });
                log.add("rest".to_owned());
                pending::<()>().await;
            }).await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!(log.all(), ["acquired", "rest", "cancelled"]);
        }

        async fn a_cancel_after_the_end_of_the_rest() {
            let log = Log::new();
            let end = scope!(|run| {
                defer!(|exit| async { turns(2).await; run.cancel(); turns(2).await; log.add(word(exit)) });
                yield_now().await;
                5
            }).await;
            log.add(format!("{:?}", end.map_err(|error| error.kind())));
            assert_eq!(log.all()[0], "done");
        }

        async fn of_an_attempt_that_is_cancelled_alone() {
            let log = Log::new();
            scope!(|run| {
                let (into, started) = (log.clone(), Count::new());
                let count = started.clone();
                let task = run << async move {
                    defer!(|exit| async { turns(3).await; into.add(word(exit)) });
                    count.hit();
                    pending::<()>().await;
                };
                started.reaches(1).await;
                task.cancel();
                assert!(task.await.is_err());
                assert_eq!(log.all(), ["cancelled"], "the handle says so after the clean-up");
            }).await.unwrap();
        }
    }

    paused! {
        async fn a_timeout_waits_for_it() {
            let log = Log::new();
            let started = tokio::time::Instant::now();
            let end = scope!(timeout = 1s => |_| {
                defer!(async { sleep(Duration::from_secs(5)).await; log.add(1) });
                pending::<()>().await;
            }).await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
            assert_eq!((log.all(), started.elapsed()), (vec![1], Duration::from_secs(6)));
        }

        async fn what_is_nested_in_the_rest_cleans_up_first() {
            let log = Log::new();
            let end = ayo::timeout(1, async {
                scope!(|run| {
                    defer!(async { sleep(Duration::from_secs(1)).await; log.add("outer") });
                    let into = log.clone();
                    scope!(|sub| {
                        defer!(async { sleep(Duration::from_secs(1)).await; log.add("inner") });
                        sub << async move {
                            defer!(async { sleep(Duration::from_secs(1)).await; into.add("task") });
                            pending::<()>().await
                        };
                        pending::<()>().await;
                    }).await?;
                    let _ = run;
                }).await
            }).await;
            assert!(end.is_err());
            assert_eq!(log.all(), ["inner", "task", "outer"]);
        }

        async fn a_forced_end_cuts_it() {
            let log = Log::<u32>::new();
            let end = scope!(cancel_timeout = 2s => |run| {
                defer!(async { sleep(Duration::from_secs(60)).await; log.add(1) });
                run.cancel();
                pending::<()>().await;
            }).await;
            assert_eq!(end.unwrap_err().kind(), ErrorKind::Abandoned);
            assert_eq!(log.len(), 0);
        }
    }
}

mod errors {
    use super::*;

    both! {
        async fn of_what_was_deferred_alone() {
            let end = scope!(|_| {
                defer!(fails(9));
                yield_now().await;
                5
            }).await;
            let error = end.unwrap_err();
            assert_eq!((booms(&error), error.kind()), (vec![9], ErrorKind::Failed));
            assert_eq!(error.source().unwrap().to_string(), "boom 9");
        }

        async fn of_what_was_deferred_beside_that_of_the_block() {
            let end = scope!(|_| {
                defer!(fails(3));
                defer!(async { fails(2).await?; Ok(()) });
                if true { fails(1).await?; }
            }).await;
            let error = end.unwrap_err();
            assert_eq!(booms(&error), [1, 2, 3]);
            assert_eq!(error.source().unwrap().to_string(), "boom 1");
        }

        async fn that_follow_each_other() {
            let end = scope!(|_| {
                defer!(|exit| async { assert_eq!(word(exit), "failed: boom 2"); fails(3).await });
                defer!(|exit| async { assert_eq!(word(exit), "done"); fails(2).await });
            }).await;
            assert_eq!(booms(&end.unwrap_err()), [2, 3]);
        }

        async fn by_question_mark_in_code_that_is_not_async() {
            let end = scope!(|_| {
                defer!({ "x".parse::<u8>()?; });
                defer!("y".parse::<u8>()?);
            }).await;
            let error = end.unwrap_err();
            assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
            assert_eq!(error.others().len(), 1);
        }

        async fn of_tasks_come_after() {
            let end = scope!(|run| {
                let started = Count::new();
                run << when_cancelled(started.clone(), || Err::<(), _>(Boom(3)));
                started.reaches(1).await;
                defer!(fails(2));
                fails(1).await?;
            }).await;
            assert_eq!(booms(&end.unwrap_err()), [1, 2, 3]);
        }

        async fn panics_of_what_was_deferred() {
            let panicked = panic_of(scope!(|_| {
                defer!(async { yield_now().await; panic!("deferred") });
                yield_now().await;
            })).await;
            assert_eq!(text(&*panicked), "deferred");
            let panicked = panic_of(scope!(|_| { defer!(panic!("not async")); })).await;
            assert_eq!(text(&*panicked), "not async");
        }

        async fn a_panic_does_not_lose_the_error_before_it() {
            let log = Log::new();
            let into = log.clone();
            let end = scope!(on_error = move |error: &Error| into.add(boom(error)) => |run| {
                let task = run.task(async {
                    async_error_and_panic().await
                }).bubble(false).spawn();
                assert!(task.await.is_err());
            });
            end.await.unwrap();
            let mut all = log.all();
            all.sort();
            assert_eq!(all, [None, Some(1)], "the panic and the error");
        }

        async fn the_first_panic_goes_on() {
            let log = Log::new();
            let panicked = panic_of(scope!(|_| {
                defer!(log.add("still"));
                defer!(panic!("second"));
                if true { panic!("first") }
            })).await;
            assert_eq!((text(&*panicked), log.all()), ("first", vec!["still"]));
        }

        async fn that_arise_while_it_is_cancelled_fail_the_task() {
            let end = scope!(|run| {
                let started = Count::new();
                let count = started.clone();
                run << async move {
                    defer!(async { turns(2).await; fails(4).await });
                    count.hit();
                    pending::<()>().await;
                };
                started.reaches(1).await;
                run.cancel();
            }).await;
            let error = end.unwrap_err();
            assert_eq!((booms(&error), error.task().map(|task| task.id())), (vec![4], Some(1)));
        }

        async fn of_the_rest_that_arise_while_it_is_cancelled() {
            let end = scope!(|run| {
                let started = Count::new();
                let count = started.clone();
                run << async move {
                    defer!(turns(2));
                    when_cancelled(count, || Err(Boom(6))).await?;
                };
                started.reaches(1).await;
                run.cancel();
            }).await;
            assert_eq!(booms(&end.unwrap_err()), [6]);
        }

        async fn news_of_cancelled_tasks_stay_news() {
            let end = scope!(|run| {
                defer!(|_| async { turns(1).await });
                let task = run << pending::<()>();
                run.cancel();
                task.await?;
            }).await;
            let error = end.unwrap_err();
            assert_eq!((error.kind(), error.others().len()), (ErrorKind::Cancelled, 0));
        }

        async fn of_nested_scopes_stay_nested() {
            let with = scope!(|_| { defer!(turns(1)); scope!(|_| { fails(1).await?; }).await?; }).await.unwrap_err();
            let shown = scope!(|_| { defer!(|_| turns(1)); scope!(|_| { fails(1).await?; }).await?; }).await.unwrap_err();
            let without = scope!(|_| { scope!(|_| { fails(1).await?; }).await?; }).await.unwrap_err();
            assert_eq!(format!("{with:?}"), format!("{without:?}"));
            assert_eq!(format!("{shown:?}"), format!("{without:?}"));
            let torn = scope!(|_| { defer!(fails(2)); scope!(|_| { fails(1).await?; }).await?; }).await.unwrap_err();
            assert!(torn.source().unwrap().is::<Error>(), "{torn:?}");
            assert_eq!(booms(&torn), [1, 2]);
        }
    }

    #[ayo::scoped]
    async fn async_error_and_panic() -> Result<(), BoxError> {
        defer!(panic!("deferred"));
        fails(1).await?;
        Ok(())
    }
}

mod blocks {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Typed {
        Missing,
        Other(String),
    }

    impl std::fmt::Display for Typed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "typed")
        }
    }

    impl std::error::Error for Typed {}

    impl From<Error> for Typed {
        fn from(error: Error) -> Self {
            Self::Other(error.to_string())
        }
    }

    impl From<Boom> for Typed {
        fn from(boom: Boom) -> Self {
            Self::Other(boom.to_string())
        }
    }

    #[ayo::scoped]
    async fn typed(log: &Log<u32>, fails_late: bool) -> Result<u32, Typed> {
        defer!(async {
            yield_now().await;
            log.add(1);
            if fails_late { Err(Boom(2)) } else { Ok(()) }
        });
        yield_now().await;
        if log.len() == 0 { Err(Typed::Missing) } else { Ok(5) }
    }

    #[ayo::scoped]
    async fn with_nested_blocks(log: &Log<u32>, n: u32) -> Result<u32, Typed> {
        for i in 0..3 {
            defer!(log.add(i));
            if i == n {
                fails(i).await?;
            }
        }
        let value = {
            defer!(async { log.add(10) });
            if n == 10 {
                Err(Typed::Missing)?;
            }
            11
        };
        Ok(value)
    }

    both! {
        async fn typed_errors_stay_as_they_are() {
            let log = Log::new();
            assert_eq!(typed(&log, false).await, Err(Typed::Missing));
            assert_eq!(typed(&log, false).await, Ok(5));
            assert_eq!(typed(&log, true).await, Err(Typed::Other("boom 2".to_owned())));
            assert_eq!(log.len(), 3);
        }

        async fn question_marks_leave_nested_blocks_and_the_function() {
            let log = Log::new();
            assert_eq!(with_nested_blocks(&log, 20).await, Ok(11));
            assert_eq!(with_nested_blocks(&log, 1).await, Err(Typed::Other("boom 1".to_owned())));
            assert_eq!(with_nested_blocks(&log, 10).await, Err(Typed::Missing));
            assert_eq!(log.all(), [0, 1, 2, 10, 0, 1, 0, 1, 2, 10]);
        }

        async fn errors_of_many_types() {
            #[ayo::scoped]
            async fn boxed(late: bool) -> Result<(), BoxError> {
                defer!(|exit| async { assert!(!exit.is_done()); if late { Err("late") } else { Ok(()) } });
                Err(Boom(1))?;
                Ok(())
            }
            #[ayo::scoped]
            async fn any() -> anyhow::Result<u8> {
                defer!(turns(1));
                fails(1).await?;
                Ok(1)
            }
            #[ayo::scoped]
            async fn shown() -> anyhow::Result<u8> {
                defer!(|exit| async { assert_eq!(word(exit), "failed: boom 1") });
                fails(1).await?;
                Ok(1)
            }
            #[ayo::scoped]
            async fn own() -> Result<u8, Error> {
                defer!(|exit| async { assert!(matches!(exit, Exit::Failed(error) if error.kind() == ErrorKind::TimedOut)); fails(7).await });
                scope!(timeout = 0 => |_| { pending::<()>().await; 1 }).await
            }
            assert!(boxed(false).await.unwrap_err().is::<Boom>());
            let late = boxed(true).await.unwrap_err().downcast::<Error>().unwrap();
            assert_eq!((boom(&late), late.others().len()), (Some(1), 1));
            assert!(any().await.unwrap_err().is::<Boom>());
            assert_eq!(shown().await.unwrap_err().downcast::<Error>().unwrap().to_string(), "boom 1");
            let own = own().await.unwrap_err();
            assert_eq!((own.kind(), booms(&own)), (ErrorKind::TimedOut, vec![7]));
        }

        async fn in_tasks_the_scope_hears_of_them_flat() {
            let end = scope!(|run| {
                run << async {
                    defer!(fails(2));
                    fails(1).await?;
                };
            }).await;
            let error = end.unwrap_err();
            assert_eq!(booms(&error), [1, 2]);
            assert!(error.source().unwrap().is::<Boom>(), "{error:?}");
        }

        async fn in_tasks_an_error_of_what_was_deferred_is_flat_too() {
            let end = scope!(|run| {
                run << async {
                    defer!(fails(2));
                    "5".parse::<u8>()?;
                };
            }).await;
            let error = end.unwrap_err();
            assert!(error.source().unwrap().is::<Boom>(), "{error:?}");
        }

        async fn in_code_that_cannot_fail_errors_go_to_the_scope() {
            #[ayo::scoped]
            async fn plain(log: &Log<u32>) -> u32 {
                defer!(fails(8));
                {
                    defer!(fails(9));
                    yield_now().await;
                    log.add(1);
                }
                log.add(2);
                5
            }
            let log = Log::new();
            let report = scope!(|_| { plain(&log).await }).report().await;
            assert_eq!(log.all(), [1], "the scope has failed, so control does not come back");
            assert_eq!(booms(&report.error.unwrap()), [9, 8]);
        }

        async fn without_any_scope() {
            let log = Log::new();
            #[ayo::scoped]
            async fn alone(log: &Log<&'static str>) -> Result<u32, Error> {
                defer!(async { yield_now().await; log.add("deferred") });
                yield_now().await;
                log.add("rest");
                Ok(1)
            }
            assert_eq!(alone(&log).await.unwrap(), 1);
            assert_eq!(log.all(), ["rest", "deferred"]);
        }

        async fn that_are_async() {
            let log = Log::new();
            let value = scope!(|run| {
                let block = async {
                    defer!(async { log.add("block") });
                    yield_now().await;
                    4
                };
                let four = ayo::timeout(5, block).await?;
                let closure = async |n: u32| {
                    defer!(log.add("closure"));
                    yield_now().await;
                    n + 1
                };
                let five = closure(four).await;
                let into = log.clone();
                let task = run << async move {
                    defer!(async { into.add("task") });
                    yield_now().await;
                    five + 1
                };
                task.await?
            }).await.unwrap();
            assert_eq!((value, log.all()), (6, vec!["block", "closure", "task"]));
        }

        async fn that_never_end() {
            let log = Log::new();
            scope!(|run| {
                let (into, started) = (log.clone(), Count::new());
                let count = started.clone();
                #[task(background)]
                run << async move {
                    defer!(async { yield_now().await; into.add("endless") });
                    count.hit();
                    loop { yield_now().await; }
                };
                started.reaches(1).await;
            }).await.unwrap();
            assert_eq!(log.all(), ["endless"]);
        }

        async fn with_options_and_labels() {
            let log = Log::new();
            let found = scope!(|_| {
                defer!(log.add(0));
                let found = 'search: {
                    for i in 0..10 {
                        if i == 4 { break 'search Some(i) }
                        if i == 1 { continue }
                        log.add(i);
                    }
                    None
                };
                while log.len() < 5 { log.add(9); if log.len() == 4 { break } }
                found
            }).await.unwrap();
            assert_eq!((found, log.all()), (Some(4), vec![0, 2, 3, 9, 0]));
        }

        async fn that_return_an_option() {
            #[ayo::scoped]
            async fn find(log: &Log<&'static str>, at: Option<u8>) -> Option<u8> {
                defer!(|exit| { assert!(exit.is_done()); log.add("deferred") });
                yield_now().await;
                let at = at?;
                Some(at + 1)
            }
            let log = Log::new();
            assert_eq!((find(&log, Some(1)).await, find(&log, None).await), (Some(2), None));
            assert_eq!(log.len(), 2);
        }

        async fn that_others_poll_and_send() {
            let log = Log::new();
            #[ayo::scoped]
            async fn one(log: Log<u32>, n: u32) -> Result<u32, Error> {
                defer!(|exit| async { turns(1).await; log.add(n); assert!(exit.is_done()) });
                defer!(turns(1));
                turns(n as usize).await;
                Ok(n)
            }
            let (a, b) = tokio::join!(one(log.clone(), 2), tokio::spawn(one(log.clone(), 3)));
            assert_eq!((a.unwrap(), b.unwrap().unwrap()), (2, 3));
            let mut all = log.all();
            all.sort_unstable();
            assert_eq!(all, [2, 3]);
        }
    }

    #[test]
    fn of_main() {
        static DONE: std::sync::Mutex<Vec<&str>> = std::sync::Mutex::new(Vec::new());
        #[ayo::main(flavor = "current_thread")]
        async fn program(run: &Scope) -> Result<u32, Error> {
            run << async {
                turns(3).await;
                DONE.lock().unwrap().push("task");
            };
            defer!(async { DONE.lock().unwrap().push("deferred") });
            yield_now().await;
            Ok(3)
        }
        assert_eq!(program().unwrap(), 3);
        assert_eq!(*DONE.lock().unwrap(), ["deferred", "task"]);
    }
}

mod managers {
    use ayo::{actxmgr, with};

    use super::*;

    actxmgr! {
        async fn noted(log: &Log<&'static str>, fails_late: bool) -> u32 {
            {
                defer!(log.add("set up"));
                log.len();
            }
            yield 5;
            defer!(async {
                yield_now().await;
                log.add("deferred by the manager");
                if fails_late { Err(Boom(9)) } else { Ok(()) }
            });
            turns(1).await;
            log.add("torn down");
        }
    }

    both! {
        async fn in_the_body_of_a_with_it_comes_before_the_tear_down() {
            let log = Log::new();
            let value = with!(n = noted(&log, false) => {
                defer!(async { yield_now().await; log.add("deferred by the body") });
                yield_now().await;
                log.add("body");
                n + 1
            }).await.unwrap();
            assert_eq!(value, 6);
            let all = ["set up", "body", "deferred by the body", "torn down", "deferred by the manager"];
            assert_eq!(log.all(), all);
        }

        async fn errors_of_both_are_beside_the_first() {
            let log = Log::new();
            let end = with!(_ = noted(&log, true) => {
                defer!(fails(2));
                fails(1).await?;
            }).await;
            let error = end.unwrap_err();
            assert_eq!(booms(&error), [1, 2, 9], "{error:?}");
        }

        async fn a_cancel_runs_all_of_them() {
            let log = Log::new();
            let end = ayo::move_on_after(0, async {
                with!(_ = noted(&log, false) => {
                    defer!(log.add("deferred by the body"));
                    pending::<()>().await;
                }).await
            }).await;
            assert!(end.is_none());
            assert_eq!(log.all(), ["set up", "deferred by the body", "torn down", "deferred by the manager"]);
        }
    }
}

mod generators {
    use ayo::generator;
    use futures::StreamExt;

    use super::*;

    both! {
        async fn it_runs_at_the_end_of_one() {
            let log = Log::new();
            let into = log.clone();
            let numbers = generator! {
                defer!(async { yield_now().await; into.add("deferred") });
                for n in 0..3 {
                    tokio::time::sleep(1ms).await;
                    yield n;
                }
            };
            let all: Vec<i32> = numbers.collect().await;
            assert_eq!((all, log.all()), (vec![0, 1, 2], vec!["deferred"]));
        }

        async fn it_runs_when_one_is_closed() {
            let log = Log::new();
            let into = log.clone();
            let mut numbers = Box::pin(generator! {
                defer!(|exit| async { yield_now().await; into.add(word(exit)) });
                for n in 0.. {
                    defer!(turns(1));
                    yield n;
                }
            });
            assert_eq!((numbers.next().await, numbers.next().await), (Some(0), Some(1)));
            numbers.close().await;
            assert_eq!(log.all(), ["cancelled"]);
        }

        async fn errors_of_one_go_past_it() {
            let log = Log::new();
            let into = log.clone();
            let mut numbers = Box::pin(generator! {
                defer!(|exit| async { into.add(word(exit)) });
                yield "5".parse::<u8>()?;
                yield "x".parse::<u8>()?;
            });
            assert_eq!(numbers.next_result().await.unwrap().unwrap(), 5);
            assert!(numbers.next_result().await.unwrap().is_err());
            assert_eq!(log.all(), ["failed: invalid digit found in string"]);
        }
    }
}

mod outside {
    use std::cell::Cell;

    use super::*;

    both! {
        async fn dropped_before_its_end_it_does_not_run() {
            let log = Log::<u32>::new();
            let mut begun = Box::pin(async {
                scope!(|_| {
                    defer!(log.add(1));
                    pending::<()>().await;
                }).await
            });
            assert!(begun.as_mut().now_or_never().is_none());
            drop(begun);
            assert_eq!(log.len(), 0);
        }

        async fn the_leak_is_traced_with_its_site() {
            let (heard, _guard) = traced();
            let line = Cell::new(0);
            tokio::select! {
                biased;
                () = async {
                    line.set(line!() + 1);
                    scope!(|_| { defer!(turns(1)); pending::<()>().await; }).await.unwrap();
                } => {}
                () = std::future::ready(()) => {}
            }
            scope!(|_| { defer!(turns(1)); turns(1).await; }).await.unwrap();
            let heard = heard.all();
            assert_eq!(heard.len(), 1, "one that has run is no leak: {heard:?}");
            assert_eq!(heard[0].0, tracing::Level::WARN);
            assert!(heard[0].1.contains("`defer!`"), "{heard:?}");
            assert!(heard[0].1.contains(&format!("defer.rs:{}", line.get())), "{heard:?}");
        }

        async fn racing_politely_it_runs() {
            let log = Log::new();
            let end = ayo::move_on_after(0, async {
                scope!(|_| {
                    defer!(async { turns(3).await; log.add("deferred") });
                    pending::<()>().await;
                }).await
            }).await;
            assert!(end.is_none());
            assert_eq!(log.all(), ["deferred"]);
        }
    }
}

mod load {
    use ayo::testing::cancel_everywhere;

    use super::*;

    #[ayo::scoped]
    async fn opened(open: &Live, closed: &Count, name: &str) -> Result<usize, Error> {
        let guard = open.guard();
        defer!(|exit| async {
            turns(2).await;
            closed.hit();
            assert!(matches!(exit, Exit::Done | Exit::Cancelled));
            drop(guard);
        });
        turns(2).await;
        let length = {
            defer!(turns(1));
            turns(1).await;
            name.len()
        };
        Ok(length)
    }

    #[test]
    fn cancelled_at_each_suspension_everything_is_closed() {
        let (open, closed) = (Live::new(), Count::new());
        let summary = cancel_everywhere(async |run: &Scope| {
            let (before, ever) = (closed.get(), open.ever());
            let task = run.spawn({
                let (open, closed) = (open.clone(), closed.clone());
                async move { opened(&open, &closed, "task").await }
            });
            let end = opened(&open, &closed, "body").await;
            let other = task.await;
            assert_eq!(open.now(), 0, "what was opened was closed");
            assert_eq!(closed.get() - before, open.ever() - ever);
            assert_eq!((end.unwrap(), other.unwrap()), (4, 4));
        });
        assert!(summary.points() >= 10, "{summary:?}");
        assert_eq!((open.now(), closed.get()), (0, open.ever()));
    }

    #[test]
    fn every_deferred_block_runs_once_whenever_the_cancel_comes() {
        multi_thread(async {
            for round in 0..500 {
                let (ran, started) = (Count::new(), Count::new());
                let end = scope!(|run| {
                    for n in 0..20 {
                        let (ran, started) = (ran.clone(), started.clone());
                        run << async move {
                            started.hit();
                            defer!(async {
                                turns(n % 3).await;
                                ran.hit();
                            });
                            turns(n % 7).await;
                            defer!(ran.hit());
                            started.hit();
                            turns(n % 5).await;
                        };
                    }
                    turns(round % 11).await;
                    run.cancel();
                });
                end.await.unwrap();
                assert_eq!(ran.get(), started.get(), "round {round}");
            }
        });
    }
}
