//! Managers as values: `manager!`, `group`, `ExitStack`; and those that are there already.

mod support;

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ayo::testing::cancel_everywhere;
use ayo::{
    Close, Error, Exit, ExitStack, Scope, actxmgr, closing, exit_stack, group, manager, nullcontext,
    resetting, scope, timeout, vars, with,
};
use support::*;
use tokio::task::yield_now;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What managers do, and have done.
#[derive(Clone)]
struct Plan {
    log: Log<String>,
    set_up: Option<(usize, u32)>,
    tear_down: Option<(usize, u32)>,
}

impl Plan {
    fn new() -> Self {
        Self { log: Log::new(), set_up: None, tear_down: None }
    }

    fn failing(mut self, set_up: Option<(usize, u32)>, tear_down: Option<(usize, u32)>) -> Self {
        (self.set_up, self.tear_down) = (set_up, tear_down);
        self
    }

    fn all(&self) -> Vec<String> {
        self.log.all()
    }

    fn sorted(&self) -> Vec<String> {
        let mut all = self.all();
        all.sort();
        all
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
    /// The n-th takes n turns.
    async fn planned(plan: Plan, n: usize) -> usize {
        plan.log.add(format!("+{n}"));
        turns(n).await;
        if let Some((who, boom)) = plan.set_up && who == n {
            Err(Boom(boom))?;
        }
        let exit = told(yield n);
        turns(n).await;
        if let Some((who, boom)) = plan.tear_down && who == n {
            Err(Boom(boom))?;
        }
        plan.log.add(format!("-{n} {exit}"));
    }

    async fn panicking(plan: Plan) -> usize {
        yield 0;
        plan.log.add("panics".to_owned());
        yield_now().await;
        panic!("in tear-down");
    }
}

// --- manager! -----------------------------------------------------------------------------------------------------

both! {
    async fn a_value_is_a_manager_like_a_call() {
        let plan = Plan::new();
        let later = manager!(planned(plan.clone(), 1));
        yield_now().await;
        assert!(plan.all().is_empty(), "nothing happens before it is entered");
        let n = with!(n = later, m = planned(plan.clone(), 2) => { yield_now().await; n + m }).await.unwrap();
        assert_eq!(n, 3);
        assert_eq!(plan.all(), ["+1", "+2", "-2 done", "-1 done"]);
    }

    async fn it_is_told_how_the_body_ended() {
        let plan = Plan::new();
        let one = |plan: &Plan| manager!(planned(plan.clone(), 1));
        let held = one(&plan);
        let error = with!(_ = held => { Err(Boom(5))?; }).await.unwrap_err();
        assert_eq!(booms(&error), [5]);
        assert_eq!(plan.all(), ["+1", "-1 failed: boom 5"]);

        let plan = Plan::new();
        let held = one(&plan);
        let payload = panic_of(with!(_ = held => { yield_now().await; if true { panic!("no") } })).await;
        assert_eq!((text(&*payload), plan.all()[1].as_str()), ("no", "-1 panicked"));

        let plan = Plan::new();
        let held = one(&plan);
        let end = timeout(ms(5), with!(_ = held => { pending::<()>().await; })).await;
        assert!(end.is_err());
        assert_eq!(plan.all()[1], "-1 cancelled");
    }

    async fn its_errors_are_those_of_any_manager() {
        let plan = Plan::new().failing(Some((1, 3)), None);
        let held = manager!(planned(plan.clone(), 1));
        let error = with!(_ = held => {}).await.unwrap_err();
        assert_eq!((booms(&error), plan.all()), (vec![3], vec!["+1".to_owned()]));

        let plan = Plan::new().failing(None, Some((1, 4)));
        let held = manager!(planned(plan.clone(), 1));
        let error = with!(_ = held => { yield_now().await; }).await.unwrap_err();
        assert_eq!(booms(&error), [4]);
        let held = manager!(planned(plan.clone(), 1));
        let error = with!(_ = held => { Err(Boom(5))?; }).await.unwrap_err();
        assert_eq!(booms(&error), [5, 4]);
    }

    async fn a_function_that_wraps_managers_is_one_too() {
        async fn both<F: ayo::__private::actxmgr::BodyFuture>(
            plan: Plan,
            body: impl FnOnce(usize) -> F,
        ) -> Result<F::Value, Error> {
            let (first, second) = (plan.clone(), plan);
            planned(first, 1, async |a| Ok(planned(second, 2, async |b| Ok(body(a + b).await?)).await?)).await
        }
        let plan = Plan::new().failing(None, Some((2, 7)));
        let held = manager!(both(plan.clone()));
        let error = with!(n = held => { assert_eq!(n, 3); Err(Boom(6))?; }).await.unwrap_err();
        assert_eq!(booms(&error), [6, 7]);
        assert_eq!(plan.all(), ["+1", "+2", "-1 failed: boom 6"]);
    }
}

// --- group ---------------------------------------------------------------------------------------------------------

both! {
    async fn a_group_is_entered_and_left_at_once() {
        let plan = Plan::new();
        let mut all = group((1..=4).map(|n| manager!(planned(plan.clone(), n))));
        assert_eq!((all.len(), all.exit_states().len()), (4, 0));
        let sum = with!(values = &mut all => { yield_now().await; assert_eq!(values, [1, 2, 3, 4]); values.len() }).await;
        assert_eq!(sum.unwrap(), 4);
        assert_eq!(plan.all(), ["+1", "+2", "+3", "+4", "-1 done", "-2 done", "-3 done", "-4 done"]);
        assert!(all.exit_states().len() == 4 && all.exit_states().iter().all(Result::is_ok));
    }

    async fn of_nothing_it_gives_nothing() {
        let mut none = group(Vec::<ayo::Manager<u8, std::future::Ready<Result<(), Error>>>>::new());
        assert!(none.is_empty());
        assert_eq!(with!(values = &mut none => { values.len() }).await.unwrap(), 0);
        assert!(none.exit_states().is_empty());
    }

    async fn one_that_fails_to_set_up_tears_down_the_others() {
        let plan = Plan::new().failing(Some((3, 9)), Some((1, 2)));
        let mut all = group((1..=5).map(|n| manager!(planned(plan.clone(), n))));
        let error = with!(_ = &mut all => { plan.log.add("body".to_owned()); }).await.unwrap_err();
        assert_eq!(booms(&error), [9, 2], "and an error of a tear-down comes beside it");
        assert_eq!(plan.sorted(), ["+1", "+2", "+3", "+4", "+5", "-2 failed: boom 9"], "those still at it are cut");
        assert_eq!(all.exit_states().iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, true, true, true]);
    }

