//! The macros as a person writes them, in all the places where a person may.

#![forbid(unsafe_code)]
#![deny(warnings, unused, rust_2018_idioms)]

mod support;

use std::fmt::Debug;
use std::time::Duration;

use ayo::{BoxError, Scope, scope};
use futures::future::{BoxFuture, pending, ready};
use support::*;
use tokio::task::yield_now;

mod grammar {
    use super::*;

    both! {
        async fn parentheses_braces_and_brackets() {
            assert_eq!(scope!(|run| { run << ready(()); 1 }).await.unwrap(), 1);
            assert_eq!(scope! { |run| { run << ready(()); 2 } }.await.unwrap(), 2);
            assert_eq!(scope![|run| { run << ready(()); 3 }].await.unwrap(), 3);
            let four = scope! {
                name = "braces",
                max_concurrency = 2 =>
                |run| {
                    run << ready(());
                    4
                }
            };
            assert_eq!(four.await.unwrap(), 4);
        }

        async fn options_with_and_without_a_trailing_comma() {
            let limit = 2;
            scope!(name = "a" => |_| {}).await.unwrap();
            scope!(name = "a", => |_| {}).await.unwrap();
            scope!(name = "a", supervise, collect = u8, max_concurrency = limit + 1, timeout = 1h, cancel_timeout = 2.5s, => |_| {})
                .await
                .unwrap();
            scope!(collect => |run| { run << ready(1); }).await.unwrap();
            scope!(supervise => |_run| {}).await.unwrap();
        }

        async fn options_are_expressions() {
            struct Config { jobs: usize, patience: Duration }
            let config = Config { jobs: 3, patience: Duration::from_secs(60) };
            let names = ["first", "second"];
            scope!(max_concurrency = config.jobs.max(1), timeout = config.patience * 2, name = names[1],
                   on_error = |error| assert!(error.task().is_some()), deadline = tokio::time::Instant::now() + config.patience => |run| {
                assert_eq!(run.name().as_deref(), Some("second"));
            })
            .await
            .unwrap();
        }

        async fn the_name_is_the_users_own() {
            scope!(|crawler| { crawler << ready(()); }).await.unwrap();
            scope!(|s| { s.spawn(ready(())).await? }).await.unwrap();
            scope!(|_| {}).await.unwrap();
            scope!(|_unused| {}).await.unwrap();
            scope!(|r#type| { r#type << ready(()); }).await.unwrap();
        }

        async fn an_empty_body_is_a_scope() {
            scope!(|_| {}).await.unwrap();
            assert!(scope!(|_| {}).report().await.value.is_some());
        }

        async fn it_is_an_expression_like_any_other() {
            let future = scope!(|_| { 1 });
            let pair = (scope!(|_| { 2 }), [scope!(|_| { 3 })]);
            let (two, [three]) = pair;
            let sum = future.await.unwrap() + two.await.unwrap() + three.await.unwrap();
            assert_eq!(sum, 6);
            assert_eq!(if sum == 6 { scope!(|_| { 7 }).await.unwrap() } else { 0 }, 7);
            let both = futures::join!(scope!(|_| { 1 }), scope!(|_| { 2 }));
            assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 2));
        }

        async fn the_body_borrows_from_around_it() {
            let mut log = vec![String::from("before")];
            let text = String::from("borrowed");
            let (slice, length) = (&text[..4], text.len());
            scope!(|run| {
                let n = run << async move { length };
                log.push(slice.to_owned());
                log.push(n.await?.to_string());
            })
            .await
            .unwrap();
            assert_eq!(log, ["before", "borr", "8"]);
            assert_eq!(text, "borrowed");
        }

