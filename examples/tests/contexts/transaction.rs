//! 11: committed or rolled back, and never half of it, wherever its block is cut.

use std::time::Duration;

use ayo::{ErrorKind, scope, with};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Executor};
use tempfile::TempDir;

#[allow(dead_code, unreachable_pub, reason = "the program uses the rest")]
#[path = "../../11_transaction.rs"]
mod example;

use super::{BAD_ENDS, Hold, Job, on_both};
use crate::support::run;
use crate::tools::{Flag, Gate, OnDrop, turns, until};
use example::{add, transaction, transfer};

#[test]
fn what_it_prints() {
    let expected = "\
at first: ann has 100, bob has 0
after a transfer: ann has 70, bob has 30
error returned from database: (code: 275) CHECK constraint failed: balance >= 0
after one that failed: ann has 70, bob has 30
timed out after 50ms
after one that was cut: ann has 70, bob has 30
cancelled while it committed: true
and yet: ann has 50, bob has 50
";
    assert_eq!(run(env!("CARGO_BIN_EXE_transaction")), expected);
}

/// The front page shows it with something in the place of sqlx; what it shows is this.
#[test]
fn the_readme_has_the_same_code() {
    let (readme, program) = (include_str!("../../../README.md"), include_str!("../../11_transaction.rs"));
    let from = program.find("actxmgr! {").unwrap();
    let end = program.find("/// Adds to the balance").unwrap();
    assert!(readme.contains(program[from..end].trim_end()));
}

const BEFORE: &str = "ann has 100, bob has 0";
const AFTER: &str = "ann has 90, bob has 10";

/// A database with a pool that has one connection, so that whatever is left on it meets the next user.
struct Bank {
    pool: SqlitePool,
    file: SqliteConnectOptions,
    _dir: TempDir,
}

impl Bank {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = example::bank(&dir.path().join("bank.db"));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(file.clone()).await.unwrap();
        pool.execute(example::ACCOUNTS).await.unwrap();
        Self { pool, file, _dir: dir }
    }

    /// What somebody else sees.
    async fn balances(&self) -> String {
        let mut other = self.file.connect().await.unwrap();
        example::balances(&mut other).await.unwrap()
    }

    /// That the only connection is there again, and good.
    async fn still_works(&self) {
        let before = self.balances().await;
        transfer(&self.pool, 5, "ann", "bob").await.unwrap();
        assert_ne!(self.balances().await, before);
    }
}

/// Moves ten.
async fn ten(tx: &mut SqliteConnection) -> sqlx::Result<()> {
    add(tx, "ann", -10).await?;
    add(tx, "bob", 10).await
}

#[test]
fn a_good_end_commits() {
    on_both(async || {
        let bank = Bank::open().await;
        with!(tx = transaction(&bank.pool) => {
            ten(tx).await?;
            assert_eq!(bank.balances().await, BEFORE, "not committed yet");
        })
        .await
        .unwrap();
        assert_eq!(bank.balances().await, AFTER);
        bank.still_works().await;
    });
}

#[test]
fn an_error_and_a_panic_roll_back() {
    on_both(async || {
        for bad_end in BAD_ENDS {
            let bank = Bank::open().await;
            let report = scope!(|_| {
                with!(tx = transaction(&bank.pool) => { ten(tx).await?; bad_end()?; }).await?;
            })
            .report()
            .await;
            assert!(report.error.is_some());
            assert_eq!(bank.balances().await, BEFORE);
            bank.still_works().await;
        }
    });
}

#[test]
fn a_cancel_in_the_body_rolls_back() {
    on_both(async || {
        let bank = Bank::open().await;
        let (pool, arrived) = (bank.pool.clone(), Gate::new());
        let here = arrived.clone();
        let job = Job::start(async move {
            with!(tx = transaction(&pool) => {
                ten(tx).await?;
                here.open();
                std::future::pending::<()>().await;
            })
            .await
        });
        arrived.passed().await;
        assert!(job.cancel().await.cancelled());
        assert_eq!(bank.balances().await, BEFORE);
        bank.still_works().await;
    });
}

#[test]
fn a_cancel_within_a_statement_rolls_back() {
    on_both(async || {
        let bank = Bank::open().await;
        let (pool, hold, dropped) = (bank.pool.clone(), Hold::new(), Flag::new());
        let (held, drops) = (hold.place(), dropped.clone());
        let job = Job::start(async move {
            with!(tx = transaction(&pool) => {
                let _dropped = OnDrop(|| drops.set());
                tx.lock_handle().await?.set_update_hook(move |_| held.here());
                ten(tx).await?;
            })
            .await
        });
        hold.entered().await;
        let report = job.cancel_while_held(async || {
            until(|| dropped.is_set()).await;
            hold.let_go();
        });
        assert!(report.await.cancelled());
        assert_eq!(bank.balances().await, BEFORE);
        bank.still_works().await;
    });
}

