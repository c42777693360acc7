//! Trees that are very deep or very wide: a request and a drop cost no stack, and time in proportion to the tree.
//!
//! That the cost is not quadratic shows in two ways: by the sizes, at which a quadratic walk would take hours, and for the
//! tree itself by counting its work. The tree is reached through the public API where that goes as far; the domains
//! alone are compiled here from `ayo`'s own files, over a mutex that counts how often it is locked.

mod support;

#[path = "../ayo/src/cancel/domain.rs"]
#[allow(dead_code, reason = "the tests use the part of it that walks")]
mod domain;
#[path = "../ayo/src/cancel/members.rs"]
mod members;
#[path = "../ayo/src/cancel/note.rs"]
#[allow(dead_code, reason = "nobody draws a tree here")]
mod note;
#[path = "../ayo/src/cancel/reason.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is public in `ayo`, and used in part")]
mod reason;

use std::future::{Future, pending};
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use ayo::{ErrorKind, Scope, cancelled, scope, shield, timeout};
use futures::stream::{FuturesUnordered, StreamExt};
use support::{Boom, Count, Live, OnDrop, current_thread, multi_thread};

use self::domain::{Domain, Link, Marks, Member, Node, request};
use self::reason::Reason;

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

const DEEP: u32 = 100_000;
const WIDE: usize = 1_000_000;

/// What takes longer is quadratic, and would take hours.
const WATCHDOG: Duration = Duration::from_secs(600);

/// Runs a test in a process of its own: a stack that overflows ends the process, not just the test.
fn alone(name: &str, test: impl FnOnce()) {
    const NAME: &str = "AYO_TEST_ALONE";
    if std::env::var_os(NAME).is_some_and(|alone| alone == name) {
        return test();
    }
    let itself = std::env::current_exe().expect("a test has a program");
    let mut child = Command::new(itself)
        .args(["--exact", name, "--nocapture"])
        .env(NAME, name)
        .stdin(Stdio::null())
        .spawn()
        .expect("the test runs once more");
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child can be asked") {
            Some(status) => break status,
            None if begun.elapsed() > WATCHDOG => {
                child.kill().expect("a child can be killed");
                panic!("{name} does not come to an end");
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    assert!(status.success(), "{name}: {status}");
}

// --- By the public API ---------------------------------------------------------------------------------------------

/// What the innermost of nested scopes does.
#[derive(Clone)]
struct Bottom {
    reached: Count,
    live: Live,
    end: fn(Count) -> Boxed,
}

impl Bottom {
    fn new(end: fn(Count) -> Boxed) -> Self {
        Self { reached: Count::new(), live: Live::new(), end }
    }

    fn waits() -> Self {
        Self::new(|reached| {
            Box::pin(async move {
                reached.hit();
                pending().await
            })
        })
    }
}

/// Scopes in scopes: each is opened by a task of the one above, so that no poll is in another one.
fn nested(depth: u32, bottom: Bottom) -> Boxed {
    Box::pin(async move {
        let guard = bottom.live.guard();
        let _ = scope!(|run| {
            let _guard = guard;
            if depth == 1 {
                (bottom.end)(bottom.reached.clone()).await;
            } else {
                run << nested(depth - 1, bottom);
                pending::<()>().await;
            }
        })
        .await;
    })
}

#[test]
fn a_deep_tree_of_scopes_is_cancelled() {
    alone("a_deep_tree_of_scopes_is_cancelled", || {
        multi_thread(async {
            let bottom = Bottom::waits();
            scope!(|run| {
                run << nested(DEEP, bottom.clone());
                bottom.reached.reaches(1).await;
                assert_eq!(bottom.live.now(), DEEP as usize);
                run.cancel();
            })
            .await
            .unwrap();
            assert_eq!(bottom.live.now(), 0, "the canceller's await returns when all of them have ended");
        });
    });
}

#[test]
fn a_deep_tree_of_scopes_cleans_up_innermost_first() {
    alone("a_deep_tree_of_scopes_cleans_up_innermost_first", || {
        current_thread(async {
            let bottom = Bottom::new(|reached| {
                Box::pin(async move {
                    reached.hit();
                    cancelled().await;
                    shield(async {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        reached.hit();
                    })
                    .await;
                })
            });
            scope!(|run| {
                let tree = run << nested(DEEP, bottom.clone());
                bottom.reached.reaches(1).await;
                tree.cancel();
                let _ = tree.await;
                assert_eq!((bottom.reached.get(), bottom.live.now()), (2, 0));
            })
            .await
            .unwrap();
        });
    });
}

#[test]
fn a_deep_tree_of_scopes_is_adopted() {
    alone("a_deep_tree_of_scopes_is_adopted", || {
        multi_thread(async {
            let bottom = Bottom::waits();
            scope!(|_| {
                tokio::select! {
                    biased;
                    () = nested(DEEP, bottom.clone()) => unreachable!(),
                    () = bottom.reached.reaches(1) => {}
                }
            })
            .await
            .unwrap();
            assert_eq!(bottom.live.now(), 0, "the scope around it has waited for all of it");
        });
    });
}

#[test]
fn a_deep_tree_of_scopes_is_dropped_with_its_runtime() {
    alone("a_deep_tree_of_scopes_is_dropped_with_its_runtime", || {
        for threads in [0, 2] {
            let bottom = Bottom::waits();
            let mut builder = match threads {
                0 => tokio::runtime::Builder::new_current_thread(),
                _ => tokio::runtime::Builder::new_multi_thread(),
            };
            let runtime = builder.worker_threads(threads.max(1)).enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let tree = nested(DEEP, bottom.clone());
                tokio::spawn(tree);
                bottom.reached.reaches(1).await;
            });
            drop(runtime);
            assert_eq!(bottom.live.now(), 0);
        }
    });
}