        async fn a_move_body_takes_what_it_uses() {
            fn make(text: String) -> impl Future<Output = Result<usize, ayo::Error>> + Send + 'static {
                scope!(move |run| {
                    let text = run << async move { yield_now().await; text };
                    text.await?.len()
                })
            }
            assert_eq!(tokio::spawn(make("four".to_owned())).await.unwrap().unwrap(), 4);
        }

        async fn the_tail_is_the_value() {
            assert_eq!(scope!(|_| { "text" }).await.unwrap(), "text");
            scope!(|_| { turns(1).await; }).await.unwrap();
            let option: Option<u8> = scope!(|_| { None }).await.unwrap();
            assert_eq!(option, None);
            let bad = Err("inner".to_owned());
            let nested: Result<u8, String> = scope!(|_| { bad.clone() }).await.unwrap();
            assert_eq!(nested, Err("inner".to_owned()));
            let closure = scope!(|_| { |n: u8| n + 1 }).await.unwrap();
            assert_eq!(closure(1), 2);
        }

        async fn the_body_is_a_try_block() {
            async fn read(text: &str) -> Result<u32, std::num::ParseIntError> {
                text.parse()
            }
            let outcome = async |text: &str| -> Result<u32, ayo::Error> {
                scope!(|_| {
                    let n = read(text).await?;
                    let half = n.checked_div(2).ok_or("no half")?;
                    let values = ["1", "2"].iter().map(|text| text.parse::<u32>()).collect::<Result<Vec<_>, _>>()?;
                    half + values.len() as u32
                })
                .await
            };
            assert_eq!(outcome("8").await.unwrap(), 6);
            assert!(outcome("eight").await.is_err());
        }

        async fn loops_and_breaks_stay_inside() {
            let n = scope!(|run| {
                let mut sum = 0;
                'outer: for n in 0.. {
                    let task = run << async move { n };
                    match task.await? {
                        0 => continue,
                        5 => break 'outer,
                        n => sum += n,
                    }
                }
                loop {
                    if run.is_empty() { break sum; }
                    yield_now().await;
                }
            })
            .await;
            assert_eq!(n.unwrap(), 1 + 2 + 3 + 4);
        }

        async fn closures_in_the_body_may_return() {
            let n = scope!(|_| {
                let parse = |text: &str| -> Option<u8> { if text.is_empty() { return None; } text.parse().ok() };
                let later = async { if true { return 5; } 6 };
                (parse("3"), parse(""), later.await)
            })
            .await;
            assert_eq!(n.unwrap(), (Some(3), None, 5));
        }
    }
}

mod shift {
    use super::*;

    async fn hit(count: Count) {
        count.hit();
    }

    struct App {
        run: Scope,
        parts: (u8, Scope),
    }