    async fn all_are_left_whatever_the_others_come_to() {
        let plan = Plan::new().failing(None, Some((2, 8)));
        let mut all = group((1..=3).map(|n| manager!(planned(plan.clone(), n))));
        let error = with!(_ = &mut all => { Err(Boom(1))?; }).await.unwrap_err();
        assert_eq!(booms(&error), [1, 8]);
        assert_eq!(plan.all()[3..], ["-1 failed: boom 1", "-3 failed: boom 1"]);
        let states: Vec<_> = all.exit_states().iter().map(|state| state.as_ref().err().and_then(boom)).collect();
        assert_eq!(states, [None, Some(8), None]);
    }

    async fn a_group_that_is_cancelled_tears_down() {
        let plan = Plan::new();
        let mut all = group((1..=3).map(|n| manager!(planned(plan.clone(), n))));
        let end = timeout(ms(5), with!(_ = &mut all => { pending::<()>().await; })).await;
        assert!(end.is_err());
        assert_eq!(plan.all()[3..], ["-1 cancelled", "-2 cancelled", "-3 cancelled"]);
    }

    async fn cancelled_on_the_way_in_those_that_are_in_tear_down() {
        actxmgr! {
            async fn never() -> usize {
                pending::<()>().await;
                yield 1;
            }
        }
        let plan = Plan::new();
        let end = timeout(ms(5), async {
            let mut quick = group((1..=2).map(|n| manager!(planned(plan.clone(), n))));
            let held = manager!(never());
            let _ = with!(_ = &mut quick, _ = held => { plan.log.add("body".to_owned()); }).await;
        }).await;
        assert!(end.is_err());
        assert_eq!(plan.all(), ["+1", "+2", "-1 cancelled", "-2 cancelled"]);
    }

