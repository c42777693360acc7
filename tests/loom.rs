//! The cancellation tree, the count of a scope and the wakers of a crowd under every interleaving, by loom.
//!
//! The files of `ayo` themselves are compiled here, over loom's atomics and mutex: `crate::sync` is where they take
//! their primitives from. What else they use is stood in for below, as small as it goes. A lost wake shows as a
//! deadlock that loom reports, since each model polls by loom's own `block_on`, which sleeps until it is woken.

#[path = "../ayo/src/scope/count.rs"]
#[allow(dead_code, reason = "the models use the part of it that races")]
mod count;
#[path = "../ayo/src/crowd.rs"]
#[allow(dead_code, reason = "the models use the part of it that races")]
mod crowd;
#[path = "../ayo/src/cancel/domain.rs"]
#[allow(dead_code, reason = "the models use the part of it that races")]
mod domain;
#[path = "../ayo/src/cancel/members.rs"]
mod members;
#[path = "../ayo/src/cancel/note.rs"]
#[allow(dead_code, reason = "nobody draws a tree here")]
mod note;
#[path = "../ayo/src/cancel/reason.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is public in `ayo`, and used in part")]
mod reason;
#[path = "../ayo/src/cancel/region.rs"]
#[allow(dead_code, reason = "the models use the part of it that races")]
mod region;
#[path = "../ayo/src/waker.rs"]
mod waker;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use self::count::Count;
use self::crowd::Crowd;
use self::domain::{Above, Domain, Link, Marks, Member, Node, mark, request};
use self::reason::Reason;
use self::region::{Ended, Region, may_drop};
use self::site::{Label, Who};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Stands in for `ayo`'s `sync`: the same names, by loom.
mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
    pub(crate) use loom::sync::{Mutex, MutexGuard};

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().expect("no model panics under a lock")
    }
}

/// Stands in for `ayo`'s `site`: a task is its number.
mod site {
    #[derive(Clone)]
    pub(crate) struct Who {
        pub(crate) label: Label,
    }

    #[derive(Clone)]
    pub(crate) struct Label {
        pub(crate) id: u32,
    }
}

/// Stands in for `ayo`'s `probe`: nobody looks in here.
mod probe {
    pub(crate) struct Frame;

    impl Frame {
        pub(crate) fn begin(_: bool) -> Self {
            Self
        }
    }

    pub(crate) fn unheard(_: &crate::domain::Fault) {}
}

/// Stands in for `ayo`'s `panic`: what fails in a model is to fail it.
mod panic {
    pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> Result<R, Box<dyn std::any::Any + Send>> {
        Ok(f())
    }
}

/// Stands in for `ayo`'s `ambient`, whose thread-local loom's threads, which share one of the system's, would share.
mod ambient {
    use std::cell::RefCell;
    use std::sync::Arc;

    use crate::domain::{Link, Node};

    loom::thread_local! {
        static HERE: RefCell<Option<Arc<dyn Node>>> = RefCell::new(None);
    }

    pub(crate) fn node() -> Option<Arc<dyn Node>> {
        HERE.with(|here| here.borrow().clone())
    }

    pub(crate) fn is_requested() -> bool {
        node().is_some_and(|node| node.domain().marks().requested())
    }

    pub(crate) fn hang(frame: &Arc<dyn Node>) -> Option<Link> {
        node().map(|node| Link::new(&node, frame, true))
    }

    /// What runs in a model has its place from the start.
    pub(crate) fn settle() {}

    pub(crate) fn enter<R>(node: &Arc<dyn Node>, f: impl FnOnce() -> R) -> R {
        let before = HERE.with(|here| here.replace(Some(Arc::clone(node))));
        let result = f();
        HERE.with(|here| here.replace(before));
        result
    }
}

// --- What the models are made of -----------------------------------------------------------------------------------

struct Place(Domain);

impl Node for Place {
    fn domain(&self) -> &Domain {
        &self.0
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.0
    }
}

