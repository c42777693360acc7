//! `group`: many managers, entered and left at the same time.

use std::any::Any;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::enter::Enter;
use super::verdict::Verdict;
use crate::cancel::ambient;
use crate::crowd::Crowd;
use crate::error::Error;
use crate::panic::{Panic, caught};

/// Makes a group of managers, which are entered and left concurrently (asynkit's `actxgroup`).
///
/// `with!(values = &mut group => ..)` gives the body their values, in order. It is all or nothing: if one fails to set up,
/// the others are torn down (those that are still at it are cancelled), the body does not run, and the error comes out.
/// Behind the body all tear down, whatever the others do; [`exit_states`](Group::exit_states) tells of each.
///
/// # Example
/// ```
/// use ayo::{actxmgr, group, manager, with};
/// # use std::time::Duration;
///
/// actxmgr! {
///     async fn connection(host: &'static str) -> String {
///         tokio::time::sleep(Duration::from_secs(1)).await;
///         yield format!("connected to {host}");
///         tokio::time::sleep(Duration::from_secs(1)).await;
///     }
/// }
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), ayo::Error> {
/// let begun = tokio::time::Instant::now();
/// let mut all = group(["a", "b", "c"].map(|host| manager!(connection(host))));
/// with!(connections = &mut all => {
///     assert_eq!(connections[2], "connected to c");
/// }).await?;
/// assert_eq!(begun.elapsed(), Duration::from_secs(2), "all at the same time");
/// assert!(all.exit_states().iter().all(Result::is_ok));
/// # Ok(()) }
/// ```
pub fn group<M: Enter>(managers: impl IntoIterator<Item = M>) -> Group<M> {
    let members: Vec<Member<M>> = managers.into_iter().map(Member::new).collect();
    let crowd = Crowd::new(members.len(), 0);
    Group { members, crowd, failures: Vec::new(), panic: None, is_given_up: false, states: Vec::new() }
}

/// Managers that are entered and left concurrently: what [`group`] makes.
#[must_use = "a group does nothing until it is entered: `with!(values = &mut group => { .. })`"]
pub struct Group<M: Enter> {
    members: Vec<Member<M>>,
    crowd: Crowd,
    /// Of set-ups.
    failures: Vec<Error>,
    panic: Option<Box<dyn Any + Send>>,
    is_given_up: bool,
    states: Vec<Result<(), Error>>,
}

struct Member<M: Enter> {
    manager: M,
    stage: Stage<M::Value>,
    state: Result<(), Error>,
}

enum Stage<V> {
    Entering,
    /// With a value that nobody has taken yet.
    Entered(Option<V>),
    Aborting,
    Exiting,
    Over,
}

impl<M: Enter> Member<M> {
    fn new(manager: M) -> Self {
        Self { manager, stage: Stage::Entering, state: Ok(()) }
    }

    /// One poll on the way in.
    fn poll_in(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        match &mut self.stage {
            Stage::Entering => match self.manager.poll_enter(cx) {
                Poll::Ready(Ok(value)) => self.stage = Stage::Entered(Some(value)),
                Poll::Ready(Err(error)) => {
                    self.stage = Stage::Over;
                    return Some(error);
                }
                Poll::Pending => {}
            },
            Stage::Entered(value) => {
                *value = value.take().filter(|_| !ambient::is_requested());
                if self.manager.poll_held(cx).is_ready() {
                    self.stage = Stage::Over;
                }
            }
            Stage::Aborting | Stage::Exiting | Stage::Over => self.poll_out(cx),
        }
        None
    }

    /// One poll on the way out.
    fn poll_out(&mut self, cx: &mut Context<'_>) {
        match &mut self.stage {
            Stage::Aborting => {
                if self.manager.poll_abort(cx).is_ready() {
                    self.stage = Stage::Over;
                }
            }
            Stage::Exiting => {
                if let Poll::Ready(state) = self.manager.poll_exit(cx) {
                    self.state = state;
                    self.stage = Stage::Over;
                }
            }
            Stage::Entering | Stage::Entered(_) | Stage::Over => {}
        }
    }

    /// Ends it, wherever it is.
    fn leave(&mut self, verdict: Verdict) {
        match self.stage {
            Stage::Entering => {
                self.manager.abort();
                self.stage = Stage::Aborting;
            }
            Stage::Entered(_) => {
                self.stage = Stage::Exiting; // drops the value
                self.manager.tell(verdict);
            }
            Stage::Aborting | Stage::Exiting | Stage::Over => {}
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    fn has_value(&self) -> bool {
        matches!(self.stage, Stage::Entered(Some(_)))
    }

    fn take_value(&mut self) -> Option<M::Value> {
        match &mut self.stage {
            Stage::Entered(value) => value.take(),
            _ => None,
        }
    }
}

impl<M: Enter> Group<M> {
    /// What the tear-down of each manager came to, in order: once the group was left.
    pub fn exit_states(&self) -> &[Result<(), Error>] {
        &self.states
    }

    /// How many managers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Polls those that were woken. One that panics is over; the others go on.
    fn poll_each(
        &mut self,
        cx: &Context<'_>,
        mut poll: impl FnMut(&mut Member<M>, &mut Context<'_>) -> Option<Error>,
    ) {
        let Self { members, crowd, failures, panic, .. } = self;
        crowd.poll_each(cx, |number, cx| {
            let member = &mut members[number];
            match caught(|| poll(member, cx)) {
                Ok(failure) => failures.extend(failure),
                Err(payload) => {
                    member.stage = Stage::Over;
                    if panic.is_none() {
                        *panic = Some(payload);
                    } else {
                        drop(Panic::new(payload));
                    }
                }
            }
            None::<()>
        });
    }

    /// The others leave when one fails to set up.
    fn give_up(&mut self, verdict: &Verdict) {
        self.is_given_up = true;
        self.members.iter_mut().for_each(|member| member.leave(verdict.clone()));
        self.crowd.wake_all();
    }

    /// Why to give up, if there is a reason to.
    fn reason(&mut self) -> Option<Verdict> {
        if self.panic.is_some() {
            return Some(Verdict::Panicked);
        }
        let shared = Arc::new(self.failures.pop()?);
        self.failures.push(Error::shared(&shared));
        Some(Verdict::Failed(shared))
    }

    fn are_all(&self, so: impl Fn(&Member<M>) -> bool) -> bool {
        self.members.iter().all(so)
    }

    /// All have left: what came of it, for the states and for the error.
    fn conclude(&mut self) -> Result<(), Error> {
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
        let mut errors = std::mem::take(&mut self.failures);
        for member in &mut self.members {
            let state = std::mem::replace(&mut member.state, Ok(()));
            self.states.push(state.map_err(|error| {
                let shared = Arc::new(error);
                errors.push(Error::shared(&shared));
                Error::shared(&shared)
            }));
        }
        Error::joined(errors).map_or(Ok(()), Err)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Enter> Enter for &mut Group<M> {
    type Value = Vec<M::Value>;

    fn poll_enter(&mut self, cx: &mut Context<'_>) -> Poll<Result<Self::Value, Error>> {
        assert!(self.states.is_empty(), "a group is entered once");
        self.poll_each(cx, Member::poll_in);
        if !self.is_given_up
            && let Some(verdict) = self.reason()
        {
            self.give_up(&verdict);
            self.poll_each(cx, Member::poll_in);
        }
        if self.is_given_up && self.are_all(Member::is_over) {
            return Poll::Ready(Err(self.conclude().expect_err("that is why it was given up")));
        }
        if !self.are_all(Member::has_value) {
            return Poll::Pending;
        }
        let values = self.members.iter_mut().filter_map(Member::take_value).collect();
        Poll::Ready(Ok(values))
    }

    fn settle(&mut self) {
        self.members.iter_mut().for_each(|member| member.manager.settle());
    }

    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_each(cx, Member::poll_in);
        if self.are_all(Member::is_over) { Poll::Ready(()) } else { Poll::Pending }
    }

    fn abort(&mut self) {
        self.give_up(&Verdict::Cancelled);
    }

    fn poll_abort(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_held(cx)
    }

    fn tell(&mut self, verdict: Verdict) {
        self.give_up(&verdict);
    }

    fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_held(cx));
        Poll::Ready(self.conclude())
    }
}

impl<M: Enter> fmt::Debug for Group<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("len", &self.len()).field("exit_states", &self.states).finish()
    }
}
