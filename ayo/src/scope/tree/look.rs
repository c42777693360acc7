//! Takes the snapshot.
//!
//! Under a lock it only copies; names are made after that. What ends meanwhile is in it or not.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::{State, Tree, Wait};
use crate::cancel::domain::{Domain, Lodging, Marks, Node, TornDown};
use crate::cancel::note::{Noted, Waits, What};
use crate::scope::core::Core;
use crate::site::{Traits, Who};
use crate::time::entry::Due;
use crate::time::wall;

/// How many levels a snapshot shows; a tree of real code is not deeper, one gone wrong is.
const LEVELS: usize = 64;

pub(super) fn at_scope(core: &Arc<Core>) -> Tree {
    Look::default().scope(core, LEVELS)
}

pub(super) fn at_all(roots: &[Arc<Core>]) -> Vec<Tree> {
    let mut look = Look::default();
    roots.iter().map(|core| look.scope(core, LEVELS)).collect()
}

/// Which scopes have been seen: one that was forked, or is open, hangs in two places.
#[derive(Default)]
struct Look(HashSet<*const Core>);

/// A node, and whether it is a frame of what it hangs in.
type Hung = (Arc<dyn Node>, bool);

/// A task as it is found among the members of its scope.
struct Found {
    who: Who,
    noted: Noted,
    marks: Marks,
    /// It has clean-up to do.
    is_held: bool,
    /// What hangs in it.
    nodes: Vec<Arc<dyn Node>>,
}

/// What hangs below a task or a body, beside tasks.
#[derive(Default)]
struct Inside {
    scopes: Vec<Tree>,
    /// The innermost manager that is being torn down.
    torn_down: Option<TornDown>,
    /// The scope that is awaited there.
    awaited: Option<String>,
    /// Scopes that are not awaited there, but hold it open.
    guests: usize,
    /// It is too deep to be shown.
    is_cut: bool,
}

impl Look {
    fn scope(&mut self, core: &Core, levels: usize) -> Tree {
        self.0.insert(core);
        let (marks, noted) = (core.marks(), core.note.read());
        let left = core.foreground.pending() + core.background.pending();
        let is_awaited = core.foreground.is_awaited();
        let (children, inside) = self.children(core, levels);
        let tasks = children.iter().filter(|child| !child.is_scope()).count();
        let waits_for = match inside.waits() {
            Some(torn_down @ Wait::TearDown { .. }) => Some(torn_down),
            _ if is_awaited => (left > 0).then_some(Wait::Tasks(left)),
            within => noted.waits.map(|waits| named(waits, &children)).or(within),
        };
        let is_held = core.domain().frames() + left > 0;
        Tree {
            name: name_of(core),
            state: state(marks, noted.is_running && !is_awaited, is_held, &inside),
            waits_for,
            polls: noted.polls,
            age: core.age(),
            location: core.settings.location,
            number: 0,
            background: false,
            unpolled: if inside.is_cut { 0 } else { left.saturating_sub(tasks + inside.guests) },
            is_cut: inside.is_cut,
            children,
        }
    }

    /// The scope's tasks and scopes, in the order of their numbers, and what hangs in its body.
    fn children(&mut self, core: &Core, levels: usize) -> (Vec<Tree>, Inside) {
        if core.background.is_closed() {
            return (Vec::new(), Inside::default());
        }
        if levels == 0 {
            return (Vec::new(), Inside { is_cut: true, ..Inside::default() });
        }
        let age = core.age();
        let (found, nodes) = members(core.domain());
        let waits: Vec<(u32, Waits)> =
            found.iter().filter_map(|task| Some((task.who.label.id, task.noted.waits?))).collect();
        let mut children: Vec<Tree> = found.into_iter().map(|task| self.task(task, age, levels)).collect();
        children.extend(in_line(core, age));
        children.extend(scheduled(core, age));
        let mut inside = self.inside(nodes, levels);
        children.append(&mut inside.scopes);
        children.sort_by_key(|child| child.number);
        for (number, waits) in waits {
            let wait = named(waits, &children);
            let child = with_number(&children, number).map(|at| &mut children[at]);
            match child {
                Some(Tree { waits_for: Some(Wait::TearDown { .. }), .. }) | None => {}
                Some(child) => child.waits_for = Some(wait),
            }
        }
        (children, inside)
    }

