//! Round robin: each task in turn has one step, and the body of the scope is the scheduler.
//!
//! Tokio decides itself which of its tasks runs next. The ready queue of a local scope is open, so this is a loop.
//!
//! `cargo run -p examples --bin round_robin`

use std::cell::RefCell;
use std::collections::VecDeque;

use ayo::scope;

/// So many steps of work, with a chance for others after each.
async fn work(name: &str, steps: u32, log: &RefCell<Vec<String>>) {
    for step in 1..=steps {
        log.borrow_mut().push(format!("{name}{step}"));
        ayo::checkpoint().await;
    }
}

#[ayo::main(flavor = "current_thread")]
async fn main() -> Result<(), ayo::Error> {
    let log = RefCell::new(Vec::new());
    scope!(local => |run| {
        let mut round = VecDeque::new();
        for (name, steps) in [("a", 3), ("b", 1), ("c", 2)] {
            round.push_back(run << work(name, steps, &log));
        }
        while let Some(next) = round.pop_front() {
            run.switch_to(&next).insert_pos(1).await?;      // it has its step; then it is our turn again
            if !next.is_finished() {
                round.push_back(next);
            }
        }
    })
    .await?;
    println!("{}", log.into_inner().join(" "));
    Ok(())
}
