//! What passes between a generator and its emitters.
//!
//! # Invariants
//!
//! 1. An emitter in the generator's own body, which is polled by the generator itself, uses the `desk`: no lock, no atomic
//!    step. `POLLING` says, for this thread, which channel's generator is polling (or dropping) its body right now. There is
//!    one generator to a channel, and it needs itself mutably for that: so whoever finds its own channel in `POLLING` is
//!    alone with the desk.
//! 2. Everybody else, and a second emitter of the body while the desk is taken, stands in `line`, under its lock.
//! 3. One item is out at a time: with the consumer, whose next call is the answer to it.

use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use slab::Slab;

use crate::sync::lock;

/// What the consumer answers to an item.
pub(crate) type Answer<S, E> = Result<Option<S>, E>;

thread_local! {
    /// The address of the channel whose generator polls its body, innermost on this thread.
    static POLLING: Cell<usize> = const { Cell::new(0) };
}

pub(crate) struct Channel<T, S, E> {
    desk: UnsafeCell<Desk<T, S, E>>,
    /// Whether anybody has ever stood in line.
    in_line: AtomicBool,
    line: Mutex<Line<T, S, E>>,
}

// SAFETY: `line` is a mutex, and the desk is touched by one thread at a time (invariant 1): items, answers and errors move
// between threads, which their `Send` allows; no two threads ever look at one of them at once.
unsafe impl<T: Send, S: Send, E: Send> Sync for Channel<T, S, E> {}

/// Its parts are apart, and not a [`Slot`]: what was just written in pieces would be read as a whole, and a processor
/// stalls at that, which was a half of what an item cost.
struct Desk<T, S, E> {
    state: State,
    /// There while the state is `Item`.
    item: MaybeUninit<T>,
    answer: Option<Answer<S, E>>,
    /// Which emit it is of.
    number: u64,
    waker: Option<Waker>,
    /// The waker of the poll that is going on, to be compared only: it is alive for as long, so that no other one has its
    /// address.
    polled_by: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Item,
    Out,
    Answered,
    /// Nobody reads any more.
    Closed,
}

enum Slot<T, S, E> {
    Item(T),
    /// The consumer has the item.
    Out,
    Answer(Answer<S, E>),
}

struct Line<T, S, E> {
    waiting: VecDeque<usize>,
    entries: Slab<Entry<T, S, E>>,
    consumer: Option<Waker>,
    is_closed: bool,
}

struct Entry<T, S, E> {
    slot: Slot<T, S, E>,
    waker: Option<Waker>,
}

/// Where the item is that the consumer has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Out {
    Desk,
    Line(usize),
}

/// Where an emitter waits.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Desk(u64),
    Line(usize),
}

/// What an emitter finds.
pub(crate) enum Found<S, E> {
    Answered(Answer<S, E>),
    NotYet,
    Closed,
}

impl<T, S, E> Channel<T, S, E> {
    pub(crate) fn new() -> Self {
        let desk = Desk {
            state: State::Free,
            item: MaybeUninit::uninit(),
            answer: None,
            number: 0,
            waker: None,
            polled_by: 0,
        };
        let line = Line { waiting: VecDeque::new(), entries: Slab::new(), consumer: None, is_closed: false };
        Self { desk: UnsafeCell::new(desk), in_line: AtomicBool::new(false), line: Mutex::new(line) }
    }

    /// Shows the desk to the generator's own body, or to the generator; `None`: this is neither.
    #[inline]
    fn desk<R>(&self, f: impl FnOnce(&mut Desk<T, S, E>) -> R) -> Option<R> {
        if POLLING.get() != std::ptr::from_ref(self).addr() {
            return None;
        }
        // SAFETY: invariant 1: this thread is in `while_polling` of this channel, so no other thread is at the desk. On this
        // thread the reference is the only one: every `f` is in this file, and moves items, answers and wakers without
        // cloning or dropping one, so that no foreign code runs in it that could come here again.
        Some(f(unsafe { &mut *self.desk.get() }))
    }

