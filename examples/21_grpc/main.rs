//! gRPC with `tonic`: a scope for each call, streams that end with their client, and a graceful end.
//!
//! `cargo run -p examples --bin grpc` shows it, `cargo run -p examples --bin grpc serve` goes on until Ctrl-C.

use std::env;
use std::pin::Pin;
use std::time::Duration;

use ayo::{ErrorKind, Scope, generator, scope};
use futures::Stream;
use market::market_client::MarketClient;
use market::market_server::{Market, MarketServer};
use market::{Price, Shares};
use tokio::sync::watch;
use tokio::time::sleep;
use tonic::transport::{Server, server::TcpIncoming};
use tonic::{Request, Response, Status};

mod market {
    #![allow(missing_docs, unreachable_pub, reason = "it is generated")]
    tonic::include_proto!("market");
}

struct Exchange {
    /// tonic serves connections in tasks of its own; with this as parent, calls belong to the program all the same.
    run: Scope,
    /// How many calls are under way.
    calls: watch::Sender<u32>,
}

#[tonic::async_trait]
impl Market for Exchange {
    /// Asks for all prices at once. If one is not to be had the others are cancelled, and so they are when the client leaves.
    async fn sum(&self, request: Request<Shares>) -> Result<Response<Price>, Status> {
        let _call = Call::new(&self.calls);
        let names = request.into_inner().names;
        let sum = scope!(name = "sum", timeout = 500ms, parent = self.run => |run| {
            run.map(names, price).await?.iter().sum()
        });
        Ok(Response::new(Price { cents: sum.await.map_err(status)? }))
    }

    type TickerStream = Pin<Box<dyn Stream<Item = Result<Price, Status>> + Send>>;

    /// No task and no channel: a price is made when the client can take it. When the client leaves, tonic drops the stream.
    async fn ticker(&self, request: Request<Shares>) -> Result<Response<Self::TickerStream>, Status> {
        let (run, call) = (self.run.clone(), Call::new(&self.calls));
        let names = request.into_inner().names;
        let prices = generator! {
            let _call = call;
            for name in names.into_iter().cycle() {
                if run.is_stopping() {
                    break; // a proper end, for the client to see
                }
                yield price(name).await.map(|cents| Price { cents });
            }
        };
        Ok(Response::new(Box::pin(prices)))
    }
}

/// The longer the name, the dearer, and the longer it takes.
async fn price(name: String) -> Result<u64, Status> {
    match name.as_str() {
        "tulips" => Err(Status::not_found("nobody sells tulips")),
        "gold" => std::future::pending().await,
        name => {
            sleep(Duration::from_millis(name.len() as u64)).await;
            Ok(100 * name.len() as u64)
        }
    }
}

fn status(error: ayo::Error) -> Status {
    if let Some(status) = error.downcast_ref::<Status>() {
        return status.clone();
    }
    match error.kind() {
        ErrorKind::TimedOut => Status::deadline_exceeded("too slow"),
        ErrorKind::Cancelled => Status::unavailable("the server stops"),
        _ => Status::internal(error.to_string()),
    }
}

/// One that is under way; tonic drops it with its future or stream.
struct Call(watch::Sender<u32>);

impl Call {
    fn new(calls: &watch::Sender<u32>) -> Self {
        calls.send_modify(|calls| *calls += 1);
        Self(calls.clone())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}

#[ayo::main]
async fn main(run: &Scope) -> anyhow::Result<()> {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse()?)?;
    let address = incoming.local_addr()?;
    let (calls, mut under_way) = watch::channel(0);
    let exchange = MarketServer::new(Exchange { run: run.clone(), calls });
    run << Server::builder().add_service(exchange).serve_with_incoming_shutdown(incoming, run.stopping());
    if env::args().nth(1).as_deref() == Some("serve") {
        println!("listening on {address}");
        return Ok(());
    }

    let mut client = MarketClient::connect(format!("http://{address}")).await?;
    let shares = |names: &[&str]| Shares { names: names.iter().map(ToString::to_string).collect() };
    println!("together: {}", client.sum(shares(&["iron", "coal", "tin"])).await?.into_inner().cents);
    for names in [&["gold", "tulips"][..], &["gold"]] {
        let status = client.sum(shares(names)).await.unwrap_err();
        println!("{}: {} ({:?})", names.join(" and "), status.message(), status.code());
    }

    // Somebody leaves: the server sees it, and cancels what the call has begun.
    let (mut other, mut arrived) = (client.clone(), under_way.clone());
    ayo::select! {
        answer = other.sum(shares(&["gold"])) => println!("unexpected: {answer:?}"),
        _ = arrived.wait_for(|calls| *calls == 1) => {}
    }
    under_way.wait_for(|calls| *calls == 0).await?;
    println!("nobody waits for gold any more");

    let mut prices = client.ticker(shares(&["tin", "iron"])).await?.into_inner();
    println!("prices: {:?}, {:?}", prices.message().await?, prices.message().await?);
    run.stop();
    while prices.message().await?.is_some() {}
    println!("the exchange has closed");
    Ok(())
}
