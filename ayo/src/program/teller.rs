//! Tells the `signal` hooks, one signal after the other, while the program goes on.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::hooks::{Event, Hook, fire};
use super::signals::Signal;
use super::stage::Stage;

pub(super) struct Teller<'a> {
    stage: &'a Stage<'a>,
    waiting: VecDeque<Signal>,
    now: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(stage: &'a Stage<'a>) -> Self {
        Self { stage, waiting: VecDeque::new(), now: None }
    }

    /// One has come.
    pub(super) fn take(&mut self, signal: Signal) {
        if self.stage.hooks {
            self.waiting.push_back(signal);
        }
    }

    /// Goes on telling. Ready when nothing is left.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.now.is_none() {
                let Some(signal) = self.waiting.pop_front() else { return Poll::Ready(()) };
                let event = Event { signal: Some(signal), ..self.stage.event(Hook::Signal) };
                let grace = self.stage.grace;
                self.now = Some(Box::pin(async move { fire::within(&event, grace).await }));
            }
            if let Some(now) = &mut self.now
                && now.as_mut().poll(cx).is_pending()
            {
                return Poll::Pending;
            }
            self.now = None;
        }
    }

    /// Tells what is left.
    pub(super) async fn rest(&mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }
}
