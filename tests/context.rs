//! Context managers: `actxmgr!` and `with!`.
#![allow(clippy::let_underscore_future, reason = "futures that are dropped unpolled are what is tested")]

mod support;

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ayo::testing::cancel_everywhere;
use ayo::{Error, ErrorKind, Exit, actxmgr, scope, shield, timeout, with};
use support::*;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::yield_now;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What a manager is told to do, and what it has done.
#[derive(Clone)]
struct Plan {
    log: Log<String>,
    turns: usize,
    set_up: Option<u32>,
    tear_down: Option<u32>,
}

impl Plan {
    fn new() -> Self {
        Self { log: Log::new(), turns: 1, set_up: None, tear_down: None }
    }

    fn without_turns() -> Self {
        Self { turns: 0, ..Self::new() }
    }

    fn failing(mut self, set_up: Option<u32>, tear_down: Option<u32>) -> Self {
        (self.set_up, self.tear_down) = (set_up, tear_down);
        self
    }

    fn add(&self, event: impl Into<String>) {
        self.log.add(event.into());
    }

    fn all(&self) -> Vec<String> {
        self.log.all()
    }
}

fn told(exit: Exit<'_>) -> String {
    match exit {
        Exit::Done => "done".to_owned(),
        Exit::Failed(error) => format!("failed: {error}"),
        Exit::Cancelled => "cancelled".to_owned(),
        Exit::Panicked => "panicked".to_owned(),
    }
}

actxmgr! {
    /// Does what the plan says.
    async fn planned(plan: &Plan) -> &mut u32 {
        plan.add("set-up");
        turns(plan.turns).await;
        if let Some(boom) = plan.set_up {
            Err(Boom(boom))?;
        }
        let mut n = 0;
        plan.add("enter");
        let exit = told(yield &mut n);
        plan.add(exit);
        turns(plan.turns).await;
        if let Some(boom) = plan.tear_down {
            Err(Boom(boom))?;
        }
        plan.add(format!("out {n}"));
    }

    /// Only names.
    async fn named(log: &Log<String>, name: &'static str) -> &'static str {
        log.add(format!("+{name}"));
        yield_now().await;
        let exit = told(yield name);
        yield_now().await;
        log.add(format!("-{name} {exit}"));
    }
}

// --- What runs when ----------------------------------------------------------------------------------------------

both! {
    async fn the_body_runs_between_set_up_and_tear_down() {
        let plan = Plan::new();
        let inside = plan.clone();
        let value = with!(n = planned(&plan) => {
            inside.add("body");
            yield_now().await;
            *n += 5;
            *n * 2
        }).await.unwrap();
        assert_eq!(value, 10);
        assert_eq!(plan.all(), ["set-up", "enter", "body", "done", "out 5"]);
    }

    async fn nothing_happens_until_it_is_awaited() {
        let plan = Plan::new();
        let future = with!(n = planned(&plan) => { *n = 1; });
        yield_now().await;
        assert!(plan.all().is_empty());
        drop(future);
        assert!(plan.all().is_empty());
    }

    async fn the_body_borrows_and_may_fail() {
        let plan = Plan::new();
        let (mut count, text, moved) = (0, String::from("7"), vec![1]);
        let value = with!(n = planned(&plan) => {
            let seven: u32 = text.parse()?;
            count += 1;
            drop(moved);
            *n += seven;
            yield_now().await;
            *n
        }).await.unwrap();
        assert_eq!((value, count, text.as_str()), (7, 1, "7"));
    }

    async fn several_are_entered_from_the_left_and_left_from_the_right() {
        let log = Log::new();
        let value = with!(a = named(&log, "a"), b = named(&log, a), mut c = named(&log, "c") => {
            c = if c == "c" { "body" } else { "" };
            log.add(format!("{a}{b}{c}"));
            c.len()
        }).await.unwrap();
        assert_eq!(value, 4);
        assert_eq!(log.all(), ["+a", "+a", "+c", "aabody", "-c done", "-a done", "-a done"]);
    }

    async fn they_nest_and_recur() {
        async fn deep(log: &Log<String>, depth: u32) -> Result<u32, Error> {
            with!(_ = named(log, "deep") => {
                match depth {
                    0 => 0,
                    _ => Box::pin(deep(log, depth - 1)).await? + 1,
                }
            }).await
        }
        let log = Log::new();
        assert_eq!(deep(&log, 20).await.unwrap(), 20);
        assert_eq!(log.len(), 42);

        let plan = Plan::new();
        let sum = with!(n = planned(&plan) => {
            *n = 2;
            with!(m = planned(&plan) => { *m = *n; *n + *m }).await? + *n
        }).await.unwrap();
        assert_eq!(sum, 6);
    }

    async fn a_manager_uses_managers_and_scopes() {
        actxmgr! {
            async fn outer(log: &Log<String>) -> usize {
                let length = with!(name = named(log, "before") => { yield_now().await; name.len() }).await?;
                let two = scope!(|run| { (run << async { 2 }).await? }).await?;
                let exit = told(yield length + two);
                with!(_ = named(log, "behind") => { log.add(exit); yield_now().await; }).await?;
                scope!(|run| { run << async { yield_now().await; }; }).await?;
            }
        }
        let log = Log::new();
        assert_eq!(with!(n = outer(&log) => { yield_now().await; n }).await.unwrap(), 8);
        assert_eq!(log.all(), ["+before", "-before done", "+behind", "done", "-behind done"]);
    }

    async fn bodies_and_managers_have_the_language_of_scopes() {
        actxmgr! {
            async fn with_tasks(run: &ayo::Scope) -> Duration {
                run << async {};
                yield 3ms;
                #[task(name = "behind")]
                run << async {};
            }
        }
        let run_twice = scope!(|run| {
            with!(short = with_tasks(run) => {
                let task = run << async { 1 };
                assert_eq!(short, ms(3));
                task.await?
            }).await?
        });
        assert_eq!(run_twice.await.unwrap(), 1);
    }
}

// --- Forms --------------------------------------------------------------------------------------------------------

struct Pool {
    text: String,
    open: AtomicUsize,
}

struct Tx<'p> {
    pool: &'p Pool,
    n: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Debug)]
