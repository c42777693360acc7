//! A database transaction as a context manager: committed if its block succeeds; rolled back if that fails, panics or is
//! cancelled; never left half done.
//!
//! `cargo run -p examples --bin transaction`

use std::path::Path;

use ayo::{Exit, actxmgr, scope, with};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool};
use sqlx::{ConnectOptions, Executor, query, query_scalar};

actxmgr! {
    /// A transaction: committed if the body succeeded, else rolled back.
    pub async fn transaction(pool: &SqlitePool) -> &mut SqliteConnection {
        let mut tx = pool.begin().await?;
        match (yield &mut tx) {          // the body runs here; how it ended comes back
            Exit::Done => tx.commit().await?,
            Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => tx.rollback().await?,
        }
    }
}

/// Either both accounts change, or none.
pub async fn transfer(pool: &SqlitePool, amount: i64, from: &str, to: &str) -> Result<(), ayo::Error> {
    with!(tx = transaction(pool) => {
        add(tx, to, amount).await?;
        add(tx, from, -amount).await?;   // an error, a panic or a cancel rolls both back
    })
    .await
}

/// Adds to the balance of an account.
pub async fn add(db: &mut SqliteConnection, name: &str, amount: i64) -> sqlx::Result<()> {
    let sql = query("update accounts set balance = balance + ? where name = ?");
    sql.bind(amount).bind(name).execute(db).await?;
    Ok(())
}

#[ayo::main]
async fn main() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let file = bank(&dir.path().join("bank.db"));
    let pool = SqlitePool::connect_with(file.clone()).await?;
    pool.execute(ACCOUNTS).await?;

    // What is in the file, as somebody else sees it: by a connection that has nothing to do with the pool.
    let mut other = file.connect().await?;
    println!("at first: {}", balances(&mut other).await?);

    transfer(&pool, 30, "ann", "bob").await?;
    println!("after a transfer: {}", balances(&mut other).await?);

    let error = transfer(&pool, 1_000, "ann", "bob").await.expect_err("ann has not so much");
    println!("{error}");
    println!("after one that failed: {}", balances(&mut other).await?);

    let approval = std::future::pending::<()>();
    let slow = with!(tx = transaction(&pool) => {
        add(tx, "bob", 50).await?;
        approval.await;
        add(tx, "ann", -50).await?;
    });
    let end = ayo::timeout(50ms, slow).await;
    println!("{}", end.expect_err("nobody approves"));
    println!("after one that was cut: {}", balances(&mut other).await?);

    // SQLite calls the hook in the middle of a commit. That is shielded: it comes to its end before the scope does.
    let report = scope!(|run| {
        let me = run.clone();
        with!(tx = transaction(&pool) => {
            add(tx, "bob", 20).await?;
            add(tx, "ann", -20).await?;
            tx.lock_handle().await?.set_commit_hook(move || {
                me.cancel();
                true
            });
        })
        .await?;
        println!("what was cancelled does not go on, so this is not printed");
    })
    .report()
    .await;
    println!("cancelled while it committed: {}", report.cancelled());
    println!("and yet: {}", balances(&mut other).await?);

    pool.close().await;
    Ok(())
}

/// How the database is opened: with readers that see the last commit while somebody writes.
pub fn bank(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
}

/// Two accounts, none of which may be overdrawn.
pub const ACCOUNTS: &str = "
    create table accounts (name text primary key, balance integer not null check (balance >= 0));
    insert into accounts values ('ann', 100), ('bob', 0);
";

/// All accounts, in a line.
pub async fn balances(db: &mut SqliteConnection) -> sqlx::Result<String> {
    let sql = "select group_concat(name || ' has ' || balance, ', ') from accounts order by name";
    query_scalar(sql).fetch_one(db).await
}
