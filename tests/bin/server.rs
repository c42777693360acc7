//! Servers for `tests/server.rs`: the first argument says which one runs, the rest says with what.
#![forbid(unsafe_code)]

use std::process::{ExitCode, Termination};
use std::time::Duration;

use ayo::{Scope, Server, Signal, Worker, server};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How much each answer is.
const ANSWER: usize = 20_000;

/// One request, `n` in eight bytes, and its answer: `n`, the number of the process, and a long tail that is a check.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let n = stream.read_u64().await?;
    tokio::task::yield_now().await;
    stream.write_u64(n).await?;
    stream.write_u64(std::process::id().into()).await?;
    let tail = [n.to_le_bytes()[0]; 1000];
    for _ in 0..ANSWER / tail.len() {
        stream.write_all(&tail).await?;
        tokio::task::yield_now().await;
    }
    stream.shutdown().await
}

/// Takes no new ones once it is asked to stop.
async fn accept(run: Scope, listener: TcpListener) -> std::io::Result<()> {
    loop {
        tokio::select! {
            biased;
            () = run.stopping() => return Ok(()),
            connection = listener.accept() => drop(run.spawn(answer(connection?.0))),
        }
    }
}

/// Says it once the worker waits: a task has its first turn after that.
fn say(worker: &Worker, line: String) {
    worker.scope().spawn(async move { println!("{line}") });
}

