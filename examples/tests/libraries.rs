//! The examples with other people's libraries: what they say, and what becomes of those at the other end when they are
//! interrupted.

use std::process::{Command, Stdio};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, client_async};

mod support;

mod market {
    #![allow(missing_docs, unreachable_pub, dead_code, reason = "it is generated")]
    tonic::include_proto!("market");
}

use support::run;

#[test]
fn start() {
    let expected = "\
it listens at 127.0.0.1, and not at port 0: true
hello? HELLO
a second one at that port: address in use
still there? YES
";
    assert_eq!(run(env!("CARGO_BIN_EXE_start")), expected);
}

#[test]
fn happy_eyeballs() {
    let expected = "\
localhost is 127.0.0.1
  trying the silent one
  trying the closed one
  the closed one says: connection refused
  trying the good one
  the silent one is given up
connected to the good one
after 250 ms: true
nobody there: [ConnectionRefused, ConnectionRefused]
";
    assert_eq!(run(env!("CARGO_BIN_EXE_happy_eyeballs")), expected);
}

#[test]
fn reqwest() {
    let expected = r#"50 pages, the last of them "page 50"
at most 8 at once: true
main/fetch #4: HTTP status server error (500 Internal Server Error) for url (/broken)
all visitors have left
["page 1", "page 2"]
/none: 404 Not Found
/never: no answer in time
"#;
    assert_eq!(run(env!("CARGO_BIN_EXE_reqwest")), expected);
}

#[test]
fn notify() {
    let expected = "\
notes.txt: 20 lines
read less often than written: true
last.txt has changed
last.txt: 2 lines
";
    assert_eq!(run(env!("CARGO_BIN_EXE_notify")), expected);
}

#[test]
fn websockets() {
    let expected = "\
ann hears hello, ben hears hello
cat hears hello, then sorry (1011)
ben leaves and hears nothing more
ann hears the server stops (1001)
";
    assert_eq!(run(env!("CARGO_BIN_EXE_websockets")), expected);
}

#[test]
fn grpc() {
    let expected = "\
together: 1100
gold and tulips: nobody sells tulips (NotFound)
gold: too slow (DeadlineExceeded)
nobody waits for gold any more
prices: Some(Price { cents: 300 }), Some(Price { cents: 400 })
the exchange has closed
";
    assert_eq!(run(env!("CARGO_BIN_EXE_grpc")), expected);
}

#[test]
fn retry() {
    let expected = "\
busy, then slow:
  resource busy, so again in a while
  its connection is closed
  timed out, so again in a while
call 3 was answered
forbidden:
  permission denied
always busy:
  resource busy, so again in a while
  resource busy, so again in a while
  resource busy, so again in a while
  resource busy, after 4 calls
no time for that:
  resource busy, so again in a while
  timed out after 50ms, after 1 call
";
    assert_eq!(run(env!("CARGO_BIN_EXE_retry")), expected);
}

#[test]
fn rate() {
    let expected = "\
[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
[100, 121, 144, 169, 196, 225, 256, 289, 324, 361]
not faster than allowed: true
then the time was up: 3 pages
";
    assert_eq!(run(env!("CARGO_BIN_EXE_rate")), expected);
}

// --- Interrupted -----------------------------------------------------------------------------------------------------

/// A program that goes on until it is told to stop; killed with the test.
#[cfg(unix)]
struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

#[cfg(unix)]
impl Serving {
    async fn new(program: &str, argument: &str) -> Self {
        let mut command = tokio::process::Command::new(program);
        command.arg(argument).env("NO_COLOR", "1").stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        self.lines.next_line().await.expect("it prints text").expect("it says something")
    }

    /// Where it listens, which it says first.
    async fn address(&mut self) -> String {
        let line = self.line().await;
        line.strip_prefix("listening on ").expect("an address").to_owned()
    }

    fn interrupt(&self) {
        let id = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("there is a `kill`").success());
    }

    /// It ends by itself, and well.
    async fn ends(mut self) {
        assert_eq!(self.child.wait().await.expect("it ends").code(), Some(0));
        assert_eq!(self.lines.next_line().await.expect("it prints text"), None);
    }
}

/// What takes longer than this hangs.
#[cfg(unix)]
fn within_a_minute(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let test = async { tokio::time::timeout(Duration::from_secs(60), test).await.expect("it hangs") };
    runtime.block_on(test);
}

type Socket = WebSocketStream<TcpStream>;

async fn join(server: &str) -> Socket {
    let stream = TcpStream::connect(server).await.expect("it listens");
    let (mut socket, _) = client_async(format!("ws://{server}/"), stream).await.expect("it speaks WebSocket");
    assert_eq!(hear(&mut socket).await, Message::text("welcome"));
    socket
}

async fn hear(socket: &mut Socket) -> Message {
    socket.next().await.expect("the connection stands").expect("and nothing is wrong")
}

#[cfg(unix)]
#[test]
fn interrupted_the_chat_closes_all_connections_properly() {
    within_a_minute(async {
        let mut server = Serving::new(env!("CARGO_BIN_EXE_websockets"), "serve").await;
        let address = server.address().await;
        let mut guests = Vec::new();
        for _ in 0..20 {
            guests.push(join(&address).await);
        }
        guests[0].send(Message::text("hello")).await.expect("it is taken");
        for guest in &mut guests {
            assert_eq!(hear(guest).await, Message::text("hello"));
        }

        server.interrupt();
        for guest in &mut guests {
            let Message::Close(Some(frame)) = hear(guest).await else { panic!("no close frame") };
            assert_eq!((frame.code, frame.reason.as_str()), (CloseCode::Away, "the server stops"));
            assert!(guest.next().await.is_none(), "the handshake is complete");
        }
        server.ends().await;
    });
}

#[cfg(unix)]
#[test]
fn a_guest_who_does_not_answer_cannot_keep_the_chat_open() {
    within_a_minute(async {
        let mut server = Serving::new(env!("CARGO_BIN_EXE_websockets"), "serve").await;
        let _deaf = join(&server.address().await).await;
        server.interrupt();
        server.ends().await;
    });
}

#[cfg(unix)]
#[test]
fn interrupted_what_has_changed_in_a_directory_is_still_read() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("notify-interrupted");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir(&directory).expect("a directory");
    within_a_minute(async {
        let mut program = Serving::new(env!("CARGO_BIN_EXE_notify"), directory.to_str().expect("text")).await;
        assert_eq!(program.line().await, "watching");
        std::fs::write(directory.join("late.txt"), "one\ntwo\n").expect("it is written");
        assert_eq!(program.line().await, "late.txt has changed");
        program.interrupt();
        while program.line().await != "late.txt: 2 lines" {}
        program.ends().await;
    });
}

#[cfg(unix)]
#[test]
fn interrupted_the_exchange_ends_streams_properly() {
    use market::{Shares, market_client::MarketClient};

    within_a_minute(async {
        let mut server = Serving::new(env!("CARGO_BIN_EXE_grpc"), "serve").await;
        let address = server.address().await;
        let mut client = MarketClient::connect(format!("http://{address}")).await.expect("it listens");
        let tin = || Shares { names: vec!["tin".to_owned()] };
        let mut prices = client.ticker(tin()).await.expect("it answers").into_inner();
        assert_eq!(prices.message().await.expect("a price").map(|price| price.cents), Some(300));
        server.interrupt();
        while let Some(price) = prices.message().await.expect("the stream does not break off") {
            assert_eq!(price.cents, 300);
        }
        server.ends().await;
    });
}
