//! The domain tree: who is asked to end, who has to be woken for it, and what still holds a place open.
//!
//! Locking: one mutex a domain, never two at once, and never while a waker, a destructor or any other foreign
//! code runs. A walk goes down by a work list, and a drop goes up by a loop, so that depth costs no stack.

use std::any::Any;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use super::members::Members;
use super::note::{Note, NoteRef, Noted};
use super::reason::Reason;
use crate::probe::Frame;
use crate::site::Who;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Ordering, lock};

/// What a domain has been told. Marks are level-triggered: once set, they stay.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks(u64);

impl Marks {
    pub(crate) const NONE: Self = Self(0);
    /// Clean up and end.
    pub(crate) const REQUESTED: Self = Self(1);
    /// The time for clean-up is over: drop what is there.
    pub(crate) const FORCED: Self = Self(2);
    /// Wind down; nothing is dropped for it.
    pub(crate) const STOPPING: Self = Self(4);
    /// Requests do not enter here.
    const SHIELD: Self = Self(8);
    /// What wakes a task.
    pub(crate) const ENDING: Self = Self(1 | 2);
    /// No schedule ticks any more.
    pub(crate) const WINDING_DOWN: Self = Self(1 | 2 | 4);
    /// What passes from a parent to its children.
    const SPREAD: Self = Self(1 | 2 | 4);
    /// Counts calls of `request_one`, above the flags: a member compares it with what it saw last.
    const ONE: u64 = 1 << 8;

    #[inline]
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[inline]
    pub(crate) fn requested(self) -> bool {
        self.has(Self::REQUESTED)
    }

    /// Whether any member was ever asked to end by itself.
    #[inline]
    pub(crate) fn singled(self) -> bool {
        self.0 >= Self::ONE
    }

    /// Whether it is time for a task to look.
    #[inline]
    pub(crate) fn ending(self) -> bool {
        self.has(Self::ENDING)
    }

    #[inline]
    pub(crate) fn forced(self) -> bool {
        self.has(Self::FORCED)
    }
}

/// Anything that has a domain: a scope, a task, a region of code within one.
pub(crate) trait Node: Any + Send + Sync {
    fn domain(&self) -> &Domain;
    fn domain_mut(&mut self) -> &mut Domain;

    /// Takes an error that arose where control does not return; a node that is no scope hands it back, for
    /// the one above. `from` is the task that it arose in.
    fn accept(&self, fault: Fault, _from: Option<Who>) -> Result<(), Fault> {
        Err(fault)
    }

    /// It is asked to end, or will be in a moment; for those who look on.
    fn requested(&self, _reason: &Reason) {}

    /// What this hangs below. Most hang in one place for good.
    fn above(&self) -> Option<Above> {
        self.domain().parent().cloned()
    }

    /// Hangs it below that one.
    fn hang(&self, above: &Above) {
        self.domain().set_parent(above);
    }

    /// The task that this node stands for, if it does.
    fn task(&self) -> Option<Who> {
        None
    }

    /// Where what runs in it notes how it stands.
    fn note(&self) -> Option<&Note> {
        None
    }

    /// The context manager that is being torn down in it.
    fn torn_down(&self) -> Option<TornDown> {
        None
    }

    /// Whether it may hang elsewhere later.
    fn roams(&self) -> bool {
        false
    }

    /// Whether it hangs nowhere for now.
    fn is_parked(&self) -> bool {
        false
    }
}

/// A context manager that is being torn down: its name, and where it was called.
#[derive(Clone, Copy)]
pub(crate) struct TornDown {
    pub(crate) name: &'static str,
    pub(crate) site: &'static Location<'static>,
}

/// What can go wrong in a place that nobody returns from.
pub(crate) enum Fault {
    Error(crate::BoxError),
    Panic(Box<dyn Any + Send>),
}

/// What a domain hangs below: another one, and the task in it, where that task has no domain of its own.
#[derive(Clone)]
pub(crate) struct Above {
    pub(crate) node: Arc<dyn Node>,
    pub(crate) task: Option<Who>,
}

impl From<Arc<dyn Node>> for Above {
    fn from(node: Arc<dyn Node>) -> Self {
        Self { node, task: None }
    }
}

/// A node in the tree of cancellation.
pub(crate) struct Domain {
    marks: AtomicU64,
    /// Changed under the lock of `inner`, read without it.
    frames: AtomicUsize,
    parent: OnceLock<Above>,
    /// Why it was requested; there before the mark is.
    reason: OnceLock<Reason>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// Of whoever polls this domain's future.
    waker: Option<Waker>,
    members: Members<Member>,
    singled: Option<Box<Singled>>,
}