struct Plain(u32);

impl Pool {
    fn new() -> Self {
        Self { text: "pool".to_owned(), open: AtomicUsize::new(0) }
    }

    actxmgr! {
        /// Both lifetimes.
        #[must_use]
        pub(crate) async fn begin<'p>(&'p self) -> &mut Tx<'p> {
            self.open.fetch_add(1, Ordering::SeqCst);
            let mut tx = Tx { pool: self, n: 1 };
            yield_now().await;
            yield &mut tx;
            yield_now().await;
            self.open.fetch_sub(tx.n, Ordering::SeqCst);
        }

        async fn by_value(self: Box<Self>, mut add: usize, (left, _): (usize, usize)) -> usize {
            add += self.text.len() + left;
            yield add;
        }
    }
}

actxmgr! {
    async fn given(n: u32) -> u32 {
        yield n;
    }

    async fn nothing() {
        yield_now().await;
        yield;
    }

    async fn lent() -> &mut Plain {
        let mut plain = Plain(1);
        yield_now().await;
        yield &mut plain;
        yield_now().await;
    }

    async fn shared(text: &str) -> &str {
        let own = format!("{text}!");
        yield &own;
        yield_now().await;
    }

    async fn lock<'a, T>(mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        let guard = mutex.lock().await;
        yield guard;
        yield_now().await;
    }

    async fn generic<T, const N: usize>(value: T) -> &mut [T; N] where T: Clone + Default {
        let mut own: [T; N] = std::array::from_fn(|_| value.clone());
        yield_now().await;
        yield &mut own;
    }

    async fn any() -> &mut (dyn FnMut(u32) -> u32 + Send) {
        let mut sum = 0;
        yield &mut |n| { sum += n; sum };
    }
}

/// One task that only compiles if all of it is `Send`.
async fn spawned<F: Future<Output: Send + 'static> + Send + 'static>(future: F) -> F::Output {
    tokio::spawn(future).await.unwrap()
}

