//! The master: it begins workers, hears of them, and sees to it that all of them end.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::main_context::MainContext;
use super::sockets::Sockets;
use super::{Server, thread};
use crate::error::Error;
use crate::program::hub::{Ear, Role};
use crate::program::{Signal, print};

/// What a cancelled worker has for its clean-up before it is killed.
const CLEAN_UP: Duration = Duration::from_secs(1);
/// The first wait before a worker is replaced again, and the longest.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10)];
/// A worker that has served for so long is no sign of trouble that goes on.
const STEADY: Duration = Duration::from_secs(10);

/// What a worker is begun with.
pub(super) struct Start {
    pub(super) index: usize,
    #[cfg_attr(not(unix), expect(dead_code, reason = "for workers that are processes"))]
    pub(super) server: usize,
    #[cfg_attr(not(unix), expect(dead_code, reason = "for workers that are processes"))]
    pub(super) program: PathBuf,
    pub(super) sockets: Sockets,
    pub(super) context: Arc<[u8]>,
    pub(super) wait_timeout: Duration,
}

/// The master's way to one worker.
pub(super) trait Link {
    fn signal(&self, signal: Signal);

    /// Ends it at once; `false`: that cannot be done.
    fn kill(&self) -> bool;

    fn name(&self) -> String;
}

/// What is heard of a worker.
pub(super) enum Event {
    Ready,
    /// It is gone; or what it ended with.
    Ended(Result<(), String>),
}

/// A worker's way to tell.
#[derive(Clone)]
pub(super) struct Events {
    hand: u64,
    tell: mpsc::UnboundedSender<(u64, Event)>,
}

impl Events {
    pub(super) fn send(&self, event: Event) {
        let _ = self.tell.send((self.hand, event));
    }
}

/// Runs the server in the master.
pub(super) fn run(mut server: Server) -> Result<(), Error> {
    let ear = Ear::open(Role::Stream);
    let main = server.main.take();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::failed(error.into()))?;
    runtime.block_on(async {
        let master = Master::new(&server, ear)?;
        let Some(main) = main else { return master.serve(&[], std::future::pending()).await };
        let (start, started) = oneshot::channel();
        let (mut tell, ended) = oneshot::channel();
        let main = main(MainContext { start, ended });
        let serve = async {
            match started.await {
                Ok(context) => {
                    let result = master.serve(&context, tell.closed()).await;
                    let _ = tell.send(result);
                }
                Err(_never_started) => {}
            }
        };
        let (main, ()) = both(main, serve).await;
        main.map_err(Error::failed)
    })
}

/// Polls two futures to their ends.
async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (std::pin::pin!(a), std::pin::pin!(b));
    let (mut first, mut second) = (None, None);
    poll_fn(|cx| {
        if first.is_none()
            && let std::task::Poll::Ready(value) = a.as_mut().poll(cx)
        {
            first = Some(value);
        }
        if second.is_none()
            && let std::task::Poll::Ready(value) = b.as_mut().poll(cx)
        {
            second = Some(value);
        }
        match (first.take(), second.take()) {
            (Some(a), Some(b)) => std::task::Poll::Ready((a, b)),
            (a, b) => {
                (first, second) = (a, b);
                std::task::Poll::Pending
            }
        }
    })
    .await
}

/// A worker that is there.
struct Hand {
    slot: usize,
    link: Box<dyn Link>,
    /// Since when it serves.
    ready: Option<Instant>,
    /// It was asked to end; when it is killed for not doing so.
    kill_at: Option<Instant>,
    killed: bool,
}

/// A place for a worker.
#[derive(Default)]
struct Slot {
    hand: Option<u64>,
    /// How long the next replacement waits.
    back_off: Option<Duration>,
    replace_at: Option<Instant>,
}

/// What the server is doing.
#[derive(PartialEq, Eq)]
enum Phase {
    Starting,
    Serving,
    Stopping,
}