#[test]
fn a_deep_tree_of_scopes_is_dropped_by_force() {
    alone("a_deep_tree_of_scopes_is_dropped_by_force", || {
        current_thread(async {
            let bottom = Bottom::new(|reached| {
                Box::pin(async move {
                    shield(async {
                        reached.hit();
                        pending::<()>().await;
                    })
                    .await;
                })
            });
            let error = scope!(cancel_timeout = 50ms => |run| {
                run << nested(DEEP, bottom.clone());
                bottom.reached.reaches(1).await;
                run.cancel();
            })
            .await
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Abandoned);
            assert_eq!(bottom.live.now(), 0);
        });
    });
}

#[test]
fn an_error_at_the_bottom_of_a_deep_tree_of_orphans_comes_to_the_top() {
    alone("an_error_at_the_bottom_of_a_deep_tree_of_orphans_comes_to_the_top", || {
        current_thread(async {
            let bottom = Bottom::new(|reached| {
                Box::pin(async move {
                    ayo::spawn(async move {
                        let _bad = OnDrop(|| panic!("at the bottom"));
                        reached.hit();
                        shield(pending::<()>()).await;
                    });
                    pending::<()>().await;
                })
            });
            let report = scope!(cancel_timeout = 50ms => |run| {
                run << nested(DEEP, bottom.clone());
                bottom.reached.reaches(1).await;
                run.cancel();
            })
            .report()
            .await;
            let error = report.error.expect("it was dropped by force");
            assert_eq!(error.kind(), ErrorKind::Abandoned);
            let everything = report.contained.iter().chain(error.others());
            assert_eq!(everything.filter(|error| error.kind() == ErrorKind::Panicked).count(), 1);
        });
    });
}

#[test]
fn a_deep_tree_of_scopes_is_let_go_from_its_innermost_handle() {
    alone("a_deep_tree_of_scopes_is_let_go_from_its_innermost_handle", || {
        static INNERMOST: std::sync::Mutex<Option<Scope>> = std::sync::Mutex::new(None);
        current_thread(async {
            // The innermost one cleans up for ever, so that all of them are adopted from above, one by the other.
            let bottom = Bottom::new(|reached| {
                Box::pin(async move {
                    *INNERMOST.lock().unwrap() = ayo::current();
                    shield(async {
                        reached.hit();
                        pending::<()>().await;
                    })
                    .await;
                })
            });
            let end = scope!(cancel_timeout = 50ms => |run| {
                run << nested(DEEP, bottom.clone());
                bottom.reached.reaches(1).await;
                run.cancel();
            })
            .await;
            assert!(end.is_err());
        });
        // The last handle of the innermost scope holds all those above it.
        drop(INNERMOST.lock().unwrap().take());
    });
}

#[test]
fn a_long_chain_of_forks_is_cancelled() {
    alone("a_long_chain_of_forks_is_cancelled", || {
        /// Each scope is opened by a task of the root, below the scope before it.
        fn fork(root: Scope, parent: Scope, depth: u32, bottom: Bottom) -> Boxed {
            Box::pin(async move {
                let guard = bottom.live.guard();
                let end = scope!(parent = parent => |run| {
                    let _guard = guard;
                    if depth == 1 {
                        bottom.reached.hit();
                    } else {
                        root.spawn(fork(root.clone(), run.clone(), depth - 1, bottom));
                    }
                    pending::<()>().await;
                })
                .await;
                assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled, "its parent was");
            })
        }
        multi_thread(async {
            let bottom = Bottom::waits();
            scope!(|root| {
                let end = scope!(|first| {
                    root << fork(root.clone(), first.clone(), DEEP, bottom.clone());
                    bottom.reached.reaches(1).await;
                    first.cancel();
                    pending::<()>().await
                })
                .await;
                assert!(end.is_err());
                assert_eq!(bottom.live.now(), 0, "a scope ends after those that hang below it");
                assert!(!root.is_cancelled());
            })
            .await
            .unwrap();
        });
    });
}

