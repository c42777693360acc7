#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, clippy::nursery)]

//! A user's code, linted as strictly as it can be.

use ayo::{Exit, actxmgr, with};
use tokio::sync::{Mutex, MutexGuard};

/// A pool.
#[derive(Debug, Default)]
pub struct Pool {
    open: std::sync::atomic::AtomicU32,
}

/// A transaction.
#[derive(Debug)]
pub struct Tx<'p> {
    pool: &'p Pool,
}

impl Pool {
    actxmgr! {
        /// Begins.
        pub async fn begin<'p>(&'p self) -> &mut Tx<'p> {
            let mut tx = Tx { pool: self };
            let exit = yield &mut tx;
            assert!(exit.is_done());
        }

        /// Counts.
        pub async fn count(&self, mut by: u32, (left, _): (u32, u32), _unused: &str) -> u32 {
            by += left;
            yield by;
        }
    }
}

actxmgr! {
    /// Locks.
    pub async fn locked<'a, T: Send>(mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        yield mutex.lock().await;
    }

    /// Nothing.
    async fn nothing() {
        match (yield) {
            Exit::Done => {}
            Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => {}
        }
    }

    async fn choice<T>(values: Vec<T>) -> T
    where
        T: Default + Send,
    {
        let mut values = values;
        if let Some(last) = values.pop() {
            yield last;
        } else {
            yield T::default();
        }
    }

    async fn may_exit(number: Option<u32>) -> u32 {
        match number {
            Some(number) => {
                yield number;
            }
            None => std::process::exit(1),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), ayo::Error> {
    let pool = Pool::default();
    let mutex = Mutex::new(1);
    let sum = with!(tx = pool.begin(), mut n = locked(&mutex), five = pool.count(2, (3, 4), "") => {
        *n += 1;
        let zero = tx.pool.open.load(std::sync::atomic::Ordering::Relaxed);
        *n + five + zero
    })
    .await?;
    assert_eq!(sum, 7);
    with!(_ = nothing() => {}).await?;
    assert_eq!(with!(n = choice::<u8>(vec![]) => { n }).await?, 0);
    assert_eq!(with!(n = may_exit(Some(5)) => { n }).await?, 5);
    Ok(())
}
