//! Programs for `tests/hooks.rs`: the first argument says which one runs, and the second which hook goes wrong, and how:
//! `stopping=error`, `stopping=panic`.
#![forbid(unsafe_code)]

use std::process::{ExitCode, Termination};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ayo::{Context, Event, Hook, Scope, hooks, scope};
use hooked::SHOP;
use tokio::runtime::Builder;
use tokio::sync::Notify;

static WRONG: OnceLock<String> = OnceLock::new();
static COUNT_DOWN: OnceLock<u32> = OnceLock::new();
static STOPPING_DONE: Notify = Notify::const_new();

/// Says which hook it is; and goes wrong, if it is to.
fn at(event: &Event) -> Result<(), String> {
    let hook = event.hook().to_string();
    println!("{hook}");
    match WRONG.get().and_then(|wrong| wrong.split_once('=')) {
        Some((wrong, "error")) if wrong == hook => Err("no luck".to_owned()),
        Some((wrong, "panic")) if wrong == hook => panic!("no luck"),
        _ => Ok(()),
    }
}

#[ayo::on(policy::set)]
fn policy_set(event: &Event) -> Result<(), String> {
    at(event)
}

#[ayo::on(runtime::created)]
fn runtime_created(event: &Event) -> Result<(), String> {
    assert!(tokio::runtime::Handle::try_current().is_err());
    at(event)
}

#[ayo::on(runtime::set)]
fn runtime_set(event: &Event) -> Result<(), String> {
    assert!(tokio::runtime::Handle::try_current().is_ok());
    at(event)
}

#[ayo::on(runtime::started)]
fn runtime_started(event: &Event) -> Result<(), String> {
    tokio::spawn(async {});
    at(event)
}

#[ayo::on(starting)]
async fn starting(event: &Event) -> Result<(), String> {
    tokio::task::yield_now().await;
    assert!(event.scope().is_some_and(|scope| scope.name().as_deref() == Some("main")));
    at(event)
}

#[ayo::on(started)]
async fn started(event: &Event) -> Result<(), String> {
    tokio::task::yield_now().await;
    at(event)
}

