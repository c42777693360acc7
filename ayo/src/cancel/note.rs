//! What a task, or the body of a scope, notes of itself while it is polled, for whoever draws the live tree: one word, in
//! memory that its poller owns anyway.
//!
//! # Invariants
//! * Whoever polls writes, by plain loads and stores; anybody may read, and sees some state of late.
//! * A [`NoteRef`] is read only while the note is there: see [`NoteRef::new`].

use std::marker::PhantomPinned;
use std::ptr::NonNull;

use super::domain::Domain;
use crate::sync::{AtomicU64, Ordering};

/// How often it was polled, whether it is being polled now, and what it waited for when it suspended.
pub(crate) struct Note {
    word: AtomicU64,
    /// Others point to it: what holds it is no longer moved, nor taken for exclusive, once it is pinned.
    _pinned: PhantomPinned,
}

/// From the lowest bit on: whether it is being polled, whether it was ever, what it waits for, whether that is a task of another
/// scope, a number, the polls. They stand highest, so that nothing is to be done where they overflow.
const RUNNING: u64 = 1;
const POLLED: u64 = 1 << 1;
const WHAT_AT: u32 = 2;
const WHAT: u64 = (1 << 4) - 1;
const ELSEWHERE: u64 = 1 << 6;
const NUMBER_AT: u32 = 7;
const NUMBER: u64 = (1 << 25) - 1;
const POLLS_AT: u32 = 32;
const POLL: u64 = 1 << POLLS_AT;
const POLLS: u64 = !(POLL - 1);
/// What does not say what it waits for.
const OTHERS: u64 = POLLS | POLLED | RUNNING;

/// What code can say that it waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum What {
    /// A task, by its handle.
    Task = 1,
    /// What `start` has begun, to be ready.
    Ready,
    Stop,
    Cancel,
    /// A blocking closure: a thread to run on.
    Thread,
    Process,
    /// A task, by its handle, which runs in its place.
    Lent,
}

impl What {
    const ALL: [Self; 7] =
        [Self::Task, Self::Ready, Self::Stop, Self::Cancel, Self::Thread, Self::Process, Self::Lent];

    fn of(word: u64) -> Option<Self> {
        let what = usize::try_from((word >> WHAT_AT) & WHAT).ok()?;
        Self::ALL.get(what.checked_sub(1)?).copied()
    }
}

/// What running code is about to wait for.
#[derive(Clone, Copy)]
pub(crate) struct On<'a> {
    what: What,
    /// Of the task, or of the process.
    number: u32,
    /// The domain of the task's scope.
    scope: Option<&'a Domain>,
}

impl<'a> On<'a> {
    pub(crate) const STOP: Self = Self { what: What::Stop, number: 0, scope: None };
    pub(crate) const CANCEL: Self = Self { what: What::Cancel, number: 0, scope: None };
    pub(crate) const THREAD: Self = Self { what: What::Thread, number: 0, scope: None };

    /// A task of this scope.
    #[inline]
    pub(crate) fn task(scope: &'a Domain, number: u32) -> Self {
        Self { what: What::Task, number, scope: Some(scope) }
    }

    /// A task of this scope, to be ready.
    pub(crate) fn ready(scope: &'a Domain, number: u32) -> Self {
        Self { what: What::Ready, number, scope: Some(scope) }
    }

    #[allow(dead_code, reason = "the feature `process` uses it")]
    pub(crate) fn process(number: u32) -> Self {
        Self { what: What::Process, number, scope: None }
    }

    /// How code that runs in the scope of this domain notes it.
    #[inline]
    fn bits(&self, here: Option<&Domain>) -> u64 {
        let number = u64::from(self.number);
        let number = if number > NUMBER { 0 } else { number };
        let is_here =
            self.scope.is_none() || self.scope.map(std::ptr::from_ref) == here.map(std::ptr::from_ref);
        let elsewhere = if is_here { 0 } else { ELSEWHERE };
        (self.what as u64) << WHAT_AT | elsewhere | number << NUMBER_AT
    }
}