both! {
    async fn every_shape_is_send() {
        let done = spawned(async {
            let (local, mutex, pool, mut count) = (String::from("local"), Mutex::new(3_u32), Pool::new(), 0);
            let a = with!(n = given(1) => { yield_now().await; count += n; n }).await.unwrap();
            let b = with!(p = lent() => { yield_now().await; p.0 += 1; count += 1; yield_now().await; p.0 }).await.unwrap();
            let c = with!(s = shared(&local) => { yield_now().await; s.len() }).await.unwrap();
            let d = with!(mut g = lock(&mutex) => { yield_now().await; *g += 1; yield_now().await; *g }).await.unwrap();
            let e = with!(all = generic::<_, 3>(local.clone()) => {
                yield_now().await;
                all[0].push('!');
                yield_now().await;
                all.concat().len()
            }).await.unwrap();
            let f = with!(tx = pool.begin() => {
                let n: usize = "1".parse()?;
                yield_now().await;
                tx.n = n;
                yield_now().await;
                tx.pool.text.len()
            }).await.unwrap();
            with!(_ = nothing() => { yield_now().await; }).await.unwrap();
            let g = with!(add = any() => { yield_now().await; add(2); add(3) }).await.unwrap();
            assert_eq!(pool.open.load(Ordering::SeqCst), 0);
            assert_eq!(*mutex.lock().await, 4);
            (a, b, c, d, e, f, g, count)
        }).await;
        assert_eq!(done, (1, 2, 6, 4, 16, 4, 5, 2));
    }

    async fn several_shapes_in_one_are_send() {
        spawned(async {
            let (mutex, pool, mut seen) = (Mutex::new(vec![1]), Pool::new(), 0);
            with!(mut list = lock(&mutex), tx = pool.begin(), p = lent(), n = given(2), all = generic::<u8, 2>(1) => {
                yield_now().await;
                list.push(tx.n);
                p.0 += n + u32::from(all[1]);
                seen += list.len();
                scope!(|run| { run << async { yield_now().await; }; }).await?;
                tx.n = usize::try_from(p.0)? - 3;
            }).await.unwrap();
            assert_eq!((seen, pool.open.load(Ordering::SeqCst)), (2, 0));
        }).await;
    }

    async fn in_tasks_scopes_and_joins_they_are_send() {
        let mutex = std::sync::Arc::new(Mutex::new(0));
        let (one, two) = (std::sync::Arc::clone(&mutex), std::sync::Arc::clone(&mutex));
        scope!(|run| {
            run << async move { with!(mut n = lock(&one) => { yield_now().await; *n += 1; }).await };
            run << async move {
                let first = with!(mut n = lock(&two) => { yield_now().await; *n += 1; });
                let second = with!(p = lent() => { yield_now().await; p.0 });
                let pool = Pool::new();
                let third = with!(tx = pool.begin() => { yield_now().await; tx.n });
                let (first, second, third) = tokio::join!(first, second, third);
                first?;
                assert_eq!((second?, third?), (1, 1));
                Ok(())
            };
        }).await.unwrap();
        assert_eq!(*mutex.lock().await, 2);
    }

    async fn arguments_are_as_those_of_functions() {
        let boxed = Box::new(Pool::new());
        assert_eq!(with!(n = boxed.by_value(1, (2, 3)) => { n }).await.unwrap(), 7);
    }

    async fn it_is_a_function_that_takes_the_body() {
        let log = Log::new();
        let value = named(&log, "by hand", async |name| { yield_now().await; Ok(name.len()) }).await.unwrap();
        assert_eq!(value, 7);
        let failed = lent(async |p| { p.0.checked_sub(5).ok_or("too small")?; Ok(()) }).await.unwrap_err();
        assert_eq!(failed.to_string(), "too small");
    }

    async fn a_body_that_is_not_send_is_fine_where_nobody_asks() {
        let shared = std::rc::Rc::new(5);
        let n = with!(p = lent() => { let own = std::rc::Rc::clone(&shared); yield_now().await; p.0 + *own }).await;
        assert_eq!(n.unwrap(), 6);
    }
}

// --- Errors -------------------------------------------------------------------------------------------------------