/// A rolling restart: the slots that are left, and what it waits for.
struct Rolling {
    left: VecDeque<usize>,
    /// The worker that is to be ready, or to have ended.
    waits_for: Option<u64>,
}

struct Master<'a> {
    server: &'a Server,
    ear: Ear,
    tell: mpsc::UnboundedSender<(u64, Event)>,
    told: mpsc::UnboundedReceiver<(u64, Event)>,
    number: usize,
    program: PathBuf,
    sockets: Sockets,
    context: Arc<[u8]>,
    hands: BTreeMap<u64, Hand>,
    last: u64,
    slots: Vec<Slot>,
    phase: Phase,
    rolling: Option<Rolling>,
    /// It was asked to end a second time.
    hurried: bool,
    /// What the server ends with.
    errors: Vec<Error>,
}

impl<'a> Master<'a> {
    fn new(server: &'a Server, ear: Ear) -> Result<Self, Error> {
        let (tell, told) = mpsc::unbounded_channel();
        let program = std::env::current_exe().map_err(|error| Error::failed(error.into()))?;
        let slots = (0..server.workers + server.extra.len()).map(|_| Slot::default()).collect();
        Ok(Self {
            server,
            ear,
            tell,
            told,
            number: number(server),
            program,
            sockets: Sockets::default(),
            context: Arc::default(),
            hands: BTreeMap::new(),
            last: 0,
            slots,
            phase: Phase::Starting,
            rolling: None,
            hurried: false,
            errors: Vec::new(),
        })
    }

    /// From the first worker to the end of the last. When `unwanted` is ready, they are asked to end.
    async fn serve(mut self, context: &[u8], unwanted: impl Future<Output = ()>) -> Result<(), Error> {
        let mut unwanted = std::pin::pin!(unwanted);
        self.context = context.into();
        for slot in 0..self.slots.len() {
            match self.begin(slot) {
                Ok(hand) => self.slots[slot].hand = Some(hand),
                Err(error) => self.fail(format!("worker {slot} could not be started: {error}")),
            }
        }
        while !self.is_over() {
            let next = self.next_deadline();
            tokio::select! {
                biased;
                signal = poll_fn(|cx| self.ear.poll(cx)) => self.on_signal(signal),
                Some((hand, event)) = self.told.recv() => match event {
                    Event::Ready => self.on_ready(hand),
                    Event::Ended(how) => self.on_end(hand, how),
                },
                () = &mut unwanted, if self.phase != Phase::Stopping => self.stop(Signal::Terminate),
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
            }
            self.on_time(Instant::now());
        }
        let mut errors = self.errors.into_iter();
        errors.next().map_or(Ok(()), |first| Err(first.beside(errors)))
    }

    /// Nobody is left, and nobody comes.
    fn is_over(&self) -> bool {
        self.hands.is_empty() && self.slots.iter().all(|slot| slot.replace_at.is_none())
    }

    fn begin(&mut self, slot: usize) -> io::Result<u64> {
        self.last += 1;
        let hand = self.last;
        let events = Events { hand, tell: self.tell.clone() };
        let start = Start {
            index: slot,
            server: self.number,
            program: self.program.clone(),
            sockets: self.sockets.clone(),
            context: Arc::clone(&self.context),
            wait_timeout: self.server.wait_timeout,
        };
        let link = match self.server.work_of(slot) {
            Some(function) if self.server.threads => thread::start(&start, function, events)?,
            _ => process(&start, events)?,
        };
        self.hands.insert(hand, Hand { slot, link, ready: None, kill_at: None, killed: false });
        Ok(hand)
    }

    fn on_ready(&mut self, id: u64) {
        let Some(hand) = self.hands.get_mut(&id) else { return };
        let slot = hand.slot;
        if hand.ready.replace(Instant::now()).is_some() {
            return;
        }
        if self.phase == Phase::Starting && self.hands.values().all(|hand| hand.ready.is_some()) {
            self.phase = Phase::Serving;
        }
        if self.rolling.as_ref().is_some_and(|rolling| rolling.waits_for == Some(id)) {
            let old = self.slots[slot].hand.replace(id);
            if let Some(rolling) = &mut self.rolling {
                rolling.waits_for = old;
            }
            match old {
                Some(old) => self.ask(old, Signal::Terminate),
                None => self.roll(),
            }
        }
    }

