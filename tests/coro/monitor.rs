//! `Monitor`: questions out, answers in.

use std::cell::Cell;
use std::future::pending;
use std::pin::{Pin, pin};
use std::time::Duration;

use ayo::{Monitor, Step, cancelled, scope, shield, timeout};
use futures::future::{FutureExt, join};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::{Boom, Count, Log, both, panic_of, panic_site, paused, text, turns};

const MS: Duration = Duration::from_millis(1);

// --- A parser that asks for bytes, and does not know where they come from -----------------------------------------------

/// `None` from the driver: there are no more.
type Input = Monitor<(), Option<Vec<u8>>>;

#[derive(Default)]
struct Buffer(Vec<u8>);

impl Buffer {
    async fn line(&mut self, input: &Input) -> Option<String> {
        loop {
            if let Some(end) = self.0.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.0.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line[..end]).trim_end().to_owned());
            }
            self.more(input).await?;
        }
    }

    async fn exactly(&mut self, n: usize, input: &Input) -> Option<Vec<u8>> {
        while self.0.len() < n {
            self.more(input).await?;
        }
        Some(self.0.drain(..n).collect())
    }

    async fn more(&mut self, input: &Input) -> Option<()> {
        let bytes = input.oob(()).await.unwrap()?;
        self.0.extend(bytes);
        Some(())
    }
}

