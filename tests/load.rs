//! Every promise at once, at random and many times: 10,000 tasks that fail, panic, time out, cancel and are cancelled, in
//! nested, limited, orphaned and open scopes. When the scope returns nothing may be alive, and every error that
//! arose must have come out exactly once.
//!
//! `AYO_LOAD_ROUNDS=1000` for more rounds, `AYO_LOAD_SEED=17` for one round again.

mod support;

use std::error::Error as _;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ayo::{BoxError, ErrorKind, Report, Scope, TaskError, scope, shield};
use futures::future::BoxFuture;
use support::{Boom, Guard, Live, turns};
use tokio::task::JoinHandle;
use tokio::time::sleep;

const TASKS: usize = 10_000;

/// xorshift64*, split for every task, so that one seed makes one tree of decisions.
struct Rng(u64);

impl Rng {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("it is below a usize")
    }

    fn split(&mut self) -> Self {
        Self::new(self.next())
    }
}

/// What a round is about.
#[derive(Clone, Copy, Debug)]
struct Mode {
    limit: usize,
    /// Of 1,000 tasks, so many fail or panic.
    failing: usize,
    panicking: usize,
    supervise: bool,
    on_error: bool,
    /// After about so many tasks somebody cancels the outermost scope.
    cancel_after: usize,
    timeout: Duration,
}

impl Mode {
    fn of(rng: &mut Rng) -> Self {
        let never = usize::MAX;
        let hour = Duration::from_secs(3600);
        let calm = Self {
            limit: [never, never, 3, 50][rng.below(4)],
            failing: 10,
            panicking: 5,
            supervise: true,
            on_error: false,
            cancel_after: never,
            timeout: hour,
        };
        match rng.below(6) {
            0 => calm,
            1 => Self { failing: 200, panicking: 100, on_error: true, ..calm },
            2 => Self { failing: 2, panicking: 0, supervise: false, ..calm },
            3 => Self { failing: 1, panicking: 2, supervise: false, on_error: true, ..calm },
            4 => Self { cancel_after: 1 + rng.below(TASKS), ..calm },
            _ => Self { timeout: Duration::from_millis(1 + rng.next() % 20), ..calm },
        }
    }
}

/// The books of a round.
struct World {
    mode: Mode,
    live: Live,
    /// Jobs that may still be made.
    budget: AtomicUsize,
    injected: Mutex<Vec<u32>>,
    accounted: Mutex<Vec<u32>>,
    /// Tokio's own tasks; their last step is after the end of the scope they ran.
    foreign: Mutex<Vec<JoinHandle<()>>>,
}

impl World {
    fn new(mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            mode,
            live: Live::new(),
            budget: AtomicUsize::new(TASKS),
            injected: Mutex::default(),
            accounted: Mutex::default(),
            foreign: Mutex::default(),
        })
    }

    /// Whether another job may be made.
    fn take(&self) -> bool {
        self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn inject(&self) -> u32 {
        let mut injected = self.injected.lock().unwrap();
        let id = u32::try_from(injected.len()).expect("fewer than that");
        injected.push(id);
        id
    }

    /// Goes wrong now and then.
    fn maybe(&self, rng: &mut Rng) -> Result<(), Boom> {
        let throw = rng.below(1000);
        if throw < self.mode.failing {
            return Err(Boom(self.inject()));
        }
        if throw < self.mode.failing + self.mode.panicking {
            // Without the hook, which would print it.
            resume_unwind(Box::new(format!("injected panic {}", self.inject())));
        }
        Ok(())
    }

    fn account(&self, id: u32) {
        self.accounted.lock().unwrap().push(id);
    }

    fn account_panic(&self, text: &str) {
        let (_, id) =
            text.rsplit_once("injected panic ").unwrap_or_else(|| panic!("a panic of its own: {text}"));
        self.account(id.trim().parse().expect("a number"));
    }

    /// What an error itself stands for, without what came beside it.
    fn account_one(&self, error: &ayo::Error) {
        match error.source() {
            Some(source) => self.account_source(source),
            None if error.kind() == ErrorKind::Panicked => self.account_panic(&error.to_string()),
            None => {}
        }
    }

    fn account_source(&self, source: &(dyn std::error::Error + 'static)) {
        if let Some(boom) = source.downcast_ref::<Boom>() {
            self.account(boom.0);
        } else if let Some(nested) = source.downcast_ref::<ayo::Error>() {
            self.account_all(nested);
        } else {
            panic!("an error of its own: {source}");
        }
    }

    fn account_all(&self, error: &ayo::Error) {
        self.account_one(error);
        error.others().iter().for_each(|other| self.account_all(other));
    }

    /// Everything in a report; how many there were beyond what it keeps.
    fn account_report<R>(&self, report: Report<R>) -> u64 {
        report.error.iter().for_each(|error| self.account_all(error));
        report.contained.iter().for_each(|error| self.account_all(error));
        report.contained_beyond
    }

    fn hear(self: &Arc<Self>) -> impl Fn(&ayo::Error) + Send + Sync + 'static {
        let world = Arc::clone(self);
        move |error| world.account_one(error)
    }
}

