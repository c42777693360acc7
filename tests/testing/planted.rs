//! Bugs that people write, planted one by one, each beside the code without it. The fuzzer must find every one of them, and
//! have nothing to say against its neighbour.
//!
//! The first half says nothing about what is to hold: the fuzzer finds those by what it looks at anyhow. They are functions
//! of the plain code that they are about; half of them are Tokio alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ayo::testing::{Everywhere, afterwards, watch};
use ayo::{Scope, scope, shield};
use tokio::sync::{Mutex, Notify, Semaphore, mpsc, oneshot};
use tokio::time::sleep;

/// What a planted bug is found by.
struct Found {
    /// By which campaigns.
    by: &'static [fn() -> Everywhere],
    /// As what.
    says: &'static str,
}

const CANCEL: fn() -> Everywhere = Everywhere::cancel;
const DROP: fn() -> Everywhere = Everywhere::drop;

/// A fixture: `planted` must be found by these campaigns, `mended` by none.
macro_rules! bug {
    ($(#[$doc:meta])* $name:ident, found by $($by:ident)|+ as $says:literal, $shared:expr) => {
        $(#[$doc])*
        mod $name {
            #[test]
            fn is_found() {
                let found = super::Found { by: &[$(super::$by),+], says: $says };
                for campaign in found.by {
                    let shared = $shared;
                    let test = async |run: &ayo::Scope| super::planted::$name(run, &shared).await;
                    let failure = campaign().timeout(1).run(test).expect_err("it is there to be found");
                    let (point, text) = (failure.point().expect("a run that was cut"), failure.to_string());
                    assert!(text.contains(found.says), "{text}");
                    let shared = $shared;
                    let test = async |run: &ayo::Scope| super::planted::$name(run, &shared).await;
                    let again = campaign().timeout(1).replay(point).run(test).expect_err("the replay finds it, too");
                    assert!(again.to_string().contains(found.says), "{again}");
                }
            }

            #[test]
            fn is_mended() {
                for campaign in [super::CANCEL, super::DROP] {
                    let shared = $shared;
                    let test = async |run: &ayo::Scope| super::mended::$name(run, &shared).await;
                    let summary = campaign().timeout(5).run(test).unwrap_or_else(|failure| panic!("{failure}"));
                    assert!(summary.cuts() > 0, "{summary}");
                }
            }
        }
    };
}

bug! {
    /// A permit that is given back by hand, after an `.await`.
    lost_permit, found by CANCEL | DROP as "run once more and whole", tokio::sync::Semaphore::new(1)
}
bug! {
    /// A flag that says "busy" until it is taken down, after an `.await`.
    left_busy, found by CANCEL | DROP as "run once more and whole", super::Door::default()
}
bug! {
    /// A task of `tokio::spawn`, which nothing binds.
    detached_task, found by CANCEL | DROP as "a task of Tokio outlived the test", ()
}
bug! {
    /// A shield in a branch of `select!`, which drops it.
    dropped_shield, found by CANCEL as "the `shield` of tests/testing/planted.rs", ()
}
bug! {
    /// "The other side is always there."
    panic_at_cancel, found by CANCEL | DROP as "the worker answers", ()
}
bug! {
    /// Clean-up that waits for somebody who is cancelled, too.
    clean_up_that_hangs, found by CANCEL as "it hangs", ()
}
bug! {
    /// Clean-up that takes longer than the scope lets it.
    clean_up_cut_off, found by CANCEL as "clean-up took longer than 1s", ()
}
bug! {
    /// A destructor that panics where the future is not at its end.
    destructor_that_panics, found by CANCEL | DROP as "not flushed", ()
}
bug! {
    /// Two halves of one step, with an `.await` between them and no shield around.
    missing_shield, found by CANCEL | DROP as "money", ()
}
bug! {
    /// A last word that awaits without a shield, and so is cut.
    unshielded_tear_down, found by CANCEL as "connections are open", ()
}
bug! {
    /// What was taken out of a queue is in nobody's hands at the next `.await`.
    lost_message, found by CANCEL | DROP as "jobs are lost", ()
}
bug! {
    /// Given back where it was cancelled, and by the destructor again.
    given_back_twice, found by CANCEL as "a semaphore of 2 permits has 3", ()
}
bug! {
    /// An entry that is taken out at the end, and by nobody if the end does not come.
    entry_left, found by CANCEL | DROP as "entries are left", ()
}

/// A door that one at a time goes through.
#[derive(Default)]
struct Door {
    busy: AtomicBool,
    free: Notify,
}

impl Door {
    async fn enter(&self) {
        while self.busy.swap(true, Ordering::SeqCst) {
            self.free.notified().await;
        }
    }

    fn leave(&self) {
        self.busy.store(false, Ordering::SeqCst);
        self.free.notify_one();
    }
}

struct Inside<'a>(&'a Door);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

async fn work() {
    sleep(Duration::from_secs(1)).await;
}

/// A thing that is to be closed, which takes time.
#[derive(Clone)]
struct Connection(Arc<Mutex<u32>>);

impl Connection {
    async fn open() -> Self {
        let open = Self(Arc::new(Mutex::new(1)));
        let seen = Arc::clone(&open.0);
        afterwards(move || assert_eq!(*seen.try_lock().unwrap(), 0, "connections are open"));
        open
    }

    async fn close(&self) {
        sleep(Duration::from_millis(10)).await;
        *self.0.lock().await = 0;
    }
}

/// What of a queue has been done and is still to do is all of it.
struct Queue {
    left: std::sync::Mutex<Vec<u32>>,
    done: std::sync::Mutex<Vec<u32>>,
}

impl Queue {
    fn of(jobs: u32) -> Arc<Self> {
        let left = (0..jobs).collect();
        let queue = Arc::new(Self { left: std::sync::Mutex::new(left), done: std::sync::Mutex::default() });
        let seen = Arc::clone(&queue);
        afterwards(move || {
            let known = seen.left.lock().unwrap().len() + seen.done.lock().unwrap().len();
            assert_eq!(known, jobs as usize, "jobs are lost");
        });
        queue
    }
}

fn bank() -> Arc<std::sync::Mutex<[i32; 2]>> {
    let bank = Arc::new(std::sync::Mutex::new([100, 0]));
    let seen = Arc::clone(&bank);
    afterwards(move || assert_eq!(seen.lock().unwrap().iter().sum::<i32>(), 100, "money"));
    bank
}

/// A shared list of who is there.
fn registry() -> Arc<std::sync::Mutex<Vec<&'static str>>> {
    let registry = Arc::<std::sync::Mutex<Vec<&'static str>>>::default();
    let seen = Arc::clone(&registry);
    afterwards(move || assert!(seen.lock().unwrap().is_empty(), "entries are left"));
    registry
}