#[derive(Debug, PartialEq)]
struct Message {
    start: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A message with headers and a body of a given length, as in HTTP. It calls into `Buffer` two levels deep.
async fn message(buffer: &mut Buffer, input: &Input) -> Option<Message> {
    let start = buffer.line(input).await?;
    let mut headers = Vec::new();
    loop {
        let line = buffer.line(input).await?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').expect("a header");
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let body = buffer.exactly(length.parse().expect("a number"), input).await?;
    Some(Message { start, headers, body })
}

/// Reads from a socket whatever the parser asks for, `size` bytes at a time.
async fn read_message(socket: &mut TcpStream, buffer: &mut Buffer, size: usize) -> Option<Message> {
    let input = Input::new();
    let mut parser = pin!(message(buffer, &input));
    loop {
        match input.drive(parser.as_mut()).await {
            Step::Done(message) => return message,
            Step::Oob(()) => {
                let mut bytes = vec![0; size];
                let n = socket.read(&mut bytes).await.unwrap();
                bytes.truncate(n);
                input.answer((n > 0).then_some(bytes));
            }
        }
    }
}

#[test]
fn a_parser_reads_from_a_socket() {
    crate::support::multi_thread(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        scope!(|run| {
            run << async move {
                let mut socket = TcpStream::connect(address).await?;
                let text = "POST /a HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n\r\nGET /cut";
                for piece in text.as_bytes().chunks(3) {
                    socket.write_all(piece).await?;
                    yield_now().await;
                }
                socket.shutdown().await?;
                Ok(())
            };
            let (mut socket, _) = listener.accept().await?;
            let mut buffer = Buffer::default();
            let first = read_message(&mut socket, &mut buffer, 4).await.unwrap();
            assert_eq!((&*first.start, &*first.body), ("POST /a HTTP/1.1", &b"hello"[..]));
            assert_eq!(first.headers.len(), 2);
            let second = read_message(&mut socket, &mut buffer, 1).await.unwrap();
            assert_eq!((&*second.start, second.body.len()), ("GET /b HTTP/1.1", 0));
            assert_eq!(read_message(&mut socket, &mut buffer, 64).await, None, "it was cut off");
        }).await.unwrap();
    });
}

#[test]
fn the_same_parser_reads_from_memory_without_a_runtime() {
    let input = Input::new();
    let mut buffer = Buffer::default();
    let mut parser = pin!(message(&mut buffer, &input));
    let mut bytes = b"A\n\n".iter();
    let message = loop {
        match input.drive(parser.as_mut()).now_or_never().expect("it waits only for answers") {
            Step::Oob(()) => input.answer(bytes.next().map(|byte| vec![*byte])),
            Step::Done(message) => break message,
        }
    };
    assert_eq!(message.unwrap().start, "A");
}

// --- The rules ----------------------------------------------------------------------------------------------------------

/// Answers each question with its number plus one, and counts them.
async fn drive_all<F: Future>(
    m: &Monitor<u32, u32, Boom>,
    mut future: Pin<&mut F>,
    asked: &Count,
) -> F::Output {
    loop {
        match m.drive(future.as_mut()).await {
            Step::Oob(n) => {
                asked.hit();
                m.answer(n + 1);
            }
            Step::Done(value) => return value,
        }
    }
}

both! {
    async fn questions_and_answers_and_real_waits() {
        let (m, asked) = (Monitor::new(), Count::new());
        let work = pin!(async {
            let a = m.oob(1).await.unwrap();
            turns(3).await;
            a + m.oob(10).await.unwrap()
        });
        assert_eq!(drive_all(&m, work, &asked).await, 13);
        assert_eq!(asked.get(), 2);
        // and again with the same monitor
        let work = pin!(async { m.oob(5).await });
        assert_eq!(drive_all(&m, work, &asked).await, Ok(6));
    }

    async fn an_error_is_thrown_in() {
        let m = Monitor::<&str, (), Boom>::new();
        let mut work = pin!(async { m.oob("what?").await });
        assert_eq!(m.drive(work.as_mut()).await, Step::Oob("what?"));
        m.throw(Boom(3));
        assert_eq!(m.drive(work.as_mut()).await, Step::Done(Err(Boom(3))));
    }

    async fn several_ask_at_once() {
        let (m, asked) = (Monitor::new(), Count::new());
        let work = pin!(async {
            let (a, b) = join(m.oob(1), m.oob(2)).await;
            let mut sum = a.unwrap() + b.unwrap();
            let mut set: FuturesUnordered<_> = (10..13).map(|n| m.oob(n)).collect();
            while let Some(answer) = set.next().await {
                sum += answer.unwrap();
            }
            sum
        });
        assert_eq!(drive_all(&m, work, &asked).await, 2 + 3 + 11 + 12 + 13);
        assert_eq!(asked.get(), 5);
    }

    async fn tasks_ask_too() {
        let (m, asked) = (Monitor::new(), Count::new());
        let inner = m.clone();
        let work = pin!(scope!(move |run| {
            let answers = run.map(0..100, move |n| {
                let inner = inner.clone();
                async move { inner.oob(n).await.unwrap() }
            });
            answers.await?.into_iter().sum::<u32>()
        }));
        assert_eq!(drive_all(&m, work, &asked).await.unwrap(), (1..=100).sum());
        assert_eq!(asked.get(), 100);
    }

    async fn a_task_that_asks_between_two_drives_waits_for_the_next() {
        let (m, gate, asking) = (Monitor::<u32, u32, Boom>::new(), crate::support::Gate::new(), Count::new());
        let (inner, passed, asks) = (m.clone(), gate.clone(), asking.clone());
        let mut work = pin!(scope!(move |run| {
            let own = inner.clone();
            let task = run << async move {
                passed.passed().await;
                let question = inner.oob(2);
                asks.hit();
                question.await.unwrap()
            };
            own.oob(1).await? + task.await?
        }));
        assert!(matches!(m.drive(work.as_mut()).await, Step::Oob(1)));
        gate.open();
        asking.reaches(1).await;
        m.answer(10);
        assert!(matches!(m.drive(work.as_mut()).await, Step::Oob(2)));
        m.answer(20);
        let Step::Done(sum) = m.drive(work.as_mut()).await else { panic!("it has no further question") };
        assert_eq!(sum.unwrap(), 30);
    }

    async fn a_question_that_is_dropped_is_taken_back() {
        let (m, asked) = (Monitor::new(), Count::new());
        let work = pin!(async {
            tokio::select! { biased; _ = m.oob(1) => unreachable!(), () = std::future::ready(()) => {} }
            m.oob(2).await.unwrap()
        });
        assert_eq!(drive_all(&m, work, &asked).await, 3);
        assert_eq!(asked.get(), 1);
    }

    async fn monitors_nest() {
        let (outer, inner, asked) = (Monitor::new(), Monitor::<u32, u32, Boom>::new(), Count::new());
        let work = pin!(async {
            let mut deep = pin!(async { inner.oob(1).await.unwrap() + outer.oob(100).await.unwrap() });
            loop {
                match inner.drive(deep.as_mut()).await {
                    Step::Oob(n) => { let n = outer.oob(n).await.unwrap(); inner.answer(n * 2) }
                    Step::Done(value) => break value,
                }
            }
        });
        assert_eq!(drive_all(&outer, work, &asked).await, 4 + 101);
        assert_eq!(asked.get(), 2);
    }

    async fn without_a_driver_it_panics_at_the_caller() {
        let m = Monitor::<u32, u32, Boom>::new();
        let (file, _, said) = panic_site(|| drop(m.oob(1)));
        assert!(file.ends_with("monitor.rs") && said.contains("nobody drives"), "{said}");
        // begun in a drive, awaited outside of it
        let mut work = pin!(async { Some(m.oob(1)) });
        let Step::Done(Some(oob)) = m.drive(work.as_mut()).await else { unreachable!() };
        let payload = panic_of(oob).await;
        assert!(text(&*payload).contains("tests/coro/monitor.rs"), "{}", text(&*payload));
    }

    async fn misuse_is_refused_at_the_caller() {
        let m = Monitor::<u32, u32, Boom>::new();
        assert!(panic_site(|| m.answer(1)).2.contains("no question is open"));
        let mut work = pin!(async {
            let nested = panic_site(|| drop(m.drive(pin!(async {}))));
            assert!(nested.2.contains("within a `drive`") && nested.0.ends_with("monitor.rs"), "{nested:?}");
            m.oob(1).await.unwrap()
        });
        assert_eq!(m.drive(work.as_mut()).await, Step::Oob(1));
        let refused = panic_site(|| drop(m.drive(work.as_mut())));
        assert!(refused.2.contains("the last question has no answer"), "{refused:?}");
        m.answer(1);
        assert!(panic_site(|| m.answer(1)).2.contains("no question is open"));
        assert_eq!(m.drive(work.as_mut()).await, Step::Done(1));
    }

    async fn a_panic_comes_out_of_the_drive() {
        let m = Monitor::<u32, u32, Boom>::new();
        let mut work = pin!(async { m.oob(1).await.unwrap(); panic!("deep") });
        assert!(matches!(m.drive(work.as_mut()).await, Step::<u32, ()>::Oob(1)));
        m.answer(1);
        assert_eq!(text(&*panic_of(m.drive(work.as_mut())).await), "deep");
        let mut next = pin!(async { 1 });
        assert_eq!(m.drive(next.as_mut()).await, Step::Done(1), "it is free again");
    }

    async fn a_drive_that_is_dropped_loses_nothing() {
        let m = Monitor::<u32, u32, Boom>::new();
        let gate = crate::support::Gate::new();
        let mut work = pin!(async { gate.passed().await; m.oob(1).await.unwrap() });
        tokio::select! { biased; _ = m.drive(work.as_mut()) => unreachable!(), () = turns(2) => {} }
        gate.open();
        assert_eq!(m.drive(work.as_mut()).await, Step::Oob(1));
        m.answer(5);
        assert_eq!(m.drive(work.as_mut()).await, Step::Done(5));
    }

    async fn close_waits_for_the_clean_up() {
        let (m, log) = (Monitor::<u32, u32, Boom>::new(), Log::new());
        let begun = Count::new();
        let mut work = Box::pin(async {
            let end = scope!(|run| {
                let (log, begun) = (log.clone(), begun.clone());
                run << async move { begun.hit(); cancelled().await; shield(async { turns(5).await; log.add("cleaned up") }).await };
                begun_reaches(&m).await;
                pending::<()>().await
            });
            let _ = end.await;
            log.add("control came back");
        });
        assert!(matches!(m.drive(work.as_mut()).await, Step::Oob(1)));
        begun.reaches(1).await;
        m.close(work).await;
        assert_eq!(log.all(), ["cleaned up"]);
        let mut next = pin!(async { m.oob(4).await.unwrap() });
        assert_eq!(m.drive(next.as_mut()).await, Step::Oob(4), "it drives another one");
        m.answer(0);
        m.close(next).await;
        let dropped = Cell::new(false);
        let guard = crate::support::OnDrop(|| dropped.set(true));
        m.close(async move { let _guard = guard; pending::<()>().await }).await;
        assert!(dropped.get());
    }
}

async fn begun_reaches(m: &Monitor<u32, u32, Boom>) {
    m.oob(1).await.unwrap();
}

paused! {
    async fn a_cancelled_drive_cleans_up_and_is_over() {
        let (m, log) = (Monitor::<u32, u32, Boom>::new(), Log::new());
        let mut work = Box::pin(async {
            let end = scope!(|run| {
                let log = log.clone();
                run << async move { cancelled().await; shield(async { sleep(5 * MS).await; log.add("cleaned up") }).await };
                pending::<()>().await
            });
            let _ = end.await;
        });
        assert!(timeout(10 * MS, m.drive(work.as_mut())).await.is_err());
        assert_eq!(log.all(), ["cleaned up"]);
        let refused = panic_site(|| drop(m.drive(work.as_mut())));
        assert!(refused.2.contains("was cancelled, and has ended"), "{refused:?}");
        m.close(work).await;
        let mut next = pin!(async { 3 });
        assert_eq!(m.drive(next.as_mut()).await, Step::Done(3));
    }
}