type Job = BoxFuture<'static, Result<Guard, BoxError>>;

/// One task: it does one of many things, and may fail.
fn job(world: Arc<World>, mut rng: Rng, run: Scope, depth: usize) -> Job {
    let guard = world.live.guard();
    Box::pin(async move {
        turns(rng.below(3)).await;
        if world.budget.load(Ordering::Relaxed) < TASKS.saturating_sub(world.mode.cancel_after) && depth == 0
        {
            run.cancel();
        }
        act(&world, &mut rng, &run, depth).await?;
        world.maybe(&mut rng)?;
        Ok(guard)
    })
}

async fn act(world: &Arc<World>, rng: &mut Rng, run: &Scope, depth: usize) -> Result<(), BoxError> {
    let what = rng.below(if depth < 3 { 24 } else { 13 });
    let child = if (6..13).contains(&what) && world.take() {
        Some(job(Arc::clone(world), rng.split(), run.clone(), depth))
    } else {
        None
    };
    match (what, child) {
        (0, _) => sleep(Duration::from_millis(rng.next() % 3)).await,
        (1, _) => clean_up(world, rng).await?,
        (2, _) => last_word(world, rng).await?,
        (3, _) if rng.below(20) == 0 => {
            run.task(beat(world.live.guard(), Arc::clone(world), rng.split())).background().start();
        }
        (6, Some(child)) => drop(run.spawn(child)),
        (7, Some(child)) => drop(run.spawn(child).await),
        (8, Some(child)) => match run.attempt(child).await {
            Err(TaskError::Failed(error)) => world.account_source(&*error),
            Err(TaskError::Panicked(panic)) => world.account_panic(panic.message()),
            Ok(_) | Err(_) => {}
        },
        (9, Some(child)) => drop(run.attempt(child)),
        (10, Some(child)) => {
            let task = run.spawn(child);
            turns(rng.below(4)).await;
            task.cancel();
            drop(task.await);
        }
        (11, Some(child)) => run.task(child).bubble(false).name("contained").start(),
        (12, Some(child)) => drop(run.spawn_with(move || child)),
        (13..=15, _) => nested(Arc::clone(world), rng.split(), None, depth).await?,
        (16, _) => nested(Arc::clone(world), rng.split(), Some(run.clone()), depth).await?,
        (17 | 18, _) => {
            // The loser is adopted.
            let patience = rng.below(8);
            tokio::select! {
                end = nested(Arc::clone(world), rng.split(), None, depth) => end?,
                () = turns(patience) => {}
            }
        }
        (19, _) => {
            let patience = Duration::from_millis(rng.next() % 3);
            if let Ok(end) =
                tokio::time::timeout(patience, nested(Arc::clone(world), rng.split(), None, depth)).await
            {
                end?;
            }
        }
        (20, _) => foreign(world, rng, run, depth).await,
        (21, _) => open(world, rng, depth).await?,
        (22, _) => {
            let each = (Arc::clone(world), run.clone(), rng.split());
            let (world, run, mut rng) = each;
            let jobs = rng.below(5);
            drop(run.clone().for_each(0..jobs, move |_| {
                let job = world.take().then(|| job(Arc::clone(&world), rng.split(), run.clone(), depth));
                async move {
                    if let Some(job) = job {
                        drop(job.await?);
                    }
                    Ok::<(), BoxError>(())
                }
            }));
        }
        _ => {}
    }
    Ok(())
}

