//! Structured concurrency for Tokio.
//!
//! A scope starts tasks, and nothing of them outlives it: when its `.await` returns, every task has ended or has been
//! cancelled and cleaned up, and every error, panic and leak has surfaced once.
//!
//! ```
//! use ayo::{Scope, scope};
//!
//! async fn head(url: &'static str) -> std::io::Result<usize> { Ok(url.len()) }
//!
//! #[ayo::main]
//! async fn main(run: &Scope) -> Result<(), ayo::Error> {
//!     run << head("https://a.example");               // has ended when main returns
//!     let total = scope!(max_concurrency = 10, timeout = 12 => |sub| {
//!         let (a, b) = (sub << head("https://b.example"), sub << head("https://c.example"));
//!         a.await? + b.await?                         // `?` works without annotation; the tail is the value
//!     }).await?;
//!     assert_eq!(total, 34);
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//!
//! * [`scope!`] and [`scope()`] make scopes; [`Scope`] is the handle that starts tasks and steers them.
//! * [`Task`] and [`Attempt`] wait for one task, [`Tasks`] for many; [`Scope::map`] and [`Scope::for_each`] are lazy.
//! * [`Error`] is the first failure with the others beside it; [`Report`] tells all of it.
//! * [`with!`] runs a block inside of context managers, which [`actxmgr!`] defines.
//! * [`shield`], [`timeout`], [`cancelled`] and [`checkpoint`] are the tools of polite cancellation.
//! * [`defer!`] cleans up at the end of a block, however that ends.
//! * [`Started`], [`Generator`] and [`Monitor`] are coroutines: what begins in one place and goes on in another, gives many
//!   values, answers while it runs.
//! * `scope!(local => ..)` has tasks that borrow, [`LocalScope`]; see `docs/local-scopes.md`.
//! * [`race`], [`race_ok`], [`gather`] and [`as_completed`] run several futures in one task; losers clean up.
//! * [`vars!`] declares context variables, which tasks inherit.
//! * [`Scope::aside`] runs what blocks; see [`blocking`].
//! * [`Scope::after`], [`Scope::at`] and [`Scope::every`] are for later; [`Schedule`] steers them.
//! * [`tree()`] and [`Scope::tree`] show what is running.
//! * [`main`](macro@main) and [`run()`] make a program of it, which obeys signals; [`on`](macro@on) has hooks called.
//!
//! # Features
//!
//! * `macros` (default): the macros. Everything works without them.
//! * `multi-thread` (default): `#[ayo::main]` on Tokio's multi-thread runtime.
//! * `testing`: `#[ayo::test]`, the virtual clock and `cancel_everywhere`, for dev-dependencies; see `docs/testing.md`.
//! * `signals` (default): SIGINT and SIGTERM stop, cancel, then end an `#[ayo::main]`; [`signals()`].
//! * `cache`: [`#[ayo::cached]`](macro@cached), the results of async functions, kept.
//! * `server`: servers of several workers; see `docs/servers.md`.
//! * `html`: `to_html()` of the live tree.
//! * `serde`: the live tree as data.
//! * `miette`: [`Error`] is a `miette::Diagnostic`.
//! * `chrono`, `jiff`, `time`: dates of those crates for [`Scope::at`].
//! * `cron`: `Scope::cron`.
//! * `process`: `Scope::process`, child processes that end with their scope.
//! * `rayon`: its thread pools are an [`Executor`].
//! * `tracing` (default): a span for each scope and task, which inherit their spawner's, and events; see `docs/tracing.md`.
//! * `timeline`: [`timeline = "run.json"`](ScopeBuilder::timeline) writes what ran when; see `docs/timeline.md`.

#![warn(missing_docs)]

pub mod blocking;
mod cancel;
mod context;
mod coro;
mod crowd;
mod duration;
mod error;
mod inherit;
mod local;
mod outcome;
mod panic;
mod probe;
mod program;
mod race;
mod scope;
#[cfg(feature = "server")]
mod server;
mod site;
mod sync;
mod task;
mod time;
#[cfg_attr(not(feature = "timeline"), path = "timeline/off.rs")]
mod timeline;
mod trace;
mod waker;

#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;

