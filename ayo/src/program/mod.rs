//! The program: its runtime, its root scope, what signals do to it, and what it returns.

mod context;
#[cfg(all(feature = "signals", unix))]
mod dump;
pub mod hooks;
#[cfg(feature = "signals")]
pub(crate) mod hub;
mod ladder;
mod output;
pub mod policy;
pub(crate) mod print;
pub(crate) mod run;
mod runtime;
mod seat;
mod signals;
mod stage;
mod teller;

use std::fmt;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};

use crate::duration::{IntoDuration, checked};
use crate::scope::{Scope, ScopeBuilder, scope};

pub use context::Context;
pub use output::MainOutput;
pub use signals::Signal;
#[cfg(feature = "signals")]
pub use signals::{Signals, signals};

use policy::Policy;
use runtime::Runtime;

/// How long a program has to stop by itself.
const GRACE: Duration = Duration::from_secs(10);

/// Options of a program, made by [`program()`]: what those of `#[ayo::main]` become.
#[must_use = "a program starts with `.run(…)`"]
pub struct Program {
    pub(crate) runtime: Runtime,
    pub(crate) grace: Duration,
    pub(crate) signals: bool,
    pub(crate) dump_on_signal: bool,
    pub(crate) context: Context,
    pub(crate) hooks: bool,
    pub(crate) policy: Option<Policy>,
    /// Options of the outermost scope.
    pub(crate) scope: Option<ScopeBuilder>,
    /// Of a worker: its signals.
    #[cfg(feature = "server")]
    pub(crate) mail: Option<crate::server::mail::Mail>,
}

/// A program by method calls: what [`main`](macro@crate::main) is made of.
///
/// # Example
/// ```
/// let sum = ayo::program().current_thread().grace(3).run(async |run| {
///     let (a, b) = (run.spawn(async { 1 }), run.spawn(async { 2 }));
///     Ok::<_, ayo::Error>(a.await? + b.await?)
/// });
/// assert_eq!(sum.unwrap(), 3);
/// ```
pub fn program() -> Program {
    Program {
        runtime: Runtime::default(),
        grace: GRACE,
        signals: true,
        dump_on_signal: false,
        context: Context::DEFAULT,
        hooks: true,
        policy: None,
        scope: None,
        #[cfg(feature = "server")]
        mail: None,
    }
}

/// A program on a runtime that somebody else has built, and will shut down.
///
/// The hooks `runtime::set` and `runtime::started` are called; `runtime::created`, `runtime::closed` and those of threads
/// are not, for ayo does none of that. A current-thread runtime must be driven by its owner meanwhile, in another thread.
///
/// # Example
/// ```
/// let runtime = tokio::runtime::Runtime::new().unwrap();
/// let sum = ayo::on_runtime(runtime.handle()).run(async |run| {
///     let (a, b) = (run.spawn(async { 1 }), run.spawn(async { 2 }));
///     Ok::<_, ayo::Error>(a.await? + b.await?)
/// });
/// assert_eq!(sum.unwrap(), 3);
/// ```
pub fn on_runtime(runtime: &Handle) -> Program {
    Program { runtime: Runtime::Given(runtime.clone()), ..program() }
}