    fn on_end(&mut self, id: u64, how: Result<(), String>) {
        let Some(hand) = self.hands.remove(&id) else { return };
        let is_rolling = self.rolling.as_ref().is_some_and(|rolling| rolling.waits_for == Some(id));
        let is_current = self.slots[hand.slot].hand == Some(id);
        if is_current {
            self.slots[hand.slot].hand = None;
        }
        let name = format!("worker {} ({})", hand.slot, hand.link.name());
        match (hand.kill_at, hand.ready, how) {
            (Some(_), _, Ok(())) => {}
            (Some(_), _, Err(_)) if hand.killed => {
                self.tell_or_fail(Error::abandoned(format!("{name} was killed: {}", self.why_killed())));
            }
            (Some(_), _, Err(why)) => self.tell_or_fail(failed(format!("{name} failed: {why}"))),
            (None, None, how) if self.phase == Phase::Starting => {
                self.fail(format!("{name} failed to start: {}", why(how)));
            }
            (None, None, how) => {
                print::warn(&format!("{name} failed to start: {}", why(how)));
                if is_rolling {
                    print::warn("the rolling restart is given up");
                    self.rolling = None;
                } else {
                    self.replace(hand.slot, None);
                }
            }
            (None, Some(since), how) => self.on_loss(&name, hand.slot, since, how, is_current),
        }
        if is_rolling && self.rolling.is_some() {
            self.roll();
        }
    }

    /// One that served has gone by itself.
    fn on_loss(
        &mut self,
        name: &str,
        slot: usize,
        since: Instant,
        how: Result<(), String>,
        is_current: bool,
    ) {
        let goes_on = self.server.restart || !self.is_over();
        let text = match &how {
            Ok(()) => format!("{name} ended by itself"),
            Err(why) => format!("{name} ended: {why}"),
        };
        if self.server.restart && is_current {
            print::warn(&text);
            self.replace(slot, Some(since));
        } else if goes_on {
            print::warn(&text);
        } else if how.is_err() {
            self.errors.push(failed(format!("no worker is left: {text}")));
        }
    }

    /// Has a slot filled again: at once if the worker had served for long, else after a time that grows.
    fn replace(&mut self, slot: usize, since: Option<Instant>) {
        if self.phase == Phase::Stopping {
            return;
        }
        let slot = &mut self.slots[slot];
        if since.is_some_and(|since| since.elapsed() >= STEADY) {
            slot.back_off = None;
        }
        let wait = slot.back_off.unwrap_or_default();
        slot.back_off = Some((wait * 2).clamp(BACK_OFF[0], BACK_OFF[1]));
        slot.replace_at = Some(Instant::now() + wait);
    }

    fn on_signal(&mut self, signal: Signal) {
        match (signal, &self.phase) {
            (Signal::Hangup, Phase::Serving) => match &mut self.rolling {
                Some(rolling) => rolling.left = (0..self.slots.len()).collect(),
                None => {
                    self.rolling = Some(Rolling { left: (0..self.slots.len()).collect(), waits_for: None });
                    self.roll();
                }
            },
            (Signal::Hangup, _) => {}
            (_, Phase::Stopping) => {
                self.hurried = true;
                self.hands.values_mut().for_each(|hand| hand.kill_at = Some(Instant::now()))
            }
            _ => self.stop(signal),
        }
    }

    /// Asks everyone to end.
    fn stop(&mut self, signal: Signal) {
        self.phase = Phase::Stopping;
        self.rolling = None;
        self.slots.iter_mut().for_each(|slot| slot.replace_at = None);
        let all: Vec<u64> = self.hands.keys().copied().collect();
        all.into_iter().for_each(|hand| self.ask(hand, signal));
    }

