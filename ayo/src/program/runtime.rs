//! The Tokio runtime of a program.

use std::time::Duration;

/// Which one.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    pub(super) multi_thread: bool,
    pub(super) worker_threads: Option<usize>,
}

impl Default for Runtime {
    /// A thread per core, where the feature allows.
    fn default() -> Self {
        Self { multi_thread: cfg!(feature = "multi-thread"), worker_threads: None }
    }
}

impl Runtime {
    fn builder(&self) -> tokio::runtime::Builder {
        #[cfg(feature = "multi-thread")]
        if self.multi_thread {
            return tokio::runtime::Builder::new_multi_thread();
        }
        tokio::runtime::Builder::new_current_thread()
    }

    pub(super) fn build(&self) -> tokio::runtime::Runtime {
        let mut builder = self.builder();
        if let Some(threads) = self.worker_threads {
            builder.worker_threads(threads);
        }
        match builder.enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("the Tokio runtime could not be built: {error}"),
        }
    }
}

/// Shuts it down. Blocking work that goes on is waited for; after a signal, only for so long.
pub(super) fn close(runtime: tokio::runtime::Runtime, at_most: Option<Duration>) {
    match at_most {
        Some(left) => runtime.shutdown_timeout(left),
        None => drop(runtime),
    }
}
