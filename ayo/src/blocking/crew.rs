//! A queue of closures, and the threads that drain it.
//!
//! A closure that is handed to Tokio's blocking threads alone costs a wake-up of one of them. Here one thread, once it is
//! awake, runs what is in the queue one after the other, and goes back to Tokio when nothing is left.
//!
//! That must not make anybody wait behind a closure that takes long. So while there is a queue, one more thread *watches* it:
//! it looks every 100 us whether closures are taken from it. If none is, it becomes a worker itself and the number of workers
//! is doubled, and another one watches. If closures of some length are taken, by fewer workers than there are cores, it becomes
//! one too. So trivial closures run on one thread, many long ones on as many as Tokio would have used.
//!
//! # Invariants
//! * While the queue is not empty, there is a worker or a watcher, or one is on its way; a watcher without workers becomes
//!   one. `workers` and `watched` are taken back by the [`Hand`] that stands for them, however it ends.
//! * There are at most `limit` workers.
//! * Nothing of the user's runs, and no thread is asked for, under the lock.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};

use super::executor::Job;
use crate::sync::lock;

/// How often a watcher looks.
const LOOK: Duration = Duration::from_micros(100);
/// A closure that takes longer is worth another thread.
const SHORT: Duration = Duration::from_micros(10);

/// The crews of one pool: one for each runtime that has work for it.
pub(crate) struct Crews {
    limit: usize,
    all: Mutex<Vec<(Id, Weak<Crew>)>>,
}

/// Where `aside` runs its closures: as many at once as Tokio has threads for.
pub(crate) static UNNAMED: Crews = Crews::new(usize::MAX);

impl Crews {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, all: Mutex::new(Vec::new()) }
    }

    /// That of a runtime. It lives for as long as somebody uses it.
    pub(crate) fn of(&self, runtime: &Handle) -> Arc<Crew> {
        let id = runtime.id();
        let mut all = lock(&self.all);
        let found = all.iter().find(|(of, _)| *of == id).and_then(|(_, crew)| crew.upgrade());
        found.unwrap_or_else(|| {
            all.retain(|(_, crew)| crew.strong_count() > 0);
            let crew = Arc::new(Crew::new(runtime.clone(), self.limit));
            all.push((id, Arc::downgrade(&crew)));
            crew
        })
    }
}

pub(crate) struct Crew {
    runtime: Handle,
    limit: usize,
    line: Mutex<Line>,
    /// Wakes the watcher.
    changed: Condvar,
}

#[derive(Default)]
struct Line {
    jobs: VecDeque<Job>,
    workers: usize,
    /// There is a watcher, or one is on its way.
    watched: bool,
    /// The watcher is between two looks.
    waits: bool,
    /// The last look: when, and its number.
    looked: Option<Instant>,
    look: u64,
    /// Since then: the closures taken, and the workers who took some.
    taken: u32,
    moving: u32,
}

/// A thread that has a part in a crew; dropped, it has it no more.
struct Hand {
    crew: Arc<Crew>,
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Watches,
    Works,
    None,
}

