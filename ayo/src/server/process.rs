//! A worker that is a process: this executable, started anew.
//!
//! Its standard input is one end of a pair of sockets (`wire.rs`); an environment variable says which worker it is. So nothing
//! has to be inherited that the standard library does not hand over itself, and no `unsafe` is needed for it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::Server;
use super::mail::Mail;
use super::master::{Event, Events, Link, Start};
use super::sockets::Sockets;
use super::wire::{Frame, receive, send};
use super::worker::{Home, Seed, line, work};
use crate::error::Error;
use crate::panic::caught;
use crate::program::{Signal, signals};
use crate::sync::{AtomicUsize, Ordering, lock};

/// Which worker a process is: `server:index:wait:master`.
const WORKER: &str = "AYO_WORKER";

/// Servers of a program are told apart by the order of their calls of `run`.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// The number of the server that runs now.
pub(super) fn next_server() -> usize {
    CALLS.fetch_add(1, Ordering::SeqCst)
}

/// What the environment says.
struct Role {
    server: usize,
    index: usize,
    wait_timeout: Duration,
}

impl Role {
    /// Of this process, if it is a worker. A process that a worker starts has the variable too, but another parent.
    fn of_this_process() -> Option<Self> {
        let text = std::env::var(WORKER).ok()?;
        let mut parts = text.split(':').map(|part| part.parse::<u64>().ok());
        let mut next = || parts.next().flatten();
        let (server, index, wait, master) = (next()?, next()?, next()?, next()?);
        (master == u64::from(std::os::unix::process::parent_id())).then_some(Self {
            server: usize::try_from(server).ok()?,
            index: usize::try_from(index).ok()?,
            wait_timeout: Duration::from_nanos(wait),
        })
    }
}

/// Runs this process as the worker that it is, if it is one, and ends it. A call of `run` that is another server's
/// returns at once.
pub(super) fn as_worker(server: &Server) -> Option<Result<(), Error>> {
    if server.threads {
        return None;
    }
    let role = Role::of_this_process()?;
    if next_server() != role.server {
        return Some(Ok(()));
    }
    let code = match caught(|| run_worker(server, &role)) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            eprintln!("worker {}: {error}", role.index);
            1
        }
        Err(_) => 101,
    };
    std::process::exit(code)
}

fn run_worker(server: &Server, role: &Role) -> io::Result<()> {
    let missing = || io::Error::other("the program that was started anew has no such worker");
    let function = server.work_of(role.index).ok_or_else(missing)?;
    let control = take_control()?;
    let Some(Frame::Context(context)) = receive(&control)? else {
        return Err(io::Error::other("the server does not say what it is to do"));
    };
    let mail = Mail::default();
    let (answer, answers) = channel();
    let reader = (control.try_clone()?, mail.clone());
    thread::Builder::new()
        .name("ayo-control".to_owned())
        .spawn(move || read(&reader.0, &reader.1, &answer))?;
    let home = Arc::new(ProcessHome { control: control.try_clone()?, answers: Mutex::new(answers) });
    let seed = Seed {
        index: role.index,
        mail: mail.clone(),
        home,
        context: context.into(),
        wait_timeout: role.wait_timeout,
    };
    // Of a person who asks this worker alone, by `kill`.
    let mut own = signals();
    let result = work(function, seed, move |run| {
        let forward = async move {
            loop {
                match own.next().await {
                    Signal::Hangup => {}
                    signal => mail.push(signal),
                }
            }
        };
        run.task(forward).name("signals").background().start();
    });
    if let Err(error) = result {
        send(&control, &Frame::Failed(line(&error)))?;
        std::process::exit(1);
    }
    Ok(())
}

/// Takes the sockets from where the standard input is, which nobody else is to read or inherit.
fn take_control() -> io::Result<UnixStream> {
    let control: OwnedFd = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    Ok(UnixStream::from(control))
}

/// Hands out what the master says. When that is gone, there is nobody to serve for.
fn read(control: &UnixStream, mail: &Mail, answer: &Sender<io::Result<TcpListener>>) {
    loop {
        match receive(control) {
            Ok(Some(Frame::Socket(socket))) => drop(answer.send(Ok(socket))),
            Ok(Some(Frame::Refused(why))) => drop(answer.send(Err(io::Error::other(why)))),
            Ok(Some(Frame::Signal(number))) => mail.push(signal_of(number)),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return mail.push(Signal::Terminate),
        }
    }
}

