//! Programs for `tests/program.rs`: the first argument says which one runs.
//!
//! They say what they do on standard output, a line each, so that a test knows when to send its next signal; and where
//! they wait, they wait for a line on standard input.

use std::process::ExitCode;
use std::time::Duration;

use ayo::Scope;
use tokio::sync::watch;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(which) = arguments.first() else {
        eprintln!("which program?");
        return ExitCode::FAILURE;
    };
    let grace = arguments.get(1).and_then(|grace| grace.parse().ok()).unwrap_or(300.0);
    match which.as_str() {
        "polite" => polite(),
        "polite_value" => return polite_value(),
        "stubborn" => stubborn(grace),
        "body_ended" => body_ended(grace),
        "dump" => dump(),
        "dump_blocked" => dump_blocked(),
        "own_error" => return of_main(ayo::program().grace(grace).run(own_error)),
        "blocked" => blocked(),
        "closing" => closing(),
        "closing_late" => closing_late(),
        "two" => two(grace),
        "afterwards" => afterwards(),
        "deaf" => deaf(),
        "stream" => stream(),
        "timeline" => timeline(),
        "failing" => failing(),
        "failing_code" => return failing_code(),
        "failing_ayo" => return of_main(failing_ayo()),
        "failing_anyhow" => return of_main(failing_anyhow()),
        "failing_eyre" => return of_main(failing_eyre()),
        "failing_miette" => return of_main(failing_miette()),
        "panicking" => panicking(),
        "dirty" => dirty(),
        "failed_before" => failed_before(),
        "failed_before_result" => return of_main(failed_before_result()),
        "closed_stderr" => closed_stderr(),
        other => panic!("there is no program {other:?}"),
    }
    ExitCode::SUCCESS
}

/// What the runtime of Rust makes of what a `main` returns.
fn of_main(result: impl std::process::Termination) -> ExitCode {
    result.report()
}

/// A line on standard input, for as many as wait for it.
#[derive(Clone)]
struct Input(watch::Receiver<bool>);

impl Input {
    fn open() -> Self {
        let (tell, told) = watch::channel(false);
        std::thread::spawn(move || {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).expect("text");
            tell.send_replace(true);
        });
        Self(told)
    }

    async fn line(mut self) {
        let _ = self.0.wait_for(|came| *came).await;
    }
}

/// Says what the task is told, and cleans up until there is a line.
async fn worker(run: Scope, input: Input) {
    let stops = async {
        run.stopping().await;
        println!("asked to stop");
        std::future::pending::<()>().await;
    };
    let asked = async {
        ayo::cancelled().await;
        println!("asked to end");
        ayo::shield(async {
            println!("cleaning up");
            input.line().await;
            println!("cleaned up");
        })
        .await;
    };
    tokio::join!(biased; stops, asked);
}

/// Waits until a task waits: one that never has is not known by name yet.
async fn has_tasks(run: &Scope) {
    while run.tree().children().is_empty() {
        tokio::task::yield_now().await;
    }
}

async fn start_worker(run: &Scope, input: Input) {
    run.spawn(worker(run.clone(), input));
    has_tasks(run).await;
}

#[ayo::main]
async fn polite(run: &Scope) {
    let scope = run.clone();
    run << async move {
        scope.stopping().await;
        println!("task winds down");
    };
    println!("running");
    run.stopping().await;
    println!("body winds down");
}

#[ayo::main]
async fn polite_value(run: &Scope) -> ExitCode {
    println!("running");
    run.stopping().await;
    ExitCode::from(7)
}

/// Neither its body nor its task cares about `stop`.
fn stubborn(grace: f64) {
    let input = Input::open();
    ayo::program().grace(grace).run(async |run| {
        start_worker(run, input).await;
        println!("running");
        std::future::pending::<()>().await;
    });
    println!("not reached");
}

/// Tells what runs in it when it is asked.
#[ayo::main(dump_on_signal, name = "service")]
async fn dump(run: &Scope) {
    #[task(name = "reader")]
    run << reader(run.clone());
    has_tasks(run).await;
    println!("running");
    run.stopping().await;
}

async fn reader(run: Scope) {
    run.stopping().await;
}

/// The same where the runtime is stuck, and signals are somebody else's business.
#[ayo::main(flavor = "current_thread", dump_on_signal, signals = false, name = "stuck")]
async fn dump_blocked() {
    tokio::task::yield_now().await;
    println!("running");
    loop {
        std::thread::park();
    }
}

/// The body has a value when its task is cut.
fn body_ended(grace: f64) {
    let input = Input::open();
    ayo::program().grace(grace).run(async |run| {
        start_worker(run, input).await;
        println!("body ends");
    });
    println!("not reached");
}

/// It notices the cancel, and has an answer of its own to that.
async fn own_error(_: &Scope) -> anyhow::Result<()> {
    println!("running");
    ayo::cancelled().await;
    anyhow::bail!("told so by the body")
}

/// Whatever hears the signals, it is not this runtime.
fn blocked() {
    say_signals();
    ayo::program().current_thread().run(async |_| {
        println!("running");
        loop {
            std::thread::park();
        }
    })
}

/// Prints each signal, from a thread of its own.
fn say_signals() {
    let mut signals = ayo::signals();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            loop {
                println!("heard {}", signals.next().await);
            }
        });
    });
}

