//! Servers: real processes, real clients over loopback, workers that are killed and replaced.
#![cfg(unix)]

mod child;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use child::{Child, End, kill};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER: usize = 20_000;

fn server(arguments: &[&str]) -> Child {
    Child::start(Command::new(env!("CARGO_BIN_EXE_server")).args(arguments))
}

#[track_caller]
fn ended(end: &End, code: i32, said: &[&str]) {
    let mut lines = end.rest.clone();
    lines.sort();
    assert_eq!((end.code, lines), (Some(code), said.iter().map(ToString::to_string).collect()), "{end:?}");
}

/// The lines until all of so many workers are ready.
fn lines(server: &mut Child, n: usize) -> Vec<String> {
    let mut lines: Vec<String> = std::iter::from_fn(|| server.line()).take(n).collect();
    lines.sort();
    lines
}

const BOTH: [&[&str]; 2] = [&[], &["threads"]];

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().chain(more).copied().collect()
}

#[test]
fn every_worker_gets_the_signal() {
    for how in BOTH {
        for signal in ["TERM", "INT"] {
            let mut server = server(&with(&["plain", "3"], how));
            assert_eq!(lines(&mut server, 3), ["0 is ready", "1 is ready", "2 is ready"]);
            server.signal(signal);
            let said = ["0", "1", "2"].map(|n| format!("{n} ends for SIG{signal}"));
            let said: Vec<&str> = said.iter().map(String::as_str).chain(["over"]).collect();
            ended(&server.end(), 0, &said);
        }
    }
}

#[test]
fn a_second_yield_waits_for_the_next_signal() {
    let mut server = server(&["patient", "1"]);
    let ready = lines(&mut server, 1);
    kill(process_of(&ready[0]), "TERM");
    server.says("0 heard SIGTERM, and its clone SIGTERM");
    kill(process_of(&ready[0]), "INT");
    server.says("0 heard SIGINT");
    server.end();
}

#[test]
fn one_that_fails_to_start_ends_the_server_with_its_error() {
    for how in BOTH {
        let end = server(&with(&["failing", "3"], how)).end();
        assert_eq!(end.code, Some(1), "{end:?}");
        assert!(end.errors.contains("Error: worker 1 ("), "{}", end.errors);
        assert!(end.errors.contains(") failed to start: Cannot assign requested address"), "{}", end.errors);
    }
}

#[test]
fn one_that_panics_while_it_starts_ends_the_server() {
    for (how, why) in [(BOTH[0], "exit status: 101"), (BOTH[1], "panicked: ")] {
        let end = server(&with(&["panicking", "2"], how)).end();
        assert_eq!(end.code, Some(1), "{end:?}");
        assert!(end.errors.contains("not this one"), "{}", end.errors);
        assert!(end.errors.contains("failed to start: ") && end.errors.contains(why), "{}", end.errors);
    }
}

#[test]
fn what_workers_fail_with_at_the_end_is_the_servers_error() {
    for how in BOTH {
        let mut server = server(&with(&["sorry", "2"], how));
        lines(&mut server, 2);
        server.signal("TERM");
        let end = server.end();
        assert_eq!(end.code, Some(1), "{end:?}");
        for n in 0..2 {
            assert!(end.errors.contains(&format!("failed: {n} could not save")), "{}", end.errors);
        }
        assert!(end.errors.contains("beside it: worker "), "{}", end.errors);
    }
}

#[test]
fn after_the_wait_the_scope_is_cancelled() {
    for how in BOTH {
        let mut server = server(&with(&["slow", "1", "short"], how));
        server.says("0 is ready");
        server.signal("TERM");
        let end = server.end();
        assert_eq!((end.code, &*end.rest), (Some(1), &["cancelled".to_owned()][..]), "{end:?}");
        assert!(end.errors.contains("SIGTERM, and the grace of 50ms was over"), "{}", end.errors);
    }
}

#[test]
fn what_does_not_end_is_killed() {
    let mut process = server(&["stubborn", "2", "short"]);
    lines(&mut process, 2);
    process.signal("TERM");
    let end = process.end();
    assert_eq!(end.code, Some(1), "{end:?}");
    assert!(end.errors.contains("was killed: it had not ended within 50ms"), "{}", end.errors);
    let mut thread = server(&["stubborn", "1", "short", "threads"]);
    thread.says("0 is ready");
    thread.signal("TERM");
    let end = thread.end();
    assert!(end.errors.contains("worker 0 (a thread) was left behind"), "{}", end.errors);
}

