//! Rows of the memory table.

use std::fmt;
use std::pin::Pin;

use crate::stats::Quartiles;
use crate::{Flavor, Role};

type Body = Pin<Box<dyn Future<Output = f64> + Send>>;

/// A question about memory, which contenders answer with a number.
pub struct HeapRow {
    /// The name on the command line.
    pub name: &'static str,
    /// What is measured, with its unit.
    pub what: &'static str,
    /// Items of a run.
    pub items: u64,
    /// What ayo wants to reach, if there is a goal.
    pub target: Option<f64>,
    /// Who answers.
    pub contenders: Vec<HeapContender>,
}

/// One answer to a question about memory.
pub struct HeapContender {
    /// Its name in the table.
    pub name: &'static str,
    /// Floor, ayo or peer.
    pub role: Role,
    run: Box<dyn Fn(u64) -> Body>,
}

impl HeapContender {
    /// The body that works on `n` items, and measures itself with a [`Window`](crate::heap::Window).
    pub fn body(&self, n: u64) -> impl Future<Output = f64> + Send + 'static {
        (self.run)(n)
    }
}

impl HeapRow {
    /// A row without contenders.
    pub fn new(name: &'static str, what: &'static str, items: u64) -> Self {
        Self { name, what, items, target: None, contenders: Vec::new() }
    }

    /// Sets what ayo wants to reach.
    pub fn target(mut self, target: f64) -> Self {
        self.target = Some(target);
        self
    }

    /// Adds the bare Tokio code.
    pub fn floor<F>(self, name: &'static str, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output = f64> + Send + 'static,
    {
        self.contender(name, Role::Floor, run)
    }

    /// Adds ayo's way.
    pub fn ayo<F>(self, name: &'static str, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output = f64> + Send + 'static,
    {
        self.contender(name, Role::Ayo, run)
    }

    /// Adds another way.
    pub fn peer<F>(self, name: &'static str, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output = f64> + Send + 'static,
    {
        self.contender(name, Role::Peer, run)
    }

    fn contender<F>(mut self, name: &'static str, role: Role, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output = f64> + Send + 'static,
    {
        let run = Box::new(move |n| -> Body { Box::pin(run(n)) });
        self.contenders.push(HeapContender { name, role, run });
        self
    }
}

/// Each contender's number on a runtime: the median of three runs after one that warms up.
pub(crate) fn measure(row: &HeapRow, flavor: Flavor, quick: bool) -> Vec<f64> {
    let stage = flavor.runtime();
    let items = if quick { row.items / 10 } else { row.items }.max(1);
    let run = |contender: &HeapContender| {
        stage.play(contender.body(items));
        Quartiles::of((0..3).map(|_| stage.play(contender.body(items)))).median
    };
    row.contenders.iter().map(run).collect()
}

impl fmt::Debug for HeapContender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeapContender").field(&self.name).finish()
    }
}

impl fmt::Debug for HeapRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeapRow")
            .field("name", &self.name)
            .field("contenders", &self.contenders)
            .finish_non_exhaustive()
    }
}
