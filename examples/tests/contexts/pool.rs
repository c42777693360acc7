//! 14: the next user of a connection finds it clean, whatever became of the one before.

use ayo::{group, manager, scope, with};
use sqlx::Executor;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tempfile::TempDir;

#[allow(dead_code, unreachable_pub, reason = "the program uses the rest")]
#[path = "../../14_pool.rs"]
mod example;

use super::{BAD_ENDS, Hold, Job, on_both};
use crate::support::run;
use crate::tools::{Flag, Gate, turns};
use example::{batch, connection, database, known};

#[test]
fn what_it_prints() {
    let expected = "\
known: 2
timed out after 50ms
the next one finds it clean, and known: 1
pages in each: [2, 3]
";
    assert_eq!(run(env!("CARGO_BIN_EXE_pool")), expected);
}

/// A pool of one connection.
async fn pool() -> (SqlitePool, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let pool = database(&dir.path().join("db"), &["ayo"]).await.unwrap();
    (pool, dir)
}

/// What a user leaves on the connection.
async fn fill(db: &mut SqliteConnection) -> sqlx::Result<()> {
    db.execute("create temporary table batch (name text)").await?;
    db.execute("insert into batch values ('ayo'), ('tokio')").await?;
    Ok(())
}

/// That the only connection is there, and as it was at first.
async fn is_clean(pool: &SqlitePool) {
    assert_eq!(known(pool, &["ayo", "nobody"]).await.unwrap(), 1);
}

#[test]
fn it_goes_back_clean_at_each_end() {
    on_both(async || {
        let (pool, _dir) = pool().await;
        with!(db = batch(&pool) => { fill(db).await?; }).await.unwrap();
        is_clean(&pool).await;
        for bad_end in BAD_ENDS {
            let report = scope!(|_| {
                with!(db = batch(&pool) => { fill(db).await?; bad_end()?; }).await?;
            });
            assert!(report.report().await.error.is_some());
            is_clean(&pool).await;
        }
    });
}

#[test]
fn it_goes_back_clean_when_its_user_is_cancelled() {
    on_both(async || {
        let (pool, _dir) = pool().await;
        let (its, arrived) = (pool.clone(), Gate::new());
        let here = arrived.clone();
        let job = Job::start(async move {
            with!(db = batch(&its) => {
                fill(db).await?;
                here.open();
                std::future::pending::<()>().await;
            })
            .await
        });
        arrived.passed().await;
        assert!(job.cancel().await.cancelled());
        is_clean(&pool).await;
    });
}

#[test]
fn it_goes_back_clean_when_the_cancel_comes_while_it_is_cleaned() {
    on_both(async || {
        let (pool, _dir) = pool().await;
        let (its, hold) = (pool.clone(), Hold::new());
        let held = hold.place();
        let job = Job::start(async move {
            with!(db = batch(&its) => {
                fill(db).await?;
                // From here on it is called within whatever SQLite does.
                db.lock_handle().await?.set_progress_handler(1, move || { held.here(); true });
            })
            .await
        });
        hold.entered().await;
        let report = job.cancel_while_held(async || hold.let_go()).await;
        assert!(report.error.is_none(), "{:?}", report.error);
        is_clean(&pool).await;
    });
}

#[test]
fn who_is_cancelled_while_waiting_for_one_takes_none() {
    on_both(async || {
        let (pool, _dir) = pool().await;
        let taken = pool.acquire().await.unwrap();
        let (its, ran) = (pool.clone(), Flag::new());
        let runs = ran.clone();
        let job = Job::start(async move { with!(_db = batch(&its) => { runs.set(); }).await });
        turns(100).await;
        assert!(job.cancel().await.cancelled());
        drop(taken);
        is_clean(&pool).await;
        assert!(!ran.is_set());
    });
}

#[test]
fn one_that_cannot_be_cleaned_does_not_go_back() {
    on_both(async || {
        let (pool, _dir) = pool().await;
        let end = with!(db = batch(&pool) => {
            fill(db).await?;
            db.lock_handle().await?.set_progress_handler(1, || false); // nothing works on it any more
        });
        let error = end.await.unwrap_err();
        assert!(error.downcast_ref::<sqlx::Error>().is_some(), "{error:#}");
        is_clean(&pool).await;
    });
}

#[test]
fn a_group_has_all_of_them_or_none() {
    on_both(async || {
        let ((one, _dir), (two, _other_dir)) = (pool().await, pool().await);
        let pools = [one, two];
        pools[1].close().await;
        let mut all = group(pools.iter().map(|pool| manager!(connection(pool))));
        let end = with!(_connections = &mut all => { unreachable!("one is missing") });
        let error: ayo::Error = end.await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(sqlx::Error::PoolClosed)), "{error:#}");
        is_clean(&pools[0]).await;
    });
}