    both! {
        async fn a_statement_starts_in_every_kind_of_place() {
            let count = Count::new();
            let one = || hit(count.clone());
            let starts = scope!(|run| {
                run << one();
                { run << one(); }
                if count.get() < 100 { run << one(); } else { unreachable!() }
                match 5 {
                    5 => { run << one(); }
                    _ => unreachable!(),
                }
                for _ in 0..2 { run << one(); }
                let mut left = 2;
                while left > 0 { left -= 1; run << one(); }
                let start = |n: u8| { for _ in 0..n { run << one(); } };
                start(2);
                if let Some(n) = Some(1) && n > 0 { run << one(); }
                let Some(_) = Some(()) else { run << one(); unreachable!() };
                loop { run << one(); if count.get() < 100 { break; } }
                async { run << one(); }.await;
                let handle = run.clone();
                let nested = one();
                run << async move { handle << nested; };
                #[cfg(all())]
                run << one();
                #[cfg(any())]
                run << not_even_there();
                15
            })
            .await;
            assert_eq!((count.get(), starts.unwrap()), (15, 15));
        }

        async fn as_an_expression_it_is_the_handle() {
            scope!(|run| {
                let task = run << ready(1);
                let tasks = [run << ready(2), run << ready(3)];
                let pair = (run << ready(4), (run << ready(5)).await?);
                let mut slot = None;
                let replaced = slot.replace(run << ready(6));
                assert!(replaced.is_none());
                let inline = (run << ready(7)).await? + (run << async { 8 }).await?;
                let typed: ayo::Task<u8> = run << async { 9 };
                let chosen = if inline > 0 { run << ready(10) } else { run << ready(11) };
                let mut sum = task.await? + pair.0.await? + pair.1 + inline + i32::from(typed.await?) + chosen.await?;
                for task in tasks {
                    sum += task.await?;
                }
                sum += slot.ok_or("empty")?.await?;
                assert_eq!(sum, 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10);
                let back = || run << ready(12);
                assert_eq!(back().await?, 12);
            })
            .await
            .unwrap();
        }

        async fn left_of_it_is_a_path_or_a_field() {
            let count = Count::new();
            scope!(|run| {
                let app = App { run: run.clone(), parts: (0, run.clone()) };
                app.run << hit(count.clone());
                app.parts.1 << hit(count.clone());
                let task = app.run << async { 1 };
                let by_reference = &app;
                by_reference.run << hit(count.clone());
                let owned = run.clone();
                owned << hit(count.clone());
                let reference = &run;
                reference << hit(count.clone());
                assert_eq!((task.await?, app.parts.0), (1, 0));
            })
            .await
            .unwrap();
            assert_eq!(count.get(), 5);
        }

        async fn numbers_go_on_shifting() {
            const BITS: u32 = 3;
            let value = scope!(|run| {
                let (a, b) = (1_u32, 2_u32);
                let mut c = a << b;
                c <<= 1;
                let task = run << async move { a << b };
                let in_array = [0_u8; 1 << BITS];
                let big = 1_u64 << 40 | (a as u64) << (b as u64);
                let mixed = (a << 2) + (a << b) + (1 << BITS);
                let index = [1_u32, 2];
                let of_index = index[0] << index[1];
                (c, task.await?, in_array.len(), big, mixed, of_index, a << -(-1_i32))
            })
            .await;
            assert_eq!(value.unwrap(), (8, 4, 8, (1 << 40) | 4, 4 + 4 + 8, 4, 2));
        }

        async fn foreign_macros_are_left_alone() {
            scope!(|run| {
                let shifted = vec![1 << 2, 1 << 3];
                assert_eq!(shifted, [1 << 2, 8]);
                let text = format!("{}", 1_u8 << 4);
                assert_eq!(text, "16");
                tokio::select! {
                    () = pending::<()>() => {}
                    n = async { 1 << 3 } => assert_eq!(n, 8),
                }
                run << ready(());
            })
            .await
            .unwrap();
        }

        async fn outside_of_macros_it_works_on_a_reference() {
            async fn helper(run: &Scope) -> u8 {
                let task = run << async { 5 };
                task.await.unwrap_or(0)
            }
            assert_eq!(scope!(|run| { helper(run).await }).await.unwrap(), 5);
        }
    }
}

mod blocks {
    use super::*;

    async fn fallible(n: u8) -> Result<u8, Boom> {
        if n > 0 { Ok(n) } else { Err(Boom(0)) }
    }

    both! {
        async fn one_that_uses_the_question_mark_gets_its_error_type() {
            let done = Count::new();
            scope!(|run| {
                let hit = done.clone();
                run << async move {
                    fallible(1).await?;
                    hit.hit();
                };
                let n = run << async {
                    let n = fallible(2).await?;
                    Ok(n + 1)
                };
                let hit = done.clone();
                run << async move {
                    for n in 1..4 {
                        fallible(n).await?;
                        if n == 3 { hit.hit(); }
                    }
                };
                let text = run << async {
                    let n: u8 = "12".parse()?;
                    if n > 10 { return Ok("large"); }
                    match n {
                        0 => Err("zero")?,
                        1 => Ok("one"),
                        _ => Ok("small"),
                    }
                };
                assert_eq!((n.await?, text.await?), (3, "large"));
            })
            .await
            .unwrap();
            assert_eq!(done.get(), 2);
        }

        async fn one_that_ends_in_err_takes_any_error() {
            let report = scope!(supervise, max_concurrency = 1 => |run| {
                run << async { Err(Boom(1)) };
                run << async { Err("a text") };
                run << async { Err(format!("number {}", 3)) };
                run << async { Err(anyhow::anyhow!("anyhow")) };
                run << async { if true { Err(Boom(5)) } else { Ok(()) } };
                run << async move { yield_now().await; Err::<(), Boom>(Boom(6)) };
                run << async { Err(std::io::Error::other("io").into()) };
            })
            .report()
            .await;
            let texts = report.contained.iter().map(|error| error.to_string()).collect::<Vec<_>>();
            assert_eq!(texts.len(), 7);
            for (text, end) in texts.iter().zip(["boom 1", "a text", "number 3", "anyhow", "boom 5", "boom 6", "io"]) {
                assert!(text.ends_with(end), "{text}");
            }
        }

        async fn one_that_never_ends_may_use_the_question_mark() {
            let error = scope!(|run| {
                run << async {
                    let mut n = 5;
                    loop {
                        fallible(n).await?;
                        n -= 1;
                        yield_now().await;
                    }
                };
            })
            .await
            .unwrap_err();
            assert_eq!(boom(&error), Some(0));
        }

        async fn every_other_tail_is_inferred() {
            scope!(|run| {
                let a = run << async { fallible(1).await };
                let b = run << async { 2_u8 };
                let c = run << async { Ok::<_, Boom>(3) };
                let d = run << async { Some("plain") };
                assert_eq!((a.await?, b.await?, c.await?, d.await?), (1, 2, 3, Some("plain")));
            })
            .await
            .unwrap();
        }

        async fn they_nest() {
            let n = scope!(|run| {
                let task = run << async {
                    let inner = scope!(|inner| {
                        let task = inner << async { let n = fallible(4).await?; Ok(n) };
                        task.await?
                    });
                    Ok(inner.await?)
                };
                task.await?
            })
            .await;
            assert_eq!(n.unwrap(), 4);
        }
    }
}

