//! One schedule: when it is due, what it does when it is, and how it ends.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

#[cfg(feature = "cron")]
use super::cron::Cron;
use super::schedule::Overrun;
use super::timetable::Rouse;
#[cfg(feature = "cron")]
use super::wall;
use super::when::Moment;
use crate::cancel::ambient;
use crate::cancel::domain::{Fault, Marks};
use crate::inherit::inherited;
use crate::scope::core::Core;
use crate::scope::spawn::Order;
use crate::site::{Traits, Who};
use crate::sync::lock;
use crate::task::Task;

/// A schedule, whatever it calls.
pub(crate) trait Plan: Send + Sync {
    fn base(&self) -> &Base;

    /// Starts a tick; its handle, if it is wanted.
    fn start(self: Arc<Self>, core: &Arc<Core>, order: Order, wanted: bool) -> Option<Task<()>>;

    /// Drops the function; gives what its destructor panicked with.
    fn drop_callback(&self) -> Result<(), Box<dyn Any + Send>>;
}

/// What all schedules have.
pub(crate) struct Base {
    pub(crate) who: Who,
    state: Mutex<State>,
}

struct State {
    due: Due,
    rule: Rule,
    overrun: Overrun,
    /// It and its ticks do not hold the scope open.
    background: bool,
    started: u64,
    limit: u64,
    /// Ticks that have not ended.
    running: u32,
    /// Ticks that wait for the one that runs.
    behind: u64,
    /// The tick that runs, where it may have to be cancelled.
    previous: Option<Box<Task<()>>>,
}

/// When a schedule is due: its key in the timetable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Clock(Instant),
    Wall(SystemTime),
    /// Never again.
    Over,
}

impl From<Moment> for Due {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Wall(at) => Self::Wall(at),
            Moment::Clock(at) => Self::Clock(at),
        }
    }
}

/// What comes after a tick.
pub(crate) enum Rule {
    Once,
    Every(Duration),
    #[cfg(feature = "cron")]
    Cron(Box<Cron>),
}

/// A moment so long after another; the farthest that Tokio's timers reach, if it is farther.
pub(crate) fn later(than: Instant, by: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);
    than.checked_add(by).unwrap_or_else(|| than + FAR)
}

impl Rule {
    /// What is due next after a tick that was due at `due` and comes `now`, and how many were missed in between.
    fn next(&self, due: Due, now: Instant) -> (Due, u64) {
        match self {
            Self::Once => (Due::Over, 0),
            Self::Every(period) => {
                let due = if let Due::Clock(due) = due { due } else { now };
                let missed = now.saturating_duration_since(due).as_nanos() / period.as_nanos();
                let steps = u32::try_from(missed + 1).unwrap_or(u32::MAX);
                (Due::Clock(later(due, period.saturating_mul(steps))), u64::from(steps - 1))
            }
            #[cfg(feature = "cron")]
            Self::Cron(cron) => {
                let wall = wall::now().at;
                let after = if let Due::Wall(due) = due { wall.max(due) } else { wall };
                (cron.next(after).map_or(Due::Over, Due::Wall), 0)
            }
        }
    }
}

/// What is to be done once the lock is released.
#[derive(Default)]
#[must_use]
struct Todo {
    rouse: Option<Rouse>,
    cancel: Option<Box<Task<()>>>,
    start: Option<Start>,
    drop_callback: bool,
    count_out: Option<Traits>,
}

struct Start {
    order: Order,
    wanted: bool,
}

impl Todo {
    fn carry_out(self, core: &Arc<Core>, plan: &Arc<dyn Plan>) {
        if let Some(previous) = self.cancel {
            previous.cancel_with("the next tick of its schedule is due");
        }
        if let Some(Start { order, wanted }) = self.start
            && let Some(tick) = Arc::clone(plan).start(core, order, wanted)
        {
            plan.base().lock().previous = Some(Box::new(tick));
        }
        if let Some(rouse) = self.rouse {
            rouse.driver(core);
        }
        if self.drop_callback {
            drop_callback(core, plan);
        }
        if let Some(traits) = self.count_out {
            core.task_ended(traits);
        }
    }
}

/// Drops the function in its scope. A destructor that panics is a panic of the schedule.
fn drop_callback(core: &Arc<Core>, plan: &Arc<dyn Plan>) {
    let who = &plan.base().who;
    let in_scope = || ambient::enter(&core.as_node(), || plan.drop_callback());
    if let Err(payload) = inherited(who.extra.as_ref(), in_scope) {
        core.fail_task(Fault::Panic(payload), who);
    }
}

/// The schedule is due: its entry `due` was taken out of the timetable.
pub(crate) fn ring(core: &Arc<Core>, plan: &Arc<dyn Plan>, due: Due, now: Instant) {
    let mut state = plan.base().lock();
    if state.due != due {
        return;
    }
    let mut todo = Todo::default();
    let (next, missed) = state.rule.next(due, now);
    let starts = state.running == 0 || state.overrun == Overrun::Concurrent;
    match state.overrun {
        Overrun::Skip | Overrun::Concurrent => {}
        Overrun::Burst => state.behind += missed + u64::from(!starts),
        Overrun::Delay | Overrun::CancelPrevious => state.behind = u64::from(!starts),
    }
    if state.overrun == Overrun::CancelPrevious {
        todo.cancel = state.previous.take();
    }
    let delayed = state.overrun == Overrun::Delay && missed > 0;
    let next = if delayed { state.rule.next(Due::Clock(now), now).0 } else { next };
    state.due = Due::Over; // it is in the timetable no more
    let _open = core.keep_open(); // it may be counted out before its tick is counted in
    match next {
        next if starts => begin(plan, &mut state, next, core, &mut todo),
        Due::Over => state.end(plan, core, &mut todo),
        next => state.move_to(next, plan, core, &mut todo),
    }
    drop(state);
    todo.carry_out(core, plan);
}