    fn task(&mut self, found: Found, age: Duration, levels: usize) -> Tree {
        let Found { who, noted, marks, is_held, nodes } = found;
        let inside = self.inside(nodes.into_iter().map(|node| (node, true)).collect(), levels - 1);
        let state = state(marks, noted.is_running, is_held, &inside);
        Tree {
            polls: noted.polls,
            waits_for: inside.waits(),
            is_cut: inside.is_cut,
            children: inside.scopes,
            ..bare(&who, state, age)
        }
    }

    /// The scopes in these nodes, at any depth; a region in between (a `timeout`, a `shield`) does not show.
    fn inside(&mut self, mut nodes: Vec<Hung>, levels: usize) -> Inside {
        let mut inside = Inside::default();
        let mut next = 0;
        while let Some((node, is_frame)) = nodes.get(next).cloned() {
            next += 1;
            let any: &dyn Any = &*node;
            if let Some(core) = any.downcast_ref::<Core>() {
                self.nested(core, is_frame, levels, &mut inside);
                continue;
            }
            inside.torn_down = node.torn_down().or(inside.torn_down);
            node.domain().each_member(|member| nodes.extend(member.node.clone().map(|node| (node, true))));
        }
        inside
    }

    fn nested(&mut self, core: &Core, is_frame: bool, levels: usize, inside: &mut Inside) {
        if is_frame && !core.background.is_closed() {
            inside.awaited = Some(name_of(core));
        }
        if levels == 0 {
            inside.is_cut = true;
        } else if !self.0.contains(&std::ptr::from_ref(core)) {
            inside.guests += usize::from(!is_frame);
            let scope = self.scope(core, levels - 1);
            inside.scopes.push(scope);
        }
    }
}

impl Inside {
    fn waits(&self) -> Option<Wait> {
        let torn_down = self.torn_down.map(|TornDown { name, site }| Wait::TearDown { name, location: site });
        torn_down.or_else(|| self.awaited.clone().map(Wait::Scope))
    }
}

fn name_of(core: &Core) -> String {
    core.settings.name.as_deref().unwrap_or("scope").to_owned()
}

fn state(marks: Marks, is_running: bool, is_held: bool, inside: &Inside) -> State {
    match marks {
        _ if inside.torn_down.is_some() => State::CleaningUp,
        marks if marks.ending() && is_held => State::CleaningUp,
        marks if marks.ending() => State::Cancelling,
        marks if marks.has(Marks::STOPPING) => State::Stopping,
        _ if is_running => State::Running,
        _ => State::Waiting,
    }
}

/// The tasks of a scope that have suspended, and the other nodes that hang in it: which of them are its body's frames.
fn members(domain: &Domain) -> (Vec<Found>, Vec<Hung>) {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    let mut direct = Vec::new();
    domain.each_member(|member| match (&member.task, &member.node) {
        (Some(who), node) => {
            let own = node.clone().filter(|_| !member.has_lodger());
            direct.push((who.clone(), member.noted(), member.frame == Lodging::Open, node.clone(), own));
        }
        (None, Some(node)) => others.push((Arc::clone(node), member.frame == Lodging::Frame)),
        (None, None) => {}
    });
    let marks = domain.marks();
    for (who, noted, has_frame, node, own) in direct {
        let singled = marks.singled() && domain.singled_out(who.label.id).is_some();
        let marks = match &own {
            Some(own) => own.domain().marks(),
            None if singled => Marks::REQUESTED,
            None => marks,
        };
        let is_held = has_frame || own.is_some_and(|own| own.domain().frames() > 0);
        found.push(Found { who, noted, marks, is_held, nodes: Vec::from_iter(node) });
    }
    others.retain(|(node, _)| match node.task() {
        Some(who) => {
            let noted = node.note().map(|note| note.read()).unwrap_or_default();
            let (marks, is_held) = (node.domain().marks(), node.domain().frames() > 0);
            found.push(Found { who, noted, marks, is_held, nodes: vec![Arc::clone(node)] });
            false
        }
        None => true,
    });
    (found, others)
}

