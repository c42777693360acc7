//! Scopes: options, the future that waits for everything below it, the handle, and the books.

mod all;
pub(crate) mod builder;
pub(crate) mod core;
mod count;
mod deferred;
mod feed;
mod for_each;
pub(crate) mod future;
pub(crate) mod handle;
pub(crate) mod kept;
mod ledger;
pub(crate) mod limit;
pub(crate) mod line;
mod map;
mod open;
mod orphan;
mod report;
pub(crate) mod spawn;
mod start;
mod tasks;
pub(crate) mod tree;
pub(crate) mod unread;
pub(crate) mod waits;

pub use all::{ByIterator, ByTuple, TaskSet, TaskTuple};
pub use builder::{ScopeBuilder, scope};
pub use future::{ReportFuture, ScopeFuture};
pub use handle::{AsScope, Collect, Collects, Discard, Scope, Stopping, current, spawn};
pub use open::OpenScope;
pub use report::{Keeps, Report};
pub use spawn::TaskFuture;
pub use start::{Ready, StartError};
pub use tasks::Tasks;
pub use tree::{Forest, State, Tree, Wait, tree};
