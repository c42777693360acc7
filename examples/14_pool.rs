//! A pooled connection as a context manager: it goes back as clean as it came, also from a user who was cancelled.
//!
//! `cargo run -p examples --bin pool`

use std::path::Path;

use ayo::{actxmgr, group, manager, scope, with};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{Executor, Sqlite, query, query_scalar};

actxmgr! {
    /// A connection with a temporary table of names. Temporary tables last as long as the connection, so whoever gets it
    /// next would find this one: it is gone before the connection goes back.
    pub async fn batch(pool: &SqlitePool) -> &mut SqliteConnection {
        let mut connection = pool.acquire().await?;
        yield &mut connection;
        let cleaned = connection.execute("drop table if exists temp.batch").await;
        if cleaned.is_err() {
            connection.close_on_drop();  // nobody else gets it
        }
        cleaned?;
    }
}

actxmgr! {
    /// A connection that is owned: for a `group`.
    pub async fn connection(pool: &SqlitePool) -> PoolConnection<Sqlite> {
        yield pool.acquire().await?;
    }
}

/// How many of these names there are.
pub async fn known(pool: &SqlitePool, names: &[&str]) -> Result<i64, ayo::Error> {
    with!(db = batch(pool) => {
        db.execute("create temporary table batch (name text)").await?;
        for name in names {
            query("insert into batch values (?)").bind(name).execute(&mut *db).await?;
        }
        query_scalar("select count(*) from batch join pages using (name)").fetch_one(&mut *db).await?
    })
    .await
}

#[ayo::main]
async fn main() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    // There is one connection: whoever comes next gets the same.
    let pool = database(&dir.path().join("one"), &["ayo", "tokio"]).await?;
    println!("known: {}", known(&pool, &["ayo", "tokio", "nobody"]).await?);

    let slow = with!(db = batch(&pool) => {
        db.execute("create temporary table batch (name text)").await?;
        std::future::pending::<()>().await;
    });
    let end = ayo::timeout(50ms, slow).await;
    println!("{}", end.expect_err("it takes for ever"));
    println!("the next one finds it clean, and known: {}", known(&pool, &["ayo"]).await?);

    // One connection of each database, all at the same time, or none.
    let shards = [pool, database(&dir.path().join("two"), &["axum", "hyper", "tower"]).await?];
    let mut all = group(shards.iter().map(|shard| manager!(connection(shard))));
    let pages = with!(connections = &mut all => {
        scope!(|run| { run.map(connections, pages).await? }).await?
    });
    println!("pages in each: {:?}", pages.await?);
    Ok(())
}

async fn pages(mut db: PoolConnection<Sqlite>) -> sqlx::Result<i64> {
    query_scalar("select count(*) from pages").fetch_one(&mut *db).await
}

/// A database in a file, and a pool of one connection to it.
pub async fn database(file: &Path, names: &[&str]) -> sqlx::Result<SqlitePool> {
    let file = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(file).await?;
    pool.execute("create table pages (name text)").await?;
    for name in names {
        query("insert into pages values (?)").bind(name).execute(&pool).await?;
    }
    Ok(pool)
}