/// Clean-up that takes some turns, and may fail.
async fn clean_up(world: &Arc<World>, rng: &mut Rng) -> Result<(), Boom> {
    let _guard = world.live.guard();
    shield(async {
        turns(rng.below(6)).await;
        world.maybe(rng)
    })
    .await
}

/// Waits for a moment; if it is cancelled in it, it has a last word, that may be an error.
async fn last_word(world: &Arc<World>, rng: &mut Rng) -> Result<(), Boom> {
    tokio::select! {
        () = turns(rng.below(10)) => Ok(()),
        () = ayo::cancelled() => world.maybe(rng),
    }
}

/// A background task: it waits to be cancelled, cleans up, and may fail at that.
async fn beat(guard: Guard, world: Arc<World>, mut rng: Rng) -> Result<(), Boom> {
    ayo::cancelled().await;
    clean_up(&world, &mut rng).await?;
    drop(guard);
    Ok(())
}

/// What a nested scope does.
async fn body(world: Arc<World>, mut rng: Rng, inner: &Scope, depth: usize) -> Result<(), BoxError> {
    let _guard = world.live.guard();
    for _ in 0..rng.below(6) {
        if world.take() {
            let child = job(Arc::clone(&world), rng.split(), inner.clone(), depth);
            let bubble = rng.below(4) > 0;
            inner.task(child).bubble(bubble).start();
        }
    }
    turns(rng.below(4)).await;
    match rng.below(12) {
        0 => inner.cancel(),
        1 => inner.stop(),
        2 => clean_up(&world, &mut rng).await?,
        3 => inner.set_timeout(Duration::from_millis(rng.next() % 3)),
        _ => {}
    }
    world.maybe(&mut rng)?;
    Ok(())
}

fn nested(
    world: Arc<World>,
    mut rng: Rng,
    parent: Option<Scope>,
    depth: usize,
) -> BoxFuture<'static, Result<(), BoxError>> {
    Box::pin(async move {
        let limit = [usize::MAX, 1, 3][rng.below(3)];
        let time = Duration::from_millis([3_600_000, 3_600_000, 2][rng.below(3)]);
        let by_report = rng.below(2) == 0;
        let (hear, rng) = (world.hear(), rng.split());
        let ours = Arc::clone(&world);
        if let Some(parent) = parent {
            let scope = scope!(name = "below", max_concurrency = limit, timeout = time, on_error = hear, parent = parent => move |inner| {
                body(ours, rng, inner, depth + 1).await?;
            });
            let report = scope.report().await;
            world.account_report(report);
            return Ok(());
        }
        let scope = scope!(name = "nested", max_concurrency = limit, timeout = time, on_error = hear => move |inner| {
            body(ours, rng, inner, depth + 1).await?;
        });
        if by_report {
            world.account_report(scope.report().await);
            return Ok(());
        }
        match scope.await {
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Cancelled) => {
                // Not injected: it does not have to cancel what is around it. What came beside it has to come out.
                world.account_all(&error);
                Ok(())
            }
            end => Ok(end?),
        }
    })
}

/// A scope in a task of Tokio's own, below ours; it may be aborted.
async fn foreign(world: &Arc<World>, rng: &mut Rng, run: &Scope, depth: usize) {
    let task = tokio::spawn({
        let (below, world) =
            (nested(Arc::clone(world), rng.split(), Some(run.clone()), depth), Arc::clone(world));
        async move {
            if let Err(error) = below.await {
                world.account_source(&*error);
            }
        }
    });
    let abort = task.abort_handle();
    world.foreign.lock().unwrap().push(task);
    turns(rng.below(6)).await;
    if rng.below(2) == 0 {
        abort.abort();
    }
}

