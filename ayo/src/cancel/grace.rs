//! The time that clean-up has: a `cancel_timeout`, counted.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::Sleep;

use super::domain::Marks;

/// A timer that begins with the first look after a request. There is none where nobody is asked to end.
#[derive(Default)]
pub(crate) struct Grace(Option<Pin<Box<Sleep>>>);

impl Grace {
    /// Whether the time of what bears these marks is up: it was asked to end so long ago, and not told yet to drop all by
    /// force. If it is not, the waker is woken when it is.
    pub(crate) fn is_up(&mut self, limit: Duration, marks: Marks, cx: &mut Context<'_>) -> bool {
        if !marks.requested() || marks.forced() {
            return false;
        }
        let timer = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        timer.as_mut().poll(cx).is_ready()
    }
}