fn place() -> Arc<dyn Node> {
    Arc::new(Place(Domain::new()))
}

fn shield() -> Arc<dyn Node> {
    Arc::new(Place(Domain::shield()))
}

/// A waker that remembers that it was woken.
struct Bell(AtomicBool);

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(false)))
    }

    /// Whether it rang; to be asked when all threads have ended.
    fn rang(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn waker(bell: &Arc<Bell>) -> Waker {
    Waker::from(Arc::clone(bell))
}

/// A member as a task is one.
fn task(id: u32, bell: &Arc<Bell>) -> Member {
    let who = Who { label: Label { id } };
    Member { waker: Some(waker(bell)), wants: Marks::ENDING.into(), task: Some(who), ..Member::default() }
}

/// A member as `cancelled().await` is one.
fn listener(bell: &Arc<Bell>) -> Member {
    Member { waker: Some(waker(bell)), wants: Marks::REQUESTED.into(), ..Member::default() }
}

/// What a task does with its future: polls it in its domain, and drops it once it may.
async fn run_in<F: Future>(node: &Arc<dyn Node>, mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|cx| {
        node.domain().set_waker(cx.waker());
        let before = node.domain().marks();
        match ambient::enter(node, || future.as_mut().poll(cx)) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => may_drop(before, node.domain(), cx).map(|()| None),
        }
    })
    .await
}

