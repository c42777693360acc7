//! A chat over WebSockets with `tokio-tungstenite`: whoever leaves, fails or is sent home gets a proper close frame.
//!
//! `cargo run -p examples --bin websockets` shows it, `cargo run -p examples --bin websockets serve` goes on until Ctrl-C.

use std::env;
use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow, ensure};
use ayo::{Exit, Scope, actxmgr, scope, with};
use futures::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

type Socket = WebSocketStream<TcpStream>;
type Room = broadcast::Sender<String>;

actxmgr! {
    /// A connection, closed as the protocol wants it, however its handler ended.
    async fn websocket(stream: TcpStream) -> &mut Socket {
        let mut socket = accept_async(stream).await?;
        let (code, reason) = match (yield &mut socket) {
            Exit::Done => (CloseCode::Normal, "goodbye"),
            Exit::Cancelled => (CloseCode::Away, "the server stops"),
            Exit::Failed(_) | Exit::Panicked => (CloseCode::Error, "sorry"),
        };
        // A client gets a second to answer. If it has closed the connection itself, there is nothing to say.
        ayo::move_on_after(1, async {
            let _ = socket.close(Some(CloseFrame { code, reason: reason.into() })).await;
            while let Some(Ok(_)) = socket.next().await {}
        })
        .await;
    }
}

/// Serves until it is asked to stop, then sends everybody home.
async fn serve(listener: TcpListener) -> Result<(), ayo::Error> {
    let room = Room::new(100);
    scope!(name = "members", supervise => |members| {
        loop {
            let (stream, _) = ayo::select! {
                connection = listener.accept() => connection?,
                () = members.stopping() => break,
            };
            members << member(stream, room.clone());
        }
        members.cancel();
    })
    .await
}

async fn member(stream: TcpStream, room: Room) -> Result<(), ayo::Error> {
    with!(socket = websocket(stream) => {
        let mut heard = room.subscribe();
        socket.send("welcome".into()).await?;
        loop {
            // Both can be cut at any time: what has arrived stays in the socket, and in the channel.
            ayo::select! {
                message = socket.next() => match message.transpose()? {
                    Some(Message::Text(text)) => drop(room.send(text.to_string())),
                    Some(Message::Binary(_)) => Err(anyhow!("only text"))?,
                    Some(Message::Close(_)) | None => break,
                    Some(_) => {}
                },
                text = heard.recv() => socket.send(text?.into()).await?,
            }
        }
    })
    .await
}

#[ayo::main]
async fn main(run: &Scope) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    run << serve(listener);
    if env::args().nth(1).as_deref() == Some("serve") {
        println!("listening on {server}");
        return Ok(());
    }

    let (mut ann, mut ben, mut cat) = (join(server).await?, join(server).await?, join(server).await?);
    ann.send("hello".into()).await?;
    println!("ann hears {}, ben hears {}", hear(&mut ann).await?, hear(&mut ben).await?);
    cat.send(Message::Binary("meow".into())).await?;
    println!("cat hears {}, then {}", hear(&mut cat).await?, hear(&mut cat).await?);
    ben.close(None).await?;
    println!("ben leaves and hears {}", hear(&mut ben).await?);
    run.stop();
    println!("ann hears {}", hear(&mut ann).await?);
    Ok(())
}

async fn join(server: SocketAddr) -> Result<Socket> {
    let (mut socket, _) = client_async(format!("ws://{server}/"), TcpStream::connect(server).await?).await?;
    ensure!(hear(&mut socket).await? == "welcome", "not welcome");
    Ok(socket)
}

async fn hear(socket: &mut Socket) -> Result<String> {
    match socket.next().await.context("the connection broke off")?? {
        Message::Close(Some(frame)) => Ok(format!("{} ({})", frame.reason, frame.code)),
        Message::Close(None) => Ok("nothing more".to_owned()),
        message => Ok(message.into_text()?.to_string()),
    }
}