    /// Runs `f` on behalf of the generator, which must have itself mutably: it polls or drops its body, or looks at the
    /// desk. The caller upholds that there is one of them at a time (invariant 1); [`Generator`](super::Generator) is
    /// the only one, and does it through `&mut self`.
    #[inline]
    pub(super) fn while_polling<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Restore(usize);
        impl Drop for Restore {
            #[inline]
            fn drop(&mut self) {
                POLLING.set(self.0);
            }
        }
        let _restore = Restore(POLLING.replace(std::ptr::from_ref(self).addr()));
        f()
    }

    // --- The emitter's side ---------------------------------------------------------------------------------------------

    /// Brings an item, which is taken out of `item`. `None`: nobody reads any more.
    #[inline]
    pub(crate) fn bring(&self, item: &mut Option<T>, cx: &Context<'_>) -> Option<Place> {
        let placed = self.desk(|desk| Some((desk.place(item)?, desk.needs_waker(cx))));
        let Some((number, needs_waker)) = placed.flatten() else {
            return item.take().and_then(|item| self.stand_in_line(item, cx));
        };
        if needs_waker {
            self.keep_waker(cx);
        }
        Some(Place::Desk(number))
    }

    #[cold]
    fn stand_in_line(&self, item: T, cx: &Context<'_>) -> Option<Place> {
        let waker = Some(cx.waker().clone());
        let (key, consumer) = {
            let mut line = lock(&self.line);
            if line.is_closed {
                drop(line);
                drop(item);
                return None;
            }
            let key = line.entries.insert(Entry { slot: Slot::Item(item), waker });
            line.waiting.push_back(key);
            self.in_line.store(true, Ordering::Release);
            (key, line.consumer.take())
        };
        if let Some(consumer) = consumer {
            consumer.wake();
        }
        Some(Place::Line(key))
    }

    /// Looks for the answer to what was brought to the desk.
    #[inline]
    pub(crate) fn look(&self, number: u64, cx: &Context<'_>) -> Found<S, E> {
        let Some(found) = self.desk(|desk| desk.look(number)) else { polled_outside() };
        if matches!(found, Found::NotYet) && self.desk(|desk| desk.needs_waker(cx)) == Some(true) {
            self.keep_waker(cx);
        }
        found
    }

    /// Between the generator and this emitter something polls by wakers of its own.
    #[cold]
    fn keep_waker(&self, cx: &Context<'_>) {
        let waker = cx.waker().clone();
        let old = self.desk(|desk| desk.waker.replace(waker));
        drop(old);
    }

    #[cold]
    pub(crate) fn look_in_line(&self, key: usize, cx: &Context<'_>) -> Found<S, E> {
        let waker = cx.waker().clone();
        let mut line = lock(&self.line);
        let is_closed = line.is_closed;
        let Some(entry) = line.entries.get_mut(key) else { return Found::Closed };
        match std::mem::replace(&mut entry.slot, Slot::Out) {
            Slot::Answer(answer) => {
                let entry = line.entries.remove(key);
                drop(line);
                drop(entry);
                Found::Answered(answer)
            }
            _ if is_closed => Found::Closed,
            other => {
                entry.slot = other;
                let old = entry.waker.replace(waker);
                drop(line);
                drop(old);
                Found::NotYet
            }
        }
    }

    /// The emitter goes before its answer came.
    #[cold]
    pub(crate) fn withdraw(&self, place: Place) {
        match place {
            Place::Desk(number) => drop(self.desk(|desk| desk.withdraw(number))),
            Place::Line(key) => {
                let entry = {
                    let mut line = lock(&self.line);
                    line.waiting.retain(|waiting| *waiting != key);
                    line.entries.try_remove(key)
                };
                drop(entry);
            }
        }
    }

    // --- The generator's side: each within `while_polling` --------------------------------------------------------------

    /// Notes who polls, so that emitters of the body need no waker of their own, and answers to the item that is out.
    #[inline]
    pub(super) fn resume(&self, out: Option<Out>, answer: Option<Answer<S, E>>, cx: &Context<'_>) {
        let mut answer = answer;
        let has_waker = self.desk(|desk| {
            desk.polled_by = std::ptr::from_ref(cx.waker()).addr();
            if answer.is_none() || desk.state != State::Out {
                return false;
            }
            desk.state = State::Answered;
            std::mem::swap(&mut desk.answer, &mut answer); // it was `None`
            desk.waker.is_some()
        });
        if has_waker == Some(true) {
            self.wake_emitter();
        }
        if let (Some(Out::Line(key)), Some(answer)) = (out, answer) {
            drop(self.answer_in_line(key, answer));
        }
    }

    #[cold]
    fn wake_emitter(&self) {
        if let Some(waker) = self.desk(|desk| desk.waker.take()).flatten() {
            waker.wake();
        }
    }

    /// Takes the item from the desk.
    #[inline]
    pub(super) fn take(&self) -> Option<T> {
        self.desk(Desk::take).flatten()
    }

    /// Takes the next item of those who stand in line.
    #[cold]
    pub(super) fn take_from_line(&self) -> Option<(T, Out)> {
        if !self.in_line.load(Ordering::Acquire) {
            return None;
        }
        let mut line = lock(&self.line);
        let key = line.waiting.pop_front()?;
        match std::mem::replace(&mut line.entries.get_mut(key)?.slot, Slot::Out) {
            Slot::Item(item) => Some((item, Out::Line(key))),
            _ => None,
        }
    }

    /// Nobody may wait for the answer any more: then it comes back.
    #[cold]
    fn answer_in_line(&self, key: usize, answer: Answer<S, E>) -> Option<Answer<S, E>> {
        let waker = {
            let mut line = lock(&self.line);
            match line.entries.get_mut(key) {
                Some(entry) => {
                    entry.slot = Slot::Answer(answer);
                    entry.waker.take()
                }
                None => return Some(answer),
            }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        None
    }

    /// Waits for somebody to stand in line; `false`: somebody does already.
    pub(super) fn wait(&self, cx: &Context<'_>) -> bool {
        let waker = cx.waker().clone();
        let mut line = lock(&self.line);
        if !line.waiting.is_empty() {
            return false;
        }
        let old = line.consumer.replace(waker);
        drop(line);
        drop(old);
        true
    }

    /// Nothing is taken any more. Emitters are told.
    pub(super) fn close(&self) {
        let left = self.desk(|desk| {
            let left = desk.clear();
            desk.state = State::Closed;
            left
        });
        drop(left);
        let (wakers, items) = {
            let mut line = lock(&self.line);
            line.is_closed = true;
            let waiting = std::mem::take(&mut line.waiting);
            let take = |key| Some(std::mem::replace(&mut line.entries.get_mut(key)?.slot, Slot::Out));
            let items: Vec<_> = waiting.into_iter().filter_map(take).collect();
            let wakers: Vec<_> =
                line.entries.iter_mut().filter_map(|(_, entry)| entry.waker.take()).collect();
            (wakers, items)
        };
        drop(items);
        wakers.into_iter().for_each(Waker::wake);
    }
}

