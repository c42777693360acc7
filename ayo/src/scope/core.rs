//! What all handles, tasks and the future of one scope share.

use std::any::Any;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::count::Count;
use super::kept::Store;
use super::ledger::{Books, error_of};
use super::limit::Limiter;
use super::unread::Unread;
use crate::cancel::domain::{Above, Domain, Fault, Marks, Node, mark, request};
use crate::cancel::note::Note;
use crate::cancel::{Reason, ambient};
use crate::error::{Error, TaskInfo};
use crate::inherit::inherited;
use crate::panic::{Panic, caught};
use crate::program::hooks::place;
use crate::site::{Since, Traits, Who};
use crate::time::timetable::Timetable;
use crate::{probe, timeline, trace};

/// Hears of errors that do not bubble.
pub(crate) type OnError = Box<dyn Fn(&Error) + Send + Sync>;

/// What a scope was told at its start.
pub(crate) struct Settings {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) supervise: bool,
    /// Its tasks run at once up to their first suspension.
    pub(crate) eager: bool,
    pub(crate) on_error: Option<OnError>,
    pub(crate) cancel_timeout: Option<Duration>,
    /// Where what happens below it is written in the end.
    pub(crate) timeline: Option<timeline::File>,
    pub(crate) location: &'static Location<'static>,
}

/// In this order: what each task writes is not on the cache line of what each poll reads.
#[repr(C)]
pub(crate) struct Core {
    /// Its own, or that of a scope further out which is for this one too; looked for when something is first started.
    limiter: OnceLock<Option<Arc<Limiter>>>,
    begun: OnceLock<Begun>,
    pub(crate) seen: probe::Seen,
    /// Of a collecting scope: where dropped handles leave their results.
    pub(crate) kept: Option<Box<dyn Store>>,
    /// Of a scope that has schedules.
    timetable: OnceLock<Box<Timetable>>,
    pub(crate) settings: Settings,
    has_own_limit: bool,
    domain: Domain,
    /// Tasks that hold the scope open.
    pub(crate) foreground: Count,
    /// Background tasks, and what was adopted.
    pub(crate) background: Count,
    /// Values of handles that were dropped before the value was there.
    pub(crate) unread: Unread,
    pub(crate) books: Books,
    /// Of the body.
    pub(crate) note: Note,
}

/// What a scope notes when it first waits, or starts something.
struct Begun {
    born: Instant,
    /// If that was outside of any, the one that it first started something in.
    runtime: Result<Handle, OnceLock<Handle>>,
}

impl Begun {
    fn new(born: Instant) -> Self {
        Self { born, runtime: Handle::try_current().map_err(|_| OnceLock::new()) }
    }
}

impl Node for Core {
    #[inline]
    fn domain(&self) -> &Domain {
        &self.domain
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.domain
    }

    fn accept(&self, fault: Fault, from: Option<Who>) -> Result<(), Fault> {
        let Some(_open) = self.keep_open() else { return Err(fault) };
        let bubble = from.as_ref().is_none_or(|who| self.bubbles(who.label.traits));
        self.fail(fault, from.as_ref(), bubble);
        Ok(())
    }

    fn requested(&self, reason: &Reason) {
        probe::scope_requested(self, reason);
    }
}