both! {
    async fn a_set_up_that_fails_is_the_error_and_the_body_never_runs() {
        let plan = Plan::new().failing(Some(1), Some(2));
        let error = with!(_ = planned(&plan) => { plan.add("body"); }).await.unwrap_err();
        assert_eq!((error.kind(), boom(&error), error.others().len()), (ErrorKind::Failed, Some(1), 0));
        assert_eq!(plan.all(), ["set-up"]);
    }

    async fn a_body_that_fails_is_the_error_and_tear_down_sees_it() {
        for plan in [Plan::new(), Plan::without_turns()] {
            let error = with!(n = planned(&plan) => {
                *n = 1;
                turns(plan.turns).await;
                Err(Boom(1))?;
            }).await.unwrap_err();
            assert_eq!((error.kind(), boom(&error), error.others().len()), (ErrorKind::Failed, Some(1), 0));
            assert_eq!(plan.all(), ["set-up", "enter", "failed: boom 1", "out 1"]);
        }
    }

    async fn a_tear_down_that_fails_is_the_error_when_it_is_the_only_one() {
        for plan in [Plan::new(), Plan::without_turns()] {
            let plan = plan.failing(None, Some(2));
            let error = with!(_ = planned(&plan) => { turns(plan.turns).await; "lost" }).await.unwrap_err();
            assert_eq!((error.kind(), boom(&error), error.others().len()), (ErrorKind::Failed, Some(2), 0));
            assert_eq!(plan.all(), ["set-up", "enter", "done"]);
        }
    }

    async fn beside_the_error_of_the_body_it_comes_second() {
        for plan in [Plan::new(), Plan::without_turns()] {
            let plan = plan.failing(None, Some(2));
            let error = with!(_ = planned(&plan) => { turns(plan.turns).await; Err(Boom(1))?; }).await.unwrap_err();
            assert_eq!(booms(&error), [1, 2]);
            assert_eq!(plan.all(), ["set-up", "enter", "failed: boom 1"]);
        }
    }

    async fn of_several_managers_each_sees_the_error_and_adds_its_own() {
        let (outer, inner) = (Plan::new().failing(None, Some(3)), Plan::new().failing(None, Some(2)));
        let error = with!(_ = planned(&outer), _ = planned(&inner) => { Err(Boom(1))?; }).await.unwrap_err();
        assert_eq!(booms(&error), [1, 2, 3]);
        assert_eq!(error.to_string(), "boom 1");
        assert!(error.source_is_boom(), "not wrapped: {error:?}");
        assert_eq!(inner.all(), ["set-up", "enter", "failed: boom 1"]);
        assert_eq!(outer.all(), ["set-up", "enter", "failed: boom 1"]);
    }

    async fn the_second_of_several_fails_to_set_up() {
        let (outer, inner) = (Plan::new(), Plan::new().failing(Some(2), None));
        let error = with!(_ = planned(&outer), _ = planned(&inner) => { outer.add("body"); }).await.unwrap_err();
        assert_eq!(booms(&error), [2]);
        assert_eq!(outer.all(), ["set-up", "enter", "failed: boom 2", "out 0"]);
        assert_eq!(inner.all(), ["set-up"]);
    }

    async fn a_nested_error_that_is_passed_on_is_the_source() {
        let plan = Plan::new();
        let error = with!(_ = planned(&plan) => {
            with!(_ = nothing() => { Err(Boom(1))?; }).await?;
        }).await.unwrap_err();
        assert_eq!((error.kind(), boom(&error)), (ErrorKind::Failed, Some(1)));
        assert!(!error.source_is_boom());
    }

    async fn in_a_scope_its_error_is_the_failure_of_the_task() {
        let plan = Plan::new().failing(None, Some(2));
        let error = scope!(name = "top" => |run| {
            let inside = plan.clone();
            #[task(name = "worker")]
            run << async move { with!(_ = planned(&inside) => { Err(Boom(1))?; }).await };
        }).await.unwrap_err();
        assert_eq!(error.task().unwrap().path(), "top/worker #1");
        assert_eq!(boom(&error), Some(1));
        let inner = std::error::Error::source(&error).unwrap().downcast_ref::<Error>().unwrap();
        assert_eq!(booms(inner), [1, 2]);
    }
}

trait Source {
    fn source_is_boom(&self) -> bool;
}

impl Source for Error {
    fn source_is_boom(&self) -> bool {
        std::error::Error::source(self).is_some_and(|source| source.is::<Boom>())
    }
}

// --- Panics -------------------------------------------------------------------------------------------------------

actxmgr! {
    /// Panics where it is told to.
    async fn panicking(plan: &Plan, set_up: bool, tear_down: bool) {
        turns(plan.turns).await;
        assert!(!set_up, "in set-up");
        let exit = told(yield);
        plan.add(exit);
        turns(plan.turns).await;
        assert!(!tear_down, "in tear-down");
        plan.add("out");
    }
}