/// A note as it was read.
#[derive(Clone, Copy, Default)]
pub(crate) struct Noted {
    pub(crate) polls: u32,
    pub(crate) is_running: bool,
    pub(crate) waits: Option<Waits>,
}

#[derive(Clone, Copy)]
pub(crate) struct Waits {
    pub(crate) what: What,
    /// 0: it has none, or one that is too large.
    pub(crate) number: u32,
    /// It is a task of another scope than the code's.
    pub(crate) is_elsewhere: bool,
}

impl Note {
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(0), _pinned: PhantomPinned }
    }

    /// A poll begins: it waits for nothing any more.
    #[inline]
    pub(crate) fn begin(&self) {
        let polls = (self.word.load(Ordering::Relaxed) & POLLS).wrapping_add(POLL);
        self.word.store(polls | POLLED | RUNNING, Ordering::Relaxed);
    }

    /// The poll is over, and it has suspended.
    #[inline]
    pub(crate) fn suspend(&self) {
        self.word.store(self.word.load(Ordering::Relaxed) & !RUNNING, Ordering::Relaxed);
    }

    /// Another one comes to this place.
    #[inline]
    pub(crate) fn reset(&self) {
        self.word.store(0, Ordering::Relaxed);
    }

    /// Whether it was polled ever.
    #[inline]
    pub(crate) fn was_polled(&self) -> bool {
        self.word.load(Ordering::Relaxed) & POLLED != 0
    }

    /// Notes what the code, which runs in the scope of this domain, is about to wait for.
    #[inline]
    pub(crate) fn waits(&self, on: &On<'_>, here: Option<&Domain>) {
        let kept = self.word.load(Ordering::Relaxed) & OTHERS;
        self.word.store(kept | on.bits(here), Ordering::Relaxed);
    }

    /// If it is this task that the code was noted to wait for: that runs in its place now.
    pub(crate) fn lends(&self, to: &On<'_>, here: Option<&Domain>) {
        let word = self.word.load(Ordering::Relaxed);
        if word & !OTHERS == to.bits(here) {
            let lent = On { what: What::Lent, ..*to };
            self.word.store(word & OTHERS | lent.bits(here), Ordering::Relaxed);
        }
    }

    pub(crate) fn read(&self) -> Noted {
        let word = self.word.load(Ordering::Relaxed);
        let waits = What::of(word).map(|what| Waits {
            what,
            number: u32::try_from((word >> NUMBER_AT) & NUMBER).unwrap_or(0),
            is_elsewhere: word & ELSEWHERE != 0,
        });
        let polls = u32::try_from(word >> POLLS_AT).unwrap_or(u32::MAX);
        Noted { polls, is_running: word & RUNNING != 0, waits }
    }
}

/// The note of a task, for the members of its scope: it lies in the task itself, so that it costs no allocation, and each
/// poll writes to memory that is at hand.
pub(crate) struct NoteRef(NonNull<Note>);

// SAFETY: it gives shared access to a `Note`, which is `Sync`.
unsafe impl Send for NoteRef {}
// SAFETY: as above.
unsafe impl Sync for NoteRef {}

impl NoteRef {
    /// A reference without a lifetime.
    ///
    /// # Safety
    /// The note is pinned, and whoever owns it takes this reference to where `read` does not find it (out of the members of
    /// the scope, under their lock) before it is dropped.
    pub(crate) unsafe fn new(note: &Note) -> Self {
        Self(NonNull::from(note))
    }

    /// Reads the note. To be called where the owner cannot have taken the reference away: under the members' lock.
    pub(super) fn read(&self) -> Noted {
        // SAFETY: by the contract of `new` the note is still there. It is `PhantomPinned`, so the owner's `&mut` of what is
        // around it claim no exclusive access to it, and its one field is an atomic.
        unsafe { self.0.as_ref() }.read()
    }
}
