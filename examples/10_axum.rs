//! axum in a scope: a graceful end, and a scope for each request.
//!
//! `cargo run -p examples --bin axum`

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use ayo::{Scope, scope};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// SIGINT and SIGTERM stop the scope: axum takes no new connections then, and those that are there are served to their
/// end, for at most 5 seconds.
#[ayo::main(grace = 5s)]
async fn main(run: &Scope) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (log, said) = mpsc::unbounded_channel();
    run << clients(run.clone(), listener.local_addr()?, said);

    serve(listener, app(run.clone(), log)).with_graceful_shutdown(run.stopping()).await?;
    println!("everybody was served");
    Ok(())
}

#[derive(Clone)]
struct App {
    run: Scope,
    log: mpsc::UnboundedSender<&'static str>,
}

fn app(run: Scope, log: mpsc::UnboundedSender<&'static str>) -> Router {
    let app = App { run, log };
    Router::new()
        .route("/sum", get(sum))
        .route("/slow", get(slow))
        .route("/report", get(report))
        .layer(middleware::from_fn_with_state(app.clone(), request_scope))
        .with_state(app)
}

/// What a handler spawns ends with its request. It hangs below the scope of the program, which waits for it even when the
/// client has left and axum drops the request.
async fn request_scope(State(app): State<App>, request: Request, next: Next) -> Response {
    let answer =
        scope!(name = "request", timeout = 500ms, parent = app.run => |_| { next.run(request).await });
    match answer.report().await.into_result() {
        Ok(answer) => answer,
        Err(error) if error.kind() == ayo::ErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Two tasks at once. If one fails, the other is cancelled, and the answer is 500.
async fn sum() -> Result<String, (StatusCode, String)> {
    let both = scope!(|run| {
        let (a, b) = (run << backend(1), run << backend(2));
        a.await? + b.await?
    });
    let sum = both.await.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?;
    Ok(sum.to_string())
}

async fn backend(n: u32) -> std::io::Result<u32> {
    sleep(Duration::from_millis(5)).await;
    Ok(n)
}

/// Longer than a request may take.
async fn slow(State(app): State<App>) -> &'static str {
    let _ = app.log.send("it is under way");
    sleep(Duration::from_secs(3600)).await;
    "never"
}

/// A task that has something to clean up, whatever becomes of the request.
async fn report(State(app): State<App>) -> &'static str {
    let work = ayo::spawn(async move {
        let _ = app.log.send("the task runs");
        ayo::cancelled().await;
        ayo::shield(async {
            sleep(Duration::from_millis(5)).await;
            let _ = app.log.send("the task has cleaned up");
        })
        .await;
    });
    let _ = work.await;
    "done"
}

async fn clients(
    run: Scope,
    server: SocketAddr,
    mut said: mpsc::UnboundedReceiver<&'static str>,
) -> Result<()> {
    println!("/sum: {}", ask(server, "/sum").await?);
    println!("/slow: {}", ask(server, "/slow").await?);
    said.recv().await;

    // A client that leaves takes the tasks of its request with it, and they clean up first.
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(b"GET /report HTTP/1.1\r\nhost: example\r\n\r\n").await?;
    println!("/report: {}", said.recv().await.unwrap_or("nothing"));
    drop(stream);
    println!("the client has left: {}", said.recv().await.unwrap_or("nothing"));

    // What is under way when the program is asked to stop is answered.
    let last = run.spawn(ask(server, "/slow"));
    println!("one more /slow: {}", said.recv().await.unwrap_or("nothing"));
    run.stop();
    println!("asked before the stop: {}", last.await?);
    Ok(())
}

/// The status and the text of an answer.
async fn ask(server: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(server).await?;
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n").as_bytes())
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, text) = answer.split_once("\r\n\r\n").context("no answer")?;
    let status = head.lines().next().and_then(|line| line.split_once(' ')).context("no status")?.1;
    Ok(format!("{status} {text}"))
}