#[cold]
fn polled_outside() -> ! {
    panic!("an `emit` that was begun in the body of a generator was polled outside of it")
}

/// What was on a desk.
type Left<T, S, E> = (Option<T>, Option<Answer<S, E>>, Option<Waker>);

impl<T, S, E> Drop for Desk<T, S, E> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<T, S, E> Desk<T, S, E> {
    /// A waker is needed only where something between the generator and this emitter polls by wakers of its own.
    #[inline]
    fn needs_waker(&self, cx: &Context<'_>) -> bool {
        std::ptr::from_ref(cx.waker()).addr() != self.polled_by
    }

    /// Puts the item here, if there is room: which one it is.
    #[inline]
    fn place(&mut self, item: &mut Option<T>) -> Option<u64> {
        if self.state != State::Free {
            return None;
        }
        self.item.write(item.take()?);
        self.state = State::Item;
        self.number += 1;
        Some(self.number)
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        if self.state != State::Item {
            return None;
        }
        self.state = State::Out;
        // SAFETY: the state says that an item is there; it does not from here on, so that nobody reads it twice.
        Some(unsafe { self.item.assume_init_read() })
    }

    #[inline]
    fn look(&mut self, number: u64) -> Found<S, E> {
        if number != self.number || self.state == State::Closed {
            return Found::Closed;
        }
        if self.state != State::Answered {
            return Found::NotYet;
        }
        self.state = State::Free;
        self.answer.take().map_or(Found::Closed, Found::Answered)
    }

    /// Makes it free, if it is not closed; what was there is for the caller to drop.
    fn clear(&mut self) -> Left<T, S, E> {
        let item = self.take();
        if self.state != State::Closed {
            self.state = State::Free;
        }
        (item, self.answer.take(), self.waker.take())
    }

    fn withdraw(&mut self, number: u64) -> Option<Left<T, S, E>> {
        (number == self.number).then(|| self.clear())
    }
}