pub use blocking::{Executor, Pool};
pub use cancel::{
    CancelRequested, Checkpoint, Elapsed, MoveOnAfter, Reason, Shield, Timeout, cancelled, checkpoint,
    move_on_after, shield, timeout,
};
#[cfg(feature = "cache")]
pub use context::cache::{Cache, CacheKey, CacheStats, CacheValue};
pub use context::{
    Close, Enter, Exit, ExitStack, Group, HasDefault, Manager, NoDefault, Var, VarValue, WithVar, closing,
    exit_stack, group, nullcontext, resetting,
};
pub use coro::{
    Drive, Emit, EmitError, Emitter, Generator, Monitor, Next, Oob, Reusable, Running, RunningMut, Started,
    Step, Streams, Watched, eager, reusable, watched,
};
pub use duration::{IntoDuration, InvalidDuration};
pub use error::{Error, ErrorKind, TaskInfo};
pub use local::{
    AnyThread, Descend, Keep, Kind, LocalBody, LocalBuilder, LocalScope, LocalTask, LocalTaskBuilder,
    NotRunnable, SleepInsert, SwitchTo, ThisThread,
};
pub use outcome::{Outcome, Plain, Value};
pub use panic::Panic;
pub use program::hooks::{Event, Hook, HookGuard, HookOutput, IntoHook};
pub use program::{Context, MainOutput, Program, Signal, hooks, on_runtime, policy, program, run};
#[cfg(feature = "signals")]
pub use program::{Signals, signals};
pub use race::{
    AllFailed, AsCompleted, CancelAndWait, Fallible, FutureSet, Gather, Handle, HandleSet, Race, RaceOk,
    RepeatUntil, SameSet, as_completed, cancel_and_wait, gather, race, race_ok, repeat_until,
};
pub use scope::{
    AsScope, ByIterator, ByTuple, Collect, Collects, Discard, Forest, Keeps, OpenScope, Ready, Report,
    ReportFuture, Scope, ScopeBuilder, ScopeFuture, StartError, State, Stopping, TaskFuture, TaskSet,
    TaskTuple, Tasks, Tree, Wait, current, scope, spawn, tree,
};
#[cfg(feature = "server")]
pub use server::{MainContext, Server, Worker, serve};
pub use task::{Attempt, Cancelled, Task, TaskBuilder, TaskError};
pub use time::{ByFuture, ByValue, Callback, Moment, Overrun, Schedule, TickOutput, When};
#[cfg(feature = "cron")]
pub use time::{Cron, CronLine, InvalidCron};
pub use timeline::TimelineFile;

#[cfg(all(feature = "macros", feature = "cache"))]
pub use ayo_macros::cached;
#[cfg(all(feature = "macros", feature = "server"))]
pub use ayo_macros::server;
#[cfg(all(feature = "macros", feature = "testing"))]
pub use ayo_macros::test;
#[cfg(feature = "macros")]
pub use ayo_macros::{
    Plain, actxmgr, defer, eager, generator, main, manager, on, scope, scoped, select, vars, with,
};

/// Any error in a box: what `?` in a `scope!` body converts into.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The snippets of the README and of `docs/`, as tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
    #[doc = include_str!("../../docs/cancellation.md")]
    mod cancellation {}
    #[doc = include_str!("../../docs/hooks.md")]
    mod hooks {}
    #[doc = include_str!("../../docs/context-managers.md")]
    mod context_managers {}
    #[doc = include_str!("../../docs/program.md")]
    mod program {}
    #[cfg(feature = "server")]
    #[doc = include_str!("../../docs/servers.md")]
    mod servers {}
    #[cfg(feature = "server")]
    #[doc = include_str!("../../docs/with-axum.md")]
    mod with_axum {}
    #[doc = include_str!("../../docs/with-libraries.md")]
    mod with_libraries {}
    #[doc = include_str!("../../docs/context-variables.md")]
    mod context_variables {}
    #[doc = include_str!("../../docs/racing.md")]
    mod racing {}
    #[doc = include_str!("../../docs/schedules.md")]
    mod schedules {}
    #[doc = include_str!("../../docs/coroutines.md")]
    mod coroutines {}
    #[doc = include_str!("../../docs/local-scopes.md")]
    mod local_scopes {}
    #[doc = include_str!("../../docs/blocking.md")]
    mod blocking {}
    #[doc = include_str!("../../docs/defer.md")]
    mod defer {}
    #[cfg(feature = "tracing")]
    #[doc = include_str!("../../docs/tracing.md")]
    mod tracing {}
    #[cfg(feature = "timeline")]
    #[doc = include_str!("../../docs/timeline.md")]
    mod timeline {}
    #[cfg(all(feature = "html", feature = "serde"))]
    #[doc = include_str!("../../docs/live-tree.md")]
    mod live_tree {}
}