fn in_line(core: &Core, age: Duration) -> Vec<Tree> {
    let mut waiting = Vec::new();
    if let Some(limiter) = core.known_limiter() {
        limiter.each_waiting(core, |job| waiting.push(job.who()));
    }
    let queued = |who: Who| Tree { waits_for: Some(Wait::Place), ..bare(&who, State::Queued, age) };
    waiting.into_iter().map(queued).collect()
}

fn scheduled(core: &Core, age: Duration) -> Vec<Tree> {
    let mut schedules = Vec::new();
    if let Some(timetable) = core.schedules() {
        timetable.each(|who, due| schedules.push((who.clone(), due)));
    }
    let (now, date) = (Instant::now(), wall::now().at);
    let waiting = |(who, due): (Who, Due)| {
        let left = match due {
            Due::Clock(at) => Some(at.saturating_duration_since(now)),
            Due::Wall(at) => Some(until(at, date)),
            Due::Over => None,
        };
        Tree { waits_for: left.map(Wait::Tick), ..bare(&who, State::Scheduled, age) }
    };
    schedules.into_iter().map(waiting).collect()
}

fn until(at: SystemTime, now: SystemTime) -> Duration {
    at.duration_since(now).unwrap_or_default()
}

fn bare(who: &Who, state: State, scope_age: Duration) -> Tree {
    Tree {
        name: format!("{} #{}", who.name(), who.label.id),
        state,
        waits_for: None,
        polls: 0,
        age: who.label.since.age(scope_age),
        location: who.label.location,
        number: who.label.id,
        background: who.label.traits.has(Traits::BACKGROUND),
        unpolled: 0,
        is_cut: false,
        children: Vec::new(),
    }
}

/// Where the task with this number is.
fn with_number(children: &[Tree], number: u32) -> Option<usize> {
    children.binary_search_by_key(&number, |child| child.number).ok()
}

/// What a note says.
fn named(waits: Waits, children: &[Tree]) -> Wait {
    let task = || match (waits.number, waits.is_elsewhere) {
        (0, _) => "that has no number".to_owned(),
        (number, true) => format!("#{number} of another scope"),
        (number, false) => match with_number(children, number) {
            Some(at) => children[at].name.clone(),
            None => format!("#{number}"),
        },
    };
    match waits.what {
        What::Task => Wait::Task(task()),
        What::Ready => Wait::Ready(task()),
        What::Stop => Wait::Stop,
        What::Cancel => Wait::Cancel,
        What::Thread => Wait::Thread,
        What::Process => Wait::Process(waits.number),
        What::Lent => Wait::Lent(task()),
    }
}

/// Says what a clean-up that took too long has left.
pub(crate) fn unfinished(core: &Core, limit: Duration) -> String {
    let tree = Look::default().scope(core, LEVELS);
    let mut names = Vec::new();
    let mut rest = tree.children.iter().collect::<Vec<_>>();
    while let Some(next) = rest.pop() {
        if !next.is_scope() {
            names.push(format!("{} ({})", next.name, next.location));
        }
        rest.extend(&next.children);
    }
    let body = format!("the scope of {}", core.settings.location);
    let left = if names.is_empty() { body } else { names.join(", ") };
    format!("abandoned: clean-up took longer than {limit:?}: {left}")
}