mod units {
    use super::*;

    paused! {
        async fn in_options_and_everywhere_in_the_body() {
            let all = scope!(timeout = 1h, cancel_timeout = 500us => |run| {
                let start = tokio::time::Instant::now();
                tokio::time::sleep(1.5s).await;
                run << tokio::time::sleep(250ms);
                let task = run << async move { tokio::time::sleep(2m).await; start.elapsed() };
                run.set_timeout(2h);
                let late = ayo::move_on_after(30ms, pending::<()>()).await;
                assert!(late.is_none());
                let sum = 1s + 1ms * 2 - 500us;
                let waits = [1s, 10ms, 1m].map(|wait| wait.as_millis());
                (task.await?, sum, waits)
            });
            let (elapsed, sum, waits) = all.await.unwrap();
            assert_eq!(elapsed, Duration::from_millis(121_500));
            assert_eq!(sum, Duration::from_micros(1_001_500));
            assert_eq!(waits, [1000, 10, 60_000]);
        }

        async fn ordinary_suffixes_stay() {
            let all = scope!(|_| { (1_u8, 2i64, 3.0f32, 4usize, 0xffu16, b'm', 1e3, "1s") }).await.unwrap();
            assert_eq!(all, (1, 2, 3.0, 4, 255, 109, 1000.0, "1s"));
        }

        async fn in_task_options() {
            let report = scope!(timeout = 1s => |run| {
                #[task(name = "slow", cancel_timeout = 1.5s)]
                run << async { ayo::shield(pending::<()>()).await };
            })
            .report()
            .await;
            assert_eq!(report.elapsed, Duration::from_millis(2_500));
        }

        async fn in_scoped_functions() {
            #[ayo::scoped]
            async fn wait(run: &Scope) -> Duration {
                let start = tokio::time::Instant::now();
                run << tokio::time::sleep(10ms);
                tokio::time::sleep(1.25s).await;
                start.elapsed()
            }
            assert_eq!(scope!(|run| { wait(run).await }).await.unwrap(), Duration::from_millis(1_250));
        }
    }
}

mod task_attribute {
    use super::*;

