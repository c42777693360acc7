//! The two Tokio runtimes that every row runs on.

use clap::ValueEnum;
use tokio::runtime::{Builder, Runtime};

/// A Tokio runtime flavour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Flavor {
    /// `current_thread`; the body is the future given to `block_on`.
    Current,
    /// `multi_thread` with two workers; the body is a task, so that spawns come from a worker.
    Multi,
}

impl Flavor {
    /// Both, in the order of the table's columns.
    pub const ALL: [Self; 2] = [Self::Current, Self::Multi];

    /// The name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current_thread",
            Self::Multi => "2 workers",
        }
    }

    /// Builds such a runtime.
    pub fn runtime(self) -> Stage {
        let runtime = match self {
            Self::Current => Builder::new_current_thread().enable_time().build(),
            Self::Multi => Builder::new_multi_thread().worker_threads(2).enable_time().build(),
        };
        Stage { flavor: self, runtime: runtime.expect("a Tokio runtime") }
    }
}

/// A runtime on which contenders take turns.
#[derive(Debug)]
pub struct Stage {
    flavor: Flavor,
    runtime: Runtime,
}

impl Stage {
    /// Runs one contender's body where a program of this flavour would run it, then waits until
    /// nothing of it is left on the runtime, so that the next one starts on a clean stage.
    pub fn play<T: Send + 'static>(&self, body: impl Future<Output = T> + Send + 'static) -> T {
        let output = match self.flavor {
            Flavor::Current => self.runtime.block_on(body),
            Flavor::Multi => {
                self.runtime.block_on(async { tokio::spawn(body).await.expect("the body panicked") })
            }
        };
        self.runtime.block_on(self.clear());
        output
    }

    async fn clear(&self) {
        while self.runtime.metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