/// Is to be flushed before it is dropped, and insists on it.
struct Buffer {
    flushed: bool,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        assert!(self.flushed || std::thread::panicking(), "not flushed");
    }
}

mod planted {
    use super::*;

    pub(super) async fn lost_permit(_: &Scope, seats: &Semaphore) {
        seats.acquire().await.unwrap().forget();
        work().await;
        seats.add_permits(1);
    }

    pub(super) async fn left_busy(_: &Scope, door: &Door) {
        door.enter().await;
        work().await;
        door.leave();
    }

    pub(super) async fn detached_task(_: &Scope, (): &()) {
        let (stop, stopped) = oneshot::channel::<()>();
        let beat = tokio::spawn(async move {
            // an `Err` says that nobody is there to stop it any more; it does not look
            let stopped = stopped.await;
            while stopped.is_err() {
                work().await;
            }
        });
        work().await;
        stop.send(()).unwrap();
        beat.await.unwrap();
    }

    pub(super) async fn dropped_shield(_: &Scope, (): &()) {
        tokio::select! {
            biased;
            () = ayo::cancelled() => {}
            () = shield(work()) => {}
        }
    }

    pub(super) async fn panic_at_cancel(run: &Scope, (): &()) {
        let (answer, answered) = oneshot::channel();
        run.spawn(async move {
            work().await;
            answer.send(7).is_ok()
        });
        run.spawn(async move {
            assert_eq!(answered.await.expect("the worker answers"), 7);
        });
    }