    both! {
        async fn on_a_statement_a_let_and_an_expression() {
            let report = scope!(supervise, max_concurrency = 1 => |run| {
                #[task(name = "statement")]
                run << async { Err(Boom(1)) };
                #[task(name = "let")]
                let task = run << async { Err::<(), _>(Boom(2)) };
                let other = #[task(name = "expression")] run << async { Err::<(), _>(Boom(3)) };
                #[task]
                run << ready(());
                #[task()]
                run << ready(());
                #[task(name = format!("made {}", 4), bubble = false)]
                run << async { Err(Boom(4)) };
                let _ = (task.await, other.await);
                if !run.is_empty() {
                    #[task(name = "in a block")]
                    run << async { Err(Boom(5)) };
                }
                for n in 6..8 {
                    #[task(name = format!("in a loop {n}"))]
                    run << async move { Err(Boom(n)) };
                }
            })
            .report()
            .await;
            let names = report.contained.iter().map(|error| error.task().unwrap().name().to_owned()).collect::<Vec<_>>();
            assert_eq!(names.len(), 6 + usize::from(names.iter().any(|name| name == "in a block")));
            for name in ["statement", "let", "expression", "made 4", "in a loop 6", "in a loop 7"] {
                assert!(names.iter().any(|found| found == name), "{name}");
            }
        }

        async fn with_all_options_at_once() {
            let value = scope!(|run| {
                run << pending::<()>();
                #[task(name = "everything", main, bubble = false, background, cancel_timeout = 1m)]
                run << async { yield_now().await; Err(Boom(1)) };
                #[task(bubble = true)]
                run << ready(());
                9
            })
            .await;
            assert_eq!(value.unwrap(), 9);
        }

        async fn on_a_field_and_beside_other_attributes() {
            struct App { run: Scope }
            let names = scope!(supervise => |run| {
                let app = App { run: run.clone() };
                #[task(name = "of a field")]
                app.run << ready(());
                #[allow(clippy::let_and_return)]
                #[task(name = "allowed")]
                let task = run << async { ayo::current().is_some() };
                task.await?
            })
            .await;
            assert!(names.unwrap());
        }
    }
}

mod all {
    use super::*;

    both! {
        async fn any_number_of_different_types() {
            scope!(|run| {
                let (one,) = run.all((ready(1),)).await?;
                assert_eq!(one, 1);
                let (a, b) = run.all(async { 1 }, async { "b" }).await?;
                let (c, d, e) = run.all(ready('c'), async { Ok::<_, Boom>(4.0) }, ready(vec![5]),).await?;
                let list = run.all((0..3).map(ready)).await?;
                assert_eq!((a, b, c, d, e, list), (1, "b", 'c', 4.0, vec![5], vec![0, 1, 2]));
                assert!([1, 2].iter().all(|n| *n > 0), "iterators keep their own");
            })
            .await
            .unwrap();
        }
    }

    trait NotOne {
        fn all(&self, one: u8, two: u8) -> (u8, u8);
    }

    struct Another;

    impl NotOne for (Another,) {
        fn all(&self, one: u8, two: u8) -> (u8, u8) {
            (one, two)
        }
    }

    #[test]
    fn outside_of_macro_bodies_a_foreign_all_is_untouched() {
        assert_eq!((Another,).all(1, 2), (1, 2));
    }
}

mod scoped {
    use super::*;

    #[ayo::scoped]
    fn start_all(run: &Scope, count: &Count, n: usize) {
        for _ in 0..n {
            let count = count.clone();
            run << async move {
                yield_now().await;
                count.hit();
            };
        }
    }

    #[ayo::scoped]
    async fn sum<T>(run: &Scope, values: Vec<T>) -> Result<u64, BoxError>
    where
        T: Into<u64> + Copy + Send + 'static,
    {
        let mut sum = 0;
        for value in values {
            #[task(name = "add")]
            let task = run << async move { value.into() };
            sum += task.await?;
        }
        if sum == 0 {
            return Err("nothing".into());
        }
        Ok(sum)
    }

    #[derive(Clone)]
    struct Crawler {
        run: Scope,
        seen: Count,
    }

    impl Crawler {
        #[ayo::scoped]
        async fn crawl(&self, pages: usize) {
            for _ in 0..pages {
                let me = self.clone();
                self.run << async move { me.page().await };
            }
            ayo::move_on_after(1h, ready(())).await;
        }

        async fn page(&self) {
            self.seen.hit();
        }

        #[ayo::scoped]
        fn restart(&mut self, run: &Scope) {
            self.run = run.clone();
            let me = self.clone();
            self.run << async move { me.page().await };
        }
    }

    trait Source {
        fn feed(&self, run: &Scope, to: &Count);
    }

    impl Source for u8 {
        #[ayo::scoped]
        fn feed(&self, run: &Scope, to: &Count) {
            for _ in 0..*self {
                let to = to.clone();
                run << async move {
                    to.hit();
                };
            }
        }
    }