#[test]
fn a_failure_comes_up_through_a_deep_tree() {
    alone("a_failure_comes_up_through_a_deep_tree", || {
        fn failing(depth: u32) -> Pin<Box<dyn Future<Output = Result<(), ayo::Error>> + Send>> {
            Box::pin(async move {
                scope!(|run| {
                    if depth == 1 {
                        Err::<(), _>(Boom(7))?;
                    } else {
                        run << failing(depth - 1);
                    }
                })
                .await
            })
        }
        multi_thread(async {
            let error = failing(DEEP).await.unwrap_err();
            assert_eq!(error.downcast_ref::<Boom>(), Some(&Boom(7)));
            drop(error);
        });
    });
}

#[test]
fn a_million_tasks_are_cancelled() {
    alone("a_million_tasks_are_cancelled", || {
        current_thread(async {
            let (live, started) = (Live::new(), Count::new());
            scope!(|run| {
                for _ in 0..WIDE {
                    let (guard, started) = (live.guard(), started.clone());
                    run << async move {
                        let _guard = guard;
                        started.hit();
                        pending::<()>().await;
                    };
                }
                started.reaches(WIDE).await;
                assert_eq!(live.now(), WIDE);
                run.cancel();
            })
            .await
            .unwrap();
            assert_eq!(live.now(), 0);
        });
    });
}

#[test]
fn many_tasks_are_cancelled_one_by_one() {
    alone("many_tasks_are_cancelled_one_by_one", || {
        current_thread(async {
            let (live, started) = (Live::new(), Count::new());
            scope!(|run| {
                let tasks = (0..DEEP)
                    .map(|_| {
                        let (guard, started) = (live.guard(), started.clone());
                        run.spawn(async move {
                            let _guard = guard;
                            started.hit();
                            pending::<()>().await;
                        })
                    })
                    .collect::<Vec<_>>();
                started.reaches(DEEP as usize).await;
                for task in tasks {
                    task.cancel();
                    assert!(task.await.is_err());
                }
                assert_eq!(live.now(), 0);
            })
            .await
            .unwrap();
        });
    });
}

#[test]
fn a_million_listeners_in_one_task_hear_of_it() {
    alone("a_million_listeners_in_one_task_hear_of_it", || {
        current_thread(async {
            let heard = scope!(|run| {
                run.cancel();
                let all: FuturesUnordered<_> = (0..WIDE).map(|_| cancelled()).collect();
                all.count().await
            });
            assert_eq!(heard.await.unwrap(), WIDE);

            let heard = Count::new();
            let end = timeout(1, async {
                let all: FuturesUnordered<_> = (0..WIDE).map(|_| cancelled()).collect();
                all.for_each(|()| async {
                    heard.hit();
                })
                .await;
            });
            end.await.expect("they were ready in the turn after the request");
            assert_eq!(heard.get(), WIDE);
        });
    });
}

#[test]
fn many_frames_in_one_task_clean_up() {
    alone("many_frames_in_one_task_clean_up", || {
        current_thread(async {
            let (started, cleaned) = (Count::new(), Count::new());
            scope!(|run| {
                let (seen, cleaned) = (started.clone(), cleaned.clone());
                run << async move {
                    let frames: FuturesUnordered<_> = (0..DEEP)
                        .map(|_| async {
                            let _ = scope!(|_| {
                                seen.hit();
                                cancelled().await;
                                shield(async { cleaned.hit() }).await;
                            })
                            .await;
                        })
                        .collect();
                    frames.count().await
                };
                started.reaches(DEEP as usize).await;
                run.cancel();
            })
            .await
            .unwrap();
            assert_eq!(cleaned.get(), DEEP as usize);
        });
    });
}

// --- The tree itself -----------------------------------------------------------------------------------------------

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Stands in for `ayo`'s `sync`: the same, but that `lock` counts.
mod sync {
    use std::cell::Cell;
    pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    pub(crate) use std::sync::{Mutex, MutexGuard};

    thread_local! {
        static LOCKED: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        LOCKED.set(LOCKED.get() + 1);
        mutex.lock().expect("nothing panics under a lock")
    }

    /// How often `f` locks anything, on this thread.
    pub(crate) fn locks(f: impl FnOnce()) -> usize {
        let before = LOCKED.get();
        f();
        LOCKED.get() - before
    }
}

/// Stands in for `ayo`'s `site`.
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

/// Stands in for `ayo`'s `ambient`: no code runs in these trees.
mod ambient {
    pub(crate) fn settle() {}
}

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

type Nodes = Vec<Arc<dyn Node>>;