/// Its runtime cannot shut down, for a blocking thread that nobody can cut.
fn closing() {
    say_signals();
    ayo::program().grace(300).run(async |_| {
        drop(tokio::task::spawn_blocking(|| {
            loop {
                std::thread::park();
            }
        }));
        println!("body ends");
    });
}

/// The same, asked to stop before that: it has the rest of its grace for the shutdown.
fn closing_late() {
    ayo::program().grace(0.2).run(async |run| {
        drop(tokio::task::spawn_blocking(|| {
            loop {
                std::thread::park();
            }
        }));
        println!("running");
        run.stopping().await;
        println!("body ends");
    });
}

/// Two programs at the same time: what one is cut by does not cut the clean-up of the other.
fn two(grace: f64) {
    let input = Input::open();
    let other = std::thread::spawn(move || {
        ayo::program().grace(grace).run(async |run| {
            run.spawn(worker(run.clone(), input));
            println!("first runs");
            std::future::pending::<()>().await;
        });
        println!("first is over");
    });
    let (tell, told) = std::sync::mpsc::channel();
    let second = std::thread::spawn(move || {
        ayo::program().grace(grace).run(async |run| {
            tokio::task::yield_now().await;
            tell.send(()).expect("somebody listens");
            run.stopping().await;
            std::future::pending::<()>().await;
        });
        println!("second is over");
    });
    told.recv().expect("the second runs");
    println!("second runs");
    second.join().expect("no panic");
    other.join().expect("no panic");
    println!("not reached");
}

/// A signal after the last program ends the process, as it would have without ayo.
fn afterwards() {
    ayo::run(async |_| {});
    println!("over");
    loop {
        std::thread::park();
    }
}

/// `signals = false`: they do what they always do.
#[ayo::main(signals = false)]
async fn deaf() {
    println!("running");
    std::future::pending::<()>().await;
}

/// Writes what it did to the file that is named behind it.
#[ayo::main(timeline = std::env::args().nth(2).expect("a path"), grace = 0.01)]
async fn timeline(run: &Scope) {
    #[task(name = "cleans up")]
    run << async {
        println!("running");
        ayo::shield(tokio::time::sleep(50ms)).await;
        std::future::pending::<()>().await;
    };
    std::future::pending::<()>().await;
}

/// Code that wants them itself.
#[ayo::main(signals = false, flavor = "current_thread")]
async fn stream() {
    let mut signals = ayo::signals();
    println!("listening");
    for _ in 0..4 {
        let signal = signals.next().await;
        println!("{signal}");
    }
}

async fn lost() -> Result<(), std::num::ParseIntError> {
    "seven".parse::<u32>().map(drop)
}

#[derive(Debug)]
struct Unsaved;

impl std::fmt::Display for Unsaved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("could not save")
    }
}

impl std::error::Error for Unsaved {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&std::fmt::Error)
    }
}

/// A task that fails, and another that fails while it cleans up.
#[ayo::scoped]
async fn fail(run: &Scope) {
    run << async {
        ayo::cancelled().await;
        ayo::shield(async { Err::<(), _>(Unsaved) }).await?;
    };
    tokio::task::yield_now().await;
    #[task(name = "reader")]
    run << lost();
    std::future::pending().await
}

#[ayo::main(flavor = "current_thread")]
async fn failing(run: &Scope) {
    fail(run).await;
}

#[ayo::main(flavor = "current_thread")]
async fn failing_code(run: &Scope) -> ExitCode {
    fail(run).await;
    ExitCode::SUCCESS
}

#[ayo::main(flavor = "current_thread")]
async fn failing_ayo(run: &Scope) -> Result<(), ayo::Error> {
    fail(run).await;
    Ok(())
}

#[ayo::main(flavor = "current_thread")]
async fn failing_anyhow(run: &Scope) -> anyhow::Result<()> {
    fail(run).await;
    Ok(())
}

#[ayo::main(flavor = "current_thread")]
async fn failing_eyre(run: &Scope) -> eyre::Result<()> {
    fail(run).await;
    Ok(())
}

#[ayo::main(flavor = "current_thread")]
async fn failing_miette(run: &Scope) -> miette::Result<()> {
    fail(run).await;
    Ok(())
}

#[ayo::main]
async fn panicking(run: &Scope) {
    run << async {
        if true {
            panic!("no disk");
        }
    };
}

/// What fails while the ladder's cancel is carried out.
fn dirty() {
    ayo::program().run(async |run| {
        run.spawn(async {
            println!("running");
            ayo::cancelled().await;
            ayo::shield(async { Err::<(), _>(Unsaved) }).await
        });
        run.stopping().await;
        println!("asked to stop");
        std::future::pending::<()>().await;
    });
}

/// It failed by itself; the signals come while it cleans up.
#[ayo::main]
async fn failed_before(run: &Scope) {
    fail_slowly(run).await;
}

#[ayo::main]
async fn failed_before_result(run: &Scope) -> anyhow::Result<()> {
    fail_slowly(run).await;
    Ok(())
}

async fn fail_slowly(run: &Scope) {
    say_signals();
    start_worker(run, Input::open()).await;
    run.spawn(lost());
    std::future::pending().await
}

/// Nobody reads what it says at its end.
#[ayo::main(flavor = "current_thread")]
async fn closed_stderr(run: &Scope) {
    println!("running");
    tokio::time::sleep(Duration::from_millis(1)).await;
    fail(run).await;
}