/// The seeds' countdown.
#[ayo::on(stopping)]
async fn stopping(event: &Event) -> Result<(), String> {
    for left in (1..=*COUNT_DOWN.get().unwrap_or(&0)).rev() {
        println!("{left}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    if std::env::args().any(|argument| argument == "endless") {
        println!("for ever");
        std::future::pending::<()>().await;
    }
    at(event)
}

#[ayo::on(stopping, order = 1)]
async fn behind(run: &Scope) {
    run << async { println!("a task of a hook") };
    STOPPING_DONE.notify_one();
}

#[ayo::on(stopped)]
async fn stopped(event: &Event) -> Result<(), String> {
    tokio::task::yield_now().await;
    assert!(event.scope().is_some_and(|scope| scope.is_empty()));
    at(event)
}

#[ayo::on(stopped, order = -7)]
fn first() {
    println!("first of stopped");
}

#[ayo::on(runtime::closed)]
fn runtime_closed(event: &Event) -> Result<(), String> {
    at(event)
}

#[ayo::on(signal)]
async fn signal(event: &Event) -> Result<(), String> {
    println!("{}", event.signal().expect("it says which"));
    tokio::task::yield_now().await;
    at(event)
}

#[ayo::on(task_failed)]
fn task_failed(event: &Event) -> Result<(), String> {
    println!("{}", event.error().expect("it says which"));
    at(event)
}

#[ayo::on(leaked)]
fn leaked(event: &Event) -> Result<(), String> {
    let text = event.error().expect("it says what").to_string();
    println!("{}", text.split(" of ").next().unwrap_or_default());
    at(event)
}

static THREADS: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

#[ayo::on(thread::started)]
fn thread_started() {
    THREADS[0].fetch_add(1, Ordering::SeqCst);
}

#[ayo::on(thread::stopped)]
fn thread_stopped() {
    THREADS[1].fetch_add(1, Ordering::SeqCst);
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(wrong) = arguments.get(1) {
        let _ = WRONG.set(wrong.clone());
    }
    match arguments.first().map(String::as_str) {
        Some("all") => all(),
        Some("all_result") => return all_result().report(),
        Some("quiet") => quiet(),
        Some("signals") => signals(),
        Some("countdown") => countdown(),
        Some("endless") => endless(),
        Some("endless_failure") => return endless_failure().report(),
        Some("failing") => return failing().report(),
        Some("leaking") => leaking(),
        Some("threads") => threads(),
        Some("disabled") => disabled(),
        Some("run_time") => run_time(),
        Some("given") => given(),
        Some("policies") => policies(),
        Some("contexts") => contexts(),
        Some("foreign") => foreign(),
        Some("slow_start") => slow_start(),
        Some("stopped_endless") => stopped_endless(),
        other => panic!("there is no program {other:?}"),
    }
    ExitCode::SUCCESS
}

fn nothing_special(_: &mut Builder) {}

async fn body(run: &Scope) {
    run.spawn(async {
        STOPPING_DONE.notified().await;
        println!("task ends");
    });
    println!("body begins");
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
    println!("body ends");
}

#[ayo::main(flavor = "current_thread", policy = nothing_special)]
async fn all(run: &Scope) {
    body(run).await;
}

#[ayo::main(flavor = "current_thread")]
async fn all_result(run: &Scope) -> anyhow::Result<()> {
    body(run).await;
    Ok(())
}

#[ayo::main(flavor = "current_thread", hooks = false)]
async fn quiet() {
    println!("body");
    ayo::policy::set(nothing_special);
    ayo::policy::set(nothing_special);
}

#[ayo::main(flavor = "current_thread")]
async fn signals(run: &Scope) {
    println!("body");
    run.stopping().await;
}

#[ayo::main(flavor = "current_thread")]
async fn countdown() {
    let _ = COUNT_DOWN.set(3);
    println!("body");
    std::future::pending::<()>().await;
}

/// A `stopping` hook that does not end. (The argument says so to the hook.)
fn endless() {
    let grace: f64 = std::env::args().nth(3).expect("the grace").parse().expect("seconds");
    ayo::program().grace(grace).run(async |run| {
        println!("body");
        run.stopping().await;
    });
    println!("over");
}

/// The same when a task fails: the failure does not cut the hook, the grace does.
fn endless_failure() -> anyhow::Result<()> {
    ayo::program().current_thread().grace(0.05).run(async |run| {
        run.spawn(async { Err::<(), _>("a task failed") });
        std::future::pending::<()>().await;
        Ok(())
    })
}

#[ayo::main(flavor = "current_thread")]
async fn failing(run: &Scope) -> Result<(), ayo::Error> {
    hooks::disable_fn("behind").expect("it is there");
    let inner = scope!(supervise, on_error = |_| {} => |inner| {
        #[task(name = "contained")]
        inner << async { Err::<(), _>("not so bad") };
    });
    inner.await?;
    #[task(name = "attempted")]
    let attempt = run << async { 5 };
    assert_eq!(attempt.await?, 5);
    #[task(name = "fatal")]
    run << async {
        if true {
            panic!("bad")
        }
    };
    std::future::pending().await
}

#[ayo::main(flavor = "current_thread")]
async fn leaking() {
    let mut shield = Box::pin(ayo::shield(std::future::pending::<()>()));
    tokio::select! {
        biased;
        () = &mut shield => {}
        () = tokio::task::yield_now() => {}
    }
    drop(shield);
}

fn threads() {
    ayo::program().worker_threads(3).run(async |_| {});
    let [started, stopped] = THREADS.each_ref().map(|count| count.load(Ordering::SeqCst));
    println!("{started} started, {stopped} stopped");
}

fn run_all() {
    ayo::program().current_thread().run(async |_| println!("body"));
}

fn disabled() {
    for hook in [Hook::RuntimeCreated, Hook::RuntimeSet, Hook::RuntimeStarted, Hook::RuntimeClosed] {
        hooks::disable(hook);
    }
    hooks::disable(Hook::Starting);
    hooks::disable_fn("hooks::started").expect("it is there");
    hooks::disable_fn("behind").expect("it is there");
    println!(
        "{}",
        hooks::disable_fn("ehind").expect_err("no such function").to_string().split(';').next().unwrap()
    );
    run_all();
    println!("--");
    hooks::disable_all();
    run_all();
    println!("--");
    hooks::enable(Hook::Stopped);
    hooks::disable_fn("first").expect("it is there");
    run_all();
    println!("--");
    hooks::enable_fn("hooks::first").expect("it is there");
    run_all();
    println!("--");
    hooks::enable_all();
    for hook in [Hook::RuntimeCreated, Hook::RuntimeSet, Hook::RuntimeStarted, Hook::RuntimeClosed] {
        hooks::disable(hook);
    }
    run_all();
}

fn run_time() {
    hooks::disable_all();
    hooks::enable(Hook::Stopped);
    hooks::disable_fn("first").expect("it is there");
    let gone = Context::DEFAULT.on(Hook::Stopped, |_: &Event| println!("not called"));
    let kept = Context::DEFAULT.on(Hook::Stopped, async |event: &Event| {
        tokio::task::yield_now().await;
        println!("the first closure, at {}", event.hook());
    });
    Context::DEFAULT.on(Hook::Stopped, |_: &Event| Err::<(), _>("it is sad")).forget();
    Context::DEFAULT.on(Hook::Stopped, |_: &Event| println!("the last closure")).forget();
    drop(gone);
    run_all();
    drop(kept);
    run_all();
    let wrong = std::panic::catch_unwind(|| Context::DEFAULT.on(Hook::Leaked, async |_: &Event| {}));
    println!("an async one at `leaked`: {}", if wrong.is_err() { "panics" } else { "is taken" });
}

fn given() {
    hooks::disable_fn("behind").expect("it is there");
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    ayo::on_runtime(runtime.handle()).policy(nothing_special).run(async |_| println!("body"));
    println!("{:?}", runtime.block_on(async { 5 }));
}

fn policies() {
    hooks::disable_all();
    hooks::enable(Hook::PolicySet);
    ayo::policy::set(|builder| {
        builder.thread_name("first");
    });
    ayo::policy::set(|builder| {
        builder.thread_name("second");
    });
    let name = || std::thread::current().name().map(str::to_owned);
    let global = ayo::run(async |run| Ok::<_, ayo::Error>(run.spawn(async move { name() }).await?));
    println!("{:?}", global.expect("a name"));
    let own = ayo::program().policy(|builder| {
        builder.thread_name("own");
    });
    let own = own.run(async |run| Ok::<_, ayo::Error>(run.spawn(async move { name() }).await?));
    println!("{:?}", own.expect("a name"));
}

#[ayo::main(context = SHOP, flavor = "current_thread")]
async fn shop(run: &Scope) {
    let failed =
        SHOP.on(Hook::TaskFailed, |event: &Event| println!("in the shop: {}", event.error().unwrap()));
    run.spawn(async {}).await.unwrap();
    let _ = scope!(name = "till" => |till| {
        #[task(name = "sale")]
        till << async { Err::<(), _>("no change") };
    })
    .await;
    drop(failed);
    println!("selling");
}

fn contexts() {
    hooks::disable(Hook::RuntimeCreated);
    hooks::disable_fn("behind").expect("it is there");
    shop();
    println!("--");
    run_all();
    println!("--");
    let other = std::thread::spawn(shop);
    other.join().expect("no panic");
}

/// Somebody else's runtime, without any program: the hooks of failures and leaks are there all the same.
fn foreign() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let error = runtime.block_on(async {
        scope!(name = "mine" => |run| { run << async { Err::<(), _>("of nobody") }; }).await.unwrap_err()
    });
    println!("{:?}", error.kind());
}

/// A signal while a `starting` hook waits.
fn slow_start() {
    let grace: f64 = std::env::args().nth(3).expect("the grace").parse().expect("seconds");
    hooks::disable_fn("behind").expect("it is there");
    let ends = std::env::args().nth(2).as_deref() == Some("ends");
    Context::DEFAULT
        .on(Hook::Starting, async move |event: &Event| {
            println!("connecting");
            event.scope().expect("the root").stopping().await;
            println!("asked to stop");
            if !ends {
                std::future::pending::<()>().await;
            }
        })
        .forget();
    ayo::program().grace(grace).run(async |run| println!("body, stopping: {}", run.is_stopping()));
    println!("over");
}

/// A signal while a `stopped` hook waits.
fn stopped_endless() {
    hooks::disable_fn("behind").expect("it is there");
    Context::DEFAULT
        .on(Hook::Stopped, async |_: &Event| {
            println!("for ever");
            std::future::pending::<()>().await;
        })
        .forget();
    Context::DEFAULT.on(Hook::Signal, |event: &Event| println!("{}", event.signal().unwrap())).forget();
    ayo::program().grace(300).run(async |_| println!("body"));
    println!("over");
}
