//! The live tree: what runs below a scope, as a value to look at.

use std::any::Any;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::core::Core;
use super::handle::Scope;
use crate::cancel::ambient;
use crate::cancel::domain::{Domain, Marks, Node};
use crate::site::{Traits, Who};

/// A snapshot of a scope or task and of everything below it.
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
///     assert_eq!(tree.children()[0].name(), "fetch #1");
///     println!("{tree}");
///     run.cancel();
/// }).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    name: String,
    state: State,
    age: Duration,
    location: &'static Location<'static>,
    /// Of a task; 0 of a scope.
    number: u32,
    background: bool,
    /// Tasks that were spawned and have not been polled yet: there is nothing more to tell of them.
    unpolled: usize,
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
    /// Running, or waiting for something.
    Running,
    /// Asked to wind down by `stop()`.
    Stopping,
    /// Asked to end: it cleans up.
    Cancelling,
}

impl State {
    fn of(marks: Marks) -> Self {
        match marks {
            marks if marks.ending() => Self::Cancelling,
            marks if marks.has(Marks::STOPPING) => Self::Stopping,
            _ => Self::Running,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Cancelling => "cancelling",
        })
    }
}

impl Tree {
    /// `fetch #12` of a task, the name of a scope.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
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

    /// Tasks of this scope that were spawned and have not been polled yet; they are not among the children.
    #[must_use]
    pub fn unpolled(&self) -> usize {
        self.unpolled
    }

    /// Tasks and scopes below.
    #[must_use]
    pub fn children(&self) -> &[Tree] {
        &self.children
    }

    fn draw(&self, f: &mut fmt::Formatter<'_>, pad: &str) -> fmt::Result {
        let background = if self.background { " (background)" } else { "" };
        write!(f, "{}{background} {} {}  {}", self.name, self.state, Age(self.age), self.location)?;
        if self.unpolled > 0 {
            write!(f, "  (+{} not polled yet)", self.unpolled)?;
        }
        for (n, child) in self.children.iter().enumerate() {
            let last = n + 1 == self.children.len();
            let (branch, more) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            write!(f, "\n{pad}{branch}")?;
            child.draw(f, &format!("{pad}{more}"))?;
        }
        Ok(())
    }
}

/// An age in the precision that a person reads.
struct Age(Duration);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 => write!(f, "{}ms", self.0.as_millis()),
            1..60 => write!(f, "{:.1}s", self.0.as_secs_f64()),
            secs => write!(f, "{}m{:02}s", secs / 60, secs % 60),
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.draw(f, "")
    }
}

impl<C> Scope<C> {
    /// A snapshot of what runs below: tasks and scopes with name, state, age and spawn site. `Display` draws it.
    #[must_use]
    pub fn tree(&self) -> Tree {
        ambient::settle();
        of_scope(self.core(), LEVELS)
    }
}

/// How many levels a snapshot shows; a tree of real code is not deeper, one gone wrong is.
const LEVELS: usize = 64;

fn of_scope(core: &Core, levels: usize) -> Tree {
    let age = core.age();
    let over = core.background.is_closed();
    let mut children = if over { Vec::new() } else { below(core.domain(), age, levels) };
    let mut tasks = children.iter().filter(|child| child.number > 0).count();
    if let Some(limiter) = &core.limiter {
        limiter.each_waiting(|job| children.push(of_task(&job.who(), State::Queued, age)));
        tasks += children.iter().filter(|child| child.state == State::Queued).count();
    }
    if let Some(schedules) = core.schedules() {
        let before = children.len();
        schedules.each(|who| children.push(of_task(who, State::Scheduled, age)));
        tasks += children.len() - before;
        children.sort_by_key(|child| child.number);
    }
    Tree {
        name: core.settings.name.as_deref().unwrap_or("scope").to_owned(),
        state: State::of(core.marks()),
        age,
        location: core.settings.location,
        number: 0,
        background: false,
        unpolled: (core.foreground.pending() + core.background.pending()).saturating_sub(tasks),
        children,
    }
}

/// The tasks and scopes below a domain; a region in between (a `timeout`, a `shield`) does not show. Tasks are of a
/// scope of this `age`.
fn below(domain: &Domain, age: Duration, levels: usize) -> Vec<Tree> {
    let mut trees = Vec::new();
    let mut nodes = Vec::new();
    let mut tasks = Vec::new();
    domain.each_member(|member| match (&member.node, &member.task) {
        (node, Some(who)) if node.is_none() || member.has_lodger() => tasks.push((who.clone(), node.clone())),
        (Some(node), _) => nodes.push(Arc::clone(node)),
        (None, _) => {}
    });
    let levels = levels.saturating_sub(1);
    let marks = domain.marks();
    for (who, frame) in tasks {
        let alone = marks.singled() && domain.singled_out(who.label.id).is_some();
        let state = if alone { State::Cancelling } else { State::of(marks) };
        let frames = Vec::from_iter(frame.filter(|_| levels > 0));
        trees.push(Tree { children: of_nodes(frames, age, levels), ..of_task(&who, state, age) });
    }
    trees.extend(of_nodes(nodes, age, levels));
    trees.sort_by_key(|tree| tree.number);
    trees
}

/// Scopes and tasks that have a domain of their own.
fn of_nodes(mut nodes: Vec<Arc<dyn Node>>, age: Duration, levels: usize) -> Vec<Tree> {
    let mut trees = Vec::new();
    while let Some(node) = nodes.pop() {
        let any: &dyn Any = &*node;
        if let Some(core) = any.downcast_ref::<Core>() {
            trees.extend((levels > 0).then(|| of_scope(core, levels)));
        } else if let Some(who) = node.task() {
            let children = if levels > 0 { below(node.domain(), age, levels) } else { Vec::new() };
            trees.push(Tree { children, ..of_task(&who, State::of(node.domain().marks()), age) });
        } else {
            node.domain().each_member(|member| nodes.extend(member.node.clone()));
        }
    }
    trees
}

fn of_task(who: &Who, state: State, scope_age: Duration) -> Tree {
    Tree {
        name: format!("{} #{}", who.name(), who.label.id),
        state,
        age: who.label.since.age(scope_age),
        location: who.label.location,
        number: who.label.id,
        background: who.label.traits.has(Traits::BACKGROUND),
        unpolled: 0,
        children: Vec::new(),
    }
}

/// Says what a clean-up that took too long has left.
pub(crate) fn unfinished(core: &Core, limit: Duration) -> String {
    let tree = of_scope(core, LEVELS);
    let mut names = Vec::new();
    let mut rest = tree.children.iter().collect::<Vec<_>>();
    while let Some(next) = rest.pop() {
        if next.number > 0 {
            names.push(format!("{} ({})", next.name, next.location));
        }
        rest.extend(&next.children);
    }
    let body = format!("the scope of {}", core.settings.location);
    let left = if names.is_empty() { body } else { names.join(", ") };
    format!("abandoned: clean-up took longer than {limit:?}: {left}")
}