/// Pending so many times, each time with a wake to come.
fn yields(mut times: u32) -> impl Future<Output = ()> {
    poll_fn(move |cx: &mut Context<'_>| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// A region as `timeout` has one: where the code around it is asked to end, control does not come back.
async fn region<F: Future>(region: Region<F>) -> F::Output {
    let mut region = pin!(region);
    poll_fn(|cx| match region.as_mut().poll(cx) {
        Poll::Ready(Ended::Ready(value)) => Poll::Ready(value),
        Poll::Ready(Ended::Dropped) => {
            assert!(region.above_requested(), "nobody else asked it to end");
            Poll::Pending
        }
        Poll::Pending => Poll::Pending,
    })
    .await
}

fn registered(node: &Arc<dyn Node>) -> usize {
    let mut registered = 0;
    node.domain().each_member(|_| registered += 1);
    registered
}

/// Nothing is left in a domain whose code has ended.
fn assert_left_empty(node: &Arc<dyn Node>) {
    assert_eq!(node.domain().frames(), 0, "every frame has given its count back");
    assert_eq!(registered(node), 0, "nothing is registered any more");
}

/// Runs every interleaving of a model.
fn model(check: impl Fn() + Send + Sync + 'static) {
    bounded(None, check);
}

/// Runs every interleaving that takes the processor from a running thread at most so many times; for models whose
/// whole space takes minutes. Two or three are known to find nearly all faults there are (see loom's manual).
fn bounded(preemptions: Option<usize>, check: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 10_000;
    builder.check(check);
}

// --- A request, and those who register and leave -------------------------------------------------------------------

#[test]
fn whoever_registers_sees_a_request_or_is_woken_by_it() {
    model(|| {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let bell = Bell::new();
        let (_, marks) = node.domain().join(listener(&bell));
        requester.join().unwrap();
        assert!(marks.requested() || bell.rang());
    });
}

#[test]
fn whoever_leaves_is_not_missed_nor_mistaken() {
    model(|| {
        let node = place();
        let first = Bell::new();
        let (key, _) = node.domain().join(listener(&first));
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        node.domain().leave(key);
        let second = Bell::new();
        let (_, marks) = node.domain().join(listener(&second));
        requester.join().unwrap();
        assert!(marks.requested() || second.rang());
        assert_eq!(registered(&node), 1);
    });
}

#[test]
fn a_waker_that_is_renewed_is_woken_or_the_request_is_seen() {
    model(|| {
        let node = place();
        let (old, new) = (Bell::new(), Bell::new());
        let (key, _) = node.domain().join(listener(&old));
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        drop(node.domain().update(key, |member| member.waker.replace(waker(&new))));
        let seen = node.domain().marks().requested();
        requester.join().unwrap();
        assert!(seen || new.rang());
    });
}

#[test]
fn the_waker_of_the_domain_is_woken_or_its_poller_sees_the_request() {
    model(|| {
        let node = place();
        let (old, new) = (Bell::new(), Bell::new());
        node.domain().set_waker(&waker(&old));
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        node.domain().set_waker(&waker(&new));
        let seen = node.domain().marks().requested();
        requester.join().unwrap();
        assert!(seen || new.rang());
    });
}

#[test]
fn a_batch_that_is_walked_misses_nobody_who_joins_meanwhile() {
    // More members than one batch, so that the lock is given up in the middle of the walk.
    bounded(Some(2), || {
        let node = place();
        let crowd = Bell::new();
        let keys: Vec<usize> = (0..65).map(|_| node.domain().join(listener(&crowd)).0).collect();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        // Takes the first place, which the walk may have passed, and one behind all of them.
        node.domain().leave(keys[0]);
        let (front, behind) = (Bell::new(), Bell::new());
        let (front_key, front_marks) = node.domain().join(listener(&front));
        let (_, behind_marks) = node.domain().join(listener(&behind));
        requester.join().unwrap();
        assert_eq!(front_key, keys[0]);
        assert!(front_marks.requested() || front.rang());
        assert!(behind_marks.requested() || behind.rang());
    });
}

#[test]
fn a_domain_below_gets_every_mark_that_the_one_above_gets() {
    model(|| {
        let (top, middle, bottom) = (place(), place(), place());
        let requester = thread::spawn({
            let top = Arc::clone(&top);
            move || request(top.domain(), &Reason::Asked)
        });
        let _upper = Link::new(&top, &middle, false);
        let _lower = Link::new(&middle, &bottom, false);
        requester.join().unwrap();
        assert!(middle.domain().marks().requested());
        assert!(bottom.domain().marks().requested());
        assert!(bottom.domain().reason().is_some());
    });
}

#[test]
fn a_shield_keeps_requests_out_and_lets_force_in() {
    bounded(Some(3), || {
        let (top, middle, bottom) = (place(), shield(), place());
        let requester = thread::spawn({
            let top = Arc::clone(&top);
            move || request(top.domain(), &Reason::Asked)
        });
        let forcer = thread::spawn({
            let top = Arc::clone(&top);
            move || mark(top.domain(), Marks::FORCED, &Reason::Asked)
        });
        let _lower = Link::new(&middle, &bottom, false);
        let _upper = Link::new(&top, &middle, false);
        requester.join().unwrap();
        forcer.join().unwrap();
        assert!(!bottom.domain().marks().requested());
        assert!(bottom.domain().marks().forced());
    });
}

#[test]
fn two_requesters_agree_on_one_reason_and_wake_everybody() {
    bounded(Some(3), || {
        let (top, below) = (place(), place());
        let bell = Bell::new();
        let _ = top.domain().join(listener(&bell));
        let requesters = ["one", "two"].map(|reason| {
            let top = Arc::clone(&top);
            thread::spawn(move || {
                request(top.domain(), &Reason::from(reason));
                assert!(top.domain().marks().requested());
                top.domain().reason().expect("requested, so there is a reason").to_string()
            })
        });
        let _link = Link::new(&top, &below, false);
        let [one, two] = requesters.map(|requester| requester.join().unwrap());
        assert_eq!(one, two, "the first reason stays");
        assert!(bell.rang());
        assert!(below.domain().marks().requested());
    });
}

// --- A request to one member ---------------------------------------------------------------------------------------

#[test]
fn one_member_is_woken_or_learns_of_it_when_it_joins() {
    model(|| {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || node.domain().request_one(7, Reason::Asked)
        });
        let bell = Bell::new();
        let (_, marks) = node.domain().join(task(7, &bell));
        let told = marks.singled() && node.domain().singled_out(7).is_some();
        requester.join().unwrap();
        assert!(told || bell.rang());
        assert!(node.domain().singled_out(7).is_some(), "it is level-triggered");
    });
}

