//! A closure as a task of its scope.
//!
//! # Invariants
//! * The state goes from waiting to running to over, or from either of the first two straight to over. Who takes it to
//!   over is the one who delivers a result, leaves the scope's members and counts the task out: once.
//! * The domain's waker is the closure itself, so a request reaches it wherever it is: one that waits is dropped by whoever
//!   asks, in its domain; one that runs is let go of when the end is forced.
//! * The waker and the domain hold each other until the end takes the waker out.

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

use super::hold::{self, Hold};
use crate::BoxError;
use crate::cancel::domain::{Fault, Member, Node, inherit};
use crate::cancel::note::On;
use crate::cancel::{Reason, ambient};
use crate::error::Error;
use crate::inherit::inherited;
use crate::outcome::Outcome;
use crate::panic::{Panic, caught};
use crate::probe::{self, Wait};
use crate::scope::core::Core;
use crate::scope::spawn::Order;
use crate::site::Who;
use crate::sync::lock;
use crate::task::Cancelled;
use crate::task::cell::Cell;
use crate::task::deliver::{Deliver, ToTask};
use crate::task::node::{Name, TaskNode};
use crate::task::work::Verdict;

/// What a handle waits for.
pub(crate) type Answer<V> = Arc<Cell<Result<V, Cancelled>>>;

type Payload = Box<dyn Any + Send>;

pub(crate) struct Work<F, V> {
    state: Mutex<State<F>>,
    answer: ToTask<V>,
    core: Arc<Core>,
    node: Arc<TaskNode>,
    who: Who,
    /// Its place among the members of the scope.
    key: usize,
}

enum State<F> {
    Waiting(F, Option<Hold>),
    Running,
    Over,
}

/// A closure in line, whatever it is.
pub(crate) trait Errand: Send + Sync {
    /// Runs it in the runtime of this thread, unless it is over already.
    fn run(self: Arc<Self>);

    /// The scope that it belongs to.
    fn core(&self) -> &Core;

    /// Drops it where it waits: nobody will run it.
    fn refuse(&self, reason: Reason);
}

