//! The body of a program, with the hooks around it.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context as Cx, Poll};
use std::time::Duration;

use super::Context;
use super::hooks::{Event, Hook, fire};
use crate::cancel::Reason;
use crate::cancel::domain::Fault;
use crate::cancel::region::{Ended, Region};
use crate::panic::caught;
use crate::scope::Scope;

/// Whose hooks are called at which moment, and how long they may take.
pub(super) struct Stage<'a> {
    pub(super) run: &'a Scope,
    pub(super) context: Context,
    pub(super) hooks: bool,
    pub(super) grace: Duration,
    /// The ladder has cancelled the program, for this.
    pub(super) cut: &'a Cell<Option<Reason>>,
}

impl Stage<'_> {
    /// Runs the `starting` hooks, the body, and beside it `started` and `stopping`. Ready when all of that has ended: before
    /// the scope waits for its tasks.
    ///
    /// What the body comes to goes through `failed`, which keeps what is a failure; that cancels the scope at once, and not
    /// only when the hooks are done.
    pub(super) async fn play<R>(
        &self,
        body: impl AsyncFnOnce(&Scope) -> R,
        failed: impl FnOnce(R) -> Result<R, Fault>,
    ) -> Result<R, fire::HookFailed> {
        if self.hooks {
            fire::starting(&self.event(Hook::Starting)).await?;
        }
        let over = Cell::new(false);
        let mut body = pin!(Region::new(body(self.run)));
        let mut acts = pin!(Region::shielded(self.acts(&over)));
        let mut value = None;
        let mut failed = Some(failed);
        let mut acted = false;
        let value = poll_fn(|cx| {
            if !over.get() {
                match self.poll_body(body.as_mut(), cx) {
                    Poll::Pending => {}
                    Poll::Ready(ended) => {
                        over.set(true);
                        value = ended.and_then(|value| self.judge(value, failed.take()?));
                    }
                }
            }
            acted = acted || acts.as_mut().poll(cx).is_ready();
            if over.get() && acted && value.is_some() { Poll::Ready(value.take()) } else { Poll::Pending }
        });
        Ok(value.await.expect("there is one, as was just seen"))
    }

    /// Ready when the body has ended, with its value if it has one.
    fn poll_body<F: Future>(&self, body: Pin<&mut Region<F>>, cx: &mut Cx<'_>) -> Poll<Option<F::Output>> {
        match caught(|| body.poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(Ended::Ready(value))) => Poll::Ready(Some(value)),
            Ok(Poll::Ready(Ended::Dropped)) => Poll::Ready(None),
            Err(payload) => {
                self.run.core().fail(Fault::Panic(payload), None, true);
                Poll::Ready(None)
            }
        }
    }

    /// A failure cancels the scope.
    fn judge<R>(&self, value: R, failed: impl FnOnce(R) -> Result<R, Fault>) -> Option<R> {
        failed(value).map_err(|fault| self.run.core().fail(fault, None, true)).ok()
    }

    /// The hooks beside the body, which is polled for the first time before this is. It runs in a shield: nothing cuts it
    /// but the ladder.
    async fn acts(&self, over: &Cell<bool>) {
        let mut acts = pin!(Region::new(self.act(over)));
        poll_fn(|cx| {
            if let Some(reason) = self.cut.take() {
                acts.as_ref().get_ref().request(&reason);
            }
            acts.as_mut().poll(cx).map(drop)
        })
        .await;
    }

    async fn act(&self, over: &Cell<bool>) {
        if self.hooks {
            fire::within(&self.event(Hook::Started), self.grace).await;
            self.wound_down(over).await;
            fire::within(&self.event(Hook::Stopping), self.grace).await;
        }
    }

    /// Until the body has ended, or everything is asked to stop or to end. (This is polled whenever the body is.)
    async fn wound_down(&self, over: &Cell<bool>) {
        let mut stopping = self.run.stopping();
        poll_fn(|cx| {
            if over.get() || self.run.is_cancelled() { Poll::Ready(()) } else { stopping.poll_unnoted(cx) }
        })
        .await;
    }

    /// The `stopped` hooks.
    pub(super) async fn stopped(&self) {
        if self.hooks {
            fire::within(&self.event(Hook::Stopped), self.grace).await;
        }
    }

    pub(super) fn event(&self, hook: Hook) -> Event {
        Event::of_scope(hook, self.context, self.run)
    }
}
