//! A row of the table: one piece of work, several contenders.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::Flavor;

/// What a contender hands back, as a proof of its work. `()` proves nothing (the tally does then).
pub trait Evidence: Send + 'static {
    /// Whether this is what comes of `n` items.
    fn holds(&self, n: u64) -> bool;
}

impl Evidence for () {
    fn holds(&self, _: u64) -> bool {
        true
    }
}

/// The values `0..n` in order.
impl Evidence for Vec<u64> {
    fn holds(&self, n: u64) -> bool {
        self.iter().copied().eq(0..n)
    }
}

/// One run of a contender: how long it took, and its evidence.
pub type Timed = (Duration, Box<dyn Evidence>);

type Body = Pin<Box<dyn Future<Output = Timed> + Send>>;

/// What a contender is to the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The others are divided by this one.
    Floor,
    /// This one has a target.
    Ayo,
    /// For comparison.
    Peer,
}

/// One way to do a row's work.
pub struct Contender {
    /// Its name in the table.
    pub name: &'static str,
    /// Floor, ayo or peer.
    pub role: Role,
    run: Box<dyn Fn(u64) -> Body>,
}

impl Contender {
    fn new<F>(name: &'static str, role: Role, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output: Evidence> + Send + 'static,
    {
        let run = move |n| -> Body { Box::pin(timed(run(n))) };
        Self { name, role, run: Box::new(run) }
    }

    /// The body that does `n` items of work and times itself.
    pub fn body(&self, n: u64) -> impl Future<Output = Timed> + Send + 'static {
        (self.run)(n)
    }
}

/// From the first poll until everything has ended and the contender's own variables are dropped;
/// its evidence is dropped later.
async fn timed(work: impl Future<Output: Evidence>) -> Timed {
    let start = Instant::now();
    let evidence = work.await;
    (start.elapsed(), Box::new(evidence))
}

/// What ayo wants to reach in a row.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// At most so many times the floor, by flavour.
    Ratio {
        /// On `current_thread`.
        current: f64,
        /// On `multi_thread`.
        multi: f64,
    },
    /// At most so many nanoseconds an item.
    Nanos(f64),
}

impl Target {
    /// The number that holds for a flavour.
    pub fn limit(self, flavor: Flavor) -> f64 {
        match (self, flavor) {
            (Self::Ratio { current, .. }, Flavor::Current) => current,
            (Self::Ratio { multi, .. }, Flavor::Multi) => multi,
            (Self::Nanos(nanos), _) => nanos,
        }
    }
}

/// A piece of work and its contenders.
pub struct Row {
    /// The name on the command line.
    pub name: &'static str,
    /// What is done, and what of it is timed.
    pub what: &'static str,
    /// Items of a timed run.
    pub items: u64,
    /// Items are made in groups of this many (a chain of nested scopes, say).
    pub group: u64,
    /// What ayo wants to reach.
    pub target: Target,
    /// Floor first.
    pub contenders: Vec<Contender>,
}

impl Row {
    /// A row without contenders.
    pub fn new(name: &'static str, what: &'static str, items: u64, target: Target) -> Self {
        Self { name, what, items, group: 1, target, contenders: Vec::new() }
    }

    /// Items come in groups of `group`: no run has fewer, and each has a multiple.
    pub fn group(mut self, group: u64) -> Self {
        self.group = group;
        self
    }

    /// Adds the bare Tokio code.
    pub fn floor<F>(self, name: &'static str, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output: Evidence> + Send + 'static,
    {
        self.contender(Contender::new(name, Role::Floor, run))
    }

    /// Adds ayo's way.
    pub fn ayo<F>(self, name: &'static str, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output: Evidence> + Send + 'static,
    {
        self.contender(Contender::new(name, Role::Ayo, run))
    }

    /// Adds another way.
    pub fn peer<F>(self, name: &'static str, run: impl Fn(u64) -> F + 'static) -> Self
    where
        F: Future<Output: Evidence> + Send + 'static,
    {
        self.contender(Contender::new(name, Role::Peer, run))
    }

    fn contender(mut self, contender: Contender) -> Self {
        self.contenders.push(contender);
        self
    }

    /// The items of a timed run, a tenth of that if it is to be quick, in whole groups.
    pub(crate) fn size(&self, quick: bool) -> u64 {
        let items = if quick { self.items / 10 } else { self.items };
        items.max(self.group) / self.group * self.group
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Contender").field(&self.name).finish()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("name", &self.name)
            .field("contenders", &self.contenders)
            .finish_non_exhaustive()
    }
}
