//! A thousand scopes, each in the only task of the one above it.

#![expect(clippy::manual_async_fn, reason = "an `async fn` cannot ask whether its own future is `Send`")]

use benches::{Row, Target, tally};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const DEPTH: u64 = 1000;

pub(crate) fn row() -> Row {
    let target = Target::Ratio { current: 1.5, multi: 1.5 };
    let what = "Scopes nested 1,000 deep, one child each; chain after chain. An item is a scope.";
    Row::new("nest", what, 20 * DEPTH, target)
        .group(DEPTH)
        .floor("tokio::spawn + await", |n| chains(n, floor))
        .ayo("ayo: scope!, run << job", |n| chains(n, ayo))
        .peer("JoinSet", |n| chains(n, join_set))
        .peer("JoinSet + child token", |n| chains(n, |depth| with_token(depth, CancellationToken::new())))
}

async fn chains<F: Future<Output = ()>>(n: u64, chain: impl Fn(u64) -> F) {
    for _ in 0..n / DEPTH {
        chain(DEPTH).await;
    }
}

fn floor(depth: u64) -> impl Future<Output = ()> + Send {
    async move {
        if depth > 0 {
            tally::one();
            let child = tokio::spawn(floor(depth - 1));
            child.await.expect("no task panics");
        }
    }
}

fn ayo(depth: u64) -> impl Future<Output = ()> + Send {
    async move {
        if depth > 0 {
            tally::one();
            let done = ayo::scope!(|run| {
                run << ayo(depth - 1);
            });
            done.await.expect("no task fails");
        }
    }
}

fn join_set(depth: u64) -> impl Future<Output = ()> + Send {
    async move {
        if depth > 0 {
            tally::one();
            let mut set = JoinSet::new();
            set.spawn(join_set(depth - 1));
            while let Some(ended) = set.join_next().await {
                ended.expect("no task panics");
            }
        }
    }
}

fn with_token(depth: u64, token: CancellationToken) -> impl Future<Output = ()> + Send {
    async move {
        if depth > 0 {
            tally::one();
            let mut set = JoinSet::new();
            let child = token.child_token();
            set.spawn(async move {
                tokio::select! {
                    () = child.cancelled() => {}
                    () = with_token(depth - 1, child.clone()) => {}
                }
            });
            while let Some(ended) = set.join_next().await {
                ended.expect("no task panics");
            }
        }
    }
}