/// Marks, in a byte: the flags alone.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wants(u8);

impl From<Marks> for Wants {
    #[inline]
    fn from(marks: Marks) -> Self {
        Self((marks.0 & 0xff) as u8)
    }
}

impl Wants {
    fn has(self, fresh: Marks) -> bool {
        u64::from(self.0) & fresh.0 != 0
    }
}

/// What is to be woken, or walked into, when the domain is told something.
#[derive(Default)]
pub(crate) struct Member {
    pub(crate) waker: Option<Waker>,
    /// The marks that wake it.
    pub(crate) wants: Wants,
    /// A domain below this one: the own one of a task, or of the only frame in a task that has none.
    pub(crate) node: Option<Arc<dyn Node>>,
    /// Of a task, for the tree and for `request_one`.
    pub(crate) task: Option<Who>,
    /// Of a task, for the tree.
    pub(crate) note: Option<NoteRef>,
    /// How the frame in a task without a domain of its own stands.
    pub(crate) frame: Lodging,
}

/// A frame that lodges with a task's member: the first one that hangs in a task does, so that a task with one scope in
/// it needs no domain of its own.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lodging {
    #[default]
    None,
    /// `Member::node` is the frame's; it has not finished its part.
    Open,
    /// `Member::node` is the frame's; it has.
    Done,
    /// Another frame came: the task has a domain of its own, with this one as its first member.
    Moved,
    /// It is no task's member, but a frame's own.
    Frame,
}

impl Member {
    /// Whether `node` is the domain of a frame in a task that has none.
    pub(crate) fn has_lodger(&self) -> bool {
        matches!(self.frame, Lodging::Open | Lodging::Done)
    }

    /// How the task stands. (A member is looked at under the lock: its task has not left.)
    pub(crate) fn noted(&self) -> Noted {
        self.note.as_ref().map(NoteRef::read).unwrap_or_default()
    }

    #[inline]
    fn id(&self) -> Option<u32> {
        self.task.as_ref().map(|who| who.label.id)
    }
}

impl Inner {
    #[inline]
    fn insert(&mut self, member: Member) -> usize {
        let id = member.id();
        let key = self.members.insert(member);
        if let (Some(singled), Some(id)) = (&mut self.singled, id) {
            singled.keys.insert(id, key);
        }
        key
    }
}

/// Domains that a walk has still to visit, each with the marks that came through from above.
type Work = Vec<(Arc<dyn Node>, Marks)>;

/// Members that were asked to end by themselves; made at the first such call.
#[derive(Default)]
struct Singled {
    keys: HashMap<u32, usize>,
    requested: HashMap<u32, Reason>,
}

impl Domain {
    pub(crate) fn new() -> Self {
        Self::with(Marks::NONE, OnceLock::new())
    }

    /// A domain that hangs below `above` from the start.
    pub(crate) fn below(above: Option<Arc<dyn Node>>) -> Self {
        Self::with(Marks::NONE, above.map_or_else(OnceLock::new, |above| OnceLock::from(Above::from(above))))
    }

    /// A domain that requests from above do not enter.
    pub(crate) fn shield() -> Self {
        Self::with(Marks::SHIELD, OnceLock::new())
    }

    fn with(marks: Marks, parent: OnceLock<Above>) -> Self {
        Self {
            marks: AtomicU64::new(marks.0),
            frames: AtomicUsize::new(0),
            parent,
            reason: OnceLock::new(),
            inner: Mutex::new(Inner { waker: None, members: Members::new(), singled: None }),
        }
    }

    #[inline]
    pub(crate) fn marks(&self) -> Marks {
        Marks(self.marks.load(Ordering::Acquire))
    }

    /// Whether requests from above stop here.
    #[inline]
    pub(crate) fn is_shield(&self) -> bool {
        self.marks().has(Marks::SHIELD)
    }

    /// How many frames have not finished their part.
    #[inline]
    pub(crate) fn frames(&self) -> usize {
        self.frames.load(Ordering::Acquire)
    }

    /// Hangs this domain below another one, for good.
    fn set_parent(&self, above: &Above) {
        if self.parent.get().is_none() {
            let _ = self.parent.set(above.clone());
        }
    }

