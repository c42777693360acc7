//! Priorities: of the tasks that could run, always the most urgent one does.
//!
//! `cargo run -p examples --bin priorities`

use std::cell::RefCell;

use ayo::{LocalTask, scope};
use tokio::sync::Notify;

struct Prioritized {
    priority: u32,
    task: LocalTask<()>,
}

#[ayo::main(flavor = "current_thread")]
async fn main() -> Result<(), ayo::Error> {
    let (log, alarm) = (RefCell::new(Vec::new()), Notify::new());
    let say = |what: &'static str| log.borrow_mut().push(what);

    scope!(local => |run| {
        let idle = run << async {
            for step in ["idle 1", "idle 2"] {
                say(step);
                ayo::checkpoint().await;
            }
        };
        let normal = run << async {
            for step in ["normal 1", "normal 2", "normal 3"] {
                say(step);
                if step == "normal 2" {
                    alarm.notify_one();
                }
                ayo::checkpoint().await;
            }
        };
        let urgent = run << async {
            say("urgent, waits");
            alarm.notified().await;
            say("urgent, alarmed");
        };
        let tasks = [(1, idle), (5, normal), (9, urgent)];
        let tasks = tasks.map(|(priority, task)| Prioritized { priority, task });

        // one that waits for something is not runnable: those below it have their turn meanwhile
        let next = || tasks.iter().filter(|t| run.is_runnable(&t.task)).max_by_key(|t| t.priority);
        while let Some(most_urgent) = next() {
            run.switch_to(&most_urgent.task).insert_pos(1).await?;
        }
    })
    .await?;

    for line in log.into_inner() {
        println!("{line}");
    }
    Ok(())
}