both! {
    async fn a_panic_of_the_body_goes_on_behind_the_tear_down() {
        for plan in [Plan::new(), Plan::without_turns()] {
            let payload = panic_of(with!(_ = panicking(&plan, false, false) => {
                turns(plan.turns).await;
                if true { panic!("in the body") }
            })).await;
            assert_eq!(text(&*payload), "in the body");
            assert_eq!(plan.all(), ["panicked", "out"]);
        }
    }

    async fn a_panic_in_set_up_goes_on_at_once() {
        let plan = Plan::new();
        let payload = panic_of(with!(_ = panicking(&plan, true, false) => { plan.add("body"); })).await;
        assert_eq!(text(&*payload), "in set-up");
        assert!(plan.all().is_empty());
    }

    async fn a_panic_in_tear_down_goes_on() {
        for plan in [Plan::new(), Plan::without_turns()] {
            let payload = panic_of(with!(_ = panicking(&plan, false, true) => { turns(plan.turns).await; })).await;
            assert_eq!(text(&*payload), "in tear-down");
            assert_eq!(plan.all(), ["done"]);
        }
    }

    async fn the_first_of_two_panics_goes_on_and_the_scope_hears_of_the_second() {
        for plan in [Plan::new(), Plan::without_turns()] {
            let heard = Log::new();
            let hear = heard.clone();
            let payload = panic_of(scope!(on_error = move |error| hear.add(error.to_string()) => |_| {
                with!(_ = panicking(&plan, false, true) => { turns(plan.turns).await; if true { panic!("in the body") } }).await?;
            })).await;
            let others = heard.all();
            assert_eq!((text(&*payload), plan.all()), ("in the body", vec!["panicked".to_owned()]));
            assert_eq!(others, ["panicked: in tear-down"]);
        }
    }

    async fn an_error_beside_a_panic_of_the_tear_down_is_told() {
        let plan = Plan::new();
        let heard = Log::new();
        let hear = heard.clone();
        let payload = panic_of(scope!(on_error = move |error| hear.add(error.to_string()) => |_| {
            with!(_ = panicking(&plan, false, true) => { Err(Boom(1))?; }).await?;
        })).await;
        assert_eq!(text(&*payload), "in tear-down");
        assert_eq!(heard.all(), ["boom 1"]);
    }

    async fn a_path_without_a_yield_that_nobody_could_see_panics_with_the_name() {
        fn warn() {}
        actxmgr! {
            async fn sometimes(number: Option<u32>) -> u32 {
                match number {
                    Some(number) => { yield number; }
                    None => warn(),
                }
            }
        }
        assert_eq!(with!(n = sometimes(Some(1)) => { n }).await.unwrap(), 1);
        let payload = panic_of(with!(n = sometimes(None) => { n })).await;
        let said = text(&*payload);
        assert!(said.starts_with("the manager `sometimes` came to its end without a `yield`; it was called at tests/context.rs"), "{said}");
    }

    async fn a_destructor_in_the_body_that_panics_is_its_panic() {
        let plan = Plan::new();
        let payload = panic_of(with!(_ = panicking(&plan, false, false) => {
            let _guard = OnDrop(|| panic!("in a destructor"));
            yield_now().await;
        })).await;
        assert_eq!(text(&*payload), "in a destructor");
        assert_eq!(plan.all(), ["panicked", "out"]);
    }

    async fn of_several_managers_each_tears_down_after_a_panic() {
        let log = Log::new();
        let payload = panic_of(with!(_ = named(&log, "a"), _ = named(&log, "b") => {
            yield_now().await;
            if true { panic!("no") }
        })).await;
        assert_eq!(text(&*payload), "no");
        assert_eq!(log.all(), ["+a", "+b", "-b panicked", "-a panicked"]);
    }
}

// --- Cancellation -------------------------------------------------------------------------------------------------

actxmgr! {
    /// Waits in each phase until it may go on.
    async fn gated(plan: &Plan, set_up: Option<&Gate>, tear_down: Option<&Gate>) -> &mut u32 {
        let _guard = OnDrop(|| plan.add("dropped"));
        plan.add("set-up");
        if let Some(gate) = set_up { gate.passed().await; }
        let mut n = 1;
        let exit = told(yield &mut n);
        plan.add(exit);
        if let Some(gate) = tear_down { gate.passed().await; }
        plan.add("out");
    }
}

