//! Which code is running: a thread-local that points, while a future is polled or dropped, to what it runs in.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

use tokio::time::Instant;

use super::domain::{Link, Node};
use super::note::On;
use crate::scope::limit::Limiter;
use crate::scope::waits::JobKey;
use crate::site::Since;

/// What code can run in. It lives on the stack or in the future of whoever polls, and is shown what is around it.
pub(crate) trait Ambient {
    /// The domain of this code; made at the first call where it is made lazily.
    fn node(&self, around: Around<'_>) -> Arc<dyn Node>;

    /// The nearest domain that exists already: the own one, else the one above.
    fn nearest(&self, around: Around<'_>) -> Arc<dyn Node>;

    /// Whether this code is asked to end.
    fn is_requested(&self, around: Around<'_>) -> bool;

    /// Hangs the domain of a frame below this code's.
    fn hang(&self, frame: &Arc<dyn Node>, around: Around<'_>) -> Link {
        Link::new(&self.node(around), frame, true)
    }

    /// Which job under this limit it is, if it is one.
    fn job_under(&self, _: &Arc<Limiter>) -> Option<JobKey> {
        None
    }

    /// Whether it has its place in the tree; only what was polled for the first time just now may not have it yet.
    fn is_settled(&self, _around: Around<'_>) -> bool {
        true
    }

    /// Takes its place below the code around it.
    fn settle(&self, _around: Around<'_>) {}

    /// A tear-down in it waits, and that is to be told of those around it first.
    fn waits_in_tear_down(&self) {}

    /// Notes what the code waits for; `false`: it is part of what the code around is, which is to note it.
    fn waits(&self, _on: &On<'_>) -> bool {
        false
    }
}

impl Ambient for Arc<dyn Node> {
    fn node(&self, _: Around<'_>) -> Arc<dyn Node> {
        Arc::clone(self)
    }

    fn nearest(&self, _: Around<'_>) -> Arc<dyn Node> {
        Arc::clone(self)
    }

    fn is_requested(&self, _: Around<'_>) -> bool {
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

/// Where a level is while its `enter` has not returned. One that stays where it is tells by its address which code runs.
#[repr(transparent)]
pub(crate) struct Post(MaybeUninit<Level>);

// SAFETY: what its pointers point to is looked at while something is entered at it alone, by the thread that did. It is
// borrowed for as long, so nobody sends it elsewhere.
unsafe impl Send for Post {}

impl Post {
    #[inline]
    pub(crate) fn new() -> Self {
        Self(MaybeUninit::uninit())
    }
}

/// What code runs in, if that is anything of ours.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a>(Option<&'a Level>);

thread_local! {
    static HERE: Cell<Option<NonNull<Level>>> = const { Cell::new(None) };
    /// Counts the calls of `enter` on this thread.
    static TURN: Cell<u64> = const { Cell::new(0) };
    static CLOCK: Cell<Option<Reading>> = const { Cell::new(None) };
}

/// When the clock was read last, and in which turn.
#[derive(Clone, Copy)]
struct Reading {
    turn: u64,
    now: Instant,
    /// How that is reckoned from this moment on.
    since: (Instant, Since),
}

/// What was read in this turn.
#[inline]
fn reading() -> Option<Reading> {
    CLOCK.get().filter(|last| last.turn == TURN.get() && HERE.get().is_some())
}

/// The time, read once per poll: a body that spawns many tasks in one poll looks at the clock once.
#[inline]
pub(crate) fn time() -> Instant {
    reading().unwrap_or_else(read_clock).now
}

#[cold]
fn read_clock() -> Reading {
    let now = Instant::now();
    let reading = Reading { turn: TURN.get(), now, since: (now, Since::default()) };
    CLOCK.set(Some(reading));
    reading
}

/// The present moment by the clock of what began then, reckoned once per poll.
#[inline]
pub(crate) fn since(begin: Instant) -> Since {
    match reading() {
        Some(Reading { since: (from, since), .. }) if from == begin => since,
        _ => reckon(begin),
    }
}

#[cold]
fn reckon(begin: Instant) -> Since {
    let now = time();
    let since = Since::new(now.saturating_duration_since(begin));
    CLOCK.set(Some(Reading { turn: TURN.get(), now, since: (begin, since) }));
    since
}

/// Runs `f` in `ambient`; what was there before is back when this returns or unwinds.
#[inline]
pub(crate) fn enter<R>(ambient: &dyn Ambient, f: impl FnOnce() -> R) -> R {
    enter_at(&mut Post::new(), ambient, f)
}

/// The same, at this post.
#[inline]
pub(crate) fn enter_at<R>(post: &mut Post, ambient: &dyn Ambient, f: impl FnOnce() -> R) -> R {
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
    let around = HERE.get();
    HERE.set(Some(NonNull::from(&*post.0.write(Level { ambient, around }))));
    let _restore = Restore(around);
    TURN.set(TURN.get().wrapping_add(1));
    f()
}

/// Whether the running code is in what was entered at this post, which may be another thread's.
#[inline]
pub(crate) fn is_at(post: *const Post) -> bool {
    HERE.get().is_some_and(|here| std::ptr::addr_eq(here.as_ptr(), post)) || is_further_in(post)
}

#[cold]
fn is_further_in(post: *const Post) -> bool {
    here(|around| around.levels().any(|level| std::ptr::addr_eq(level, post)))
}

/// Shows `f` what the running code runs in.
#[inline]
pub(crate) fn here<R>(f: impl FnOnce(Around<'_>) -> R) -> R {
    f(Around(top()))
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
    fn around(&self) -> Around<'_> {
        // SAFETY: the level around this one belongs to an `enter` that encloses this one's.
        Around(self.around.map(|around| unsafe { around.as_ref() }))
    }
}

impl<'a> Around<'a> {
    /// The domain of this code, made if need be.
    pub(crate) fn node(self) -> Option<Arc<dyn Node>> {
        self.0.map(|level| level.ambient().node(level.around()))
    }

    /// The nearest domain around that exists already.
    pub(crate) fn nearest(self) -> Option<Arc<dyn Node>> {
        self.0.map(|level| level.ambient().nearest(level.around()))
    }

    /// Whether this code is asked to end.
    #[inline]
    pub(crate) fn is_requested(self) -> bool {
        self.0.is_some_and(|level| level.ambient().is_requested(level.around()))
    }

    /// Hangs the domain of a frame below this code's.
    pub(crate) fn hang(self, frame: &Arc<dyn Node>) -> Option<Link> {
        self.0.map(|level| level.ambient().hang(frame, level.around()))
    }

    /// Whether it has its place in the tree.
    pub(crate) fn is_settled(self) -> bool {
        self.0.is_none_or(|level| level.ambient().is_settled(level.around()))
    }

    /// Settles from the outermost on; around one that is settled all are.
    fn settle(self) {
        if let Some(level) = self.0
            && !self.is_settled()
        {
            level.around().settle();
            level.ambient().settle(level.around());
        }
    }

    /// From the outermost on.
    fn waits_in_tear_down(self) {
        if let Some(level) = self.0 {
            level.around().waits_in_tear_down();
            level.ambient().waits_in_tear_down();
        }
    }

    /// From the innermost on.
    fn levels(self) -> impl Iterator<Item = &'a Level> {
        std::iter::successors(self.0, |level| level.around().0)
    }
}

/// Gives all running code its place in the tree: before anything walks it, or could be found by a walk.
#[inline]
pub(crate) fn settle() {
    here(|around| around.settle());
}

/// Has all running code told, for timelines, that is a tear-down which waits.
pub(crate) fn waits_in_tear_down() {
    here(|around| around.waits_in_tear_down());
}

/// Notes, for the tree, what the running code is about to wait for.
#[inline]
pub(crate) fn waits(on: On<'_>) {
    here(|around| around.levels().any(|level| level.ambient().waits(&on)));
}

/// The job under this limit that the running code is, or is polled by.
pub(crate) fn job_under(limiter: &Arc<Limiter>) -> Option<JobKey> {
    here(|around| around.levels().find_map(|level| level.ambient().job_under(limiter)))
}

/// Hangs the domain of a frame below the running code's.
pub(crate) fn hang(frame: &Arc<dyn Node>) -> Option<Link> {
    settle();
    here(|around| around.hang(frame))
}

/// The domain of the running code, made if need be.
#[inline]
pub(crate) fn node() -> Option<Arc<dyn Node>> {
    here(|around| around.node())
}

/// The nearest domain around the running code.
pub(crate) fn nearest() -> Option<Arc<dyn Node>> {
    here(|around| around.nearest())
}

/// Whether the running code is asked to end.
#[inline]
pub(crate) fn is_requested() -> bool {
    here(|around| around.is_requested())
}