    both! {
        async fn a_helper_function_starts_tasks() {
            let count = Count::new();
            scope!(|run| { start_all(run, &count, 5); }).await.unwrap();
            assert_eq!(count.get(), 5);
        }

        async fn it_returns_as_functions_do() {
            assert_eq!(scope!(|run| { sum(run, vec![1_u8, 2, 3]).await? }).await.unwrap(), 6);
            assert!(scope!(|run| { sum(run, Vec::<u32>::new()).await? }).await.is_err());
        }

        async fn methods_too() {
            let count = Count::new();
            scope!(|run| {
                let mut crawler = Crawler { run: run.clone(), seen: count.clone() };
                crawler.crawl(3).await;
                crawler.restart(run);
                4_u8.feed(run, &count);
            })
            .await
            .unwrap();
            assert_eq!(count.get(), 3 + 1 + 4);
        }
    }
}

mod plain {
    use super::*;

    #[derive(ayo::Plain, Debug, PartialEq)]
    struct Unit;

    #[derive(ayo::Plain, Debug, PartialEq)]
    struct Page {
        title: String,
        words: usize,
    }

    #[derive(ayo::Plain, Debug, PartialEq)]
    struct Pair<A, B>(A, B);

    #[derive(ayo::Plain, Debug, PartialEq)]
    enum Either<L, R>
    where
        L: Debug,
    {
        Left(L),
        Right { right: R },
    }

    #[derive(ayo::Plain, Debug, PartialEq)]
    struct Grid<T: Copy + Default, const N: usize = 2> {
        cells: [T; N],
    }

    #[derive(ayo::Plain, Debug, PartialEq)]
    struct Borrowed<'a, T: ?Sized>(&'a T);

    /// It has no `Plain` of its own.
    #[derive(Debug, PartialEq)]
    struct Foreign;

    #[derive(ayo::Plain, Debug, PartialEq)]
    struct Holds<T>(T);

    both! {
        async fn structs_enums_and_generics_are_values() {
            scope!(|run| {
                let unit = run << async { Unit };
                let page = run << async { Page { title: "home".into(), words: 3 } };
                let pair = run << async { Pair(1, "two") };
                let left = run << async { Either::<_, ()>::Left(1) };
                let right = run << async { Either::<u8, _>::Right { right: "r" } };
                let grid = run << async { Grid { cells: [1, 2] } };
                let borrowed = run << async { Borrowed("static") };
                let holds = run << async { Holds(Foreign) };
                let many = run << async { vec![Some(Pair(1, 2)), None] };
                assert_eq!(unit.await?, Unit);
                assert_eq!(page.await?, Page { title: "home".into(), words: 3 });
                assert_eq!(pair.await?, Pair(1, "two"));
                assert_eq!(left.await?, Either::Left(1));
                assert_eq!(right.await?, Either::Right { right: "r" });
                assert_eq!(grid.await?, Grid { cells: [1, 2] });
                assert_eq!(borrowed.await?, Borrowed("static"));
                assert_eq!(holds.await?, Holds(Foreign));
                assert_eq!(many.await?, [Some(Pair(1, 2)), None]);
            })
            .await
            .unwrap();
        }

        async fn std_values_and_containers_are_values() {
            use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
            scope!(|run| {
                run << ready(());
                run << ready((1_u8, 'c', "text", String::new(), 2.0, true));
                run << ready([Some(1), None]);
                run << ready(Box::new([1_u8, 2]));
                run << ready(std::sync::Arc::new(std::sync::Mutex::new(vec![1])));
                run << ready(HashMap::from([(1, "one")]));
                run << ready((BTreeMap::from([(1, 2)]), HashSet::from([1]), VecDeque::from([1])));
                run << ready(Duration::ZERO);
                run << ready(std::borrow::Cow::Borrowed("text"));
                run << ready(std::path::PathBuf::new());
                run << ready(ayo::Value(Foreign));
                run << ready(ayo::Value(vec![Ok::<u8, Boom>(1), Err(Boom(1))]));
            })
            .await
            .unwrap();
        }
    }
}

mod places {
    use super::*;

    /// In a generic function.
    async fn gather<T, I, F>(items: I, work: F) -> Result<Vec<T>, ayo::Error>
    where
        I: IntoIterator<Item = T> + Send,
        T: Clone + Send + 'static,
        F: Fn(T) -> T + Clone + Send + 'static,
    {
        let items: Vec<T> = items.into_iter().collect();
        let report = scope!(collect, max_concurrency = 2 => |run| {
            for item in items {
                let work = work.clone();
                run << async move { yield_now().await; ayo::Value(work(item)) };
            }
        });
        let report = report.report().await;
        Ok(report.results.into_iter().map(|ayo::Value(item)| item).collect())
    }