/// An open scope; it may be dropped.
async fn open(world: &Arc<World>, rng: &mut Rng, depth: usize) -> Result<(), BoxError> {
    let open = ayo::scope().name("open").on_error(world.hear()).open();
    for _ in 0..rng.below(4) {
        if world.take() {
            drop(open.spawn(job(Arc::clone(world), rng.split(), (*open).clone(), depth + 1)));
        }
    }
    turns(rng.below(4)).await;
    match rng.below(3) {
        // It fails what is around it if it has failed, supervised or not.
        0 if !world.mode.supervise => drop(open),
        1 => {
            world.account_report(open.report().await);
        }
        _ => open.await?,
    }
    Ok(())
}

/// How a round went.
#[derive(Default, Debug)]
struct Sums {
    tasks: usize,
    errors: usize,
    cut: usize,
}

async fn round(seed: u64, sums: &mut Sums) {
    let mut rng = Rng::new(seed);
    let mode = Mode::of(&mut rng);
    let world = World::new(mode);
    let ours = Arc::clone(&world);
    let hear = world.hear();
    let mut start = rng.split();
    let body = async move |run: &Scope| {
        for _ in 0..TASKS / 4 {
            if ours.take() {
                let job = job(Arc::clone(&ours), start.split(), run.clone(), 0);
                match start.below(4) {
                    0 => drop(run.spawn(job)),
                    1 => drop(run.attempt(job)),
                    _ => run.task(job).start(),
                }
            }
            if start.below(200) == 0 {
                turns(1).await;
            }
        }
        Ok::<_, BoxError>(())
    };
    let mut builder = ayo::scope().name("load").timeout(mode.timeout).max_concurrency(mode.limit);
    if mode.supervise {
        builder = builder.supervise();
    }
    if mode.on_error {
        builder = builder.on_error(hear);
    }
    let report = builder.run(body).report().await;

    if std::env::var_os("AYO_LOAD_SEED").is_some() {
        println!("seed {seed}: {mode:?}\n{:?} {} tasks", report.error, world.live.ever());
    }
    assert_eq!(world.live.now(), 0, "seed {seed}: something is alive after the end; {mode:?}");
    sums.tasks += world.live.ever();
    sums.cut += usize::from(report.error.is_some() || report.cancelled());
    let beyond = world.account_report(report);
    let foreign = std::mem::take(&mut *world.foreign.lock().unwrap());
    for task in foreign {
        if let Err(error) = task.await {
            assert!(error.is_cancelled(), "seed {seed}: a foreign task panicked: {error}");
        }
    }
    let injected = world.injected.lock().unwrap().clone();
    let mut accounted = world.accounted.lock().unwrap().clone();
    accounted.sort_unstable();
    sums.errors += injected.len();
    if let Some(twice) = accounted.windows(2).find(|pair| pair[0] == pair[1]) {
        panic!("seed {seed}: error {} came out twice; {mode:?}", twice[0]);
    }
    if beyond > 0 {
        assert_eq!(accounted.len() as u64 + beyond, injected.len() as u64, "seed {seed}; {mode:?}");
    } else if accounted != injected {
        let lost = injected.iter().filter(|id| accounted.binary_search(id).is_err()).collect::<Vec<_>>();
        panic!("seed {seed}: of {} errors these are lost: {lost:?}; {mode:?}", injected.len());
    }
}

fn rounds() -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match (number("AYO_LOAD_SEED"), number("AYO_LOAD_ROUNDS")) {
        (Some(seed), rounds) => vec![seed; usize::try_from(rounds.unwrap_or(1)).expect("fewer")],
        (None, rounds) => (1..=rounds.unwrap_or(30)).collect(),
    }
}

#[test]
fn ten_thousand_tasks_on_one_thread() {
    let mut sums = Sums::default();
    for seed in rounds() {
        support::current_thread(round(seed, &mut sums));
    }
    println!("{sums:?}");
}

#[test]
fn ten_thousand_tasks_on_two_workers() {
    let mut sums = Sums::default();
    for seed in rounds() {
        support::multi_thread(round(seed, &mut sums));
    }
    println!("{sums:?}");
}
