//! How late ticks of 1 ms come, beside `tokio::time::interval` in the same run: `cargo bench -p benches --bench lateness`.
//!
//! Tokio rounds a timer up to the next of its milliseconds, so how late a tick is depends on where in a millisecond the
//! first one was due. Both start at the same place in it, at a different one in each turn, and take turns, so that
//! whatever else the machine does hits them alike.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use ayo::Overrun;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

const PERIOD: Duration = Duration::from_millis(1);
/// Turns of each, and ticks in a turn: 10 s in all.
const TURNS: u32 = 40;
const TICKS: u32 = 250;

fn main() {
    println!("Ticks of 1 ms, {TURNS} turns of {TICKS}: how late, in microseconds.\n");
    println!("| runtime | | ticks | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|---|");
    let current = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let multi = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    measure("current thread", &current);
    measure("2 workers", &multi);
}

fn measure(name: &str, runtime: &Runtime) {
    let ((interval, intervals), (every, everys)) = (channel(), channel());
    let turns = runtime.spawn(async move {
        let start = Instant::now();
        for turn in 0..TURNS {
            let phase = PERIOD * turn / TURNS;
            let at = start + PERIOD * (4 * TICKS * turn);
            by_interval(at + phase, &interval).await;
            by_schedule(at + PERIOD * (2 * TICKS) + phase, &every).await;
        }
    });
    runtime.block_on(turns).expect("no panic");
    print(name, "tokio::time::interval", intervals.iter().collect());
    print(name, "ayo: run.every(1ms, f)", everys.iter().collect());
}

/// The moments between a tick being due and its code running go to `late`.
async fn by_interval(start: Instant, late: &Sender<Duration>) {
    let late = late.clone();
    let ticks = tokio::spawn(async move {
        let mut interval = interval_at(start + PERIOD, PERIOD);
        interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for _ in 0..TICKS {
            let due = interval.tick().await;
            late.send(due.elapsed()).expect("somebody listens");
        }
    });
    ticks.await.expect("no panic");
}

async fn by_schedule(start: Instant, late: &Sender<Duration>) {
    let late = late.clone();
    sleep_until(start - 2 * PERIOD).await;
    while Instant::now() < start {
        std::hint::spin_loop();
    }
    let ticks = ayo::scope!(|run| {
        let mut due = Instant::now();
        run.every(1ms, move || {
            due += PERIOD;
            late.send(due.elapsed()).expect("somebody listens");
        })
        .overrun(Overrun::Burst)
        .times(u64::from(TICKS));
    });
    ticks.await.expect("nothing fails");
}

fn print(runtime: &str, who: &str, mut late: Vec<Duration>) {
    late.sort_unstable();
    let at = |percent: usize| late[(late.len() - 1) * percent / 100].as_micros();
    let ticks = late.len();
    println!("| {runtime} | {who} | {ticks} | {} | {} | {} | {} |", at(50), at(90), at(99), at(100));
}
