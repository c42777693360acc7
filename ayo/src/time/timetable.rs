//! The schedules of a scope, in the order in which they are due.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::SystemTime;

use tokio::time::Instant;

use super::driver::Driver;
use super::entry::{Due, Plan};
use super::wall::{Reading, SLACK};
use crate::scope::core::Core;
use crate::site::Who;
use crate::sync::lock;
use crate::task::spawn::{part, spawn};

/// So many are rung in one go, then others get their turn.
const TURN: usize = 64;

#[derive(Default)]
pub(crate) struct Timetable(Mutex<Table>);

#[derive(Default)]
struct Table {
    clock: BTreeMap<(Instant, u32), Arc<dyn Plan>>,
    wall: BTreeMap<(SystemTime, u32), Arc<dyn Plan>>,
    /// Of the driver.
    waker: Option<Waker>,
    /// There is a driver, or somebody is about to spawn it.
    driven: bool,
}

/// An entry that was taken out, with the key that it had.
pub(crate) type Rung = (Due, Arc<dyn Plan>);

/// What the driver has to do.
pub(crate) enum Next {
    Ring(Vec<Rung>),
    /// Wait until the first of either is due.
    Wait {
        clock: Option<Instant>,
        wall: Option<SystemTime>,
    },
    /// Nothing is left; it drives no more.
    Nothing,
}

/// Somebody has to see to it that the driver hears of a new first entry.
pub(crate) enum Rouse {
    Wake(Waker),
    Spawn,
}

impl Rouse {
    pub(crate) fn driver(self, core: &Arc<Core>) {
        match self {
            Self::Wake(waker) => waker.wake(),
            Self::Spawn => {
                drop(spawn(core.runtime(), |_| part(core, "schedules"), Driver::new(Arc::clone(core))));
            }
        }
    }
}

impl Table {
    fn insert(&mut self, due: Due, plan: &Arc<dyn Plan>) -> Option<Rouse> {
        let (plan, id) = (Arc::clone(plan), plan.base().who.label.id);
        let is_first = match due {
            Due::Over => return None,
            Due::Clock(at) => {
                self.clock.insert((at, id), plan);
                self.clock.first_key_value().is_some_and(|(first, _)| *first == (at, id))
            }
            Due::Wall(at) => {
                self.wall.insert((at, id), plan);
                self.wall.first_key_value().is_some_and(|(first, _)| *first == (at, id))
            }
        };
        if !std::mem::replace(&mut self.driven, true) {
            return Some(Rouse::Spawn);
        }
        if is_first { self.waker.take().map(Rouse::Wake) } else { None }
    }

    fn remove(&mut self, due: Due, id: u32) -> Option<Arc<dyn Plan>> {
        match due {
            Due::Over => None,
            Due::Clock(at) => self.clock.remove(&(at, id)),
            Due::Wall(at) => self.wall.remove(&(at, id)),
        }
    }

    fn pop_due(&mut self, now: Instant, wall: Option<Reading>) -> Option<Rung> {
        if let Some(first) = self.clock.first_entry().filter(|first| first.key().0 <= now) {
            return Some((Due::Clock(first.key().0), first.remove()));
        }
        let wall = wall?.at + SLACK;
        let first = self.wall.first_entry().filter(|first| first.key().0 <= wall)?;
        Some((Due::Wall(first.key().0), first.remove()))
    }

    fn pop(&mut self) -> Option<Arc<dyn Plan>> {
        let clock = self.clock.pop_first().map(|(_, plan)| plan);
        clock.or_else(|| self.wall.pop_first().map(|(_, plan)| plan))
    }
}

impl Timetable {
    /// Moves an entry from one key to another.
    pub(crate) fn move_entry(&self, from: Due, to: Due, plan: &Arc<dyn Plan>) -> Option<Rouse> {
        let mut table = lock(&self.0);
        let old = table.remove(from, plan.base().who.label.id);
        let rouse = table.insert(to, plan);
        drop(table);
        drop(old);
        rouse
    }

    /// Whether any schedule follows the wall clock.
    pub(crate) fn has_dates(&self) -> bool {
        !lock(&self.0).wall.is_empty()
    }

    /// What the driver, which is woken by `waker`, has to do now.
    pub(crate) fn next(&self, now: Instant, wall: Option<Reading>, waker: &Waker) -> Next {
        let mut table = lock(&self.0);
        if !table.waker.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            table.waker = Some(waker.clone());
        }
        let rung: Vec<Rung> = std::iter::from_fn(|| table.pop_due(now, wall)).take(TURN).collect();
        if !rung.is_empty() {
            return Next::Ring(rung);
        }
        let clock = table.clock.keys().next().map(|(at, _)| *at);
        let wall = table.wall.keys().next().map(|(at, _)| *at);
        if clock.is_none() && wall.is_none() {
            (table.driven, table.waker) = (false, None);
            return Next::Nothing;
        }
        Next::Wait { clock, wall }
    }

    /// For the driver when it goes: takes out whatever is left, one by one. After the last it drives no more.
    pub(crate) fn pop(&self) -> Option<Arc<dyn Plan>> {
        let mut table = lock(&self.0);
        let plan = table.pop();
        if plan.is_none() {
            (table.driven, table.waker) = (false, None);
        }
        plan
    }

    /// Shows each schedule to `see`, under the lock: `see` only copies.
    pub(crate) fn each(&self, mut see: impl FnMut(&Who, Due)) {
        let table = lock(&self.0);
        table.clock.iter().for_each(|((at, _), plan)| see(&plan.base().who, Due::Clock(*at)));
        table.wall.iter().for_each(|((at, _), plan)| see(&plan.base().who, Due::Wall(*at)));
    }
}
