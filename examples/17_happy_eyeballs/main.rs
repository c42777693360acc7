//! Happy eyeballs (RFC 8305): a name has several addresses, and nobody knows which of them work. All of it is in
//! [connect.rs](connect.rs); here it meets real sockets.
//!
//! `cargo run -p examples --bin happy_eyeballs`

mod connect;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use connect::{happy_eyeballs, interleave};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

/// What a client calls: both families, the better one first, and whichever answers.
async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses = interleave(lookup_host((host, port)).await?);
    happy_eyeballs(addresses, TcpStream::connect).await.map_err(io::Error::other)
}

#[ayo::main]
async fn main() -> anyhow::Result<()> {
    let good = TcpListener::bind("127.0.0.1:0").await?;
    let server = good.local_addr()?;
    // `localhost` is often `::1`, too, where nobody listens.
    println!("localhost is {}", dial("localhost", server.port()).await?.peer_addr()?.ip());

    let (silent, _queue) = silent().await?;
    let closed = TcpSocket::new_v4()?;
    closed.bind("127.0.0.1:0".parse()?)?; // it does not listen
    let network = Network { silent, closed: closed.local_addr()? };

    let began = Instant::now();
    let addresses = [network.silent, network.closed, server];
    let stream = happy_eyeballs(addresses, |address| network.attempt(address)).await?;
    println!("connected to {}", network.name(stream.peer_addr()?));
    // The silent one has cost that, the closed one nothing.
    println!("after 250 ms: {}", began.elapsed() >= Duration::from_millis(250));

    let nobody = happy_eyeballs([network.closed, network.closed], TcpStream::connect).await.unwrap_err();
    let kinds = Vec::from_iter(nobody.errors().iter().map(io::Error::kind));
    println!("nobody there: {kinds:?}");
    Ok(())
}

/// Who is who, for a person to read.
struct Network {
    silent: SocketAddr,
    closed: SocketAddr,
}

impl Network {
    async fn attempt(&self, address: SocketAddr) -> io::Result<TcpStream> {
        println!("  trying {}", self.name(address));
        let given_up = GivenUp(self.name(address));
        let stream = TcpStream::connect(address).await;
        std::mem::forget(given_up);
        stream.inspect_err(|error| println!("  {} says: {}", self.name(address), error.kind()))
    }

    fn name(&self, address: SocketAddr) -> &'static str {
        match address {
            _ if address == self.silent => "the silent one",
            _ if address == self.closed => "the closed one",
            _ => "the good one",
        }
    }
}

/// Says so when an attempt is cut.
struct GivenUp(&'static str);

impl Drop for GivenUp {
    fn drop(&mut self) {
        println!("  {} is given up", self.0);
    }
}

/// An address that does not answer: the queue of those that wait to be accepted there is full.
async fn silent() -> io::Result<(SocketAddr, (TcpListener, Vec<TcpStream>))> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse().expect("an address"))?;
    let listener = socket.listen(1)?;
    let address = listener.local_addr()?;
    let mut waiting = Vec::new();
    while let Some(stream) = ayo::move_on_after(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        waiting.push(stream?);
    }
    Ok((address, (listener, waiting)))
}
