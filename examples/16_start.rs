//! `start`: a server that says at which port it listens, before anybody needs to know.
//!
//! `cargo run -p examples --bin start`

use std::io;
use std::net::SocketAddr;

use ayo::{Ready, Scope, StartError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

/// Listens, says where, and serves until it is asked to stop.
async fn shout(
    address: impl ToSocketAddrs,
    ready: Ready<SocketAddr, io::Error>,
    run: Scope,
) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    ready.ok(listener.local_addr()?); // whoever has started this task goes on with the address
    loop {
        ayo::select! {
            connection = listener.accept() => {
                run.attempt(answer(connection?.0)); // a client that breaks off is no failure of the program
            }
            () = run.stopping() => return Ok(()),
        }
    }
}

async fn answer(stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        writer.write_all(line.to_uppercase().as_bytes()).await?;
    }
    Ok(())
}

async fn ask(server: SocketAddr, text: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[ayo::main]
async fn main(run: &Scope) -> anyhow::Result<()> {
    // The task goes on in the scope, its address is here. No sleep, no second try, no port that is written down.
    let server = run.start(|ready| shout("127.0.0.1:0", ready, run.clone())).await?;
    println!("it listens at {}, and not at port 0: {}", server.ip(), server.port() != 0);
    println!("hello? {}", ask(server, "hello").await?);

    // What fails before it is ready is the starter's to handle, and cancels nobody.
    match run.start(|ready| shout(server, ready, run.clone())).await {
        Err(StartError::Failed(error)) => println!("a second one at that port: {}", error.kind()),
        other => println!("unexpected: {other:?}"),
    }
    println!("still there? {}", ask(server, "yes").await?);
    run.stop();
    Ok(())
}