    struct Service<'a> {
        name: &'a str,
        hits: Count,
    }

    impl<'a> Service<'a> {
        async fn serve(&self) -> Result<usize, ayo::Error> {
            scope!(name = self.name.to_owned() => |run| {
                for _ in 0..3 {
                    let hits = self.hits.clone();
                    run << async move { hits.hit(); };
                }
                self.name.len()
            })
            .await
        }

        async fn consume(self) -> Result<&'a str, ayo::Error> {
            scope!(|run| {
                let hits = self.hits.clone();
                run << async move {
                    hits.hit();
                };
                self.name
            })
            .await
        }

        async fn change(&mut self) -> Result<(), ayo::Error> {
            scope!(|run| {
                let first = run << ready(1);
                self.name = if first.await? == 1 { "changed" } else { "?" };
            })
            .await
        }
    }

    trait Run {
        fn run(&self) -> impl Future<Output = Result<u8, ayo::Error>> + Send;
    }

    impl Run for u8 {
        async fn run(&self) -> Result<Self, ayo::Error> {
            scope!(|run| {
                let n = *self;
                let task = run << async move { n + 1 };
                task.await?
            })
            .await
        }
    }

    /// By recursion of a function.
    fn fibonacci(n: u64) -> BoxFuture<'static, Result<u64, ayo::Error>> {
        Box::pin(async move {
            if n < 2 {
                return Ok(n);
            }
            scope!(|run| {
                let (a, b) = run.all(fibonacci(n - 1), fibonacci(n - 2)).await?;
                a + b
            })
            .await
        })
    }

    /// By tasks that start tasks.
    #[ayo::scoped]
    fn walk(run: Scope, depth: u32, seen: Count) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            seen.hit();
            if depth > 0 {
                for _ in 0..2 {
                    run << walk(run.clone(), depth - 1, seen.clone());
                }
            }
        })
    }

    macro_rules! twice {
        ($run:ident, $future:expr) => {{
            let first = $run.spawn($future);
            let second = $run.spawn($future);
            (first, second)
        }};
    }

    both! {
        async fn generic_functions() {
            assert_eq!(gather([1, 2, 3], |n| n * 2).await.unwrap(), [2, 4, 6]);
            assert_eq!(gather(vec!["a".to_owned()], |s| s + "!").await.unwrap(), ["a!"]);
        }

        async fn methods_with_self() {
            let mut service = Service { name: "web", hits: Count::new() };
            let hits = service.hits.clone();
            assert_eq!(service.serve().await.unwrap(), 3);
            service.change().await.unwrap();
            assert_eq!(service.consume().await.unwrap(), "changed");
            assert_eq!(hits.get(), 4);
        }

        async fn trait_methods() {
            assert_eq!(tokio::spawn(async { 4_u8.run().await }).await.unwrap().unwrap(), 5);
        }

        async fn nested_scopes_of_the_same_and_of_other_names() {
            let sum = scope!(|run| {
                let a = run << ready(1);
                let inner = scope!(|run| {
                    let b = run << ready(2);
                    let deep = scope!(max_concurrency = 1 => |deep| {
                        let c = run << ready(3);
                        let d = deep << ready(4);
                        c.await? + d.await?
                    });
                    b.await? + deep.await?
                });
                a.await? + inner.await?
            })
            .await;
            assert_eq!(sum.unwrap(), 10);
        }

        async fn closures_and_async_closures() {
            let factor = 3;
            let triple = |n: u32| scope!(move |run| { let task = run << async move { n * factor }; task.await? });
            assert_eq!(triple(2).await.unwrap(), 6);
            let asynchronous = async |n: u32| scope!(|run| { let task = run << async move { n + 1 }; task.await? }).await;
            assert_eq!(asynchronous(factor).await.unwrap(), 4);
            let in_body = scope!(|run| {
                let start = |n: u32| run << async move { n };
                let later = async |n: u32| (run << async move { n }).await;
                start(1).await? + later(2).await?
            });
            assert_eq!(in_body.await.unwrap(), 3);
        }

        async fn async_move_blocks() {
            let text = String::from("moved");
            let block = async move {
                scope!(|run| {
                    let length = text.len();
                    let task = run << async move { length };
                    (task.await?, text)
                })
                .await
            };
            assert_eq!(tokio::spawn(block).await.unwrap().unwrap(), (5, "moved".to_owned()));
        }

        async fn recursion() {
            assert_eq!(fibonacci(10).await.unwrap(), 55);
            let seen = Count::new();
            scope!(|run| { run << walk(run.clone(), 6, seen.clone()); }).await.unwrap();
            assert_eq!(seen.get(), 127);
        }

        async fn other_macros_inside_and_outside() {
            let pair = scope!(|run| {
                let (a, b) = twice!(run, ready(2));
                a.await? + b.await?
            })
            .await;
            assert_eq!(pair.unwrap(), 4);
            let in_select = tokio::select! {
                end = scope!(|run| { let task = run << ready(1); task.await? }) => end.unwrap(),
                () = pending() => 0,
            };
            assert_eq!(in_select, 1);
        }

        async fn shadowed_names_do_no_harm() {
            // Names of the prelude and of this crate that an expansion must not pick up.
            #[allow(dead_code, non_camel_case_types, reason = "they stand in the way")]
            mod std {}
            #[allow(dead_code, reason = "it stands in the way")]
            mod core {}
            #[allow(dead_code, reason = "they stand in the way")]
            #[derive(Debug)]
            enum Shadow { Ok, Err, Some, None }
            #[allow(unused_imports, reason = "they stand in the way")]
            use Shadow::{Err, None, Ok, Some};
            let (value, task, prepare, future) = (1, 2, 3, 4);
            let sum = scope!(max_concurrency = 2, timeout = 1h => |run| {
                let one = run << ready(value);
                #[task(name = "two")]
                let two = run << ready(task);
                let (three, four) = run.all(ready(prepare), ready(future)).await?;
                one.await? + two.await? + three + four
            })
            .await;
            assert_eq!(sum.unwrap(), 10);
        }
    }
}