/// A tick has ended, in whatever way. One that never ran was refused; after that no other is tried, unless it was the
/// schedule itself that cancelled it.
pub(crate) fn tick_ended(core: &Arc<Core>, plan: &Arc<dyn Plan>, ran: bool) {
    let mut todo = Todo::default();
    let mut state = plan.base().lock();
    state.running -= 1;
    let previous = if state.running == 0 { state.previous.take() } else { None };
    if state.due == Due::Over {
        todo.drop_callback = state.running == 0;
    } else if is_winding_down(core) || (!ran && state.overrun != Overrun::CancelPrevious) {
        state.finish(plan, core, &mut todo);
    } else if state.behind > 0 && state.running == 0 {
        state.behind -= 1;
        let next = match state.overrun {
            Overrun::Delay => {
                let now = Instant::now();
                state.rule.next(Due::Clock(now), now).0
            }
            _ => state.due,
        };
        begin(plan, &mut state, next, core, &mut todo);
    }
    drop(state);
    drop(previous);
    todo.carry_out(core, plan);
}

/// Takes up another tick, after which the schedule is due at `next`.
fn begin(
    plan: &Arc<dyn Plan>,
    state: &mut MutexGuard<'_, State>,
    next: Due,
    core: &Arc<Core>,
    todo: &mut Todo,
) {
    state.running += 1;
    state.started += 1;
    let who = &plan.base().who;
    let order = Order::handed(who.label.location, who.extra.clone()).with(state.traits());
    todo.start = Some(Start { order, wanted: state.overrun == Overrun::CancelPrevious });
    let last = state.started >= state.limit;
    if last || next == Due::Over {
        state.end(plan, core, todo);
    } else {
        state.move_to(next, plan, core, todo);
    }
}

/// Whether ticks start no more.
fn is_winding_down(core: &Core) -> bool {
    core.marks().has(Marks::WINDING_DOWN) || core.foreground.is_closed()
}

impl State {
    fn traits(&self) -> Traits {
        if self.background { Traits::BACKGROUND } else { Traits::default() }
    }

    /// Moves its entry in the timetable.
    fn move_to(&mut self, next: Due, plan: &Arc<dyn Plan>, core: &Arc<Core>, todo: &mut Todo) {
        let before = std::mem::replace(&mut self.due, next);
        if before != next
            && let Some(rouse) = core.timetable().move_entry(before, next, plan)
        {
            todo.rouse = Some(rouse);
        }
    }

    /// It is due never again, and counts no more once the lock is released.
    fn end(&mut self, plan: &Arc<dyn Plan>, core: &Arc<Core>, todo: &mut Todo) {
        self.move_to(Due::Over, plan, core, todo);
        self.behind = 0;
        todo.count_out = Some(self.traits());
    }

    /// Ends it, unless it is over already.
    fn finish(&mut self, plan: &Arc<dyn Plan>, core: &Arc<Core>, todo: &mut Todo) {
        if self.due != Due::Over {
            self.end(plan, core, todo);
            todo.drop_callback = self.running == 0;
        }
    }
}

impl Base {
    pub(crate) fn new(who: Who, rule: Rule) -> Self {
        let state = State {
            due: Due::Over,
            rule,
            overrun: Overrun::Skip,
            background: false,
            started: 0,
            limit: u64::MAX,
            running: 0,
            behind: 0,
            previous: None,
        };
        Self { who, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Changes the state of a schedule that is not over, and does what follows from that.
fn change(core: &Arc<Core>, plan: &Arc<dyn Plan>, change: impl FnOnce(&mut State, &mut Todo)) {
    let mut todo = Todo::default();
    let mut state = plan.base().lock();
    if state.due != Due::Over {
        change(&mut state, &mut todo);
    }
    drop(state);
    todo.carry_out(core, plan);
}

/// Puts a schedule that was counted in into the timetable.
pub(crate) fn schedule(core: &Arc<Core>, plan: &Arc<dyn Plan>, first: Due) {
    let mut todo = Todo::default();
    plan.base().lock().move_to(first, plan, core, &mut todo);
    todo.carry_out(core, plan);
}

/// Ends a schedule; a tick that runs goes on.
pub(crate) fn unschedule(core: &Arc<Core>, plan: &Arc<dyn Plan>) {
    change(core, plan, |state, todo| state.finish(plan, core, todo));
}

/// Drops a schedule that was not counted in.
pub(crate) fn refuse(core: &Arc<Core>, plan: &Arc<dyn Plan>) {
    drop_callback(core, plan);
}

/// Makes it due now.
pub(crate) fn hasten(core: &Arc<Core>, plan: &Arc<dyn Plan>) {
    let now = Due::Clock(Instant::now());
    change(core, plan, |state, todo| state.move_to(now, plan, core, todo));
}

/// It ticks so often in all.
pub(crate) fn limit(core: &Arc<Core>, plan: &Arc<dyn Plan>, times: u64) {
    change(core, plan, |state, todo| {
        state.limit = times;
        if state.started >= times {
            state.finish(plan, core, todo);
        }
    });
}

pub(crate) fn set_overrun(core: &Arc<Core>, plan: &Arc<dyn Plan>, overrun: Overrun) {
    change(core, plan, |state, _| state.overrun = overrun);
}

/// From now on it is in the background.
pub(crate) fn release_scope(core: &Arc<Core>, plan: &Arc<dyn Plan>) {
    change(core, plan, |state, todo| {
        if !state.background && core.adopt() {
            state.background = true;
            todo.count_out = Some(Traits::default());
        }
    });
}
