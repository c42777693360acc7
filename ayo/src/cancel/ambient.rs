//! Which code is running: a thread-local that points, while a future is polled or dropped, to what it runs in.

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;

use tokio::time::Instant;

use super::domain::{Link, Node};
use super::note::On;
use crate::scope::limit::Limiter;
use crate::scope::waits::JobKey;

/// What code can run in. It lives on the stack or in the future of whoever polls.
pub(crate) trait Ambient {
    /// The domain of this code; made at the first call where it is made lazily.
    fn node(&self) -> Arc<dyn Node>;

    /// The nearest domain that exists already: the own one, else the one above.
    fn nearest(&self) -> Arc<dyn Node>;

    /// Whether this code is asked to end.
    fn is_requested(&self) -> bool;

    /// Hangs the domain of a frame below this code's.
    fn hang(&self, frame: &Arc<dyn Node>) -> Link {
        Link::new(&self.node(), frame, true)
    }

    /// Which job under this limit it is, if it is one.
    fn job_under(&self, _: &Arc<Limiter>) -> Option<JobKey> {
        None
    }

    /// Whether it has its place in the tree; only what was polled for the first time just now may not have it yet.
    fn is_settled(&self) -> bool {
        true
    }

    /// Takes its place below the code around it.
    fn settle(&self, _around: Option<&dyn Ambient>) {}

    /// A tear-down in it waits, and that is to be told of those around it first.
    fn waits_in_tear_down(&self) {}

    /// Notes what the code waits for; `false`: it is part of what the code around is, which is to note it.
    fn waits(&self, _on: &On<'_>) -> bool {
        false
    }
}

impl Ambient for Arc<dyn Node> {
    fn node(&self) -> Arc<dyn Node> {
        Arc::clone(self)
    }

    fn nearest(&self) -> Arc<dyn Node> {
        Arc::clone(self)
    }

    fn is_requested(&self) -> bool {
        self.domain().marks().requested()
    }

    fn waits(&self, on: &On<'_>) -> bool {
        let Some(note) = self.note() else { return false };
        note.waits(on, self.domain().parent().map(|above| above.node.domain()));
        true
    }
}

/// One `enter` on this thread's stack.
struct Level {
    ambient: NonNull<dyn Ambient>,
    around: Option<NonNull<Level>>,
}

thread_local! {
    static HERE: Cell<Option<NonNull<Level>>> = const { Cell::new(None) };
    /// Counts the calls of `enter` on this thread.
    static TURN: Cell<u64> = const { Cell::new(0) };
    /// When the clock was read last, and in which turn.
    static CLOCK: Cell<Option<(u64, Instant)>> = const { Cell::new(None) };
}

/// The time, read once per poll: a body that spawns many tasks in one poll looks at the clock once.
#[inline]
pub(crate) fn time() -> Instant {
    let turn = TURN.get();
    match CLOCK.get() {
        Some((read, time)) if read == turn && HERE.get().is_some() => time,
        _ => {
            let time = Instant::now();
            CLOCK.set(Some((turn, time)));
            time
        }
    }
}

/// Runs `f` in `ambient`; what was there before is back when this returns or unwinds.
#[inline]
pub(crate) fn enter<R>(ambient: &dyn Ambient, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<NonNull<Level>>);
    impl Drop for Restore {
        #[inline]
        fn drop(&mut self) {
            HERE.set(self.0);
        }
    }

    let here = NonNull::from(ambient);
    // SAFETY: only the lifetime bound of the trait object changes, and the layout of a fat pointer does not
    // depend on it. The pointer is taken out again by `Restore` before `ambient`'s borrow ends.
    let ambient = unsafe { std::mem::transmute::<NonNull<dyn Ambient + '_>, NonNull<dyn Ambient>>(here) };
    let level = Level { ambient, around: HERE.get() };
    HERE.set(Some(NonNull::from(&level)));
    let _restore = Restore(level.around);
    TURN.set(TURN.get().wrapping_add(1));
    f()
}

/// Shows `f` what the running code runs in, if it is anything of ours.
#[inline]
pub(crate) fn here<R>(f: impl FnOnce(Option<&dyn Ambient>) -> R) -> R {
    f(top().map(Level::ambient))
}

/// The innermost `enter` that has not returned. The reference must not outlive the code that asks for it.
#[inline]
fn top<'a>() -> Option<&'a Level> {
    // SAFETY: a level in `HERE` was put there by an `enter` that has not returned, further up on this very stack, and
    // that takes it out before it goes; nobody keeps the reference (the callers hand it down only).
    HERE.get().map(|level| unsafe { level.as_ref() })
}

impl Level {
    #[inline]
    fn ambient(&self) -> &dyn Ambient {
        // SAFETY: `enter` borrows the ambient for as long as its level exists.
        unsafe { self.ambient.as_ref() }
    }

    #[inline]
    fn around(&self) -> Option<&Self> {
        // SAFETY: the level around this one belongs to an `enter` that encloses this one's.
        self.around.map(|around| unsafe { around.as_ref() })
    }

    /// From the outermost on.
    fn waits_in_tear_down(&self) {
        if let Some(around) = self.around() {
            around.waits_in_tear_down();
        }
        self.ambient().waits_in_tear_down();
    }

    /// Settles from the outermost on; around one that is settled all are.
    fn settle(&self) {
        if self.ambient().is_settled() {
            return;
        }
        let around = self.around();
        if let Some(around) = around {
            around.settle();
        }
        self.ambient().settle(around.map(Self::ambient));
    }
}

/// Gives all running code its place in the tree: before anything walks it, or could be found by a walk.
#[inline]
pub(crate) fn settle() {
    if let Some(level) = top() {
        level.settle();
    }
}

/// Has all running code told, for timelines, that is a tear-down which waits.
pub(crate) fn waits_in_tear_down() {
    if let Some(level) = top() {
        level.waits_in_tear_down();
    }
}

/// Notes, for the tree, what the running code is about to wait for.
#[inline]
pub(crate) fn waits(on: On<'_>) {
    let mut next = top();
    while let Some(level) = next
        && !level.ambient().waits(&on)
    {
        next = level.around();
    }
}

/// The job under this limit that the running code is, or is polled by.
pub(crate) fn job_under(limiter: &Arc<Limiter>) -> Option<JobKey> {
    let levels = std::iter::successors(top(), |level| level.around());
    levels.map(Level::ambient).find_map(|ambient| ambient.job_under(limiter))
}

/// Hangs the domain of a frame below the running code's.
pub(crate) fn hang(frame: &Arc<dyn Node>) -> Option<Link> {
    settle();
    here(|around| around.map(|around| around.hang(frame)))
}

/// The domain of the running code, made if need be.
#[inline]
pub(crate) fn node() -> Option<Arc<dyn Node>> {
    here(|ambient| ambient.map(Ambient::node))
}

/// The nearest domain around the running code.
pub(crate) fn nearest() -> Option<Arc<dyn Node>> {
    here(|ambient| ambient.map(Ambient::nearest))
}

/// Whether the running code is asked to end.
#[inline]
pub(crate) fn is_requested() -> bool {
    here(|ambient| ambient.is_some_and(Ambient::is_requested))
}