    pub(super) async fn clean_up_that_hangs(run: &Scope, (): &()) {
        let (flush, flushed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (wants, tells) = (Arc::clone(&flush), Arc::clone(&flushed));
        let flusher = run.spawn(async move {
            wants.notified().await;
            tells.notify_one();
        });
        shield(async {
            work().await;
            flush.notify_one();
            flushed.notified().await;
        })
        .await;
        let _ = flusher.await;
    }

    pub(super) async fn clean_up_cut_off(_: &Scope, (): &()) {
        let served = scope!(cancel_timeout = 1 => |run| {
            run << shield(async { sleep(Duration::from_secs(3)).await });
        });
        served.await.unwrap();
    }

    pub(super) async fn destructor_that_panics(_: &Scope, (): &()) {
        let mut buffer = Buffer { flushed: false };
        work().await;
        buffer.flushed = true;
    }

    pub(super) async fn missing_shield(_: &Scope, (): &()) {
        let bank = bank();
        work().await;
        bank.lock().unwrap()[0] -= 30;
        work().await;
        bank.lock().unwrap()[1] += 30;
    }

    pub(super) async fn unshielded_tear_down(run: &Scope, (): &()) {
        let connection = Connection::open().await;
        run.spawn(async move {
            tokio::select! {
                biased;
                () = ayo::cancelled() => {}
                () = work() => {}
            }
            connection.close().await;
        });
    }

    pub(super) async fn lost_message(_: &Scope, (): &()) {
        let queue = Queue::of(3);
        loop {
            let Some(job) = queue.left.lock().unwrap().pop() else { return };
            work().await;
            queue.done.lock().unwrap().push(job);
        }
    }

    pub(super) async fn given_back_twice(_: &Scope, (): &()) {
        let seats = Arc::new(Semaphore::new(2));
        watch(&seats);
        let _seat = seats.acquire().await.unwrap();
        tokio::select! {
            biased;
            () = ayo::cancelled() => seats.add_permits(1),
            () = work() => {}
        }
    }

    pub(super) async fn entry_left(_: &Scope, (): &()) {
        let registry = registry();
        registry.lock().unwrap().push("me");
        work().await;
        registry.lock().unwrap().clear();
    }
}

mod mended {
    use super::*;

    pub(super) async fn lost_permit(_: &Scope, seats: &Semaphore) {
        let _seat = seats.acquire().await.unwrap();
        work().await;
    }

    pub(super) async fn left_busy(_: &Scope, door: &Door) {
        door.enter().await;
        let _inside = Inside(door);
        work().await;
    }

    pub(super) async fn detached_task(run: &Scope, (): &()) {
        let beat = run.spawn(async { loop_of_work().await });
        work().await;
        beat.cancel();
    }

    async fn loop_of_work() {
        loop {
            work().await;
        }
    }

    pub(super) async fn dropped_shield(_: &Scope, (): &()) {
        shield(work()).await;
    }

    pub(super) async fn panic_at_cancel(run: &Scope, (): &()) {
        let (answer, answered) = oneshot::channel();
        run.spawn(async move {
            work().await;
            answer.send(7).is_ok()
        });
        run.spawn(async move {
            if let Ok(answer) = answered.await {
                assert_eq!(answer, 7);
            }
        });
    }

    pub(super) async fn clean_up_that_hangs(run: &Scope, (): &()) {
        let (flush, mut wants) = mpsc::channel::<oneshot::Sender<()>>(1);
        let flusher = run.spawn(async move {
            while let Some(tells) = wants.recv().await {
                let _ = tells.send(());
            }
        });
        shield(async {
            work().await;
            let (tells, flushed) = oneshot::channel();
            let _ = flush.send(tells).await;
            let _ = flushed.await; // an error, if the flusher is gone
        })
        .await;
        drop(flush);
        let _ = flusher.await;
    }

    pub(super) async fn clean_up_cut_off(_: &Scope, (): &()) {
        let served = scope!(cancel_timeout = 5 => |run| {
            run << shield(async { sleep(Duration::from_secs(3)).await });
        });
        served.await.unwrap();
    }

    pub(super) async fn destructor_that_panics(_: &Scope, (): &()) {
        work().await; // comes before: while there is a buffer, nothing suspends
        let mut buffer = Buffer { flushed: false };
        buffer.flushed = true;
    }

    pub(super) async fn missing_shield(_: &Scope, (): &()) {
        let bank = bank();
        work().await;
        let mut bank = bank.lock().unwrap();
        bank[0] -= 30;
        bank[1] += 30;
    }

    pub(super) async fn unshielded_tear_down(run: &Scope, (): &()) {
        let connection = Connection::open().await;
        run.spawn(async move {
            tokio::select! {
                biased;
                () = ayo::cancelled() => {}
                () = work() => {}
            }
            shield(async { connection.close().await }).await;
        });
    }

    pub(super) async fn lost_message(_: &Scope, (): &()) {
        let queue = Queue::of(3);
        while let Some(job) = { queue.left.lock().unwrap().last().copied() } {
            work().await;
            queue.left.lock().unwrap().pop();
            queue.done.lock().unwrap().push(job);
        }
    }

    pub(super) async fn given_back_twice(_: &Scope, (): &()) {
        let seats = Arc::new(Semaphore::new(2));
        watch(&seats);
        let _seat = seats.acquire().await.unwrap();
        work().await;
    }

    pub(super) async fn entry_left(_: &Scope, (): &()) {
        struct Entry(Arc<std::sync::Mutex<Vec<&'static str>>>);
        impl Drop for Entry {
            fn drop(&mut self) {
                self.0.lock().unwrap().clear();
            }
        }
        let registry = registry();
        registry.lock().unwrap().push("me");
        let _entry = Entry(registry);
        work().await;
    }
}
