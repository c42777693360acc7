//! The live tree: what runs below a scope, or in the whole process, as a value to look at.
//!
//! `look.rs` takes the snapshot, `roots.rs` knows where to begin, `draw.rs` makes text of it, `html.rs` a page, `json.rs` data.

mod draw;
#[cfg(feature = "html")]
mod html;
#[cfg(feature = "serde")]
mod json;
mod look;
pub(crate) mod roots;

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use super::handle::Scope;
use crate::cancel::ambient;

use draw::Age;
pub(crate) use look::unfinished;

/// A snapshot of a scope or task and of everything below it.
///
/// Printed, it is drawn; `{:#}` draws all siblings, where `{}` counts most of them if there are many.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// async fn fetch() { std::future::pending().await }
///
/// ayo::scope!(name = "crawl" => |run| {
///     run << fetch();
///     tokio::task::yield_now().await;
///     let tree = run.tree();
///     let fetch = &tree.children()[0];
///     assert_eq!((fetch.name(), fetch.state(), fetch.polls()), ("fetch #1", ayo::State::Waiting, 1));
///     println!("{tree}");
///     run.cancel();
/// }).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    name: String,
    state: State,
    waits_for: Option<Wait>,
    polls: u32,
    age: Duration,
    location: &'static Location<'static>,
    /// Of a task; 0 of a scope.
    number: u32,
    background: bool,
    /// Tasks that were spawned and have not suspended yet: there is nothing more to tell of them.
    unpolled: usize,
    /// It is so deep that what is below does not show.
    is_cut: bool,
    children: Vec<Tree>,
}

/// What a scope or task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// A schedule that waits for its next tick.
    Scheduled,
    /// In line for a place.
    Queued,
    /// Being polled just now, by some thread.
    Running,
    /// Suspended; see [`Tree::waits_for`].
    Waiting,
    /// Asked to wind down by `stop()`.
    Stopping,
    /// Asked to end, and about to be dropped.
    Cancelling,
    /// It tears down a context manager; or it was asked to end, and something in it has its part to finish.
    CleaningUp,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Running,
        Self::Waiting,
        Self::Queued,
        Self::Scheduled,
        Self::Stopping,
        Self::Cancelling,
        Self::CleaningUp,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopping => "stopping",
            Self::Cancelling => "cancelling",
            Self::CleaningUp => "cleaning up",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

/// What a scope or task waits for, where ayo knows.
///
/// It knows of what is its own. What Tokio or others make (a socket, a channel, a timer) does not tell whom it makes wait. Code
/// that waits for several things at once (`join!`, `race`) shows the one that was polled last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// A place under `max_concurrency`.
    Place,
    /// A task, by its handle: `fetch #3`, or `#3 of another scope`.
    Task(String),
    /// The same, where that task runs in the place of this one: under `max_concurrency` a task lends its place to the one
    /// that it waits for, if that is still in line.
    Lent(String),
    /// A task that was begun with [`Scope::start`], to be ready.
    Ready(String),
    /// A scope within, by its name.
    Scope(String),
    /// Of a scope whose body has ended: the tasks that are left.
    Tasks(usize),
    /// The tear-down of a context manager, or a `defer!`.
    TearDown {
        /// The manager's name.
        name: &'static str,
        /// Where it was called.
        location: &'static Location<'static>,
    },
    /// The next tick of a schedule, so far away.
    Tick(Duration),
    /// Of a blocking closure: a thread to run on.
    Thread,
    /// A child process, by its number.
    Process(u32),
    /// A `stop()`: [`Scope::stopping`].
    Stop,
    /// To be cancelled: [`cancelled`](crate::cancelled()).
    Cancel,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place => f.write_str("a place"),
            Self::Task(name) => write!(f, "task {name}"),
            Self::Lent(name) => write!(f, "task {name}, which has its place"),
            Self::Ready(name) => write!(f, "{name} to be ready"),
            Self::Scope(name) => write!(f, "scope {name}"),
            Self::Tasks(1) => f.write_str("1 task"),
            Self::Tasks(tasks) => write!(f, "{tasks} tasks"),
            Self::TearDown { name, location } => {
                write!(f, "the tear-down of {name}, {}:{}", location.file(), location.line())
            }
            Self::Tick(left) => write!(f, "its tick in {}", Age(*left)),
            Self::Thread => f.write_str("a thread"),
            Self::Process(id) => write!(f, "process {id}"),
            Self::Stop => f.write_str("a stop"),
            Self::Cancel => f.write_str("its cancellation"),
        }
    }
}

impl Tree {
    /// `fetch #12` of a task, the name of a scope.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a scope; else it is a task.
    #[must_use]
    pub fn is_scope(&self) -> bool {
        self.number == 0
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What it waits for, where ayo knows.
    #[must_use]
    pub fn waits_for(&self) -> Option<&Wait> {
        self.waits_for.as_ref()
    }

    /// How often it was polled, or the body of the scope was. After 2^32 it counts from 0 again. A first part that ran
    /// eagerly, at the call, is not counted.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Since it was spawned; for a scope, since its first poll. It is for a person's eyes: exact to about a 30,000th of
    /// the scope's age.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Whether it is a background task, which does not hold its scope open.
    #[must_use]
    pub fn is_background(&self) -> bool {
        self.background
    }

    /// Where it was spawned, or the scope was made.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Tasks of this scope that were spawned and have not suspended yet (most have not been polled); they are not among the
    /// children.
    #[must_use]
    pub fn unpolled(&self) -> usize {
        self.unpolled
    }

    /// Tasks and scopes below.
    #[must_use]
    pub fn children(&self) -> &[Tree] {
        &self.children
    }

    /// How many tasks and scopes are directly below, those that have not been polled yet among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.children.len() + self.unpolled
    }

    /// Whether nothing is below.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many tasks and scopes are below at any depth.
    #[must_use]
    pub fn total(&self) -> usize {
        self.len() + self.children.iter().map(Self::total).sum::<usize>()
    }
}

/// A snapshot of all that runs in the process: the scopes that no scope is above, with everything below them.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ayo::Error> {
/// ayo::scope!(name = "crawl" => |run| {
///     run << std::future::pending::<()>();
///     tokio::task::yield_now().await;
///     let forest = ayo::tree();
///     assert!(forest.roots().iter().any(|tree| tree.name() == "crawl"));
///     eprintln!("{forest}");
///     run.cancel();
/// }).await
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Forest {
    roots: Vec<Tree>,
}

impl Forest {
    /// The scopes that no scope is above, the oldest first.
    #[must_use]
    pub fn roots(&self) -> &[Tree] {
        &self.roots
    }

    /// How many tasks and scopes there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.roots.iter().map(|tree| 1 + tree.total()).sum()
    }
}

impl<C> Scope<C> {
    /// A snapshot of what runs below: tasks and scopes with name, state, polls, age, spawn site, and what they wait for.
    /// `Display` draws it.
    ///
    /// It may be taken on any thread, and stops nothing but what joins or leaves a scope just while that is copied.
    #[must_use]
    pub fn tree(&self) -> Tree {
        ambient::settle();
        look::at_scope(self.core())
    }
}

/// A snapshot of everything in the process: each scope that no scope is above (programs, servers' workers, tests, those in code
/// that knows nothing of ayo), and what is below. It may be taken on any thread, with or without a runtime.
///
/// A scope is in it once it has started something or has suspended.
#[must_use]
pub fn tree() -> Forest {
    ambient::settle();
    Forest { roots: look::at_all(&roots::all()) }
}