impl Core {
    pub(crate) fn new(
        settings: Settings,
        limiter: Option<Arc<Limiter>>,
        kept: Option<Box<dyn Store>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            domain: Domain::new(),
            foreground: Count::new(),
            background: Count::new(),
            settings,
            has_own_limit: limiter.is_some(),
            limiter: limiter.map_or_else(OnceLock::new, |own| OnceLock::from(Some(own))),
            kept,
            unread: Unread::default(),
            books: Books::default(),
            timetable: OnceLock::new(),
            begun: OnceLock::new(),
            seen: probe::Seen::default(),
            note: Note::new(),
        })
    }

    /// What limits its tasks.
    #[inline]
    pub(crate) fn limiter(&self) -> Option<&Arc<Limiter>> {
        match self.limiter.get() {
            Some(known) => known.as_ref(),
            None if Limiter::is_any_recursive() => self.limiter.get_or_init(|| self.limiter_above()).as_ref(),
            None => None,
        }
    }

    /// The same, if anything was started.
    pub(crate) fn known_limiter(&self) -> Option<&Arc<Limiter>> {
        self.limiter.get()?.as_ref()
    }

    pub(crate) fn has_limiter(&self, limiter: &Arc<Limiter>) -> bool {
        self.known_limiter().is_some_and(|known| Arc::ptr_eq(known, limiter))
    }

    /// Whether the limit that it has is that of a scope further out.
    #[inline]
    pub(crate) fn inherits_limit(&self) -> bool {
        !self.has_own_limit && self.known_limiter().is_some()
    }

    #[cold]
    fn limiter_above(&self) -> Option<Arc<Limiter>> {
        ambient::settle();
        let mut next = self.domain.parent().cloned();
        while let Some(Above { node, .. }) = next {
            let any: &dyn Any = &*node;
            if let Some(known) = any.downcast_ref::<Self>().and_then(|scope| scope.limiter.get()) {
                return known.clone().filter(|limiter| limiter.is_recursive());
            }
            next = node.above();
        }
        None
    }

    #[inline]
    pub(crate) fn as_node(self: &Arc<Self>) -> Arc<dyn Node> {
        Arc::clone(self) as Arc<dyn Node>
    }

    /// The innermost scope at or above `node`.
    pub(crate) fn around(node: Arc<dyn Node>) -> Option<Arc<Self>> {
        let mut node = node;
        loop {
            let any: Arc<dyn Any + Send + Sync> = Arc::clone(&node) as _;
            if let Ok(core) = any.downcast::<Self>() {
                return Some(core);
            }
            let above = node.above()?.node;
            node = above;
        }
    }

    /// The innermost scope of the running code.
    pub(crate) fn current() -> Option<Arc<Self>> {
        Self::around(ambient::nearest()?)
    }

    /// The runtime that tasks run on: the one that the scope was first polled in.
    #[track_caller]
    #[inline]
    pub(crate) fn runtime(&self) -> &Handle {
        let found = match &self.begun(ambient::time).runtime {
            Ok(runtime) => return runtime,
            Err(found) => found,
        };
        if let Some(runtime) = found.get() {
            return runtime;
        }
        match Handle::try_current() {
            Ok(current) => found.get_or_init(|| current),
            Err(_) => panic!(
                "a scope needs a Tokio runtime around it: `#[ayo::main]`, `#[tokio::main]`; a thread of your own has one \
                 after `let _runtime = handle.enter();`, with a `tokio::runtime::Handle`"
            ),
        }
    }

    /// Takes note of the time and of the runtime, at the first poll (or when that did not end it).
    #[inline]
    pub(crate) fn begin(&self, clock: impl FnOnce() -> Instant) -> Instant {
        self.begun(clock).born
    }

    #[inline]
    fn begun(&self, clock: impl FnOnce() -> Instant) -> &Begun {
        if let Some(begun) = self.begun.get() {
            return begun;
        }
        ambient::settle();
        self.begun.get_or_init(|| Begun::new(clock()))
    }

    /// The schedules, if there were ever any.
    pub(crate) fn schedules(&self) -> Option<&Timetable> {
        self.timetable.get().map(|timetable| &**timetable)
    }

    /// The present moment, for the label of a task.
    #[inline]
    pub(crate) fn since(&self) -> Since {
        ambient::since(self.begin(ambient::time))
    }

    /// Since the first poll.
    pub(crate) fn age(&self) -> Duration {
        self.begun.get().map(|begun| begun.born.elapsed()).unwrap_or_default()
    }

    /// The schedules.
    pub(crate) fn timetable(&self) -> &Timetable {
        self.timetable.get_or_init(Box::default)
    }

    #[inline]
    pub(crate) fn marks(&self) -> Marks {
        self.domain.marks()
    }

    /// The marks for whoever asks from outside: those of the code around are among them.
    pub(crate) fn settled_marks(&self) -> Marks {
        ambient::settle();
        self.marks()
    }

    pub(crate) fn reason(&self) -> Reason {
        self.domain.reason().unwrap_or(Reason::Asked)
    }

    pub(crate) fn request(&self, reason: &Reason) {
        self.requested(reason);
        request(&self.domain, reason);
    }

    pub(crate) fn mark(&self, marks: Marks, reason: &Reason) {
        mark(&self.domain, marks, reason);
    }

    /// Whether this scope is being cancelled, and the running code with it, so that the news that one of its tasks was
    /// cancelled is none: the code that waited for it does not go on.
    pub(crate) fn cancels_running_code(&self) -> bool {
        if !self.marks().requested() {
            return false;
        }
        if ambient::is_requested() {
            return true;
        }
        let mut next = ambient::nearest();
        while let Some(node) = next {
            if std::ptr::eq(node.domain(), &self.domain) {
                return true;
            }
            if node.domain().is_shield() {
                return false;
            }
            next = node.above().map(|above| above.node);
        }
        false
    }

    /// Whether nothing was ever started in it, or is over without a trace.
    pub(crate) fn is_untouched(&self) -> bool {
        self.foreground.pending() + self.background.pending() == 0 && self.books.are_empty()
    }

    /// Whether a failure of such a task cancels the scope.
    #[inline]
    pub(crate) fn bubbles(&self, traits: Traits) -> bool {
        !self.settings.supervise && !traits.has(Traits::CONTAINED)
    }

    /// The shortest time for clean-up here and in the scopes around.
    #[cfg(feature = "process")]
    pub(crate) fn tightest_cancel_timeout(&self) -> Option<Duration> {
        let mut tightest = self.settings.cancel_timeout;
        let mut next = self.domain.parent();
        while let Some(above) = next {
            let any: &dyn Any = &*above.node;
            let limit = any.downcast_ref::<Self>().and_then(|scope| scope.settings.cancel_timeout);
            tightest = tightest.into_iter().chain(limit).min();
            next = above.node.domain().parent();
        }
        tightest
    }

    /// Takes a failure to the books; one that bubbles cancels the scope.
    pub(crate) fn fail(&self, fault: Fault, who: Option<&Who>, bubble: bool) {
        let task = who.map(|who| self.info(who));
        let requested = self.marks().requested();
        if let Fault::Error(error) = &fault
            && requested
            && error.is::<crate::Cancelled>()
        {
            return; // passed on the news of its own cancellation
        }
        let (mut error, panic) = error_of(fault, task);
        probe::failed(self, who, &error);
        if who.is_some() {
            error = place::task_failed(self, error);
        }
        let left = self.books.with(|books| books.enter(error, panic, bubble));
        self.after_entry(left, &Reason::Failed);
    }

    /// The same for what went wrong in a task.
    pub(crate) fn fail_task(&self, fault: Fault, who: &Who) {
        self.fail(fault, Some(who), self.bubbles(who.label.traits));
    }

    /// A failure that bubbles has been entered, and cancels the scope; or it is left over.
    fn after_entry(&self, left: Option<Error>, reason: &Reason) {
        match left {
            None => self.request(reason),
            Some(error) => self.contain(error),
        }
    }

    /// A task's clean-up had more than its time, and was dropped.
    pub(crate) fn abandon_task(&self, who: &Who, limit: Duration) {
        let info = self.info(who);
        let text =
            format!("abandoned: its clean-up took longer than {limit:?}; spawned at {}", info.location);
        let abandoned = inherited(who.extra.as_ref(), || Error::abandoned(text));
        let error = place::task_failed(self, abandoned.of_task(Some(info)));
        let left = self.books.with(|books| books.enter_error(error, self.bubbles(who.label.traits)));
        self.after_entry(left, &Reason::Failed);
    }

    /// The time is up: this much was allowed.
    pub(crate) fn time_out(&self, limit: Duration) {
        let name = self.settings.name.as_deref().map(|name| format!("`{name}` ")).unwrap_or_default();
        let left = self.books.with(|books| {
            books.enter_error(Error::timed_out(format!("{name}timed out after {limit:?}")), true)
        });
        self.after_entry(left, &Reason::TimedOut);
    }

    /// Takes an error that does not bubble: it goes to the scope that adopted this one, to `on_error`, or to the
    /// traces and the report.
    pub(crate) fn contain(&self, error: Error) {
        let adopter_of = |core: &Self| core.books.look(|books| books.adopter.clone());
        let mut adopter = adopter_of(self);
        while let Some(next) = adopter.as_deref().and_then(adopter_of) {
            adopter = Some(next);
        }
        let place = adopter.as_deref().unwrap_or(self);
        match &place.settings.on_error {
            Some(hear) => hear_safely(&**hear, &error),
            None => {
                trace::contained(&error);
                if let Some((error, adopter)) = place.books.with(|books| books.keep(error)) {
                    adopter.contain(error);
                }
            }
        }
    }

    /// A task's name, path and place.
    pub(crate) fn info(&self, who: &Who) -> TaskInfo {
        let name = who.name();
        let path = format!("{}{name} #{}", self.path(), who.label.id);
        TaskInfo { name, path, id: who.label.id, location: who.label.location }
    }

    /// The names from the root to this scope, each with a slash behind it. A scope without a name has no part in it, and
    /// of a path that is very long only the inner end is told.
    pub(crate) fn path(&self) -> String {
        const LONG: usize = 32;
        let mut names = Vec::from_iter(self.settings.name.as_deref().map(ToOwned::to_owned));
        let mut next = self.domain.parent().cloned();
        while let Some(Above { node, task }) = next {
            names.extend(task.as_ref().map(Who::name));
            if names.len() == LONG {
                names.push("…".to_owned());
                break;
            }
            let any: &dyn Any = &*node;
            match any.downcast_ref::<Self>() {
                Some(scope) => names.extend(scope.settings.name.as_deref().map(ToOwned::to_owned)),
                None => names.extend(node.task().map(|who| who.name())),
            }
            next = node.above();
        }
        names.iter().rev().flat_map(|name| [name.as_str(), "/"]).collect()
    }

    /// Counts a task out.
    #[inline]
    pub(crate) fn task_ended(&self, traits: Traits) {
        if traits.has(Traits::MAIN) {
            self.request(&Reason::MainEnded);
        }
        self.count_out(if traits.has(Traits::BACKGROUND) { &self.background } else { &self.foreground });
    }

    /// Counts one out; the last one wakes the scope.
    #[inline]
    fn count_out(&self, count: &Count) {
        if count.leave() {
            self.domain.wake();
        }
    }

    /// Holds the scope open for a forked one; `false`: this scope is over.
    pub(crate) fn hold_open(&self) -> bool {
        self.foreground.hold()
    }

    /// The forked one has ended.
    pub(crate) fn let_go(&self) {
        self.count_out(&self.foreground);
    }

    /// Takes in what another scope left behind when it was dropped; `false`: this scope is over.
    pub(crate) fn adopt(&self) -> bool {
        self.background.hold()
    }

    /// What was adopted has ended.
    pub(crate) fn release_adopted(&self) {
        self.count_out(&self.background);
    }

    /// While something is done to this scope from outside of it, it does not end; `None`: it is over.
    pub(crate) fn keep_open(&self) -> Option<KeptOpen<'_>> {
        self.adopt().then(|| KeptOpen(self))
    }
}

/// Keeps a scope open from outside of it.
pub(crate) struct KeptOpen<'a>(&'a Core);

impl Drop for KeptOpen<'_> {
    fn drop(&mut self) {
        self.0.release_adopted();
    }
}

impl Drop for Core {
    /// Lets the chain of adopters go one by one, as the domain does with that of parents.
    fn drop(&mut self) {
        let mut next = self.books.forget_adopter();
        while let Some(mut core) = next {
            next = Arc::get_mut(&mut core).and_then(|last| last.books.forget_adopter());
        }
    }
}

/// Calls `on_error`; if it panics, both that and what it was told are traced.
pub(crate) fn hear_safely(hear: &dyn Fn(&Error), error: &Error) {
    if let Err(payload) = caught(|| hear(error)) {
        trace::contained(&Error::panicked(&Panic::new(payload)));
        trace::contained(error);
    }
}
