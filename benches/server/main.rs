//! An axum "hello" on two worker threads of `ayo::serve`, beside the same on Tokio's runtime with two threads, in the same
//! run: `cargo bench -p benches --bench server`
//!
//! 64 clients keep their connections; the contenders take turns, and the figure is the median of the rounds.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use ayo::Worker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::Notify;

const CLIENTS: usize = 64;
const WORKERS: usize = 2;

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let (rounds, requests) = if is_quick { (1, 20) } else { (21, 500) };
    let contenders = [Contender::plain(), Contender::ayo()];
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            let time = load(contender.address, requests);
            if round > 0 {
                times.push(time); // the first is to warm up
            }
        }
    }
    println!("| axum hello, {CLIENTS} clients | requests/s, median of {rounds} rounds |\n|---|---|");
    for (contender, times) in contenders.iter().zip(&times) {
        let rate = (CLIENTS * requests) as f64 / median(times.clone()).as_secs_f64();
        println!("| {} | {rate:.0} |", contender.name);
    }
    let [plain, ayo] = &times;
    let ratios = plain.iter().zip(ayo).map(|(plain, ayo)| plain.as_secs_f64() / ayo.as_secs_f64());
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_by(f64::total_cmp);
    println!("\nayo serves {:.2} times as many as plain Tokio", ratios[ratios.len() / 2]);
    contenders.into_iter().for_each(Contender::end);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

struct Contender {
    name: &'static str,
    address: SocketAddr,
    stop: Arc<Notify>,
    thread: JoinHandle<()>,
}

impl Contender {
    fn start(name: &'static str, run: impl FnOnce(Sender<SocketAddr>, Arc<Notify>) + Send + 'static) -> Self {
        let (tell, told) = channel();
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || run(tell, stopped));
        Self { name, address: told.recv().expect("it serves"), stop, thread }
    }

    fn plain() -> Self {
        Self::start("plain Tokio, 2 worker threads", |tell, stop| {
            let runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                tell.send(listener.local_addr().expect("an address")).expect("somebody listens");
                let server = tokio::spawn(async move { axum::serve(listener, app()).await });
                stop.notified().await;
                server.abort();
            });
        })
    }

    fn ayo() -> Self {
        Self::start("ayo::serve, 2 threads", |tell, stop| {
            let work = async move |worker: Worker| {
                let listener = worker.listener("127.0.0.1:0")?;
                let _ = tell.send(listener.local_addr()?);
                worker.scope().spawn(async move { axum::serve(listener, app()).await });
                worker.ready().await;
                worker.scope().cancel();
                Ok::<(), std::io::Error>(())
            };
            let main = async move |main: ayo::MainContext| {
                tokio::select! {
                    served = main.serve(&()) => served,
                    () = stop.notified() => Ok(()),
                }
            };
            let served = ayo::serve(work).workers(WORKERS).threads().main_context(main).run();
            served.expect("it serves");
        })
    }

    fn end(self) {
        self.stop.notify_one();
        self.thread.join().expect("no panic");
    }
}

fn app() -> Router {
    Router::new().route("/", get(async || "hello"))
}

/// How long it takes until every client has all of its answers.
fn load(server: SocketAddr, requests: usize) -> Duration {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..CLIENTS {
            streams.push(TcpStream::connect(server).await.expect("it listens"));
        }
        let began = Instant::now();
        let clients: Vec<_> =
            streams.into_iter().map(|stream| tokio::spawn(client(stream, requests))).collect();
        for client in clients {
            client.await.expect("no panic").expect("an answer");
        }
        began.elapsed()
    })
}

async fn client(mut stream: TcpStream, requests: usize) -> std::io::Result<()> {
    let mut answer = [0; 1024];
    for _ in 0..requests {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: example\r\n\r\n").await?;
        let mut read = 0;
        while !answer[..read].ends_with(b"hello") {
            match stream.read(&mut answer[read..]).await? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                more => read += more,
            }
        }
    }
    Ok(())
}
