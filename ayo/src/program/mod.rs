//! The program: its runtime, its root scope, and what it returns.

use std::process::ExitCode;

use crate::BoxError;
use crate::error::Error;
use crate::scope::{Keeps, Report, Scope, ScopeBuilder};

/// The Tokio runtime of a program.
#[derive(Debug)]
pub struct Runtime {
    multi_thread: bool,
    worker_threads: Option<usize>,
}

impl Runtime {
    /// Everything on the main thread.
    #[must_use]
    pub fn current_thread() -> Self {
        Self { multi_thread: false, worker_threads: None }
    }

    /// A thread per core.
    #[cfg(feature = "multi-thread")]
    #[must_use]
    pub fn multi_thread() -> Self {
        Self { multi_thread: true, worker_threads: None }
    }

    /// So many threads instead.
    #[must_use]
    pub fn worker_threads(mut self, threads: usize) -> Self {
        self.worker_threads = Some(threads);
        self
    }

    fn build(&self) -> tokio::runtime::Runtime {
        #[cfg(feature = "multi-thread")]
        let mut builder = if self.multi_thread {
            tokio::runtime::Builder::new_multi_thread()
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        #[cfg(not(feature = "multi-thread"))]
        let mut builder = tokio::runtime::Builder::new_current_thread();
        if let Some(threads) = self.worker_threads {
            builder.worker_threads(threads);
        }
        match builder.enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("the Tokio runtime could not be built: {error}"),
        }
    }
}

/// What an `#[ayo::main]` function may return: `()`, [`ExitCode`], or a `Result<T, E>` of these with
/// `E: From<ayo::Error>`.
#[diagnostic::on_unimplemented(
    message = "`#[ayo::main]` cannot return `{Self}`",
    label = "neither `()`, `ExitCode`, nor a `Result` whose error takes an `ayo::Error`",
    note = "return `anyhow::Result<()>`, `Result<(), ayo::Error>`, `Result<(), Box<dyn std::error::Error + Send + Sync>>`, or implement `From<ayo::Error>` for your error"
)]
pub trait MainOutput: Sized {
    /// Whether this ends the program as a failure, so that its tasks are cancelled.
    #[doc(hidden)]
    fn is_failure(&self) -> bool;

    /// What to return when a task failed.
    #[doc(hidden)]
    fn failed(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl MainOutput for () {
    fn is_failure(&self) -> bool {
        false
    }

    fn failed(error: Error) -> Self {
        eprintln!("Error: {error:#}");
        std::process::exit(1)
    }
}

#[diagnostic::do_not_recommend]
impl MainOutput for ExitCode {
    fn is_failure(&self) -> bool {
        false
    }

    fn failed(error: Error) -> Self {
        eprintln!("Error: {error:#}");
        Self::FAILURE
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> MainOutput for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }

    fn failed(error: Error) -> Self {
        Err(error.into())
    }
}

/// The body returned an error of the program's own, which travels beside the scope.
#[derive(Debug)]
struct OwnError;

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("`main` returned an error")
    }
}

impl std::error::Error for OwnError {}

/// Runs the program: builds the runtime, runs `body` in the root scope, and ends when everything has.
///
/// # Panics
/// With the panic of a task, and if the runtime cannot be built.
pub fn run<C, R, B>(runtime: Runtime, scope: ScopeBuilder<C>, body: B) -> R
where
    C: Keeps,
    R: MainOutput,
    B: AsyncFnOnce(&Scope<C>) -> R,
{
    let runtime = runtime.build();
    runtime.block_on(async move {
        let mut own = None;
        let root = scope.run(async |run| {
            let output = body(run).await;
            if output.is_failure() {
                own = Some(output);
                return Err(BoxError::from(OwnError));
            }
            Ok(output)
        });
        let report = root.report().await;
        finish(report, own)
    })
}

/// The program's own error as it is, else what the scope came to. What came beside it is not lost: it is printed.
fn finish<R: MainOutput, C: Keeps>(report: Report<R, C>, own: Option<R>) -> R {
    let Some(own) = own else {
        return report.into_result().unwrap_or_else(R::failed);
    };
    if let Some(error) = &report.error {
        let beside = std::iter::once(error)
            .chain(error.others())
            .filter(|error| error.downcast_ref::<OwnError>().is_none());
        beside.for_each(|error| eprintln!("beside the error that `main` returned: {error}"));
    }
    own
}