    async fn a_request_while_they_are_on_the_way_in_is_no_error() {
        actxmgr! {
            async fn cancelling(plan: Plan, n: usize, is_last: bool, run: Scope) -> usize {
                if is_last { run.cancel(); }
                let exit = told(yield n);
                plan.log.add(format!("-{n} {exit}"));
                assert!(n != 4, "in tear-down");
            }
        }
        async fn entered(plan: &Plan, run: &Scope, last: usize) {
            let mut all = group((1..=last).map(|n| manager!(cancelling(plan.clone(), n, n == last, run.clone()))));
            let _ = with!(_ = &mut all => { pending::<()>().await; }).await;
        }

        let plan = Plan::new();
        scope!(|run| { entered(&plan, run, 3).await; }).await.unwrap_err();
        let report = scope!(|run| {
            let (plan, within) = (plan.clone(), run.as_scope().clone());
            run << async move { entered(&plan, &within, 3).await };
        }).report().await;
        assert!(report.error.is_none() && report.contained.is_empty(), "{report:?}");
        assert_eq!(plan.all().len(), 6, "{:?}", plan.all());

        let report = scope!(|run| {
            let (plan, within) = (plan.clone(), run.as_scope().clone());
            run << async move { entered(&plan, &within, 4).await };
        }).report().await;
        assert!(report.error.is_some_and(|error| error.to_string().contains("in tear-down") && error.others().is_empty()));
        assert!(report.contained.is_empty());
        assert!(plan.all().iter().all(|line| line.ends_with("cancelled")), "{:?}", plan.all());
    }

    async fn one_of_them_never_comes_in() {
        let plan = Plan::new();
        let gate = Gate::new();
        actxmgr! {
            async fn gated(plan: Plan, n: usize, gate: Gate) -> Guard {
                let live = Live::new();
                if n == 2 { gate.passed().await; }
                let exit = told(yield live.guard());
                assert_eq!(live.now(), 0, "the value is gone before the tear-down");
                yield_now().await;
                plan.log.add(format!("-{n} {exit}"));
            }
        }
        let end = timeout(ms(5), async {
            let mut all = group((1..=3).map(|n| manager!(gated(plan.clone(), n, gate.clone()))));
            let _ = with!(_ = &mut all => { plan.log.add("body".to_owned()); }).await;
        }).await;
        assert!(end.is_err());
        assert_eq!(plan.sorted(), ["-1 cancelled", "-3 cancelled"]);
    }

    async fn a_panic_of_one_tear_down_waits_for_the_others() {
        let plan = Plan::new();
        let (first, second) = (manager!(panicking(plan.clone())), manager!(panicking(plan.clone())));
        let mut pair = group([first]);
        let mut other = group([second]);
        let payload = panic_of(with!(_ = planned(plan.clone(), 3), _ = &mut pair, _ = &mut other => {})).await;
        assert_eq!(text(&*payload), "in tear-down");
        assert_eq!(plan.all(), ["+3", "panics", "panics", "-3 panicked"]);
    }

    async fn a_group_is_send() {
        let plan = Plan::new();
        let inside = plan.clone();
        tokio::spawn(async move {
            let mut all = group((1..=3).map(|n| manager!(planned(inside.clone(), n))));
            with!(values = &mut all => { yield_now().await; assert_eq!(values.len(), 3); }).await.unwrap();
        }).await.unwrap();
        assert_eq!(plan.all().len(), 6);
    }
}

// --- ExitStack -----------------------------------------------------------------------------------------------------