/// A transaction that has begun to end, and is held in the middle of that.
async fn cancelled_at_its_end(is_good: bool) -> Bank {
    let bank = Bank::open().await;
    let (pool, hold, gone_on) = (bank.pool.clone(), Hold::new(), Flag::new());
    let (held, behind) = (hold.place(), gone_on.clone());
    let job = Job::start(async move {
        let end = with!(tx = transaction(&pool) => {
            ten(tx).await?;
            let mut sqlite = tx.lock_handle().await?;
            let too = held.clone();
            sqlite.set_rollback_hook(move || too.here());
            sqlite.set_commit_hook(move || { held.here(); true });
            if !is_good {
                Err("no")?;
            }
        });
        let end = end.await;
        behind.set();
        end
    });
    hold.entered().await;
    assert_eq!(bank.balances().await, BEFORE, "it is at it");
    let report = job.cancel_while_held(async || hold.let_go()).await;
    assert!(!gone_on.is_set(), "control does not come back");
    let kind = report.error.map(|error| error.kind());
    assert_eq!(kind, if is_good { None } else { Some(ErrorKind::Failed) }, "no error of the body is lost");
    bank
}

#[test]
fn a_cancel_in_the_middle_of_the_commit_lets_it_finish() {
    on_both(async || {
        let bank = cancelled_at_its_end(true).await;
        assert_eq!(bank.balances().await, AFTER);
        bank.still_works().await;
    });
}

#[test]
fn a_cancel_in_the_middle_of_the_rollback_lets_it_finish() {
    on_both(async || {
        let bank = cancelled_at_its_end(false).await;
        assert_eq!(bank.balances().await, BEFORE);
        bank.still_works().await;
    });
}

#[test]
fn a_cancel_before_it_has_begun_leaves_nothing() {
    on_both(async || {
        let bank = Bank::open().await;
        let taken = bank.pool.acquire().await.unwrap();
        let (pool, ran) = (bank.pool.clone(), Flag::new());
        let runs = ran.clone();
        let job = Job::start(async move { with!(_tx = transaction(&pool) => { runs.set(); }).await });
        turns(100).await;
        assert!(job.cancel().await.cancelled());
        drop(taken);
        bank.still_works().await;
        assert!(!ran.is_set());
    });
}

#[test]
fn a_commit_that_fails_is_an_error_and_writes_nothing() {
    on_both(async || {
        let bank = Bank::open().await;
        let end = with!(tx = transaction(&bank.pool) => {
            ten(tx).await?;
            tx.lock_handle().await?.set_commit_hook(|| false);
        });
        let error = end.await.unwrap_err();
        assert!(error.downcast_ref::<sqlx::Error>().is_some(), "{error:#}");
        assert_eq!(bank.balances().await, BEFORE);
        bank.pool.acquire().await.unwrap().lock_handle().await.unwrap().remove_commit_hook();
        bank.still_works().await;
    });
}

/// However many are cut wherever they are: money neither comes nor goes, and what was said to be done is done.
#[test]
fn under_load_nothing_is_half_done() {
    on_both(async || {
        let bank = Bank::open().await;
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(bank.file.clone()).await.unwrap();
        let report = scope!(collect, max_concurrency = 12 => |run| {
            for n in 0..150 {
                let pool = pool.clone();
                let patience = Duration::from_micros(n * 40);
                run << async move {
                    let end = ayo::timeout(patience, transfer(&pool, 1, "ann", "bob")).await;
                    u32::from(matches!(end, Ok(Ok(()))))
                };
            }
        })
        .report()
        .await;
        assert!(report.error.is_none(), "{:?}", report.error);
        let done: u32 = report.results.iter().sum();
        let balances = bank.balances().await;
        let [ann, bob] =
            balances.split(", ").map(|one| one.rsplit(' ').next().unwrap()).collect::<Vec<_>>()[..]
        else {
            panic!("{balances}")
        };
        let (ann, bob): (u32, u32) = (ann.parse().unwrap(), bob.parse().unwrap());
        assert_eq!(ann + bob, 100, "{balances}");
        assert!(bob >= done, "{done} were done: {balances}");
    });
}
