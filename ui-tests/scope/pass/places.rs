//! Nested, recursive, in generic functions, methods, closures, `async move` blocks and traits.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::fmt::Display;
use std::pin::Pin;

use ayo::{Error, Scope, scope};

async fn nested() -> Result<u32, Error> {
    scope!(|outer| {
        let inner = scope!(max_concurrency = 1 => |run| {
            outer << async {};
            let task = run << async { 1 };
            scope!(|run| { run << async { 2 }; }).await?;
            task.await?
        })
        .await?;
        let task = outer << async move {
            scope!(|run| { (run << async move { inner }).await? + inner }).await
        };
        task.await?
    })
    .await
}

fn depth(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(scope!(move |run| {
        match n {
            0 => 0,
            _ => (run << depth(n - 1)).await? + 1,
        }
    }))
}

struct Site<T> {
    name: T,
    run: Scope,
}

impl<T: Display + Clone + Send + Sync + 'static> Site<T> {
    async fn lengths<I>(&self, names: I) -> Result<usize, Error>
    where
        I: IntoIterator<Item = T>,
    {
        scope!(name = self.name.to_string() => |run| {
            let mut tasks = Vec::new();
            for name in names {
                let own = self.name.clone();
                tasks.push(run << async move { format!("{own}{name}").len() });
            }
            self.run << async {};
            let mut sum = 0;
            for task in tasks {
                sum += task.await?;
            }
            sum
        })
        .await
    }
}

trait Crawl {
    fn crawl(&self) -> impl Future<Output = Result<u32, Error>> + Send;
}

impl Crawl for u32 {
    async fn crawl(&self) -> Result<u32, Error> {
        scope!(|run| {
            let each = |n: u32| run << async move { n };
            each(*self).await? + each(1).await?
        })
        .await
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[ayo::main]
async fn main(run: &Scope) -> Result<(), Error> {
    assert_eq!(nested().await?, 2);
    assert_eq!(depth(20).await?, 20);
    let site = Site { name: "a", run: run.clone() };
    assert_eq!(site.lengths(["b", "cd"]).await?, 5);
    assert_eq!(is_send(7.crawl()).await?, 8);
    Ok(())
}