both! {
    async fn a_stack_is_left_last_in_first_out() {
        let plan = Plan::new();
        let mut stack = ExitStack::new();
        for n in [2, 1] {
            assert_eq!(stack.enter(manager!(planned(plan.clone(), n))).await.unwrap(), n);
        }
        let log = plan.log.clone();
        stack.defer(async move { yield_now().await; log.add("deferred".to_owned()); });
        assert_eq!(stack.len(), 3);
        stack.close().await.unwrap();
        assert_eq!(plan.all(), ["+2", "+1", "deferred", "-1 done", "-2 done"]);
    }

    async fn its_errors_are_kept_and_the_earlier_ones_are_told() {
        let plan = Plan::new().failing(None, Some((2, 5)));
        let mut stack = ExitStack::new();
        for n in 1..=3 {
            stack.enter(manager!(planned(plan.clone(), n))).await.unwrap();
        }
        stack.defer(async { Err::<(), _>(Boom(4)) });
        let error = stack.close().await.unwrap_err();
        assert_eq!(booms(&error), [4, 5]);
        assert_eq!(plan.all()[3..], ["-3 failed: boom 4", "-1 failed: boom 4"]);
    }

    async fn a_set_up_that_fails_leaves_the_stack_as_it_was() {
        let plan = Plan::new().failing(Some((2, 5)), None);
        let mut stack = ExitStack::new();
        stack.enter(manager!(planned(plan.clone(), 1))).await.unwrap();
        let error = stack.enter(manager!(planned(plan.clone(), 2))).await.unwrap_err();
        assert_eq!((booms(&error), stack.len()), (vec![5], 1));
        stack.close().await.unwrap();
        assert_eq!(plan.all(), ["+1", "+2", "-1 done"]);
    }

    async fn taken_out_it_is_left_another_time() {
        let plan = Plan::new();
        let kept = with!(stack = exit_stack() => {
            stack.enter(manager!(planned(plan.clone(), 1))).await?;
            stack.take()
        }).await.unwrap();
        assert_eq!(plan.all(), ["+1"]);
        kept.close().await.unwrap();
        assert_eq!(plan.all(), ["+1", "-1 done"]);
    }

    async fn in_a_with_it_is_told_how_the_body_ended() {
        let plan = Plan::new().failing(None, Some((1, 3)));
        let error = with!(stack = exit_stack() => {
            stack.enter(manager!(planned(plan.clone(), 1))).await?;
            stack.enter(manager!(planned(plan.clone(), 2))).await?;
            Err(Boom(8))?;
        }).await.unwrap_err();
        assert_eq!(booms(&error), [8, 3]);
        assert_eq!(plan.all(), ["+1", "+2", "-2 failed: boom 8"]);

        let plan = Plan::new();
        let end = timeout(ms(5), with!(stack = exit_stack() => {
            stack.enter(manager!(planned(plan.clone(), 2))).await?;
            let mut all = group((3..5).map(|n| manager!(planned(plan.clone(), n))));
            with!(_ = &mut all => { pending::<()>().await; }).await?;
        })).await;
        assert!(end.is_err());
        assert_eq!(plan.all()[3..], ["-3 cancelled", "-4 cancelled", "-2 cancelled"]);
    }

    async fn a_manager_may_hold_a_stack() {
        actxmgr! {
            async fn several(plan: Plan, count: usize) -> Vec<usize> {
                let mut stack = ExitStack::new();
                let mut values = Vec::new();
                for n in 1..=count {
                    values.push(stack.enter(manager!(planned(plan.clone(), n))).await?);
                }
                yield values;
                stack.close().await?;
            }
        }
        let plan = Plan::new();
        let end = timeout(ms(5), with!(all = several(plan.clone(), 3) => {
            assert_eq!(all, [1, 2, 3]);
            pending::<()>().await;
        })).await;
        assert!(end.is_err());
        assert_eq!(plan.all(), ["+1", "+2", "+3", "-3 done", "-2 done", "-1 done"]);
    }

    async fn a_panic_on_the_way_out_waits_for_the_rest() {
        let plan = Plan::new();
        let mut stack = ExitStack::new();
        stack.enter(manager!(planned(plan.clone(), 1))).await.unwrap();
        stack.enter(manager!(panicking(plan.clone()))).await.unwrap();
        stack.defer(async { if true { panic!("deferred") } });
        let payload = panic_of(stack.close()).await;
        assert_eq!(text(&*payload), "deferred", "the first");
        assert_eq!(plan.all(), ["+1", "panics", "-1 panicked"]);
    }

    async fn a_stack_is_send_and_borrows() {
        let plan = Plan::new();
        let done = tokio::spawn(async move {
            let name = String::from("local");
            let mut stack = ExitStack::new();
            stack.defer(async { assert_eq!(name, "local"); yield_now().await; });
            stack.enter(manager!(planned(plan.clone(), 1))).await.unwrap();
            with!(inner = exit_stack() => {
                inner.defer(async { assert_eq!(name, "local") });
                yield_now().await;
            }).await.unwrap();
            stack.close().await.unwrap();
            plan.all()
        }).await.unwrap();
        assert_eq!(done, ["+1", "-1 done"]);
    }

    async fn closed_in_cancelled_code_it_still_closes() {
        let plan = Plan::new();
        let end = timeout(ms(5), async {
            let mut stack = ExitStack::new();
            stack.enter(manager!(planned(plan.clone(), 3))).await.unwrap();
            ayo::cancelled().await;
            let _ = stack.close().await;
            plan.log.add("control came back".to_owned());
        }).await;
        assert!(end.is_err());
        assert_eq!(plan.all(), ["+3", "-3 done"]);
    }
}

// --- Those that are there already ---------------------------------------------------------------------------------