    fn ask(&mut self, id: u64, signal: Signal) {
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.link.signal(signal);
            let limit = self.server.wait_timeout.saturating_add(CLEAN_UP);
            hand.kill_at.get_or_insert(Instant::now().checked_add(limit).unwrap_or_else(far));
        }
    }

    /// Goes on with the next slot of a rolling restart.
    fn roll(&mut self) {
        let Some(rolling) = &mut self.rolling else { return };
        let Some(slot) = rolling.left.pop_front() else {
            self.rolling = None;
            return;
        };
        self.slots[slot].replace_at = None;
        match self.begin(slot) {
            Ok(hand) => {
                if let Some(rolling) = &mut self.rolling {
                    rolling.waits_for = Some(hand);
                }
            }
            Err(error) => {
                print::warn(&format!(
                    "worker {slot} could not be started, the rolling restart is given up: {error}"
                ));
                self.rolling = None;
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let kills = self.hands.values().filter(|hand| !hand.killed).filter_map(|hand| hand.kill_at);
        kills.chain(self.slots.iter().filter_map(|slot| slot.replace_at)).min()
    }

    /// Does what it is time for.
    fn on_time(&mut self, now: Instant) {
        let is_late = |hand: &Hand| !hand.killed && hand.kill_at.is_some_and(|at| at <= now);
        let late: Vec<u64> = self.hands.iter().filter(|(_, hand)| is_late(hand)).map(|(id, _)| *id).collect();
        late.into_iter().for_each(|hand| self.kill(hand));
        for slot in 0..self.slots.len() {
            if self.slots[slot].replace_at.is_some_and(|at| at <= now) {
                self.slots[slot].replace_at = None;
                match self.begin(slot) {
                    Ok(hand) => self.slots[slot].hand = Some(hand),
                    Err(error) => {
                        print::warn(&format!("worker {slot} could not be started: {error}"));
                        self.replace(slot, None);
                    }
                }
            }
        }
    }

    /// What cannot be killed is left behind.
    fn kill(&mut self, id: u64) {
        let Some(hand) = self.hands.get_mut(&id) else { return };
        hand.killed = true;
        if !hand.link.kill() {
            let name = format!("worker {} ({})", hand.slot, hand.link.name());
            self.hands.remove(&id);
            self.tell_or_fail(Error::abandoned(format!("{name} was left behind: {}", self.why_killed())));
        }
    }

    fn why_killed(&self) -> String {
        if self.hurried {
            "a second signal came".to_owned()
        } else {
            format!("it had not ended within {:?}", self.server.wait_timeout)
        }
    }

    /// What goes wrong at the end is the server's; before that it is reported.
    fn tell_or_fail(&mut self, error: Error) {
        if self.phase == Phase::Stopping {
            self.errors.push(error);
        } else {
            print::warn(&error.to_string());
        }
    }

    /// It cannot go on.
    fn fail(&mut self, why: String) {
        self.errors.push(failed(why));
        if self.phase != Phase::Stopping {
            self.stop(Signal::Terminate);
        }
    }
}

fn failed(text: String) -> Error {
    Error::failed(text.into())
}

fn why(how: Result<(), String>) -> String {
    how.err().unwrap_or_else(|| "it ended".to_owned())
}

/// As far away as no server runs.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(60 * 60 * 24 * 365 * 30)
}

#[cfg(unix)]
fn number(server: &Server) -> usize {
    if server.threads { 0 } else { super::process::next_server() }
}

#[cfg(not(unix))]
fn number(_: &Server) -> usize {
    0
}

#[cfg(unix)]
fn process(start: &Start, events: Events) -> io::Result<Box<dyn Link>> {
    super::process::start(start, events)
}

#[cfg(not(unix))]
fn process(_: &Start, _: Events) -> io::Result<Box<dyn Link>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "workers are processes on Unix alone: use `.threads()`"))
}