impl Crew {
    fn new(runtime: Handle, limit: usize) -> Self {
        Self { runtime, limit, line: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts a job in line.
    pub(crate) fn push(self: &Arc<Self>, job: Job) {
        let is_held = job.is_held();
        let mut line = self.lock();
        line.jobs.push_back(job);
        let hire = line.wants_a_watcher(self.limit);
        let wake = line.waits && line.workers == 0;
        drop(line);
        if hire {
            self.hire(Hand::new(self, Part::Watches), is_held);
        } else if wake {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        lock(&self.line)
    }

    /// Gets one more thread: one of Tokio's. While a paused clock is held it is one of its own, for Tokio's would hold the
    /// clock until the last job is done, also while that sleeps.
    fn hire(&self, hand: Hand, is_held: bool) {
        if !is_held {
            drop(self.runtime.spawn_blocking(move || hand.serve(false)));
            return;
        }
        let serve = move || {
            let runtime = hand.crew.runtime.clone();
            let _runtime = runtime.enter();
            hand.serve(true);
        };
        let spawned = std::thread::Builder::new().name("ayo-aside".to_owned()).spawn(serve);
        if let Err(error) = spawned {
            panic!("no thread for a blocking closure: {error}");
        }
    }
}

impl Line {
    /// Whether somebody has to be sent for; that is booked then.
    fn wants_a_watcher(&mut self, limit: usize) -> bool {
        let wants = !self.watched && !self.jobs.is_empty() && self.workers < limit;
        if wants {
            self.watched = true;
            self.begin_to_look();
        }
        wants
    }

    fn begin_to_look(&mut self) {
        (self.taken, self.moving) = (0, 0);
        self.look += 1;
        self.looked = Some(Instant::now());
    }

    /// Takes a job, and notes who did.
    fn take(&mut self, seen: &mut Option<u64>) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.taken += 1;
        if seen.replace(self.look) != Some(self.look) {
            self.moving += 1;
        }
        Some(job)
    }

    /// How many more workers are worth it by now, when the watcher looks.
    fn wants_workers(&mut self, limit: usize) -> usize {
        let since = self.looked.map_or(LOOK, |looked| looked.elapsed());
        let is_stuck = self.taken == 0 && since >= LOOK / 4;
        if self.workers > 0 && !is_stuck && since < LOOK {
            return 0;
        }
        let are_long = since * self.moving > SHORT * self.taken;
        let are_few = (self.moving as usize) < *CORES;
        self.begin_to_look();
        let room = self.jobs.len().min(limit.saturating_sub(self.workers));
        let wanted = if is_stuck {
            self.workers.max(1)
        } else {
            usize::from(self.workers == 0 || (are_long && are_few))
        };
        wanted.min(room)
    }

    /// How long the watcher waits until it looks again.
    fn until_look(&self) -> Duration {
        self.looked.map_or(LOOK, |looked| LOOK.saturating_sub(looked.elapsed()))
    }
}

static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

impl Hand {
    fn new(crew: &Arc<Crew>, part: Part) -> Self {
        Self { crew: Arc::clone(crew), part }
    }

    /// Watches, if that is its part, then works, until nothing is left to do.
    fn serve(mut self, is_held: bool) {
        let crew = Arc::clone(&self.crew);
        if self.part == Part::Watches {
            self.watch(&crew).into_iter().for_each(|hand| crew.hire(hand, is_held));
        }
        if self.part == Part::Works {
            self.work(&crew, is_held);
        }
    }

    /// Until it becomes a worker, with these beside it; or until nothing is left to do.
    fn watch(&mut self, crew: &Arc<Crew>) -> Vec<Self> {
        let mut line = crew.lock();
        loop {
            if line.jobs.is_empty() {
                self.change(&mut line, Part::None);
                return Vec::new();
            }
            let wanted = line.wants_workers(crew.limit);
            if wanted > 0 {
                self.change(&mut line, Part::Works);
                line.workers += wanted - 1;
                drop(line);
                return (1..wanted).map(|_| Self::new(crew, Part::Works)).collect();
            }
            line.waits = true;
            let left = line.until_look();
            line = crew.changed.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0;
            line.waits = false;
        }
    }

    fn work(&mut self, crew: &Arc<Crew>, is_held: bool) {
        let mut seen = None;
        loop {
            let mut line = crew.lock();
            let Some(job) = line.take(&mut seen) else { return self.change(&mut line, Part::None) };
            let hire = line.wants_a_watcher(crew.limit);
            drop(line);
            if hire {
                crew.hire(Self::new(crew, Part::Watches), is_held);
            }
            job.run_here();
        }
    }

    /// Has another part from now on.
    fn change(&mut self, line: &mut Line, part: Part) {
        match std::mem::replace(&mut self.part, part) {
            Part::Watches => line.watched = false,
            Part::Works => line.workers -= 1,
            Part::None => {}
        }
        if part == Part::Works {
            line.workers += 1;
        }
    }
}

impl Drop for Hand {
    /// It has a part only if it was never a thread, because the runtime shuts down, or if no other thread could be had. If it
    /// was the last, nobody will run what is in line.
    fn drop(&mut self) {
        if self.part == Part::None {
            return;
        }
        let crew = Arc::clone(&self.crew);
        let mut line = crew.lock();
        self.change(&mut line, Part::None);
        let is_last = line.workers == 0 && !line.watched;
        let left = if is_last { std::mem::take(&mut line.jobs) } else { VecDeque::new() };
        drop(line);
        drop(left);
    }
}