#[test]
fn a_request_to_one_member_does_not_reach_who_has_its_place_after_it() {
    model(|| {
        let node = place();
        let (first, second) = (Bell::new(), Bell::new());
        // From the first such request on, the domain keeps a list of who is where.
        node.domain().request_one(99, Reason::Asked);
        let (key, _) = node.domain().join(task(7, &first));
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || node.domain().request_one(7, Reason::Asked)
        });
        node.domain().leave(key);
        let (same, _) = node.domain().join(task(8, &second));
        requester.join().unwrap();
        assert_eq!(same, key);
        assert!(!second.rang());
        assert!(node.domain().singled_out(8).is_none());
    });
}

#[test]
fn a_member_that_opens_a_domain_hears_of_a_request_to_it_alone() {
    model(|| {
        let (scope, below) = (place(), place());
        let bell = Bell::new();
        let (key, _) = scope.domain().join(task(7, &bell));
        let requester = thread::spawn({
            let scope = Arc::clone(&scope);
            move || scope.domain().request_one(7, Reason::Asked)
        });
        // As a task does with its first frame.
        scope.domain().update(key, |member| member.node = Some(Arc::clone(&below)));
        let marks = scope.domain().marks();
        if marks.singled()
            && let Some(reason) = scope.domain().singled_out(7)
        {
            request(below.domain(), &reason);
        }
        requester.join().unwrap();
        assert!(below.domain().marks().requested());
        assert!(!scope.domain().marks().requested());
    });
}

#[test]
fn two_members_are_singled_out_at_once_and_both_are_woken() {
    model(|| {
        let node = place();
        let bells = [Bell::new(), Bell::new()];
        let _ = node.domain().join(task(0, &bells[0]));
        let requesters = [0, 1].map(|id| {
            let node = Arc::clone(&node);
            thread::spawn(move || node.domain().request_one(id, Reason::Asked))
        });
        let (_, marks) = node.domain().join(task(1, &bells[1]));
        let told = marks.singled() && node.domain().singled_out(1).is_some();
        requesters.into_iter().for_each(|requester| requester.join().unwrap());
        assert!(bells[0].rang());
        assert!(told || bells[1].rang());
    });
}

// --- A request, and code with frames in it -------------------------------------------------------------------------

#[test]
fn a_frame_that_enters_during_a_request_ends_with_it() {
    bounded(Some(3), || {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let mut code = Box::pin(region(Region::new(std::future::pending::<()>())));
        let end = block_on(run_in(&node, code.as_mut()));
        assert!(end.is_none(), "what waits for ever ends only by the request");
        drop(code);
        assert_left_empty(&node);
        requester.join().unwrap();
    });
}

#[test]
fn a_frame_that_leaves_during_a_request_has_either_finished_or_was_dropped() {
    bounded(Some(3), || {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let finished = Arc::new(AtomicUsize::new(0));
        let end = {
            let finished = Arc::clone(&finished);
            let mut code = Box::pin(region(Region::new(async move {
                yields(1).await;
                finished.fetch_add(1, Ordering::Relaxed);
            })));
            block_on(run_in(&node, code.as_mut()))
        };
        assert_left_empty(&node);
        let finished = finished.load(Ordering::Relaxed);
        assert_eq!(finished == 1, end.is_some());
        requester.join().unwrap();
    });
}

