//! A TCP echo server with a task for each connection, and clients that use it.
//!
//! `cargo run -p examples --bin echo_server`

use std::io;
use std::net::SocketAddr;

use ayo::{Scope, scope};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves until it is cancelled. At most 100 connections are served at once, and a connection that
/// fails does not take the others with it.
async fn serve(listener: TcpListener) -> Result<(), ayo::Error> {
    let log = |error: &ayo::Error| println!("{error}");
    scope!(name = "server", max_concurrency = 100, supervise, on_error = log => |connections| {
        loop {
            let (stream, _) = listener.accept().await?;
            connections << echo(stream);
        }
    })
    .await
}

async fn echo(stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        if line == "fail" {
            return Err(io::Error::other("a client asked for it"));
        }
        writer.write_all(format!("{line}\n").as_bytes()).await?;
    }
    Ok(())
}

/// Says something and returns what comes back.
async fn ask(server: SocketAddr, text: String) -> io::Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(server).await?);
    stream.write_all(format!("{text}\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await?;
    Ok(answer.trim_end().to_owned())
}

#[ayo::main]
async fn main(run: &Scope) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;

    // In the background: it does not keep the program alive, and ends with it.
    #[task(background)]
    run << serve(listener);

    let answers = run.all(
        ask(server, "hello".to_owned()),
        ask(server, "fail".to_owned()),
        ask(server, "is anybody there?".to_owned()),
    );
    let (hello, fail, there) = answers.await?;
    println!("answers: {hello:?}, {fail:?}, {there:?}");

    let many = scope!(collect => |clients| {
        for n in 1..=200 {
            clients << ask(server, n.to_string());
        }
    });
    let many = many.report().await;
    println!("200 clients at once, {} answers", many.results.len());
    Ok(())
}
