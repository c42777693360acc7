//! `Tasks`: many handles as one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::task::{Cancelled, Task};

/// Many tasks of one type of value, from [`Scope::all`](crate::Scope::all) or [`Scope::map`](crate::Scope::map).
///
/// It awaits to all values in the order of the items, or to the news that one of them has none. As an iterator it
/// gives the tasks.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(|run| {
///     let doubled = run.all((1..=3).map(|n| async move { 2 * n }));
///     assert_eq!(doubled.await?, [2, 4, 6]);
/// }).await
/// # }
/// ```
pub struct Tasks<V: Send + 'static> {
    source: Source<V>,
    current: Option<Task<V>>,
    values: Vec<V>,
}

enum Source<V: Send + 'static> {
    Made(std::vec::IntoIter<Task<V>>),
    Lazy(Arc<dyn Lazy<V>>),
}

/// Tasks that are started in the course of time.
pub(crate) trait Lazy<V: Send + 'static>: Send + Sync {
    /// The next task, in order; `None` after the last; an error if the rest will never start.
    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Task<V>, Cancelled>>>;

    /// Starts the rest at once, and gives all that were not asked for.
    fn take_all(&self) -> Vec<Task<V>>;

    /// Nobody will ask any more.
    fn close(&self);
}

impl<V: Send + 'static> Tasks<V> {
    pub(crate) fn made(tasks: Vec<Task<V>>) -> Self {
        Self::new(Source::Made(tasks.into_iter()))
    }

    pub(crate) fn lazy(source: Arc<dyn Lazy<V>>) -> Self {
        Self::new(Source::Lazy(source))
    }

    fn new(source: Source<V>) -> Self {
        Self { source, current: None, values: Vec::new() }
    }

    fn poll_task(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Task<V>, Cancelled>>> {
        match &mut self.source {
            Source::Made(tasks) => Poll::Ready(tasks.next().map(Ok)),
            Source::Lazy(source) => source.poll_next(cx),
        }
    }
}

impl<V: Send + 'static> Unpin for Tasks<V> {}

impl<V: Send + 'static> Future for Tasks<V> {
    type Output = Result<Vec<V>, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            if let Some(task) = &mut this.current {
                let value = ready!(Pin::new(task).poll(cx));
                this.current = None;
                this.values.push(value?);
            }
            match ready!(this.poll_task(cx)) {
                Some(task) => this.current = Some(task?),
                None => return Poll::Ready(Ok(std::mem::take(&mut this.values))),
            }
        }
    }
}

impl<V: Send + 'static> IntoIterator for Tasks<V> {
    type Item = Task<V>;
    type IntoIter = std::vec::IntoIter<Task<V>>;

    fn into_iter(mut self) -> Self::IntoIter {
        match &mut self.source {
            Source::Made(tasks) => std::mem::take(tasks),
            Source::Lazy(source) => source.take_all().into_iter(),
        }
    }
}

impl<V: Send + 'static> Drop for Tasks<V> {
    fn drop(&mut self) {
        if let Source::Lazy(source) = &self.source {
            source.close();
        }
    }
}

impl<V: Send + 'static> fmt::Debug for Tasks<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}
