//! Wherever it may stand, in a crate that is strict and has names of its own.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, missing_docs)]

mod deep {
    pub use ayo as other;
}

use ayo::{Error, Exit, Scope, scope};
use tokio::task::yield_now;

/// Names that stand where an expansion could look.
#[allow(dead_code, non_camel_case_types)]
struct Ok_;

async fn step(n: u32) -> Result<u32, std::num::ParseIntError> {
    yield_now().await;
    n.to_string().parse()
}

#[deep::other::scoped(crate = deep::other)]
async fn renamed(log: &mut Vec<u32>) -> Result<u32, Error> {
    defer!(log.push(1));
    deep::other::defer!(|exit| async { log.push(u32::from(exit.is_done())) });
    log.push(2);
    let value = { ayo::defer!(async { yield_now().await }); 7 };
    Ok(value)
}

#[ayo::scoped]
async fn endless(run: &Scope) -> u32 {
    defer!(yield_now());
    let mut n = 0;
    loop {
        defer!(async {
            yield_now().await;
        });
        n += 1;
        run << async {};
        if n > 3 {
            // the value says what to do; a `break` here would go past the `defer!`
        }
        yield_now().await;
        assert!(n <= 3, "enough");
    }
}

struct Pool<T>(Vec<T>);

impl<T: Clone + Send + Sync> Pool<T> {
    #[ayo::scoped]
    async fn take(&self, which: usize) -> Result<&T, ayo::BoxError> {
        defer!(|exit: Exit<'_>| {
            if let Exit::Failed(error) = exit {
                println!("{error}");
            }
        });
        step(1).await?;
        match self.0.get(which) {
            Some(item) => Ok(item),
            None => Err("nothing")?,
        }
    }
}

macro_rules! with_cleanup {
    ($run:ident, $clean_up:expr, $work:expr) => {{
        ayo::scope!(|$run| {
            defer!($clean_up);
            $work
        })
    }};
}

#[ayo::main(flavor = "current_thread")]
async fn main(run: &Scope) -> Result<(), Error> {
    defer!(async { yield_now().await });
    let mut log = Vec::new();
    assert_eq!(renamed(&mut log).await?, 7);
    assert_eq!(log, [2, 1, 1]);
    let pool = Pool(vec![5]);
    assert!(matches!(pool.take(0).await, Ok(5)) && pool.take(1).await.is_err());
    let ended = run.attempt({
        let run = run.clone();
        async move { endless(&run).await }
    });
    assert!(ended.await.is_err());
    let several = scope!(|sub| {
        sub << async {
            defer!(yield_now());
            yield_now().await;
        };
        sub << async {
            defer!(yield_now());
            step(1).await?;
        };
        if log.len() > 2 {
            defer!(step(2));
            yield_now().await;
        }
        let panics = async || {
            defer!(yield_now());
            if log.len() == 3 { 5 } else { panic!("full") }
        };
        assert_eq!(panics().await, 5);
    });
    several.await?;
    let mut done = false;
    let sum = with_cleanup!(sub, done = true, (sub << step(4)).await? + 1).await?;
    assert!(sum == 5 && done);
    let text = scope!(move |sub| {
        let value: Box<dyn std::fmt::Display + Send> = {
            defer!({ step(1).await?; });
            Box::new(sub.name().is_none())
        };
        for _ in 0..2 {
            defer!(println!("turn"));
        }
        value.to_string()
    });
    assert_eq!(tokio::spawn(text).await.unwrap()?, "true");
    Ok(())
}