vars! {
    static DEPTH: u32 = 0;
}

/// Notes that it was closed, and how often it was used.
struct Session<'a> {
    closed: &'a AtomicBool,
    used: u32,
}

impl Close for Session<'_> {
    type Error = Boom;

    async fn close(&mut self) -> Result<(), Boom> {
        yield_now().await;
        self.closed.store(true, Ordering::SeqCst);
        if self.used > 1 { Err(Boom(self.used)) } else { Ok(()) }
    }
}

both! {
    async fn a_null_context_gives_what_it_has() {
        assert_eq!(with!(n = nullcontext(5) => { yield_now().await; n }).await.unwrap(), 5);
        let error = with!(_ = nullcontext(()) => { Err(Boom(1))?; }).await.unwrap_err();
        assert_eq!(booms(&error), [1]);
    }

    async fn a_variable_is_reset_behind_the_body() {
        let seen = with!(_ = resetting(&DEPTH, 1), _ = resetting(&DEPTH, DEPTH.get() + 1) => {
            yield_now().await;
            let task = scope!(|run| { (run << async { DEPTH.get() }).await? }).await?;
            (DEPTH.get(), task)
        }).await.unwrap();
        assert_eq!((seen, DEPTH.get()), ((2, 2), 0));
    }

    async fn what_is_closing_is_closed_however_the_body_ends() {
        let closed = AtomicBool::new(false);
        with!(session = closing(Session { closed: &closed, used: 0 }) => { session.used += 1; }).await.unwrap();
        assert!(closed.swap(false, Ordering::SeqCst));

        let error = with!(session = closing(Session { closed: &closed, used: 1 }) => {
            session.used += 1;
            Err(Boom(9))?;
        }).await.unwrap_err();
        assert_eq!(booms(&error), [9, 2]);
        assert!(closed.swap(false, Ordering::SeqCst));

        let end = timeout(ms(5), with!(_s = closing(Session { closed: &closed, used: 0 }) => { pending::<()>().await; })).await;
        assert!(end.is_err() && closed.load(Ordering::SeqCst));
    }

    async fn a_writer_is_shut_down() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (near, mut far) = tokio::io::duplex(64);
        with!(pipe = closing(near) => { pipe.write_all(b"hello").await?; }).await.unwrap();
        let mut all = String::new();
        far.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "hello");
    }
}

// --- Everywhere ----------------------------------------------------------------------------------------------------

/// Polls a future so often, and drops it from outside.
async fn dropped_after<F: Future>(polls: usize, future: F) {
    tokio::select! {
        biased;
        _ = future => {}
        () = turns(polls) => {}
    }
}

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

async fn busy(open: &AtomicUsize) -> Result<(), Error> {
    let mut all = group((0..3).map(|_| manager!(counted(open))));
    with!(stack = exit_stack(), values = &mut all => {
        assert_eq!(values.len(), 3);
        yield_now().await;
        stack.enter(manager!(counted(open))).await?;
        stack.defer(async { yield_now().await; });
        let mut inner = group([manager!(counted(open))]);
        stack.enter(manager!(counted(open))).await?;
        with!(_ = &mut inner => { yield_now().await; }).await?;
    })
    .await
}

#[test]
fn cancelled_at_every_point_they_tear_down_once() {
    let open = AtomicUsize::new(0);
    let summary = cancel_everywhere(async |_| {
        assert_eq!(open.load(Ordering::SeqCst), 0, "what was entered was left");
        busy(&open).await
    });
    assert!(summary.points() > 10, "{summary:?}");
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

#[test]
fn large_groups_under_load() {
    multi_thread(async {
        for round in 0..30 {
            let open = std::sync::Arc::new(AtomicUsize::new(0));
            actxmgr! {
                async fn seat(open: std::sync::Arc<AtomicUsize>, n: usize) -> usize {
                    turns(n % 5).await;
                    open.fetch_add(1, Ordering::SeqCst);
                    yield n;
                    turns(n % 3).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                }
            }
            let inside = std::sync::Arc::clone(&open);
            scope!(|run| {
                run << async move {
                    let mut all = group((0..300).map(|n| manager!(seat(std::sync::Arc::clone(&inside), n))));
                    with!(values = &mut all => { values.len(); pending::<()>().await; }).await
                };
                turns(round).await;
                run.cancel();
            })
            .await
            .unwrap();
            assert_eq!(open.load(Ordering::SeqCst), 0);
        }
    });
}