#[test]
fn a_second_signal_kills() {
    let mut process = server(&["stubborn", "2"]);
    lines(&mut process, 2);
    process.signal("INT");
    process.signal("TERM");
    let end = process.end();
    assert_eq!(end.code, Some(1), "{end:?}");
    assert!(end.errors.contains("was killed: a second signal came"), "{}", end.errors);
    let mut thread = server(&["stubborn", "1", "threads"]);
    thread.says("0 is ready");
    thread.signal("TERM");
    thread.signal("INT");
    let end = thread.end();
    assert!(
        end.errors.contains("worker 0 (a thread) was left behind: a second signal came"),
        "{}",
        end.errors
    );
}

#[test]
fn workers_know_the_main_context() {
    for how in BOTH {
        let mut server = server(&with(&["told", "2"], how));
        server.says("set up once");
        let known = "knows Ayo and [(1, None), (2, Some('x'))]";
        let wrong = "the main context of this server is no `u32`";
        assert_eq!(lines(&mut server, 4), [&format!("0 {known}"), &format!("1 {known}"), wrong, wrong]);
        server.signal("TERM");
        ended(&server.end(), 0, &["over", "torn down once"]);
    }
}

#[test]
fn a_main_context_may_fail_or_give_up() {
    let fails = server(&["main_fails"]).end();
    assert_eq!((fails.code, fails.rest.len()), (Some(1), 0), "{fails:?}");
    assert!(fails.errors.contains("no licence"), "{}", fails.errors);
    for how in BOTH {
        let end = server(&with(&["main_gives_up", "1"], how)).end();
        assert_eq!(end.code, Some(0), "{end:?}");
        assert!(end.rest.contains(&"gives up: true".to_owned()), "{end:?}");
        assert!(end.rest.contains(&"0 ends for SIGTERM".to_owned()), "{end:?}");
    }
    let end = server(&["refuses"]).end();
    assert!(end.errors.contains("cannot be sent to workers: it stays here"), "{}", end.errors);
    let mut asks = server(&["asks", "1"]);
    asks.says("this server has no main context: give it one with `main_context`");
    asks.signal("INT");
    ended(&asks.end(), 0, &["over"]);
}

#[test]
fn an_extra_worker_runs_something_else() {
    for how in BOTH {
        let mut server = server(&with(&["extra", "2"], how));
        assert_eq!(lines(&mut server, 3), ["0 is ready", "1 is ready", "2 schedules"]);
        server.signal("INT");
        let said = ["0 ends for SIGINT", "1 ends for SIGINT", "2 schedules no more: SIGINT", "over"];
        ended(&server.end(), 0, &said);
    }
}

#[test]
fn workers_that_end_by_themselves_end_the_server() {
    for how in BOTH {
        let end = server(&with(&["ends", "2"], how)).end();
        ended(&end, 0, &["0 has done its work", "1 has done its work", "over"]);
        assert!(end.errors.contains("ended by itself"), "{}", end.errors);
    }
}

#[test]
fn a_program_may_have_several_servers() {
    let mut server = server(&["two_servers", "1"]);
    server.says("0 is ready");
    server.signal("TERM");
    server.says("0 ends for SIGTERM");
    server.says("--");
    server.says("--"); // what stands before `run` is repeated in a worker
    server.says("0 schedules");
    server.signal("TERM");
    ended(&server.end(), 0, &["0 schedules no more: SIGTERM", "over"]);
}

#[test]
fn a_process_of_a_worker_is_no_worker() {
    let mut server = server(&["parent", "1"]);
    server.says("a server of its own");
    server.says("over");
    server.signal("TERM");
    ended(&server.end(), 0, &["over"]);
}

