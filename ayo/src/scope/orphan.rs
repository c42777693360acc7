//! Adoption: a scope that was dropped from outside is waited for by the scope around it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::core::Core;
use super::future::all_ended;
use super::tree::roots::Root;
use crate::cancel::domain::{Link, Marks, Node};
use crate::cancel::grace::Grace;
use crate::error::Error;
use crate::probe;
use crate::task::spawn::{part, spawn};

/// Leaves a scope whose future is being dropped to the nearest one at or above `above` that still runs.
pub(crate) fn adopt(core: &Arc<Core>, above: Option<Arc<dyn Node>>) {
    let adopter = above.as_ref().and_then(nearest_running);
    let failures = {
        core.books.with(|books| {
            books.orphaned = true;
            books.adopter.clone_from(&adopter);
            let failures = std::mem::take(&mut books.failures);
            failures.into_iter().chain(std::mem::take(&mut books.contained)).collect::<Vec<_>>()
        })
    };
    failures.into_iter().for_each(|error| core.contain(error));
    let orphan = Orphan::new(Arc::clone(core), adopter);
    if poll_end(core, &mut Context::from_waker(Waker::noop())).is_pending() {
        drop(spawn(core.runtime(), |_| part(core, "adopted"), orphan));
    } else {
        probe::scope_ends(core);
    }
}

/// Ready when its tasks have ended, and what they gave is dropped.
fn poll_end(core: &Arc<Core>, cx: &mut Context<'_>) -> Poll<()> {
    ready!(all_ended(core, true));
    if let Some(kept) = &core.kept {
        kept.discard(core);
    }
    core.unread.poll_drop(core, cx)
}

/// Takes a hold of the first scope at or above `node` that is not over.
fn nearest_running(node: &Arc<dyn Node>) -> Option<Arc<Core>> {
    let mut next = Core::around(Arc::clone(node));
    while let Some(core) = next {
        if core.adopt() {
            return Some(core);
        }
        next = core.domain().parent().and_then(|above| Core::around(Arc::clone(&above.node)));
    }
    None
}

/// Waits for a scope without a future, and holds its adopter open until then.
struct Orphan {
    core: Arc<Core>,
    grace: Grace,
    hold: Option<Hold>,
    /// Where nobody adopts it.
    _root: Option<Root>,
}

struct Hold {
    adopter: Arc<Core>,
    /// What the adopter is told reaches the orphan.
    _link: Link,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.adopter.release_adopted();
    }
}

impl Orphan {
    fn new(core: Arc<Core>, adopter: Option<Arc<Core>>) -> Self {
        let _root = if adopter.is_none() { Some(Root::new(&core)) } else { None };
        let hold = adopter.map(|adopter| {
            let _link = Link::new(&adopter.as_node(), &core.as_node(), false);
            Hold { adopter, _link }
        });
        Self { core, grace: Grace::default(), hold, _root }
    }

    fn out_of_time(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(limit) = self.core.settings.cancel_timeout else { return false };
        self.grace.is_up(limit, self.core.marks(), cx)
    }
}

impl Future for Orphan {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.core.domain().set_waker(cx.waker());
        if self.out_of_time(cx) {
            let limit = self.core.settings.cancel_timeout.unwrap_or_default();
            let text = super::tree::unfinished(&self.core, limit);
            self.core.contain(probe::in_scope(&self.core, || Error::abandoned(text)));
            self.core.mark(Marks::FORCED, &self.core.reason());
            self.core.domain().set_waker(cx.waker());
        }
        ready!(poll_end(&self.core, cx));
        probe::scope_ends(&self.core);
        self.hold = None;
        Poll::Ready(())
    }
}