    /// Whether what runs here has clean-up left that it still has the time for.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.frames() > 0 && !self.marks().forced()
    }

    #[inline]
    pub(crate) fn parent(&self) -> Option<&Above> {
        self.parent.get()
    }

    pub(crate) fn reason(&self) -> Option<Reason> {
        self.reason.get().cloned()
    }

    /// Keeps the waker of whoever polls this domain. To be followed by a look at the marks.
    #[inline]
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let old = {
            let slot = &mut lock(&self.inner).waker;
            match slot {
                Some(kept) if kept.will_wake(waker) => return,
                _ => slot.replace(waker.clone()),
            }
        };
        drop(old);
    }

    /// The waker of whoever polls this domain, if no request has taken it.
    pub(crate) fn waker(&self) -> Option<Waker> {
        lock(&self.inner).waker.clone()
    }

    /// Wakes whoever polls this domain.
    #[inline]
    pub(crate) fn wake(&self) {
        let waker = lock(&self.inner).waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes in a member; answers its key and what the domain has been told so far.
    #[inline]
    pub(crate) fn join(&self, member: Member) -> (usize, Marks) {
        (lock(&self.inner).insert(member), self.marks())
    }

    /// Takes in a frame.
    #[inline]
    fn join_frame(&self, member: Member) -> (usize, Marks) {
        let mut inner = lock(&self.inner);
        self.frames.store(self.frames.load(Ordering::Relaxed) + 1, Ordering::Release);
        (inner.insert(member), self.marks())
    }

    /// Lodges a frame with a task's member, if no other one is there.
    #[inline]
    fn lodge(&self, key: usize, frame: &Arc<dyn Node>) -> Option<Marks> {
        let mut inner = lock(&self.inner);
        let member = inner.members.get_mut(key).filter(|member| member.node.is_none())?;
        member.node = Some(Arc::clone(frame));
        member.frame = Lodging::Open;
        Some(self.marks())
    }

    /// The frame that lodges with the member of the task `id` has finished its part, if that was still `open`, or
    /// `leaves` altogether.
    fn lodger_done(&self, key: usize, id: u32, open: bool, leaves: bool) {
        let (waker, left, moved) = {
            let mut inner = lock(&self.inner);
            let told = self.marks().requested() || self.marks().singled();
            let Some(member) = inner.members.get_mut(key).filter(|member| member.id() == Some(id)) else {
                return;
            };
            if member.frame == Lodging::Moved {
                (None, None, member.node.clone())
            } else {
                member.frame = Lodging::Done;
                let left = if leaves { member.node.take() } else { None };
                (if open && told { member.waker.take() } else { None }, left, None)
            }
        };
        drop(left);
        if let Some(waker) = waker {
            waker.wake();
        }
        match moved {
            Some(node) if open => node.domain().frame_done(leaves.then_some(0)),
            Some(node) => node.domain().leave(0),
            None => {}
        }
    }

    /// Whether the frame that lodges with this member has clean-up left that it still has the time for.
    pub(crate) fn is_lodging(&self, key: usize) -> bool {
        let open = |member: &mut Member| member.frame == Lodging::Open;
        !self.marks().forced() && self.update(key, open).unwrap_or(false)
    }

    /// Gives a task's member a domain of its own; the frame that lodges there moves into it.
    pub(crate) fn move_in(&self, key: usize, node: &Arc<dyn Node>) {
        let lodger = self.update(key, |member| Some((member.node.clone()?, member.frame))).flatten();
        if let Some((lodger, _)) = &lodger {
            let entry = Member { node: Some(Arc::clone(lodger)), frame: Lodging::Frame, ..Member::default() };
            node.domain().join_frame(entry);
        }
        let old = self.update(key, |member| {
            let moved = if lodger.is_some() { Lodging::Moved } else { Lodging::None };
            (member.node.replace(Arc::clone(node)), std::mem::replace(&mut member.frame, moved))
        });
        if let (Some(_), Some((still_there, frame))) = (lodger, old)
            && frame != Lodging::Open
        {
            node.domain().frame_done(still_there.is_none().then_some(0)); // it has finished its part since, or before
        }
    }

    /// Lets a member go, and whatever was said of it alone.
    #[inline]
    pub(crate) fn leave(&self, key: usize) {
        let member = {
            let mut inner = lock(&self.inner);
            let member = inner.members.remove(key);
            let id = member.as_ref().and_then(Member::id);
            if let (Some(singled), Some(id)) = (&mut inner.singled, id) {
                singled.keys.remove(&id);
                singled.requested.remove(&id);
            }
            member
        };
        drop(member);
    }

    /// Counts a frame out, and wakes whoever waits for it to drop what is left; lets its member go in the same step.
    /// Under the lock, so that a request comes either before it (and it wakes) or after it (and finds it counted out).
    #[inline]
    fn frame_done(&self, key: Option<usize>) {
        let (waker, member) = {
            let mut inner = lock(&self.inner);
            self.frames.store(self.frames.load(Ordering::Relaxed) - 1, Ordering::Release);
            let waker = if self.marks().requested() { inner.waker.take() } else { None };
            (waker, key.and_then(|key| inner.members.remove(key)))
        };
        drop(member);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Changes a member under the lock; what `change` hands back is dropped outside of it.
    pub(crate) fn update<T>(&self, key: usize, change: impl FnOnce(&mut Member) -> T) -> Option<T> {
        lock(&self.inner).members.get_mut(key).map(change)
    }

    /// Shows every member to `see`, under the lock: `see` only copies.
    pub(crate) fn each_member(&self, mut see: impl FnMut(&Member)) {
        for (_, member) in lock(&self.inner).members.iter() {
            see(member);
        }
    }

    /// Asks one member to end, whether it has joined already or joins later.
    pub(crate) fn request_one(&self, id: u32, reason: Reason) {
        let (waker, node) = {
            let mut inner = lock(&self.inner);
            self.marks.fetch_add(Marks::ONE, Ordering::AcqRel);
            let Inner { members, singled, .. } = &mut *inner;
            let singled = singled.get_or_insert_with(|| {
                let keys = members.iter().filter_map(|(key, m)| Some((m.id()?, key))).collect();
                Box::new(Singled { keys, requested: HashMap::new() })
            });
            singled.requested.insert(id, reason.clone());
            let member = singled.keys.get(&id).and_then(|key| members.get_mut(*key));
            member.map_or((None, None), |m| (m.waker.take(), m.node.clone()))
        };
        if let Some(node) = node {
            request(node.domain(), &reason);
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Why this one member was asked to end, if it was.
    pub(crate) fn singled_out(&self, id: u32) -> Option<Reason> {
        lock(&self.inner).singled.as_ref()?.requested.get(&id).cloned()
    }

    /// Forgets what was said of a member that ended before it joined.
    pub(crate) fn forget_one(&self, id: u32) {
        if let Some(singled) = &mut lock(&self.inner).singled {
            singled.requested.remove(&id);
        }
    }

    /// Sets the marks here, wakes what wants to know, and puts the domains below on the work list.
    fn receive(&self, bits: Marks, reason: &Reason, work: &mut Work) {
        let mut wakers = Vec::new();
        let Some(fresh) = self.set(bits, reason, &mut wakers) else { return };
        let mut cursor = 0;
        while self.collect(&mut cursor, fresh, &mut wakers, work) {
            wakers.drain(..).for_each(Waker::wake);
        }
        wakers.drain(..).for_each(Waker::wake);
    }

    fn set(&self, bits: Marks, reason: &Reason, wakers: &mut Vec<Waker>) -> Option<Marks> {
        let mut inner = lock(&self.inner);
        let old = self.marks();
        let enters = if old.has(Marks::SHIELD) { bits.0 & !Marks::REQUESTED.0 } else { bits.0 };
        let fresh = Marks(enters & !old.0);
        if fresh == Marks::NONE {
            return None;
        }
        if fresh.requested() {
            let _ = self.reason.set(reason.clone());
        }
        self.marks.fetch_or(fresh.0, Ordering::AcqRel);
        if fresh.has(Marks(Marks::REQUESTED.0 | Marks::FORCED.0)) {
            wakers.extend(inner.waker.take());
        }
        Some(fresh)
    }

    /// One batch of members from `cursor` on; whoever joins behind it sees the marks when joining.
    fn collect(&self, cursor: &mut usize, fresh: Marks, wakers: &mut Vec<Waker>, work: &mut Work) -> bool {
        const BATCH: usize = 64;
        let mut inner = lock(&self.inner);
        let end = inner.members.key_end();
        let stop = end.min(*cursor + BATCH);
        for key in *cursor..stop {
            let Some(member) = inner.members.get_mut(key) else { continue };
            if member.wants.has(fresh) {
                wakers.extend(member.waker.take());
            }
            work.extend(member.node.clone().map(|node| (node, fresh)));
        }
        *cursor = stop;
        stop < end
    }
}

impl Drop for Domain {
    /// Lets the chain of parents go link by link.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut above) = next {
            next = Arc::get_mut(&mut above.node).and_then(|last| last.domain_mut().parent.take());
        }
    }
}

/// Tells a domain and all below it to clean up and end.
pub(crate) fn request(root: &Domain, reason: &Reason) {
    mark(root, Marks::REQUESTED, reason);
}

/// Sets marks on a domain and all below it.
pub(crate) fn mark(root: &Domain, bits: Marks, reason: &Reason) {
    super::ambient::settle();
    spread(root, bits, reason);
}

/// The same from within the tree, where code takes its place.
pub(crate) fn spread(root: &Domain, bits: Marks, reason: &Reason) {
    let mut work = Vec::new();
    root.receive(bits, reason, &mut work);
    while let Some((next, bits)) = work.pop() {
        if bits.requested() {
            next.requested(reason);
        }
        next.domain().receive(bits, reason, &mut work);
    }
}

/// Hands a fault up to the nearest node that takes it.
pub(crate) fn report(above: &Above, mut fault: Fault) {
    let mut task = None;
    let mut next = Some(above.clone());
    while let Some(Above { node, task: within }) = next {
        task = task.or(within);
        match node.accept(fault, task.clone()) {
            Ok(()) => return,
            Err(back) => fault = back,
        }
        task = task.or_else(|| node.task());
        next = node.above();
    }
    crate::probe::unheard(&fault);
}

/// A domain's place below another one; dropping it takes the domain out.
pub(crate) struct Link {
    above: Above,
    key: usize,
    /// It is a frame that has not finished its part.
    frame: bool,
    _seen: Frame,
}

impl Link {
    /// Hangs `child` below `above`. A `frame` is polled inside of what runs in `above`, and holds it open.
    pub(crate) fn new(above: &Arc<dyn Node>, child: &Arc<dyn Node>, frame: bool) -> Self {
        let above = Above::from(Arc::clone(above));
        let domain = above.node.domain();
        child.hang(&above);
        let lodging = if frame { Lodging::Frame } else { Lodging::None };
        let member = Member { node: Some(Arc::clone(child)), frame: lodging, ..Member::default() };
        let (key, marks) = if frame { domain.join_frame(member) } else { domain.join(member) };
        pass_on(domain, marks, child);
        Self { above, key, frame, _seen: Frame::begin(frame) }
    }

    /// Hangs a frame below a task that has no domain of its own: it lodges with the task's member, under this key if
    /// the task is one already. `None`: another frame is there.
    #[inline]
    pub(crate) fn lodge(
        above: Above,
        key: Option<usize>,
        frame: &Arc<dyn Node>,
        note: Option<NoteRef>,
    ) -> Option<Self> {
        let domain = above.node.domain();
        frame.hang(&above);
        let (key, marks) = match key {
            Some(key) => (key, domain.lodge(key, frame)?),
            None => domain.join(Member {
                waker: None,
                wants: Marks::ENDING.into(),
                node: Some(Arc::clone(frame)),
                task: above.task.clone(),
                note,
                frame: Lodging::Open,
            }),
        };
        pass_on(domain, marks, frame);
        let link = Self { above, key, frame: true, _seen: Frame::begin(true) };
        if let Some(reason) = link.singled_out() {
            frame.requested(&reason);
            spread(frame.domain(), Marks::REQUESTED, &reason);
        }
        Some(link)
    }

    #[inline]
    pub(crate) fn key(&self) -> usize {
        self.key
    }

    #[inline]
    pub(crate) fn above(&self) -> &Above {
        &self.above
    }

    /// Whether what this hangs below is asked to end.
    #[inline]
    pub(crate) fn above_requested(&self) -> bool {
        self.above.node.domain().marks().requested() || self.singled_out().is_some()
    }

    /// Why the task that this lodges with was asked to end by itself.
    fn singled_out(&self) -> Option<Reason> {
        let domain = self.above.node.domain();
        let task = self.above.task.as_ref().filter(|_| domain.marks().singled())?;
        domain.singled_out(task.label.id)
    }

    /// Gives the frame's count back: its part is done.
    #[inline]
    pub(crate) fn finish(&mut self) {
        if !std::mem::take(&mut self.frame) {
            return;
        }
        let domain = self.above.node.domain();
        match &self.above.task {
            Some(task) => domain.lodger_done(self.key, task.label.id, true, false),
            None => domain.frame_done(None),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let domain = self.above.node.domain();
        match &self.above.task {
            Some(task) => domain.lodger_done(self.key, task.label.id, self.frame, true),
            None if self.frame => domain.frame_done(Some(self.key)),
            None => domain.leave(self.key),
        }
    }
}

/// Passes on what `domain` had been told when `child` joined it.
pub(crate) fn inherit(domain: &Domain, marks: Marks, child: &Domain) {
    let bits = Marks(marks.0 & Marks::SPREAD.0);
    if bits != Marks::NONE {
        spread(child, bits, &domain.reason().unwrap_or(Reason::Asked));
    }
}

/// The same for whatever comes to hang there.
fn pass_on(domain: &Domain, marks: Marks, child: &Arc<dyn Node>) {
    if marks.requested() {
        child.requested(&domain.reason().unwrap_or(Reason::Asked));
    }
    inherit(domain, marks, child.domain());
}