impl<F, O> Work<F, O::Value>
where
    F: FnOnce() -> O + Send + 'static,
    O: Outcome<Value: Send + 'static>,
{
    /// A closure that was admitted under this number, bound to its scope from now on.
    pub(crate) fn new(
        f: F,
        hold: Option<Hold>,
        core: &Arc<Core>,
        id: u32,
        order: Order,
        answer: &Answer<O::Value>,
    ) -> Arc<Self> {
        let Who { label, extra } = order.who::<Self>(id, core.since());
        let who = Who { label, extra: probe::task_begins(core, label, extra, Wait::Turn) };
        let node = TaskNode::new(Name::Task(who.clone()), Some(core.as_node()));
        node.note.waits(&On::THREAD, None);
        answer.begin(&node);
        let below = Some(Arc::clone(&node) as Arc<dyn Node>);
        let (key, marks) = core.domain().join(Member { node: below, ..Member::default() });
        let work = Arc::new(Self {
            state: Mutex::new(State::Waiting(f, hold)),
            answer: ToTask(Arc::clone(answer)),
            core: Arc::clone(core),
            node,
            who,
            key,
        });
        work.node.domain().set_waker(&Waker::from(Arc::clone(&work)));
        inherit(core.domain(), marks, work.node.domain());
        work.notice();
        work
    }

    /// Fails it where it waits.
    pub(crate) fn fail(&self, error: BoxError) {
        if let Some((f, _hold)) = self.take_waiting(State::Over) {
            let dropped = self.within(|| caught(|| drop(f)));
            self.end(Verdict::Returned(Err(error)));
            if let Err(payload) = dropped {
                self.core.fail_task(Fault::Panic(payload), &self.who);
            }
        }
    }

    /// Looks at what it was told.
    fn notice(self: &Arc<Self>) {
        loop {
            let marks = self.node.domain().marks();
            if !marks.ending() {
                return;
            }
            if let Some((f, hold)) = self.take_waiting(State::Over) {
                return self.drop_waiting(f, hold, self.reason());
            }
            if marks.forced() {
                return if self.take_running() {
                    self.end(Verdict::Cancelled(self.reason()))
                };
            }
            if self.is_over() {
                return;
            }
            probe::within(None, self.who.extra.as_ref().and_then(|extra| extra.track.as_ref()), probe::told);
            self.node.domain().set_waker(&Waker::from(Arc::clone(self)));
            if self.is_over() {
                return self.node.domain().wake(); // takes it out again
            }
            if self.node.domain().marks() == marks {
                return;
            }
        }
    }

    /// Takes the closure out if it waits, and leaves this state.
    fn take_waiting(&self, next: State<F>) -> Option<(F, Option<Hold>)> {
        let mut state = lock(&self.state);
        match std::mem::replace(&mut *state, next) {
            State::Waiting(f, hold) => Some((f, hold)),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Takes it from running to over; `false`: it was not running.
    fn take_running(&self) -> bool {
        let mut state = lock(&self.state);
        let ran = matches!(*state, State::Running);
        if ran {
            *state = State::Over;
        }
        ran
    }

    fn is_over(&self) -> bool {
        matches!(*lock(&self.state), State::Over)
    }

    fn reason(&self) -> Reason {
        self.node.domain().reason().unwrap_or(Reason::Asked)
    }

    /// Runs `f` as part of this task.
    fn within<R>(&self, f: impl FnOnce() -> R) -> R {
        let node = Arc::clone(&self.node) as Arc<dyn Node>;
        inherited(self.who.extra.as_ref(), || ambient::enter(&node, f))
    }

    /// Drops the closure in its domain. A destructor that panics is a panic of the task.
    fn drop_waiting(&self, f: F, hold: Option<Hold>, reason: Reason) {
        let verdict = match self.within(|| caught(|| drop(f))) {
            Ok(()) => Verdict::Cancelled(reason),
            Err(payload) => Verdict::Panicked(payload),
        };
        self.end(verdict);
        drop(hold);
    }

    /// Delivers what it came to, and counts it out.
    fn end(&self, verdict: Verdict<Result<O::Value, BoxError>>) {
        self.core.domain().leave(self.key);
        self.node.domain().wake(); // takes the waker out
        self.answer.deliver(verdict, &self.core, || self.who.clone());
        probe::task_ends(self.who.extra.as_ref());
        self.core.task_ended(self.who.label.traits);
    }

    fn verdict(
        &self,
        ran: Result<Result<O::Value, BoxError>, Payload>,
    ) -> Verdict<Result<O::Value, BoxError>> {
        match ran {
            Err(payload) => Verdict::Panicked(payload),
            Ok(Err(error)) if self.node.domain().marks().ending() && is_cancellation(&*error) => {
                Verdict::Cancelled(self.reason())
            }
            Ok(result) => Verdict::Returned(result),
        }
    }

    /// It ended after the scope had let go of it: nobody waits for its value, and an error is not lost.
    fn came_late(&self, ran: Result<Result<O::Value, BoxError>, Payload>) {
        let error = match ran {
            Ok(Ok(value)) => match caught(|| drop(value)) {
                Ok(()) => return,
                Err(payload) => Error::panicked(&Panic::new(payload)),
            },
            Ok(Err(error)) if is_cancellation(&*error) => return,
            Ok(Err(error)) => Error::failed(error),
            Err(payload) => Error::panicked(&Panic::new(payload)),
        };
        self.core.contain(error.of_task(Some(self.core.info(&self.who))));
    }
}

/// Whether an error is the news of the closure's own cancellation, passed on from `check` or `sleep`. Errors of `anyhow` and its
/// like hide the type of what they hold, and show its text.
fn is_cancellation(error: &(dyn std::error::Error + 'static)) -> bool {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let root = chain.last();
    root.is_some_and(|root| root.is::<Cancelled>() || root.to_string().starts_with(Cancelled::PREFIX))
}

impl<F, O> Errand for Work<F, O::Value>
where
    F: FnOnce() -> O + Send + 'static,
    O: Outcome<Value: Send + 'static>,
{
    fn run(self: Arc<Self>) {
        let Some((f, hold)) = self.take_waiting(State::Running) else { return };
        self.node.note.begin();
        let holding = hold::keep(hold);
        let ran = self.within(|| caught(|| f().into_result().map_err(Into::into)));
        if self.take_running() {
            self.end(self.verdict(ran));
        } else {
            self.came_late(ran);
        }
        drop(holding);
    }

    fn core(&self) -> &Core {
        &self.core
    }

    fn refuse(&self, reason: Reason) {
        if let Some((f, hold)) = self.take_waiting(State::Over) {
            self.drop_waiting(f, hold, reason);
        }
    }
}

impl<F, O> Wake for Work<F, O::Value>
where
    F: FnOnce() -> O + Send + 'static,
    O: Outcome<Value: Send + 'static>,
{
    fn wake(self: Arc<Self>) {
        self.notice();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notice();
    }
}