#[test]
fn a_shield_that_is_running_holds_the_code_around_it_and_then_lets_it_go() {
    bounded(Some(3), || {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let finished = Arc::new(AtomicUsize::new(0));
        let end = {
            let finished = Arc::clone(&finished);
            let mut code = Box::pin(async {
                region(Region::shielded(async move {
                    yields(1).await;
                    finished.fetch_add(1, Ordering::Relaxed);
                }))
                .await;
                std::future::pending::<()>().await;
            });
            block_on(run_in(&node, code.as_mut()))
        };
        assert!(end.is_none());
        assert_eq!(finished.load(Ordering::Relaxed), 1, "a shield runs to its end");
        assert_left_empty(&node);
        requester.join().unwrap();
    });
}

#[test]
fn frames_in_frames_end_with_one_request() {
    bounded(Some(3), || {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let mut code = Box::pin(region(Region::new(region(Region::new(std::future::pending::<()>())))));
        assert!(block_on(run_in(&node, code.as_mut())).is_none());
        drop(code);
        assert_left_empty(&node);
        requester.join().unwrap();
    });
}

#[test]
fn code_that_is_dropped_during_a_request_leaves_nothing_behind() {
    model(|| {
        let node = place();
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let bell = Bell::new();
        let waker = waker(&bell);
        let mut code = Box::pin(region(Region::new(std::future::pending::<()>())));
        let polled = ambient::enter(&node, || code.as_mut().poll(&mut Context::from_waker(&waker)));
        assert!(polled.is_pending());
        drop(code);
        assert_left_empty(&node);
        requester.join().unwrap();
        assert!(node.domain().marks().requested());
    });
}

#[test]
fn a_frame_that_was_moved_to_another_thread_still_lets_the_code_go() {
    // A frame is counted where it was polled first; a future may be sent elsewhere after that, and end there.
    bounded(Some(3), || {
        let (node, below) = (place(), place());
        let mut frame = Link::new(&node, &below, true);
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let finisher = thread::spawn(move || frame.finish());
        let code = pin!(std::future::pending::<()>());
        assert!(block_on(run_in(&node, code)).is_none());
        requester.join().unwrap();
        finisher.join().unwrap();
    });
}

// --- A frame that lodges with a task's member ------------------------------------------------------------------------

/// The frame's link and the key of the task that it lodges with.
fn lodge(node: &Arc<dyn Node>, frame: &Arc<dyn Node>) -> (Link, usize) {
    let who = Some(Who { label: Label { id: 7 } });
    let link =
        Link::lodge(Above { node: Arc::clone(node), task: who }, None, frame, None).expect("it is the first");
    let key = link.key();
    (link, key)
}