/// A chain of domains, from the top to the bottom.
fn chain(depth: usize) -> (Nodes, Vec<Link>) {
    let mut nodes = vec![place()];
    let mut links = Vec::new();
    for _ in 1..depth {
        let below = place();
        links.push(Link::new(nodes.last().expect("there is a top"), &below, true));
        nodes.push(below);
    }
    (nodes, links)
}

/// A domain with many below it.
fn fan(width: usize) -> (Arc<dyn Node>, Nodes, Vec<Link>) {
    let top = place();
    let nodes = (0..width).map(|_| place()).collect::<Vec<_>>();
    let links = nodes.iter().map(|node| Link::new(&top, node, true)).collect();
    (top, nodes, links)
}

/// Counts how often it is woken.
#[derive(Default)]
struct Bells(AtomicUsize);

impl Wake for Bells {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The work of a request to a chain of so many domains, and to a fan of so many.
fn work(size: usize) -> [usize; 2] {
    let (nodes, _links) = chain(size);
    let deep = sync::locks(|| request(nodes[0].domain(), &Reason::Asked));
    assert!(nodes.iter().all(|node| node.domain().marks().requested()));
    let (top, nodes, _links) = fan(size);
    let wide = sync::locks(|| request(top.domain(), &Reason::Asked));
    assert!(nodes.iter().all(|node| node.domain().marks().requested()));
    [deep, wide]
}

#[test]
fn the_work_of_a_request_grows_with_the_tree_and_no_faster() {
    let (small, large) = (work(1_000), work(100_000));
    for (small, large) in small.into_iter().zip(large) {
        assert!(small >= 1_000, "every domain was visited: {small}");
        assert!(large <= small * 110, "{large} locks for a hundred times what takes {small}");
    }
}

#[test]
fn a_request_that_came_before_costs_nothing_again() {
    let (top, _nodes, _links) = fan(100_000);
    request(top.domain(), &Reason::Asked);
    assert!(sync::locks(|| request(top.domain(), &Reason::Asked)) <= 2);
}

#[test]
fn the_work_of_registering_and_leaving_does_not_depend_on_how_many_there_are() {
    let (top, _nodes, _links) = fan(100_000);
    let one = place();
    assert!(sync::locks(|| drop(Link::new(&top, &one, true))) <= 5);
}

#[test]
fn everybody_in_a_wide_domain_is_woken_once() {
    let top = place();
    let bells = Arc::new(Bells::default());
    for _ in 0..WIDE {
        let waker = Some(Waker::from(Arc::clone(&bells)));
        top.domain().join(Member { waker, wants: Marks::ENDING.into(), ..Member::default() });
    }
    request(top.domain(), &Reason::Asked);
    request(top.domain(), &Reason::Asked);
    assert_eq!(bells.0.load(Ordering::Relaxed), WIDE);
}

#[test]
fn a_chain_of_domains_is_requested_and_let_go() {
    alone("a_chain_of_domains_is_requested_and_let_go", || {
        let (mut nodes, links) = chain(WIDE);
        request(nodes[0].domain(), &Reason::Asked);
        let last = nodes.pop().expect("a chain has an end");
        assert!(last.domain().marks().requested());
        drop(nodes);
        drop(links);
        // The last one holds all those above it, by their parents.
        drop(last);
    });
}

#[test]
fn a_chain_of_domains_is_let_go_in_any_order() {
    alone("a_chain_of_domains_is_let_go_in_any_order", || {
        let (mut nodes, mut links) = chain(DEEP as usize);
        nodes.reverse();
        links.reverse();
        drop(nodes);
        drop(links);
        let (nodes, links) = chain(DEEP as usize);
        drop(links);
        drop(nodes);
    });
}

#[test]
fn a_chain_of_domains_is_let_go_by_two_threads() {
    alone("a_chain_of_domains_is_let_go_by_two_threads", || {
        for _ in 0..10 {
            let (mut nodes, links) = chain(DEEP as usize);
            let below = nodes.pop().expect("a chain has an end");
            let above = Arc::clone(nodes.last().expect("a chain has an end"));
            let beside: Arc<dyn Node> = Arc::new(Place(Domain::below(Some(above))));
            drop((nodes, links));
            let threads = [below, beside].map(|last| std::thread::spawn(move || drop(last)));
            threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        }
    });
}

#[test]
fn a_wide_tree_of_domains_is_requested_and_let_go() {
    let (top, nodes, links) = fan(WIDE);
    let alive = Arc::downgrade(&top);
    request(top.domain(), &Reason::Asked);
    assert!(nodes.iter().all(|node| node.domain().marks().requested()));
    drop(links);
    assert_eq!(top.domain().frames(), 0);
    drop(top);
    assert!(alive.upgrade().is_some(), "those below hold it");
    drop(nodes);
    assert!(alive.upgrade().is_none());
}