/// Runs a program: starts Tokio, runs `body` in the outermost scope, has signals obeyed, and ends when everything has.
///
/// It is [`#[ayo::main]`](macro@crate::main) without options, for a place where an attribute does not fit; with
/// options: [`program()`].
///
/// # Example
/// ```
/// let answer = ayo::run(async |run| {
///     let answer = run.spawn(async { 42 });
///     Ok::<_, ayo::Error>(answer.await?)
/// });
/// assert_eq!(answer.unwrap(), 42);
/// ```
///
/// # Errors
/// What the body returns; and, converted, the first failure of a task.
///
/// # Panics
/// With the panic of a task; if the runtime cannot be built; inside of a Tokio runtime, where [`scope!`](crate::scope!) or
/// [`ayo::scope()`](crate::scope()) is what to write.
#[track_caller]
pub fn run<R, B>(body: B) -> R
where
    R: MainOutput,
    B: AsyncFnOnce(&Scope) -> R,
{
    program().run(body)
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("runtime", &self.runtime)
            .field("grace", &self.grace)
            .field("signals", &self.signals)
            .field("dump_on_signal", &self.dump_on_signal)
            .field("context", &self.context)
            .field("hooks", &self.hooks)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// On Tokio's current-thread runtime: everything on the calling thread.
    pub fn current_thread(mut self) -> Self {
        self.runtime = Runtime::Own { multi_thread: false, worker_threads: None };
        self
    }

    /// On Tokio's multi-thread runtime: a thread per core. It is the default.
    #[cfg(feature = "multi-thread")]
    pub fn multi_thread(mut self) -> Self {
        self.runtime = Runtime::Own { multi_thread: true, worker_threads: None };
        self
    }

    /// On Tokio's multi-thread runtime, with so many worker threads.
    ///
    /// # Panics
    /// At the caller, for 0.
    #[cfg(feature = "multi-thread")]
    #[track_caller]
    pub fn worker_threads(mut self, threads: usize) -> Self {
        assert!(threads > 0, "`worker_threads = 0` would let nothing run");
        self.runtime = Runtime::Own { multi_thread: true, worker_threads: Some(threads) };
        self
    }

    /// How long the program has to stop by itself after the first signal (seconds, or a `Duration`; 10 seconds if it is
    /// not said). After that it is cancelled.
    ///
    /// # Panics
    /// At the caller, for a negative, infinite or NaN number of seconds.
    #[track_caller]
    pub fn grace(mut self, grace: impl IntoDuration) -> Self {
        self.grace = checked(grace);
        self
    }

    /// Whether SIGINT and SIGTERM stop, then cancel, then end the program; otherwise they do what they do without ayo, or
    /// arrive in [`signals()`].
    pub fn signals(mut self, obeyed: bool) -> Self {
        self.signals = obeyed;
        self
    }

    /// Has the [live tree](crate::tree()) printed to the standard error at each SIGUSR1, and at each SIGINFO (Ctrl-T) where
    /// there is one, whether or not [`signals`](Self::signals) are obeyed. A thread of its own does that, so that a
    /// program that is stuck can be asked, too.
    ///
    /// Without this, SIGUSR1 ends a process. With it the process goes on listening, even when the program has ended. On Windows
    /// there are no such signals, and this does nothing.
    #[cfg(feature = "signals")]
    pub fn dump_on_signal(mut self) -> Self {
        self.dump_on_signal = true;
        self
    }

    /// Whose hooks are called: those of this context.
    pub fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Whether hooks are called; what ayo itself says of leaks and of a second policy is said in any case.
    pub fn hooks(mut self, called: bool) -> Self {
        self.hooks = called;
        self
    }

    /// Shapes the Tokio runtime, after what the other options say; it goes before what [`policy::set`] says. A runtime
    /// that was given is not shaped.
    pub fn policy(mut self, policy: impl Fn(&mut Builder) + Send + Sync + 'static) -> Self {
        self.policy = Some(Policy::new(policy));
        self
    }

    /// Options of the outermost scope, which `#[ayo::main]` takes among its own. Its name is `main`, if it has no other.
    ///
    /// # Example
    /// ```
    /// let program = ayo::program().scope(ayo::scope().timeout(0.01).max_concurrency(100));
    /// let end = program.run(async |run| {
    ///     run.spawn(std::future::pending::<()>());
    ///     Ok::<_, ayo::Error>(())
    /// });
    /// assert_eq!(end.unwrap_err().kind(), ayo::ErrorKind::TimedOut);
    /// ```
    pub fn scope(mut self, scope: ScopeBuilder) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Runs the program, as [`run()`] does.
    ///
    /// # Errors
    /// What the body returns; and, converted, the first failure of a task.
    ///
    /// # Panics
    /// With the panic of a task; if the runtime cannot be built; inside of a Tokio runtime, where [`scope!`](crate::scope!) or
    /// [`ayo::scope()`](crate::scope()) is what to write.
    #[track_caller]
    pub fn run<R, B>(mut self, body: B) -> R
    where
        R: MainOutput,
        B: AsyncFnOnce(&Scope) -> R,
    {
        runtime::refuse_if_polled();
        let options = match self.scope.take() {
            Some(options) => options,
            None => scope(),
        };
        run::run(&self, options.or_name("main"), body)
    }
}