mod renamed {
    use super::support;

    /// As `structured = { package = "ayo" }` in a `Cargo.toml` would have it, behind a path of one's own.
    pub(crate) mod vendor {
        pub(crate) use ::ayo as structured;
    }

    use vendor::structured::{self, Scope};

    #[derive(structured::Plain, Debug, PartialEq)]
    #[ayo(crate = crate::renamed::vendor::structured)]
    struct Page(u8);

    #[structured::scoped(crate = crate::renamed::vendor::structured)]
    async fn page(run: &Scope) -> Option<Page> {
        let task = run << async { Page(1) };
        task.await.ok()
    }

    #[test]
    fn every_macro_goes_through_the_path_given() {
        support::current_thread(async {
            let value = structured::scope!(crate = crate::renamed::vendor::structured, timeout = 1m, collect = Page => |run| {
                #[task(name = "page")]
                run << async { let n: u8 = "2".parse()?; Ok(Page(n)) };
                page(run.as_scope()).await
            });
            let report = value.report().await;
            assert_eq!(report.value, Some(Some(Page(1))));
            assert_eq!(report.results, [Page(2)]);
        });
    }
}

mod pedantic {
    #![deny(clippy::pedantic, clippy::nursery, clippy::unwrap_used, clippy::shadow_unrelated)]

    use super::{Boom, BoxError, Scope, ready, scope, support};

    #[ayo::scoped]
    async fn helper(run: &Scope) -> Result<u8, BoxError> {
        #[task(name = "helper", bubble = false)]
        run << async { Err(Boom(1)) };
        let task = run
            << async {
                let n: u8 = "3".parse()?;
                Ok(n)
            };
        tokio::time::sleep(1ms).await;
        Ok(task.await?)
    }

    #[test]
    fn what_is_emitted_passes_the_strictest_lints() -> Result<(), ayo::Error> {
        support::current_thread(async {
            let report = scope!(name = "strict", max_concurrency = 2, timeout = 1.5s, collect = u8, supervise => |run| {
                run << ready(1);
                let (a, b) = run.as_scope().all(ready(1), ready(2)).await?;
                helper(run.as_scope()).await? + a + b
            });
            assert_eq!(report.report().await.into_result()?, 6);
            Ok(())
        })
    }
}
