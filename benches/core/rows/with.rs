//! What a context manager costs whose set-up, body and tear-down never wait, and one whose body does.

use std::hint::black_box;

use ayo::{Exit, actxmgr};
use benches::{Row, Target, tally};
use tokio::task::yield_now;

/// By hand it takes a few nanoseconds; the target is those and two more.
pub(crate) fn row() -> Row {
    let what = "A context manager around a body that does not suspend.";
    Row::new("with", what, 1_000_000, Target::Nanos(7.0)).floor("by hand", by_hand).ayo("ayo: with!", ayo)
}

pub(crate) fn row_with_a_yield() -> Row {
    let what = "A context manager around a body that yields once.";
    Row::new("with-yield", what, 100_000, Target::Ratio { current: 2.0, multi: 2.0 })
        .floor("by hand", by_hand_with_a_yield)
        .ayo("ayo: with!", ayo_with_a_yield)
}

struct Tx(u64);

#[derive(Debug)]
struct Overflow;

impl std::fmt::Display for Overflow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too many")
    }
}

impl std::error::Error for Overflow {}

#[inline(never)]
fn begin(n: u64) -> Result<Tx, Overflow> {
    if black_box(n) == u64::MAX { Err(Overflow) } else { Ok(Tx(n)) }
}

#[inline(never)]
fn execute(tx: &mut Tx) -> Result<u64, Overflow> {
    tx.0 = tx.0.checked_add(1).ok_or(Overflow)?;
    tally::one();
    Ok(tx.0)
}

#[inline(never)]
fn finish(tx: &mut Tx, committed: bool) -> Result<(), Overflow> {
    black_box((tx.0, committed));
    if tx.0 == u64::MAX { Err(Overflow) } else { Ok(()) }
}

actxmgr! {
    async fn transaction(n: u64) -> &mut Tx {
        let mut tx = begin(n)?;
        match (yield &mut tx) {
            Exit::Done => finish(&mut tx, true)?,
            Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => finish(&mut tx, false)?,
        }
    }
}

pub(crate) async fn ayo(n: u64) {
    for n in 0..n {
        let done = ayo::with!(tx = transaction(n) => { execute(tx)? }).await;
        black_box(done.is_ok());
    }
}

async fn ayo_with_a_yield(n: u64) {
    for n in 0..n {
        let done = ayo::with!(tx = transaction(n) => {
            yield_now().await;
            execute(tx)?
        })
        .await;
        black_box(done.is_ok());
    }
}

/// The same without cancellation and panics.
async fn with_a_transaction<R>(
    n: u64,
    body: impl AsyncFnOnce(&mut Tx) -> Result<R, Overflow>,
) -> Result<R, Overflow> {
    let mut tx = begin(n)?;
    match body(&mut tx).await {
        Ok(value) => {
            finish(&mut tx, true)?;
            Ok(value)
        }
        Err(error) => {
            finish(&mut tx, false)?;
            Err(error)
        }
    }
}

async fn by_hand(n: u64) {
    for n in 0..n {
        let done = with_a_transaction(n, async |tx| execute(tx)).await;
        black_box(done.is_ok());
    }
}

async fn by_hand_with_a_yield(n: u64) {
    for n in 0..n {
        let done = with_a_transaction(n, async |tx| {
            yield_now().await;
            execute(tx)
        })
        .await;
        black_box(done.is_ok());
    }
}