server! {
    /// Answers, and when it is to stop takes no new ones.
    async fn counting(worker: Worker) {
        let listener = worker.listener("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let run = worker.scope();
        run << accept(run.clone(), listener);
        say(&worker, format!("{} {} at {address}", worker.index(), std::process::id()));
        let signal: Signal = yield;
        println!("{} {} ends for {signal}", worker.index(), std::process::id());
    }

    /// Nothing but its life.
    async fn plain(worker: Worker) {
        say(&worker, format!("{} is ready", worker.index()));
        let signal = yield;
        println!("{} ends for {signal}", worker.index());
    }

    /// It waits for a second signal.
    async fn patient(worker: Worker) {
        say(&worker, format!("{} {} is ready", worker.index(), std::process::id()));
        let other = worker.clone();
        let first = yield;
        println!("{} heard {first}, and its clone {}", worker.index(), other.ready().await);
        let second = yield;
        println!("{} heard {second}", worker.index());
    }

    async fn failing(worker: Worker) {
        if worker.index() == 1 {
            worker.listener("203.0.113.7:80")?;
        }
        yield;
        println!("{} ends", worker.index());
    }

    async fn panicking(worker: Worker) {
        assert_ne!(worker.index(), 1, "not this one");
        yield;
    }

    /// It fails after a signal.
    async fn sorry(worker: Worker) -> Result<(), String> {
        say(&worker, format!("{} is ready", worker.index()));
        yield;
        Err(format!("{} could not save", worker.index()))
    }

    /// A task of it does not stop, and says when it is cancelled.
    async fn slow(worker: Worker) {
        let run = worker.scope();
        run << async {
            ayo::cancelled().await;
            println!("cancelled");
        };
        say(&worker, format!("{} is ready", worker.index()));
        yield;
    }

    /// It cannot be cancelled.
    async fn stubborn(worker: Worker) {
        say(&worker, format!("{} is ready", worker.index()));
        yield;
        loop {
            std::thread::park();
        }
    }

    /// The first of its life is well, every later one fails to start.
    async fn once(worker: Worker) {
        let marker = std::env::var("MARKER")?;
        if std::fs::exists(&marker)? {
            Err("it was there before")?;
        }
        say(&worker, format!("{} {} is ready", worker.index(), std::process::id()));
        yield;
    }

    async fn told(worker: Worker) {
        let given: Given = worker.context()?;
        println!("{} knows {} and {:?}", worker.index(), given.name, given.list);
        let wrong = worker.context::<u32>().unwrap_err();
        println!("{}", wrong.to_string().split(':').next().unwrap_or_default());
        yield;
    }

    async fn asks(worker: Worker) {
        println!("{}", worker.context::<u32>().unwrap_err());
        yield;
    }

    /// By itself, and well.
    async fn ends(worker: Worker) {
        tokio::select! {
            _ = async { yield_of(&worker).await } => {}
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        if false { yield; }
        println!("{} has done its work", worker.index());
    }

    async fn scheduler(worker: Worker) {
        println!("{} schedules", worker.index());
        let signal = yield;
        println!("{} schedules no more: {signal}", worker.index());
    }

    /// It has a process of its own, which must not take itself for a worker.
    async fn parent(worker: Worker) {
        let output = tokio::process::Command::new(std::env::current_exe()?).arg("am_i_a_worker").output().await?;
        print!("{}", String::from_utf8(output.stdout)?);
        yield;
    }
}

async fn yield_of(worker: &Worker) -> Signal {
    worker.ready().await
}

#[derive(Serialize, Deserialize)]
struct Given {
    name: String,
    list: Vec<(u8, Option<char>)>,
}

/// It does not want to be sent.
struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it stays here"))
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let with = |server: Server| {
        let workers = arguments.get(1).map_or(2, |n| n.parse().expect("a number"));
        let server = server.workers(workers).wait_timeout(if arguments.iter().any(|a| a == "short") {
            0.05
        } else {
            30.0
        });
        let server = if arguments.iter().any(|a| a == "threads") { server.threads() } else { server };
        if arguments.iter().any(|a| a == "restart") { server.restart() } else { server }
    };
    let result = match arguments.first().map(String::as_str) {
        Some("counting") => with(ayo::serve(counting)).run(),
        Some("plain") => with(ayo::serve(plain)).run(),
        Some("patient") => with(ayo::serve(patient)).run(),
        Some("failing") => with(ayo::serve(failing)).run(),
        Some("panicking") => with(ayo::serve(panicking)).run(),
        Some("sorry") => with(ayo::serve(sorry)).run(),
        Some("slow") => with(ayo::serve(slow)).run(),
        Some("stubborn") => with(ayo::serve(stubborn)).run(),
        Some("once") => with(ayo::serve(once)).run(),
        Some("ends") => with(ayo::serve(ends)).run(),
        Some("asks") => with(ayo::serve(asks)).run(),
        Some("parent") => with(ayo::serve(parent)).run(),
        Some("extra") => with(ayo::serve(plain)).extra(scheduler).run(),
        Some("am_i_a_worker") => ayo::serve(async |worker: Worker| {
            println!("a server of its own");
            tokio::select! {
                biased;
                _ = worker.ready() => {}
                () = tokio::task::yield_now() => {}
            }
        })
        .threads()
        .run(),
        Some("told") => with(ayo::serve(told))
            .main_context(async |main| {
                println!("set up once");
                let given = Given { name: "Ayo".to_owned(), list: vec![(1, None), (2, Some('x'))] };
                let result = main.serve(&given).await;
                println!("torn down once");
                result
            })
            .run(),
        Some("main_fails") => {
            with(ayo::serve(plain)).main_context(async |_| Err::<(), _>("no licence")).run()
        }
        Some("main_gives_up") => with(ayo::serve(plain))
            .main_context(async |main| {
                let served = ayo::timeout(0.2, main.serve(&())).await;
                println!("gives up: {}", served.is_err());
                Ok::<(), ayo::Error>(())
            })
            .run(),
        Some("refuses") => {
            with(ayo::serve(plain)).main_context(async |main| main.serve(&Refuses).await).run()
        }
        Some("two_servers") => with(ayo::serve(plain)).run().and_then(|()| {
            println!("--");
            with(ayo::serve(scheduler)).run()
        }),
        other => panic!("there is no server {other:?}"),
    };
    if result.is_ok() {
        println!("over");
    }
    result.report()
}
