//! Many children in one task. Their futures are boxed for all contenders, as a scope's children are of many types, and run on
//! a plain executor, since a `scope!(local)` is not `Send`.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use benches::{Row, Target, tally};
use futures::StreamExt;
use futures::executor::block_on;

type Child = Pin<Box<dyn Future<Output = ()> + Send>>;
type Children = Box<dyn Iterator<Item = Child> + Send>;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "local_wakes",
            "Children in one task, ten thousand at a time, each woken ten times.",
            10_000,
            ten_wakes,
        ),
        row(
            "local_spawn",
            "Children in one task, a thousand at a time, that end at their first poll.",
            1_000,
            trivial,
        ),
        row("local_idle", "Wakes of one child among a thousand that wait.", 10_000, idle),
    ]
}

/// The same children for everybody, so many at once.
fn row(name: &'static str, what: &'static str, at_once: u64, children: fn(u64) -> Children) -> Row {
    let target = Target::Ratio { current: 1.2, multi: 1.2 };
    let rounds = move |n: u64| (0..n / at_once).map(move |_| children(at_once));
    Row::new(name, what, 10 * at_once, target)
        .group(at_once)
        .floor("futures-buffered", move |n| async move { rounds(n).for_each(|all| block_on(buffered(all))) })
        .ayo("scope!(local)", move |n| async move { rounds(n).for_each(|all| block_on(local(all))) })
        .peer("FuturesUnordered", move |n| async move { rounds(n).for_each(|all| block_on(unordered(all))) })
        .peer("moro", move |n| async move { rounds(n).for_each(|all| block_on(moro(all))) })
}

async fn buffered(children: Children) {
    let mut all: futures_buffered::FuturesUnordered<Child> = children.collect();
    while all.next().await.is_some() {}
}

async fn local(children: Children) {
    let body = ayo::scope!(local => |run| {
        for child in children {
            run << child;
        }
    });
    body.await.expect("nothing fails");
}

async fn unordered(children: Children) {
    let mut all: futures::stream::FuturesUnordered<Child> = children.collect();
    while all.next().await.is_some() {}
}

async fn moro(children: Children) {
    moro::async_scope!(|scope| {
        for child in children {
            drop(scope.spawn(child));
        }
    })
    .await;
}

/// Pending, and woken at once.
async fn turn() {
    let mut woken = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut woken, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn ten_wakes(n: u64) -> Children {
    let child = async || {
        for _ in 0..10 {
            turn().await;
        }
        tally::one();
    };
    Box::new((0..n).map(move |_| Box::pin(child()) as Child))
}

fn trivial(n: u64) -> Children {
    Box::new((0..n).map(|_| Box::pin(async { tally::one() }) as Child))
}

/// What those who wait and the one who wakes them share.
struct Waiting {
    wakers: Vec<Option<Waker>>,
    is_over: bool,
}

fn idle(n: u64) -> Children {
    const IDLE: usize = 1_000;
    let all = Arc::new(Mutex::new(Waiting { wakers: vec![None; IDLE], is_over: false }));
    let waiting = Arc::clone(&all);
    let driver: Child = Box::pin(async move {
        turn().await;
        for i in 0..n {
            let waker = all.lock().unwrap().wakers[i as usize % IDLE].take();
            waker.expect("it waits").wake();
            turn().await;
        }
        all.lock().unwrap().is_over = true;
        let wakers: Vec<_> = all.lock().unwrap().wakers.iter_mut().filter_map(Option::take).collect();
        wakers.into_iter().for_each(Waker::wake);
    });
    let idle = (0..IDLE).map(move |place| {
        let waiting = Arc::clone(&waiting);
        let mut has_begun = false;
        Box::pin(poll_fn(move |cx| {
            let mut waiting = waiting.lock().unwrap();
            if waiting.is_over {
                return Poll::Ready(());
            }
            if std::mem::replace(&mut has_begun, true) {
                tally::one();
            }
            waiting.wakers[place] = Some(cx.waker().clone());
            Poll::Pending
        })) as Child
    });
    Box::new(idle.chain([driver]))
}