/// What such a task does: it leaves its waker, looks, and ends once it is asked to and the frame has done its part.
async fn host(node: &Arc<dyn Node>, key: usize) {
    poll_fn(|cx| {
        let waker = cx.waker().clone();
        drop(node.domain().update(key, |member| member.waker.replace(waker)));
        let alone = node.domain().marks().singled() && node.domain().singled_out(7).is_some();
        let told = node.domain().marks().ending() || alone;
        if told && !node.domain().is_lodging(key) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn a_request_finds_the_lodger_and_the_task_hears_of_its_end() {
    for alone in [false, true] {
        bounded(Some(3), move || {
            let (node, frame) = (place(), place());
            let (mut link, key) = lodge(&node, &frame);
            let requester = thread::spawn({
                let node = Arc::clone(&node);
                move || match alone {
                    true => node.domain().request_one(7, Reason::Asked),
                    false => request(node.domain(), &Reason::Asked),
                }
            });
            let finisher = thread::spawn(move || {
                link.finish();
                link
            });
            block_on(host(&node, key));
            requester.join().unwrap();
            assert!(frame.domain().marks().requested());
            drop(finisher.join().unwrap());
        });
    }
}

#[test]
fn a_request_reaches_a_frame_that_lodges_at_that_moment() {
    for alone in [false, true] {
        bounded(Some(3), move || {
            let (node, frame) = (place(), place());
            let requester = thread::spawn({
                let node = Arc::clone(&node);
                move || match alone {
                    true => node.domain().request_one(7, Reason::Asked),
                    false => request(node.domain(), &Reason::Asked),
                }
            });
            let (link, _) = lodge(&node, &frame);
            requester.join().unwrap();
            assert!(frame.domain().marks().requested());
            assert!(link.above_requested());
        });
    }
}

#[test]
fn a_lodger_moves_while_a_request_comes_and_while_it_ends() {
    bounded(Some(2), || {
        let (node, own, frame) = (place(), place(), place());
        let (mut link, key) = lodge(&node, &frame);
        let requester = thread::spawn({
            let node = Arc::clone(&node);
            move || request(node.domain(), &Reason::Asked)
        });
        let finisher = thread::spawn(move || {
            link.finish();
            drop(link);
        });
        node.domain().move_in(key, &own);
        domain::inherit(node.domain(), node.domain().marks(), own.domain());
        requester.join().unwrap();
        finisher.join().unwrap();
        assert!(own.domain().marks().requested());
        assert_left_empty(&own);
    });
}

#[test]
fn a_tree_is_let_go_by_several_threads() {
    model(|| {
        let top = place();
        let below = || -> Arc<dyn Node> { Arc::new(Place(Domain::below(Some(Arc::clone(&top))))) };
        let branches = [below(), below()];
        let alive = Arc::downgrade(&top);
        drop(top);
        let threads = branches.map(|branch| thread::spawn(move || drop(branch)));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(alive.upgrade().is_none());
    });
}

// --- The count of a scope ------------------------------------------------------------------------------------------

/// A scope as its future sees it: two counts, and the domain whose waker fires.
struct Books {
    domain: Domain,
    foreground: Count,
    background: Count,
}

impl Books {
    fn new() -> Arc<Self> {
        Arc::new(Self { domain: Domain::new(), foreground: Count::new(), background: Count::new() })
    }

    /// A task counts itself out.
    fn leave(&self, count: &Count) {
        if count.leave() {
            self.domain.wake();
        }
    }

    /// Waits as a scope does: until the foreground has ended, then until the background has; it leaves its waker only
    /// if it has to wait.
    async fn end(&self) {
        poll_fn(|cx| {
            if self.foreground.close() && self.background.close() {
                return Poll::Ready(());
            }
            self.domain.set_waker(cx.waker());
            if self.foreground.close_or_wait() && self.background.close_or_wait() {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }
}

#[test]
fn the_last_task_out_wakes_the_scope() {
    bounded(Some(3), || {
        let books = Books::new();
        assert_eq!(books.foreground.enter(), Some(1));
        assert_eq!(books.foreground.enter(), Some(2));
        let tasks = [(), ()].map(|()| {
            let books = Arc::clone(&books);
            thread::spawn(move || books.leave(&books.foreground))
        });
        block_on(books.end());
        assert_eq!(books.foreground.pending(), 0);
        tasks.into_iter().for_each(|task| task.join().unwrap());
    });
}

#[test]
fn a_task_that_starts_another_one_keeps_the_scope_open() {
    bounded(Some(3), || {
        let books = Books::new();
        let _ = books.foreground.enter();
        let ended = Arc::new(AtomicUsize::new(0));
        let task = thread::spawn({
            let (books, ended) = (Arc::clone(&books), Arc::clone(&ended));
            move || {
                assert_eq!(books.foreground.enter(), Some(2), "an open scope takes tasks");
                let inner = thread::spawn({
                    let (books, ended) = (Arc::clone(&books), Arc::clone(&ended));
                    move || {
                        ended.fetch_add(1, Ordering::Relaxed);
                        books.leave(&books.foreground);
                    }
                });
                ended.fetch_add(1, Ordering::Relaxed);
                books.leave(&books.foreground);
                inner.join().unwrap();
            }
        });
        block_on(books.end());
        assert_eq!(
            ended.load(Ordering::Relaxed),
            2,
            "the scope ends after all of its tasks, and sees what they did"
        );
        task.join().unwrap();
    });
}

#[test]
fn nothing_enters_a_closed_scope() {
    model(|| {
        let books = Books::new();
        let running = Arc::new(AtomicBool::new(false));
        let spawner = thread::spawn({
            let (books, running) = (Arc::clone(&books), Arc::clone(&running));
            move || {
                if books.foreground.enter().is_some() {
                    running.store(true, Ordering::Relaxed);
                    running.store(false, Ordering::Relaxed);
                    books.leave(&books.foreground);
                }
            }
        });
        block_on(books.end());
        assert!(!running.load(Ordering::Relaxed), "what got in has ended");
        assert_eq!(books.foreground.enter(), None);
        assert!(!books.foreground.hold());
        spawner.join().unwrap();
        assert!(!running.load(Ordering::Relaxed));
        assert_eq!(books.foreground.pending(), 0);
    });
}

#[test]
fn a_closed_count_stays_closed() {
    // The scope is polled again while a background task cleans up, and somebody comes too late just then.
    bounded(Some(3), || {
        let books = Books::new();
        assert!(books.background.hold());
        let late = thread::spawn({
            let books = Arc::clone(&books);
            move || {
                if books.foreground.enter().is_some() {
                    books.leave(&books.foreground);
                }
            }
        });
        let background = thread::spawn({
            let books = Arc::clone(&books);
            move || books.leave(&books.background)
        });
        block_on(books.end());
        late.join().unwrap();
        background.join().unwrap();
    });
}

// --- A crowd ---------------------------------------------------------------------------------------------------------

/// Polls each of a crowd for the first time, which is when their wakers are handed out.
fn wakers_of(crowd: &mut Crowd) -> Vec<Waker> {
    let mut wakers = Vec::new();
    crowd.poll_each(&Context::from_waker(Waker::noop()), |_, cx| {
        wakers.push(cx.waker().clone());
        None::<()>
    });
    wakers
}

/// What is written before a wake is seen in the poll that it leads to, and each has its poll.
#[test]
fn whoever_is_woken_in_a_crowd_is_polled() {
    bounded(Some(3), || {
        let mut crowd = Crowd::new(2, 0);
        let done = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
        let threads: Vec<_> = wakers_of(&mut crowd)
            .into_iter()
            .enumerate()
            .map(|(number, waker)| {
                let done = Arc::clone(&done);
                thread::spawn(move || {
                    done[number].store(true, Ordering::Relaxed);
                    waker.wake();
                })
            })
            .collect();
        let mut left = 2;
        block_on(poll_fn(|cx| {
            while let Some(number) =
                crowd.poll_each(cx, |n, _| done[n].swap(false, Ordering::Relaxed).then_some(n))
            {
                assert!(number < 2);
                left -= 1;
            }
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        }));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn one_that_is_woken_again_while_it_is_polled_is_polled_again() {
    bounded(Some(3), || {
        let mut crowd = Crowd::new(1, 0);
        let waker = wakers_of(&mut crowd).pop().expect("there is one");
        let turns = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let turns = Arc::clone(&turns);
            move || {
                for _ in 0..2 {
                    turns.fetch_add(1, Ordering::Relaxed);
                    waker.wake_by_ref();
                }
            }
        });
        block_on(poll_fn(|cx| {
            match crowd.poll_each(cx, |_, _| (turns.load(Ordering::Relaxed) == 2).then_some(())) {
                Some(()) => Poll::Ready(()),
                None => Poll::Pending,
            }
        }));
        thread.join().unwrap();
    });
}

#[test]
fn a_crowd_may_go_before_its_wakers() {
    model(|| {
        let mut crowd = Crowd::new(1, 0);
        let bell = Bell::new();
        let waker = wakers_of(&mut crowd).pop().expect("there is one");
        assert!(crowd.poll_each(&Context::from_waker(&self::waker(&bell)), |_, _| None::<()>).is_none());
        let thread = thread::spawn(move || waker.wake());
        drop(crowd);
        thread.join().unwrap();
        assert!(bell.rang());
    });
}
