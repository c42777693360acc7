//! Options of tasks, many at once, and tasks that start tasks.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::{Error, Outcome, Scope, Value, scope};

#[derive(ayo::Plain, Debug, PartialEq)]
struct Page {
    words: usize,
}

async fn page(words: usize) -> Page {
    Page { words }
}

async fn generic<F>(run: &Scope, future: F) -> Result<(), Error>
where
    F: Future<Output = Result<u32, std::fmt::Error>> + Send + 'static,
{
    scope!(|inner| {
        inner << async move { future.await };
        run << async {};
    })
    .await
}

fn outcome<O: Outcome>(_: &O) {}

#[ayo::main(flavor = "current_thread")]
async fn main(run: Scope) -> Result<(), Error> {
    scope!(|inner| {
        #[task(name = format!("page {}", 1), bubble = false, cancel_timeout = 2)]
        inner << page(1);
        #[task(background)]
        let endless = inner << std::future::pending::<()>();
        let (first, second, third) = inner.all(page(2), async { 5 }, async { "text" }).await?;
        assert_eq!((first, second, third), (page(2).await, 5, "text"));
        let own = inner.clone();
        inner << async move {
            own << page(3);
            scope!(|inner| { inner << page(4); }).await
        };
        #[cfg(any())]
        inner << missing();
        let Value(results) = (inner << async { Value(vec![Ok::<u8, u8>(1)]) }).await?;
        outcome(&Some(results.len()));
        assert!(!endless.is_finished());
    })
    .await?;
    generic(&run, async { Ok(5) }).await?;
    drop(run.clone());
    Ok(())
}
