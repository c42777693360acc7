//! Things done later, and again and again.
//!
//! `cargo run -p examples --bin schedules`

use std::time::{Duration, SystemTime};

use ayo::{Overrun, Schedule, scope};
use tokio::time::sleep;

async fn beat() {
    println!("  beat");
}

#[ayo::main]
async fn main() -> Result<(), ayo::Error> {
    println!("once:");
    scope!(|run| {
        run.after(20ms, || println!("  after 20 ms"));
        run.at(SystemTime::now() + Duration::from_millis(60), async || println!("  at a date"));
    })
    .await?;

    println!("three beats, then nothing holds the scope open:");
    scope!(|run| {
        run.every(10ms, beat).immediately().times(3);
    })
    .await?;

    println!("until it has had enough:");
    scope!(|run| {
        let mut sum = 0;
        run.every(5ms, move || {
            sum += 1;
            if sum == 4 {
                println!("  enough after {sum}");
                Schedule::current().expect("this is a tick").unschedule();
            }
        });
    })
    .await?;

    println!("in the background of something else:");
    scope!(|run| {
        run.every(1h, || unreachable!("the work takes no hour")).dont_hold_exit();
        run << async {
            sleep(Duration::from_millis(10)).await;
            println!("  the work is done");
        };
    })
    .await?;

    println!("a slow one gives way to the next:");
    scope!(|run| {
        let mut n = 0;
        run.every(30ms, move || {
            n += 1;
            async move {
                if n < 3 {
                    sleep(Duration::from_secs(3_600)).await;
                }
                println!("  number {n} got to its end");
            }
        })
        .overrun(Overrun::CancelPrevious)
        .times(3);
    })
    .await
}