fn signal_of(number: u8) -> Signal {
    let all = [Signal::Hangup, Signal::Interrupt, Signal::Terminate];
    all.into_iter().find(|signal| signal.number() == number).unwrap_or(Signal::Terminate)
}

/// The worker's way to its master.
struct ProcessHome {
    control: UnixStream,
    answers: Mutex<Receiver<io::Result<TcpListener>>>,
}

impl Home for ProcessHome {
    /// One question at a time: answers come in the order of questions.
    fn listener(&self, addresses: &[SocketAddr]) -> io::Result<TcpListener> {
        let answers = lock(&self.answers);
        let lines: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        send(&self.control, &Frame::Listen(lines.join("\n")))?;
        answers.recv().unwrap_or_else(|_| Err(io::Error::other("the server is gone")))
    }

    fn ready(&self) {
        let _ = send(&self.control, &Frame::Ready);
    }
}

/// The master's way to a worker.
struct ProcessLink {
    control: UnixStream,
    child: Arc<Mutex<Child>>,
    id: u32,
}

impl Link for ProcessLink {
    fn signal(&self, signal: Signal) {
        let _ = send(&self.control, &Frame::Signal(signal.number()));
    }

    fn kill(&self) -> bool {
        lock(&self.child).kill().is_ok()
    }

    fn name(&self) -> String {
        format!("process {}", self.id)
    }
}

/// Begins one. It has a process group of its own: the Ctrl-C of a terminal is the master's business.
pub(super) fn start(start: &Start, events: Events) -> io::Result<Box<dyn Link>> {
    let (control, theirs) = UnixStream::pair()?;
    let wait = u64::try_from(start.wait_timeout.as_nanos()).unwrap_or(u64::MAX);
    let child = Command::new(&start.program)
        .args(std::env::args_os().skip(1))
        .env(WORKER, format!("{}:{}:{wait}:{}", start.server, start.index, std::process::id()))
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .process_group(0)
        .spawn()?;
    let (id, child) = (child.id(), Arc::new(Mutex::new(child)));
    let link = ProcessLink { control: control.try_clone()?, child: Arc::clone(&child), id };
    let (sockets, context) = (start.sockets.clone(), Arc::clone(&start.context));
    thread::Builder::new().name(format!("ayo-worker-{}", start.index)).spawn(move || {
        let said = send(&control, &Frame::Context(context.to_vec()));
        let failed = said.and_then(|()| listen(&control, &sockets, &events)).unwrap_or_default();
        events.send(Event::Ended(wait_for(id, &child, failed)));
    })?;
    Ok(Box::new(link))
}

/// Answers a worker until it is gone. What it says that it failed with comes back.
fn listen(control: &UnixStream, sockets: &Sockets, events: &Events) -> io::Result<Option<String>> {
    let mut failed = None;
    while let Some(frame) = receive(control)? {
        match frame {
            Frame::Listen(addresses) => {
                let addresses: Vec<SocketAddr> =
                    addresses.lines().filter_map(|line| line.parse().ok()).collect();
                let answer = match sockets.get(&addresses) {
                    Ok(socket) => Frame::Socket(socket),
                    Err(error) => Frame::Refused(error.to_string()),
                };
                send(control, &answer)?;
            }
            Frame::Ready => events.send(Event::Ready),
            Frame::Failed(why) => failed = Some(why),
            _ => {}
        }
    }
    Ok(failed)
}

/// Waits for the end of the process. It is reaped under the lock, so that nobody kills a stranger of the same number.
fn wait_for(id: u32, child: &Mutex<Child>, failed: Option<String>) -> Result<(), String> {
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let only_look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), only_look));
    }
    match (failed, lock(child).wait()) {
        (Some(why), _) => Err(why),
        (None, Ok(status)) if status.success() => Ok(()),
        (None, Ok(status)) => Err(status.to_string()),
        (None, Err(error)) => Err(error.to_string()),
    }
}
