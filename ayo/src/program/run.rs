//! A program from its first line to its exit.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use super::hooks::place::Place;
use super::ladder::{Cut, Descent, Ladder};
use super::output::MainOutput;
use super::runtime::Built;
use super::seat::Seat;
use super::stage::Stage;
use super::teller::Teller;
use super::{Program, print};
use crate::cancel::domain::Fault;
use crate::error::{Error, ErrorKind};
use crate::scope::future::{BodyError, ScopeFuture};
use crate::scope::{Discard, Report, Scope, ScopeBuilder};

/// Runs the program: its runtime, the root scope with `body`, and the end of everything.
pub(crate) fn run<R, B>(program: &Program, scope: ScopeBuilder, body: B) -> R
where
    R: MainOutput,
    B: AsyncFnOnce(&Scope) -> R,
{
    #[cfg(all(feature = "signals", unix))]
    if program.dump_on_signal {
        super::dump::on_signal();
    }
    let seat = Seat::take(program);
    let runtime = Built::of(program);
    let (ended, descent) = runtime.block_on(program, conduct(program, scope, seat, body));
    let Descent { mut seat, left, cut } = descent;
    seat.closing();
    runtime.close(program, left);
    finish(ended, seat, cut)
}

/// What the root scope came to.
struct Ended<R> {
    report: Report<R, Discard>,
    /// An error of the program's own, which travels beside the scope.
    own: Option<R>,
}

/// The part that is polled: the root scope, the ladder beside it, and the hooks.
async fn conduct<R, B>(program: &Program, scope: ScopeBuilder, seat: Seat, body: B) -> (Ended<R>, Descent)
where
    R: MainOutput,
    B: AsyncFnOnce(&Scope) -> R,
{
    let (run, plan) = scope.prepare();
    let _place = Place::take(&run, program.context, program.hooks);
    let cut = Cell::new(None);
    let &Program { context, hooks, grace, .. } = program;
    let stage = Stage { run: &run, context, hooks, grace, cut: &cut };
    let mut ladder = Ladder::new(seat, run.clone(), grace, &cut);
    let mut teller = Teller::new(&stage);
    let mut own = None;
    let report = {
        let keep_own = |output: R| {
            if !output.is_failure() {
                return Ok(output);
            }
            own = Some(output);
            Err(Fault::Error(OwnError.into()))
        };
        let body = async { stage.play(body, keep_own).await.map_err(BodyError::from) };
        let root = pin!(ScopeFuture::new(Arc::clone(run.core()), plan, body).report());
        watched(&mut ladder, &mut teller, root).await
    };
    let told = async {
        teller.rest().await;
        stage.stopped().await;
    };
    unless_cut(&mut ladder, pin!(told)).await;
    (Ended { report, own }, ladder.end())
}

/// Polls the root scope, with the ladder before it and what hooks are told of signals behind it.
async fn watched<F: Future>(
    ladder: &mut Ladder<'_>,
    teller: &mut Teller<'_>,
    mut root: Pin<&mut F>,
) -> F::Output {
    poll_fn(|cx| {
        ladder.poll(cx, |signal| teller.take(signal));
        let polled = root.as_mut().poll(cx);
        let _ = teller.poll(cx);
        polled
    })
    .await
}

/// Polls what comes after the root scope, to which the ladder holds as well.
async fn unless_cut(ladder: &mut Ladder<'_>, mut last: Pin<&mut impl Future<Output = ()>>) {
    ladder.has_cut();
    poll_fn(|cx| {
        ladder.poll(cx, |_| {});
        if ladder.has_cut() { Poll::Ready(()) } else { last.as_mut().poll(cx) }
    })
    .await;
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
fn finish<R: MainOutput>(ended: Ended<R>, seat: Seat, cut: Option<Cut>) -> R {
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
fn with_own<R>(report: &Report<R, Discard>, own: R) -> R {
    if let Some(error) = &report.error {
        let all = std::iter::once(error).chain(error.others());
        for beside in all.filter(|error| error.downcast_ref::<OwnError>().is_none()) {
            print::note(&format!("beside the error that `main` returned: {beside}"));
        }
    }
    own
}
