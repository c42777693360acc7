//! A program from its first line to its exit.

use std::future::{Future, poll_fn};
use std::pin::pin;

use super::ladder::{Cut, Descent, Ladder};
use super::output::MainOutput;
use super::seat::Seat;
use super::{Program, print, runtime};
use crate::error::{Error, ErrorKind};
use crate::scope::future::{BodyError, ScopeFuture};
use crate::scope::{Keeps, Report, Scope, ScopeBuilder};

/// Runs the program: its runtime, the root scope with `body`, and the end of everything.
pub(crate) fn run<C, R, B>(program: &Program, scope: ScopeBuilder<C>, body: B) -> R
where
    C: Keeps,
    R: MainOutput,
    B: AsyncFnOnce(&Scope<C>) -> R,
{
    let seat = Seat::take(program.signals);
    let runtime = program.runtime.build();
    let (ended, descent) = runtime.block_on(conduct(program, scope, seat, body));
    let Descent { mut seat, left, cut } = descent;
    seat.closing();
    runtime::close(runtime, left);
    finish(ended, seat, cut)
}

/// What the root scope came to.
struct Ended<R, C: Keeps> {
    report: Report<R, C>,
    /// An error of the program's own, which travels beside the scope.
    own: Option<R>,
}

/// The part that is polled: the root scope, and the ladder beside it.
async fn conduct<C, R, B>(
    program: &Program,
    scope: ScopeBuilder<C>,
    seat: Seat,
    body: B,
) -> (Ended<R, C>, Descent)
where
    C: Keeps,
    R: MainOutput,
    B: AsyncFnOnce(&Scope<C>) -> R,
{
    let (scope, plan) = scope.prepare();
    let mut ladder = Ladder::new(seat, scope.as_scope().clone(), program.grace);
    let mut own = None;
    let report = {
        let core = std::sync::Arc::clone(scope.core());
        let body = async { keep_own(body(&scope).await, &mut own) };
        let mut root = pin!(ScopeFuture::new(core, plan, body).report());
        poll_fn(|cx| {
            ladder.poll(cx);
            root.as_mut().poll(cx)
        })
        .await
    };
    (Ended { report, own }, ladder.end())
}

/// A failure of the program's own fails the root scope, and is kept as it is.
fn keep_own<R: MainOutput>(output: R, own: &mut Option<R>) -> Result<R, BodyError> {
    if output.is_failure() {
        *own = Some(output);
        return Err(BodyError::from(OwnError));
    }
    Ok(output)
}

/// The body returned an error of the program's own.
#[derive(Debug)]
struct OwnError;

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("`main` returned an error")
    }
}

impl std::error::Error for OwnError {}

/// Returns what the program returns, or ends the process for the signal that cut it.
///
/// A panic, and an error that the body itself returned, are what they are in any case.
fn finish<R: MainOutput, C: Keeps>(ended: Ended<R, C>, seat: Seat, cut: Option<Cut>) -> R {
    let Ended { mut report, own } = ended;
    let cut = cut.filter(|_| own.is_none() && !report.panicked());
    let exit = seat.leave(cut.as_ref().map(|cut| cut.signal));
    let cut = cut.map(|cut| (of_cut(report.error.take(), &cut), cut));
    if let Some((error, cut)) = &cut {
        print::cut(error, cut);
    }
    if let Some(signal) = exit {
        std::process::exit(signal.exit_code().into());
    }
    match (cut, own) {
        (Some((error, _)), _) => R::cut(error),
        (None, Some(own)) => with_own(&report, own),
        (None, None) => report.into_result().unwrap_or_else(R::failed),
    }
}

/// What the ladder did, and beside it what went wrong on the way.
fn of_cut(error: Option<Error>, cut: &Cut) -> Error {
    let beside = error.map(Error::apart).unwrap_or_default();
    let told = |error: &Error| error.kind() != ErrorKind::Cancelled;
    Error::cancelled(&cut.reason).beside(beside.into_iter().filter(told))
}

/// The program's own error as it is. What came beside it is not lost: it is printed.
fn with_own<R, C: Keeps>(report: &Report<R, C>, own: R) -> R {
    if let Some(error) = &report.error {
        let all = std::iter::once(error).chain(error.others());
        for beside in all.filter(|error| error.downcast_ref::<OwnError>().is_none()) {
            print::note(&format!("beside the error that `main` returned: {beside}"));
        }
    }
    own
}
