//! What a scope costs that does nothing.

use benches::{Row, Target, tally};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(crate) fn row() -> Row {
    let what = "An empty scope, in plain Tokio code.";
    let row = Row::new("empty", what, 100_000, Target::Nanos(150.0));
    peers(row.ayo("ayo: scope!", ayo))
}

pub(crate) fn row_in_a_scope() -> Row {
    let what = "An empty scope, in the body of a scope.";
    let row = Row::new("empty-inside", what, 100_000, Target::Nanos(150.0));
    peers(row.ayo("ayo: scope!", ayo_in_a_scope))
}

fn peers(row: Row) -> Row {
    row.peer("JoinSet", join_set).peer("JoinSet + child token", with_token)
}

pub(crate) async fn ayo(n: u64) {
    for _ in 0..n {
        let done = ayo::scope!(|_run| { tally::one() });
        done.await.expect("it does nothing");
    }
}

pub(crate) async fn ayo_in_a_scope(n: u64) {
    let done = ayo::scope!(|_run| { ayo(n).await });
    done.await.expect("it does nothing");
}

pub(crate) async fn join_set(n: u64) {
    for _ in 0..n {
        let mut set = JoinSet::<()>::new();
        tally::one();
        while set.join_next().await.is_some() {}
    }
}

pub(crate) async fn with_token(n: u64) {
    let token = CancellationToken::new();
    for _ in 0..n {
        let (mut set, _token) = (JoinSet::<()>::new(), token.child_token());
        tally::one();
        while set.join_next().await.is_some() {}
    }
}