both! {
    async fn cancelled_in_set_up_nothing_is_torn_down() {
        let plan = Plan::new();
        let gate = Gate::new();
        let end = timeout(ms(10), with!(_ = gated(&plan, Some(&gate), None) => { plan.add("body"); })).await;
        assert!(end.is_err());
        assert_eq!(plan.all(), ["set-up", "dropped"]);
    }

    async fn cancelled_in_the_body_it_tears_down_before_anybody_goes_on() {
        let plan = Plan::new();
        let gate = Gate::new();
        gate.open();
        let end = timeout(ms(10), async {
            let _ = with!(n = gated(&plan, None, Some(&gate)) => {
                let _guard = OnDrop(|| plan.add("body dropped"));
                *n += 1;
                pending::<()>().await;
            }).await;
            plan.add("control came back");
        }).await;
        assert!(end.is_err());
        assert_eq!(plan.all(), ["set-up", "body dropped", "cancelled", "out", "dropped"]);
    }

    async fn cancelled_in_tear_down_that_runs_to_its_end() {
        let plan = Plan::new();
        let gate = Gate::new();
        scope!(|run| {
            let (inside, inner_gate) = (plan.clone(), gate.clone());
            run << async move {
                let _ = with!(_ = gated(&inside, None, Some(&inner_gate)) => {}).await;
                inside.add("control came back");
            };
            until(|| plan.log.len() == 2).await;
            turns(3).await;
            run.cancel();
            shield(async {
                turns(5).await;
                assert_eq!(plan.all(), ["set-up", "done"]);
                gate.open();
            }).await;
        }).await.unwrap_err();
        assert_eq!(plan.all(), ["set-up", "done", "out", "dropped"]);
    }

    async fn in_code_that_is_asked_to_end_already_nothing_starts() {
        let plan = Plan::new();
        let end = timeout(ms(1), async {
            ayo::cancelled().await;
            let _ = with!(_ = gated(&plan, None, None) => { plan.add("body"); }).await;
            plan.add("control came back");
        }).await;
        assert!(end.is_err());
        assert!(plan.all().is_empty());
    }

    async fn what_is_in_the_body_cleans_up_first() {
        let plan = Plan::new();
        let log = Log::new();
        let end = timeout(ms(10), with!(_ = gated(&plan, None, None), _ = named(&log, "inner") => {
            let inside = plan.clone();
            scope!(|run| {
                run << async move {
                    ayo::cancelled().await;
                    shield(turns(5)).await;
                    unreachable!("it has been asked to end");
                };
                let inside = inside.clone();
                run << async move {
                    let _ = with!(_ = planned(&inside) => { pending::<()>().await; }).await;
                };
                pending::<()>().await;
            }).await?;
        })).await;
        assert!(end.is_err());
        assert_eq!(plan.all(), ["set-up", "set-up", "enter", "cancelled", "out 0", "cancelled", "out", "dropped"]);
        assert_eq!(log.all(), ["+inner", "-inner cancelled"]);
    }

    async fn in_futures_of_one_task_each_tears_down() {
        use futures::StreamExt as _;
        let plan = Plan::new();
        let end = timeout(ms(10), async {
            let one = || async { let _ = with!(_ = planned(&plan) => { pending::<()>().await; }).await; };
            let mut many = futures::stream::FuturesUnordered::from_iter([one(), one(), one()]);
            tokio::join!(one(), async { while many.next().await.is_some() {} });
        }).await;
        assert!(end.is_err());
        let all = plan.all();
        assert_eq!(all.iter().filter(|event| *event == "cancelled").count(), 4, "{all:?}");
        assert_eq!(all.iter().filter(|event| *event == "out 0").count(), 4, "{all:?}");
    }

    async fn an_error_of_a_tear_down_in_cancelled_code_goes_to_the_scope() {
        let plan = Plan::new().failing(None, Some(2));
        let error = scope!(name = "top" => |run| {
            let inside = plan.clone();
            #[task(name = "worker")]
            run << async move { with!(_ = planned(&inside) => { pending::<()>().await; }).await };
            until(|| plan.log.len() == 2).await;
            turns(3).await;
            run.cancel();
        }).await.unwrap_err();
        assert_eq!(booms(&error), [2]);
        assert_eq!(error.task().unwrap().path(), "top/worker #1");
        assert_eq!(plan.all(), ["set-up", "enter", "cancelled"]);
    }

    async fn a_panic_of_a_tear_down_in_cancelled_code_goes_to_the_scope() {
        let plan = Plan::new();
        let other = Plan::new();
        let payload = panic_of(scope!(|run| {
            let (inside, beside) = (plan.clone(), other.clone());
            run << async move {
                let first = with!(_ = panicking(&inside, false, true) => { pending::<()>().await; });
                let second = with!(_ = planned(&beside) => { pending::<()>().await; });
                let _ = tokio::join!(first, second);
            };
            until(|| other.log.len() == 2).await;
            turns(3).await;
            run.cancel();
        })).await;
        assert_eq!(text(&*payload), "in tear-down");
        assert_eq!(plan.all(), ["cancelled"]);
        assert_eq!(other.all(), ["set-up", "enter", "cancelled", "out 0"], "what stands beside it has cleaned up");
    }

    async fn a_body_that_fails_while_it_is_asked_to_end_is_heard() {
        let plan = Plan::new();
        let started = Count::new();
        let error = scope!(|run| {
            let (inside, begun) = (plan.clone(), started.clone());
            run << async move {
                with!(_ = planned(&inside) => { when_cancelled(begun, || Err(Boom(3))).await?; }).await
            };
            started.reaches(1).await;
            run.cancel();
        }).await.unwrap_err();
        assert_eq!(booms(&error), [3]);
        assert_eq!(plan.all(), ["set-up", "enter", "failed: boom 3", "out 0"]);
    }

    async fn a_body_that_passes_on_the_news_of_a_cancel_is_none() {
        let plan = Plan::new();
        let end = scope!(|run| {
            let (inside, inner) = (plan.clone(), run.clone());
            run << async move {
                let task = inner.spawn(pending::<()>());
                with!(_ = planned(&inside) => { task.await?; }).await
            };
            until(|| plan.log.len() == 2).await;
            turns(3).await;
            run.cancel();
            5
        }).await;
        assert_eq!(end.unwrap(), 5, "a cancel is no error");
        assert_eq!(plan.all()[3], "out 0");
    }

    async fn a_body_that_is_just_done_has_its_turn() {
        let plan = Plan::new();
        scope!(|run| {
            let inside = plan.clone();
            run << async move { let _ = with!(n = planned(&inside) => { ayo::cancelled().await; *n = 9; }).await; };
            until(|| plan.log.len() == 2).await;
            turns(3).await;
            run.cancel();
        }).await.unwrap();
        assert_eq!(plan.all(), ["set-up", "enter", "done", "out 9"]);
    }

    async fn without_anything_around_it_works_as_well() {
        let plan = Plan::new();
        let value = tokio::spawn(async move {
            let value = with!(n = planned(&plan) => {
                assert!(ayo::current().is_none());
                scope!(|run| { run << async { yield_now().await; }; }).await?;
                yield_now().await;
                *n += 1;
                *n
            }).await.unwrap();
            (value, plan.all())
        }).await.unwrap();
        assert_eq!(value, (1, ["set-up", "enter", "done", "out 1"].map(String::from).to_vec()));
    }

    async fn a_cancel_timeout_cuts_a_tear_down_and_says_so() {
        let plan = Plan::new();
        let gate = Gate::new();
        let error = scope!(timeout = 10ms, cancel_timeout = 10ms => |run| {
            let (inside, shut) = (plan.clone(), gate.clone());
            run << async move { let _ = with!(_ = gated(&inside, None, Some(&shut)) => { pending::<()>().await; }).await; };
        }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        assert_eq!(plan.all(), ["set-up", "cancelled", "dropped"]);
    }

    async fn scopes_and_managers_in_a_tear_down_run_in_cancelled_code_too() {
        actxmgr! {
            async fn outer(log: &Log<String>) {
                let exit = told(yield);
                with!(_ = named(log, "behind") => { log.add(exit); yield_now().await; }).await?;
                let two = scope!(|run| { (run << async { yield_now().await; 2 }).await? }).await?;
                log.add(format!("scope {two}"));
            }
        }
        let log = Log::new();
        let end = timeout(ms(5), with!(_ = outer(&log) => { pending::<()>().await; })).await;
        assert!(end.is_err());
        assert_eq!(log.all(), ["+behind", "cancelled", "-behind done", "scope 2"]);
    }

    async fn code_that_cancels_itself_in_a_body_goes_on_to_its_next_suspension() {
        let plan = Plan::new();
        scope!(|run| {
            let (inside, me) = (plan.clone(), run.clone());
            run << async move {
                let _ = with!(n = planned(&inside) => { me.cancel(); *n = 3; pending::<()>().await; }).await;
                inside.add("control came back");
            };
        }).await.unwrap();
        assert_eq!(plan.all(), ["set-up", "enter", "cancelled", "out 3"]);
    }
}

// --- Dropped from outside ------------------------------------------------------------------------------------------

/// Polls a future so often, and drops it from outside.
async fn dropped_after<F: Future>(polls: usize, future: F) {
    tokio::select! {
        biased;
        _ = future => {}
        () = turns(polls) => {}
    }
}

paused! {
    async fn dropped_in_set_up_or_behind_its_end_it_is_no_leak() {
        let (heard, _guard) = traced();
        let (plan, gate) = (Plan::new(), Gate::new());
        dropped_after(1, with!(_ = gated(&plan, Some(&gate), None) => {})).await;
        let _ = with!(_ = gated(&plan, None, None) => {});
        with!(_ = gated(&plan, None, None) => { yield_now().await; }).await.unwrap();
        assert!(heard.all().is_empty(), "{:?}", heard.all());
    }

    async fn dropped_in_the_body_or_in_tear_down_it_is_reported_with_name_and_site() {
        let (heard, _guard) = traced();
        let (plan, gate) = (Plan::new(), Gate::new());
        let first = line!() + 1;
        dropped_after(1, with!(_ = gated(&plan, None, None) => { pending::<()>().await; })).await;
        assert_eq!(plan.all(), ["set-up", "dropped"], "it cannot tear down");
        let second = line!() + 1;
        dropped_after(1, with!(_ = gated(&plan, None, Some(&gate)) => {})).await;
        assert_eq!(plan.all()[2..], ["set-up", "done", "dropped"]);
        let site = |line| format!("the `gated` of tests/context.rs:{line}");
        let heard = heard.all();
        assert_eq!(heard.len(), 2, "{heard:?}");
        for ((level, text), line) in heard.iter().zip([first, second]) {
            assert_eq!(*level, tracing::Level::WARN);
            assert!(text.starts_with(&site(line)), "{heard:?}");
        }
    }

    async fn an_error_that_a_dropped_tear_down_would_have_passed_on_is_told() {
        let (heard, _guard) = traced();
        let (plan, gate) = (Plan::new(), Gate::new());
        dropped_after(2, with!(_ = gated(&plan, None, Some(&gate)) => { Err(Boom(7))?; })).await;
        let heard = heard.all();
        assert!(heard.iter().any(|(_, text)| text.contains("boom 7")), "{heard:?}");
    }

    async fn tasks_of_a_dropped_body_are_adopted() {
        let log = Log::new();
        scope!(|_| {
            let inside = log.clone();
            dropped_after(3, with!(_ = nothing() => {
                scope!(|run| {
                    run << async move {
                        ayo::cancelled().await;
                        shield(async { turns(5).await; inside.add("cleaned up"); }).await;
                    };
                }).await?;
            })).await;
        }).await.unwrap();
        assert_eq!(log.all(), ["cleaned up"]);
    }

    async fn what_ayo_cuts_is_never_a_leak() {
        let (heard, _guard) = traced();
        let plan = Plan::new();
        for at in 0..12 {
            let _ = timeout(Duration::from_micros(at), with!(_ = planned(&plan), _ = planned(&plan) => {
                tokio::time::sleep(Duration::from_micros(5)).await;
            })).await;
        }
        assert!(heard.all().is_empty(), "{:?}", heard.all());
    }
}

// --- Everywhere ----------------------------------------------------------------------------------------------------

/// Counts what is open; the test fails if that is not what it was.
async fn busy(open: &AtomicUsize) -> Result<(), Error> {
    actxmgr! {
        async fn counted(open: &AtomicUsize) -> usize {
            yield_now().await;
            let n = open.fetch_add(1, Ordering::SeqCst);
            let exit = told(yield n);
            yield_now().await;
            open.fetch_sub(1, Ordering::SeqCst);
            yield_now().await;
            drop(exit);
        }
    }
    with!(_ = counted(open), b = counted(open) => {
        yield_now().await;
        scope!(|run| {
            for _ in 0..2 {
                run << async { yield_now().await; };
            }
            with!(_ = counted(open) => { yield_now().await; }).await?;
        }).await?;
        timeout(1, with!(_ = counted(open) => { yield_now().await; pending::<()>().await; })).await.unwrap_err();
        b
    }).await?;
    Ok(())
}

#[test]
fn cancelled_at_every_point_it_tears_down_once() {
    let open = AtomicUsize::new(0);
    let summary = cancel_everywhere(async |_| {
        assert_eq!(open.load(Ordering::SeqCst), 0, "what was entered was left");
        busy(&open).await
    });
    assert!(summary.points() > 15, "{summary:?}");
    assert_eq!(open.load(Ordering::SeqCst), 0);
}

#[test]
fn dropped_at_any_point_nothing_is_alive_and_nothing_panics() {
    for polls in 0..40 {
        current_thread(async {
            let open = AtomicUsize::new(0);
            scope!(|_| {
                dropped_after(polls, busy(&open)).await;
            })
            .await
            .unwrap();
            open.store(0, Ordering::SeqCst);
            busy(&open).await.unwrap();
        });
    }
}

// --- Under load ----------------------------------------------------------------------------------------------------

#[test]
fn thousands_that_are_cancelled_at_once_all_tear_down() {
    multi_thread(async {
        for round in 0..20 {
            let (entered, left) = (Count::new(), Count::new());
            actxmgr! {
                async fn counted(entered: Count, left: Count) {
                    entered.hit();
                    yield;
                    yield_now().await;
                    left.hit();
                }
            }
            scope!(|run| {
                for n in 0..500 {
                    let (entered, left) = (entered.clone(), left.clone());
                    run << async move {
                        turns(n % 7).await;
                        with!(_ = counted(entered, left) => { turns(n % 11).await; if n % 3 == 0 { pending::<()>().await; } }).await
                    };
                }
                turns(round).await;
                run.cancel();
            }).await.unwrap();
            assert_eq!(entered.get(), left.get());
        }
    });
}
