//! The Tokio runtime of a program.

use std::future::Future;
use std::task::{self, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::task::coop::poll_proceed;

use super::hooks::{Event, Hook, fire};
use super::policy::Policy;
use super::{Context, Program};

/// Which one.
#[derive(Clone, Debug)]
pub(crate) enum Runtime {
    /// One that ayo builds.
    Own { multi_thread: bool, worker_threads: Option<usize> },
    /// One that somebody else has.
    Given(Handle),
}

impl Default for Runtime {
    /// A thread per core, where the feature allows.
    fn default() -> Self {
        Self::Own { multi_thread: cfg!(feature = "multi-thread"), worker_threads: None }
    }
}

/// Refuses to block a thread on which Tokio polls the running code: that would be Tokio's own panic, which knows no remedy.
#[track_caller]
pub(super) fn refuse_if_polled() {
    assert!(
        !is_polled(),
        "a program blocks its thread until it has ended, and this code runs inside of a Tokio runtime: write \
         `scope!(|run| {{ .. }}).await`, or `ayo::scope().run(async |run| {{ .. }}).await`, which run in that one"
    );
}

/// Only what a runtime polls has a budget, which is a `u8`. What has one is not asked to go on.
fn is_polled() -> bool {
    let mut cx = task::Context::from_waker(Waker::noop());
    (0..=u8::MAX).any(|_| poll_proceed(&mut cx).map(|budget| budget.made_progress()).is_pending())
}

/// A runtime that is there.
pub(super) enum Built {
    Own(tokio::runtime::Runtime),
    Given(Handle),
}

impl Built {
    /// Makes it, or takes what was given; with its hooks.
    pub(super) fn of(program: &Program) -> Self {
        let (multi_thread, worker_threads) = match &program.runtime {
            Runtime::Own { multi_thread, worker_threads } => (*multi_thread, *worker_threads),
            Runtime::Given(handle) => return Self::Given(handle.clone()),
        };
        let mut builder = builder(multi_thread);
        if let Some(threads) = worker_threads {
            builder.worker_threads(threads);
        }
        builder.enable_all();
        if program.hooks {
            thread_hooks(&mut builder, program.context);
        }
        if let Some(policy) = Policy::of(program.policy.as_ref(), program.context, program.hooks) {
            policy.apply(&mut builder);
        }
        match builder.build() {
            Ok(runtime) => {
                program.tell(Hook::RuntimeCreated);
                Self::Own(runtime)
            }
            Err(error) => panic!("the Tokio runtime could not be built: {error}"),
        }
    }

    pub(super) fn block_on<F: Future>(&self, program: &Program, future: F) -> F::Output {
        let handle = match self {
            Self::Own(runtime) => runtime.handle(),
            Self::Given(handle) => handle,
        };
        {
            let _set = handle.enter();
            program.tell(Hook::RuntimeSet);
        }
        let future = async {
            program.tell(Hook::RuntimeStarted);
            future.await
        };
        match self {
            Self::Own(runtime) => runtime.block_on(future),
            Self::Given(handle) => handle.block_on(future),
        }
    }

    /// Shuts an own one down. Blocking work that goes on is waited for; after a signal, only for so long.
    pub(super) fn close(self, program: &Program, at_most: Option<Duration>) {
        let Self::Own(runtime) = self else { return };
        match at_most {
            Some(left) => runtime.shutdown_timeout(left),
            None => drop(runtime),
        }
        program.tell(Hook::RuntimeClosed);
    }
}

#[cfg(feature = "multi-thread")]
fn builder(multi_thread: bool) -> Builder {
    if multi_thread { Builder::new_multi_thread() } else { Builder::new_current_thread() }
}

#[cfg(not(feature = "multi-thread"))]
fn builder(_: bool) -> Builder {
    Builder::new_current_thread()
}

/// Tokio has room for one such function each; a policy that sets its own takes the place of these.
fn thread_hooks(builder: &mut Builder, context: Context) {
    builder.on_thread_start(move || fire::now(&Event::new(Hook::ThreadStarted, context)));
    builder.on_thread_stop(move || fire::now(&Event::new(Hook::ThreadStopped, context)));
}

impl Program {
    /// Calls the sync hooks of this kind.
    fn tell(&self, hook: Hook) {
        if self.hooks {
            fire::now(&Event::new(hook, self.context));
        }
    }
}