/// The number of the process in "0 4711 at 127.0.0.1:80".
fn process_of(line: &str) -> u32 {
    line.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

#[test]
fn a_crash_is_reported_and_nobody_takes_its_place() {
    let mut server = server(&["counting", "2"]);
    let ready = lines(&mut server, 2);
    kill(process_of(&ready[0]), "KILL");
    server.error_with("ayo: worker 0 (process ");
    server.signal("TERM");
    let end = server.end();
    assert_eq!(end.code, Some(0), "{end:?}");
    assert!(end.errors.ends_with(") ended: signal: 9 (SIGKILL)\n"), "{}", end.errors);
    assert!(!end.rest.iter().any(|line| line.starts_with("0 ")), "{end:?}");
}

#[test]
fn when_the_last_has_crashed_the_server_ends() {
    let mut server = server(&["counting", "1"]);
    let ready = lines(&mut server, 1);
    kill(process_of(&ready[0]), "KILL");
    let end = server.end();
    assert_eq!(end.code, Some(1), "{end:?}");
    assert!(end.errors.contains("Error: no worker is left: worker 0 (process "), "{}", end.errors);
    assert!(end.errors.contains("signal: 9 (SIGKILL)"), "{}", end.errors);
}

#[test]
fn with_restart_a_crashed_one_is_replaced() {
    let mut server = server(&["counting", "2", "restart"]);
    let mut ready = lines(&mut server, 2);
    for _ in 0..3 {
        kill(process_of(&ready[0]), "KILL");
        let next = server.line().expect("another one");
        assert_eq!(next[..2], ready[0][..2], "it has the same index");
        assert_ne!(process_of(&next), process_of(&ready[0]));
        assert_eq!(next.split(' ').nth(3), ready[1].split(' ').nth(3), "and the same socket");
        ready[0] = next;
    }
    server.signal("TERM");
    let end = server.end();
    assert_eq!(end.code, Some(0), "{end:?}");
    assert_eq!(end.errors.matches("signal: 9 (SIGKILL)").count(), 3, "{}", end.errors);
}

/// What cannot start again is tried again, ever more slowly, and does not end the server.
#[test]
fn a_replacement_that_fails_is_tried_again() {
    let marker = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("once");
    let _ = std::fs::remove_file(&marker);
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    let mut server = Child::start(command.args(["once", "1", "restart"]).env("MARKER", &marker));
    let first = server.line().expect("it is ready");
    std::fs::write(&marker, "").expect("a file");
    kill(process_of(&first), "KILL");
    let began = std::time::Instant::now();
    while began.elapsed() < std::time::Duration::from_millis(350) {
        std::thread::yield_now();
    }
    std::fs::remove_file(&marker).expect("it is there");
    let again = server.line().expect("it is ready again");
    assert_ne!(process_of(&first), process_of(&again));
    server.signal("TERM");
    let end = server.end();
    assert_eq!(end.code, Some(0), "{end:?}");
    let failures = end.errors.matches("failed to start: it was there before").count();
    assert!((2..=4).contains(&failures), "at once, after 100 ms, after 200 ms: {}", end.errors);
}

#[test]
fn workers_end_with_their_master() {
    let mut server = server(&["counting", "2"]);
    lines(&mut server, 2);
    server.signal("KILL");
    let end = server.end();
    assert_eq!(end.rest.iter().filter(|line| line.ends_with("ends for SIGTERM")).count(), 2, "{end:?}");
}

/// Clients, 64 at once, until there are so many answers.
struct Clients {
    address: SocketAddr,
    next: AtomicUsize,
    /// Full answers.
    answered: AtomicUsize,
    /// Requests that were begun again, since the worker that had them was killed.
    again: AtomicUsize,
    /// Which processes answered.
    servers: std::sync::Mutex<BTreeSet<u64>>,
}

impl Clients {
    async fn ask(&self, n: u64) -> std::io::Result<u64> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_u64(n).await?;
        let mut answer = Vec::with_capacity(ANSWER + 16);
        stream.read_to_end(&mut answer).await?;
        let is_full = answer.len() == ANSWER + 16;
        if !is_full {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        assert_eq!(answer[..8], n.to_be_bytes());
        assert!(answer[16..].iter().all(|byte| *byte == n.to_le_bytes()[0]));
        Ok(u64::from_be_bytes(answer[8..16].try_into().expect("eight")))
    }

    async fn client(self: Arc<Self>, requests: usize) {
        loop {
            let n = self.next.fetch_add(1, Ordering::SeqCst);
            if n >= requests {
                return;
            }
            loop {
                match self.ask(n as u64).await {
                    Ok(server) => {
                        self.servers.lock().unwrap().insert(server);
                        self.answered.fetch_add(1, Ordering::SeqCst);
                        break;
                    }
                    Err(_) => self.again.fetch_add(1, Ordering::SeqCst),
                };
            }
        }
    }
}

/// Begins the clients; `disturb` gets to see how many answers there are.
fn ask_all(address: SocketAddr, requests: usize, mut disturb: impl FnMut(usize)) -> Arc<Clients> {
    let clients = Arc::new(Clients {
        address,
        next: AtomicUsize::new(0),
        answered: AtomicUsize::new(0),
        again: AtomicUsize::new(0),
        servers: std::sync::Mutex::default(),
    });
    let asking = Arc::clone(&clients);
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            ayo::scope!(|run| {
                for _ in 0..64 {
                    run << Arc::clone(&asking).client(requests);
                }
            })
            .await
            .expect("no failure");
        });
    });
    while !thread.is_finished() {
        disturb(clients.answered.load(Ordering::SeqCst));
        std::thread::yield_now();
    }
    thread.join().expect("no panic");
    clients
}

