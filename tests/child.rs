//! A program of `tests/bin` as a child process: what it prints is waited for line by line, and it is sent real signals.
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One that is reached means that a program hangs; it is killed, so that the test goes on to say so.
const WATCHDOG: Duration = Duration::from_secs(180);

pub(crate) struct Child {
    process: std::process::Child,
    lines: BufReader<std::process::ChildStdout>,
    errors: Option<JoinHandle<String>>,
    /// Its standard error, as far as it has come.
    so_far: Arc<Mutex<String>>,
    seen: Vec<String>,
    ended: Arc<AtomicBool>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    /// What it printed and nobody had waited for.
    pub(crate) rest: Vec<String>,
    pub(crate) errors: String,
}

impl Child {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.env("NO_COLOR", "1").env("RUST_BACKTRACE", "0");
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = pipes.spawn().expect("it starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut stderr = BufReader::new(process.stderr.take().expect("a pipe"));
        let so_far = Arc::new(Mutex::new(String::new()));
        let text = Arc::clone(&so_far);
        let errors = std::thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).expect("text") > 0 {
                text.lock().unwrap().push_str(&line);
                line.clear();
            }
            text.lock().unwrap().clone()
        });
        let ended = Arc::new(AtomicBool::new(false));
        watch(process.id(), Arc::clone(&ended));
        Self { process, lines, errors: Some(errors), so_far, seen: Vec::new(), ended }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line that it prints; `None` at its end.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("text");
        let line = line.strip_suffix('\n')?.to_owned();
        self.seen.push(line.clone());
        Some(line)
    }

    /// Waits until it prints this, before anything else.
    #[track_caller]
    pub(crate) fn says(&mut self, expected: &str) {
        self.says_one_of(&[expected]);
    }

    /// Waits until it prints these two, in either order, before anything else.
    #[track_caller]
    pub(crate) fn says_both(&mut self, one: &str, other: &str) {
        let first = self.says_one_of(&[one, other]);
        self.says(if first == one { other } else { one });
    }

    #[track_caller]
    fn says_one_of(&mut self, expected: &[&str]) -> String {
        match self.line() {
            Some(line) if expected.contains(&&*line) => line,
            line => self.refuse(expected, line),
        }
    }

    #[track_caller]
    fn refuse(&mut self, expected: &[&str], line: Option<String>) -> ! {
        let seen = std::mem::take(&mut self.seen);
        let _ = self.process.kill();
        let errors = self.errors.take().map(|errors| errors.join().expect("it reads")).unwrap_or_default();
        panic!("expected {expected:?}, it said {line:?}; all: {seen:?}; errors: {errors}");
    }

    /// Waits until this is on its standard error.
    pub(crate) fn error_with(&self, part: &str) {
        self.errors_with(part, 1);
    }

    /// Waits until this is there so many times.
    pub(crate) fn errors_with(&self, part: &str, times: usize) {
        while self.so_far.lock().unwrap().matches(part).count() < times {
            assert!(!self.errors.as_ref().is_some_and(JoinHandle::is_finished), "it never said {part:?}");
            std::thread::yield_now();
        }
    }

    /// Writes a line to its standard input.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.process.stdin.as_mut().expect("a pipe"), "{line}").expect("it reads");
    }

    /// Sends it a signal: `INT`, `TERM`, …
    pub(crate) fn signal(&self, signal: &str) {
        kill(self.process.id(), signal);
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> End {
        let rest = std::iter::from_fn(|| self.line()).collect();
        let status = self.process.wait().expect("it ends");
        self.ended.store(true, Ordering::Release);
        let errors = self.errors.take().expect("once").join().expect("it reads");
        End { code: status.code(), rest, errors }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a process a signal.
pub(crate) fn kill(process: u32, signal: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -s {signal} {process}")]).status();
    assert!(status.expect("a shell").success(), "{process} is not there for SIG{signal}");
}

fn watch(process: u32, ended: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let began = Instant::now();
        while !ended.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(50));
            if began.elapsed() > WATCHDOG {
                eprintln!("process {process} hangs; it is killed");
                return kill(process, "KILL");
            }
        }
    });
}