fn address_of(line: &str) -> SocketAddr {
    line.rsplit(' ').next().and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

const REQUESTS: usize = 10_000;

/// Workers are killed outright: what they were answering is asked again, and nothing else is lost.
#[test]
fn ten_thousand_requests_while_workers_are_killed_and_replaced() {
    let mut server = server(&["counting", "2", "restart"]);
    let mut ready = lines(&mut server, 2);
    let address = address_of(&ready[0]);
    let mut kills = 0;
    let clients = ask_all(address, REQUESTS, |answered| {
        if kills < 6 && answered >= (kills + 1) * REQUESTS / 8 {
            let slot = kills % 2;
            kill(process_of(&ready[slot]), "KILL");
            kills += 1;
            ready[slot] = server.line().expect("another one");
        }
    });
    let again = clients.again.load(Ordering::SeqCst);
    println!(
        "{REQUESTS} answers, {kills} kills, {again} requests asked again, {} processes",
        clients.servers.lock().unwrap().len()
    );
    assert_eq!((clients.answered.load(Ordering::SeqCst), kills), (REQUESTS, 6));
    assert!(again <= 6 * 64, "{again} were asked again");
    assert!(clients.servers.lock().unwrap().len() > 2);
    server.signal("TERM");
    let end = server.end();
    assert_eq!(end.code, Some(0), "{end:?}");
}

/// Workers are asked to end, by their own numbers, and replaced: every request has one full answer at its first try.
#[test]
fn ten_thousand_requests_while_workers_are_asked_to_end() {
    let mut server = server(&["counting", "2", "restart"]);
    let ready = lines(&mut server, 2);
    let mut current = [process_of(&ready[0]), process_of(&ready[1])];
    let mut ends = 0;
    let clients = ask_all(address_of(&ready[0]), REQUESTS, |answered| {
        if ends < 6 && answered >= (ends + 1) * REQUESTS / 8 {
            let slot = ends % 2;
            kill(current[slot], "TERM");
            ends += 1;
            let mut next = server.line().expect("its last word");
            while next.contains("ends for") {
                next = server.line().expect("another one");
            }
            current[slot] = process_of(&next);
        }
    });
    assert_eq!(clients.answered.load(Ordering::SeqCst), REQUESTS);
    assert_eq!((ends, clients.again.load(Ordering::SeqCst)), (6, 0), "nothing was asked twice");
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
}

/// SIGHUP replaces all workers, three times, under load: nothing is dropped.
#[test]
fn ten_thousand_requests_in_rolling_restarts() {
    let mut server = server(&["counting", "2"]);
    let ready = lines(&mut server, 2);
    let mut hangups = 0;
    let clients = ask_all(address_of(&ready[0]), REQUESTS, |answered| {
        if hangups < 3 && answered >= (hangups + 1) * REQUESTS / 5 {
            server.signal("HUP");
            hangups += 1;
            let said: Vec<String> = std::iter::from_fn(|| server.line()).take(4).collect();
            assert_eq!(said.iter().filter(|line| line.contains(" at ")).count(), 2, "{said:?}");
            assert_eq!(said.iter().filter(|line| line.ends_with("ends for SIGTERM")).count(), 2, "{said:?}");
        }
    });
    let servers = clients.servers.lock().unwrap().len();
    println!("{REQUESTS} answers, {hangups} rolling restarts, {servers} processes");
    assert_eq!((clients.answered.load(Ordering::SeqCst), hangups), (REQUESTS, 3));
    assert_eq!(clients.again.load(Ordering::SeqCst), 0, "nothing was asked twice");
    assert!((4..=8).contains(&servers), "{servers}");
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn a_rolling_restart_that_cannot_start_leaves_the_old_ones() {
    let marker = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("rolling");
    let _ = std::fs::remove_file(&marker);
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    let mut server = Child::start(command.args(["once", "2"]).env("MARKER", &marker));
    let ready = lines(&mut server, 2);
    std::fs::write(&marker, "").expect("a file");
    server.signal("HUP");
    server.error_with("the rolling restart is given up");
    for line in &ready {
        kill(process_of(line), "0");
    }
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
}
