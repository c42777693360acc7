//! What passes between a generator and its emitters.
//!
//! # Invariants
//!
//! 1. An emitter in the generator's own body, which is polled by the generator itself, uses the `desk`: no lock, no atomic
//!    step. The generator enters its body at the channel's `post`, and needs itself mutably for that; there is one to a
//!    channel. So code that runs at the post is alone with the desk; and so is the generator at other times, for what it
//!    needs itself mutably for. Everybody else looks at the post's address alone.
//! 2. Everybody else, and a second emitter of the body while the desk is taken, stands in `line`, under its lock.
//! 3. One item is out at a time: with the consumer, whose next call is the answer to it.
//! 4. Whoever brought the item at the desk has the desk until its answer came or it goes: nobody else is there.

use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::cancel::ambient::{self, Post};
use crate::cancel::region::Ended;
use crate::coro::body::Body;
use crate::coro::coroutine::{drive, drive_to_its_end};
use crate::sync::{AtomicBool, Ordering, lock};

/// What the consumer answers to an item.
pub(crate) type Answer<S, E> = Result<Option<S>, E>;

pub(crate) struct Channel<T, S, E> {
    /// Where the body runs.
    post: UnsafeCell<Post>,
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
    waker: Option<Waker>,
    /// The context of the poll that is going on, to be compared only: it is borrowed for as long, so that no other one has
    /// its address.
    polled_with: usize,
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
            waker: None,
            polled_with: 0,
        };
        let line = Line { waiting: VecDeque::new(), entries: Slab::new(), consumer: None, is_closed: false };
        let post = UnsafeCell::new(Post::new());
        Self { post, desk: UnsafeCell::new(desk), in_line: AtomicBool::new(false), line: Mutex::new(line) }
    }

    /// Shows the desk to the generator's own body; `None`: this is not it.
    #[inline]
    fn desk<R>(&self, f: impl FnOnce(&mut Desk<T, S, E>) -> R) -> Option<R> {
        ambient::is_at(self.post.get()).then(|| self.own_desk(f))
    }

    /// Shows the desk to who is alone with it: the caller upholds that (invariant 1).
    #[inline]
    fn own_desk<R>(&self, f: impl FnOnce(&mut Desk<T, S, E>) -> R) -> R {
        // SAFETY: invariant 1: no other thread is at the desk. On this thread the reference is the only one: every `f` is in
        // this file, and moves items, answers and wakers without cloning or dropping one, so that no foreign code runs in
        // it that could come here again.
        f(unsafe { &mut *self.desk.get() })
    }

    // --- The emitter's side ---------------------------------------------------------------------------------------------

    /// Brings an item to the desk. Back comes what has to stand in line.
    #[inline]
    pub(crate) fn bring(&self, item: T, cx: &Context<'_>) -> Result<(), T> {
        let mut item = Some(item);
        let needs_waker = self.desk(|desk| {
            desk.place(&mut item);
            desk.needs_waker(cx)
        });
        match item {
            Some(item) => Err(item),
            None => {
                if needs_waker == Some(true) {
                    self.keep_waker(cx);
                }
                Ok(())
            }
        }
    }

    /// Brings an item to the end of the line: under which key. `None`: nobody reads any more.
    #[cold]
    pub(crate) fn stand_in_line(&self, item: T, cx: &Context<'_>) -> Option<usize> {
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
        Some(key)
    }

    /// Looks for the answer to what was brought to the desk.
    #[inline]
    pub(crate) fn look(&self, cx: &Context<'_>) -> Found<S, E> {
        let Some(found) = self.desk(Desk::look) else { polled_outside() };
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

    /// The emitter goes from the desk before its answer came.
    #[cold]
    pub(crate) fn withdraw(&self) {
        drop(self.desk(Desk::clear));
    }

    /// The emitter goes from the line before its answer came.
    #[cold]
    pub(crate) fn leave_line(&self, key: usize) {
        let entry = {
            let mut line = lock(&self.line);
            line.waiting.retain(|waiting| *waiting != key);
            line.entries.try_remove(key)
        };
        drop(entry);
    }

    // --- The generator's side: each needs the generator mutably (invariant 1), which is the only one to call it ----------

    /// Polls the body at the post.
    #[inline]
    pub(super) fn poll<F: Future>(
        &self,
        body: Pin<&mut Body<F>>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<F::Output>> {
        // SAFETY: invariant 1: nobody else refers to the post.
        drive(body, unsafe { &mut *self.post.get() }, cx)
    }

    /// The same after a request, until it has ended.
    pub(super) fn poll_end<F: Future>(&self, body: Pin<&mut Body<F>>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: invariant 1: nobody else refers to the post.
        drive_to_its_end(body, unsafe { &mut *self.post.get() }, cx)
    }

    /// Notes who polls, so that emitters of the body need no waker of their own, and answers to the item that is out from
    /// the desk; otherwise the answer comes back.
    #[inline]
    pub(super) fn resume(
        &self,
        answer: Option<Answer<S, E>>,
        cx: &Context<'_>,
    ) -> Result<(), Option<Answer<S, E>>> {
        let has_waker = self.own_desk(|desk| {
            desk.polled_with = std::ptr::from_ref(cx).addr();
            desk.answer(answer)
        })?;
        if has_waker {
            self.wake_emitter();
        }
        Ok(())
    }

    /// Whether the item of the desk is out.
    pub(super) fn is_out(&self) -> bool {
        self.own_desk(|desk| desk.state == State::Out)
    }

    #[cold]
    fn wake_emitter(&self) {
        if let Some(waker) = self.own_desk(|desk| desk.waker.take()) {
            waker.wake();
        }
    }

    /// Takes the item from the desk.
    #[inline]
    pub(super) fn take(&self) -> Option<T> {
        self.own_desk(Desk::take)
    }

    /// Takes the next item of those who stand in line.
    #[cold]
    pub(super) fn take_from_line(&self) -> Option<(T, usize)> {
        if !self.in_line.load(Ordering::Acquire) {
            return None;
        }
        let mut line = lock(&self.line);
        let key = line.waiting.pop_front()?;
        match std::mem::replace(&mut line.entries.get_mut(key)?.slot, Slot::Out) {
            Slot::Item(item) => Some((item, key)),
            _ => None,
        }
    }

    /// Nobody may wait for the answer any more: then it comes back.
    #[cold]
    pub(super) fn answer_in_line(&self, key: usize, answer: Answer<S, E>) -> Option<Answer<S, E>> {
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
        let left = self.own_desk(|desk| {
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
    /// A waker is needed only where something between the generator and this emitter polls by a context of its own, since
    /// that may have another waker.
    #[inline]
    fn needs_waker(&self, cx: &Context<'_>) -> bool {
        std::ptr::from_ref(cx).addr() != self.polled_with
    }

    /// Puts the item here, if there is room.
    #[inline]
    fn place(&mut self, item: &mut Option<T>) {
        if self.state == State::Free
            && let Some(item) = item.take()
        {
            self.item.write(item);
            self.state = State::Item;
        }
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

    /// Answers to the item that is out, if one is: whether its emitter has left a waker. Otherwise the answer comes back.
    #[inline]
    fn answer(&mut self, answer: Option<Answer<S, E>>) -> Result<bool, Option<Answer<S, E>>> {
        match answer {
            Some(answer) if self.state == State::Out => {
                self.state = State::Answered;
                std::mem::forget(self.answer.replace(answer)); // it was `None`
                Ok(self.waker.is_some())
            }
            answer => Err(answer),
        }
    }

    #[inline]
    fn look(&mut self) -> Found<S, E> {
        if self.state != State::Answered {
            return self.look_again();
        }
        self.state = State::Free;
        self.answer.take().map_or(Found::Closed, Found::Answered)
    }

    #[cold]
    fn look_again(&self) -> Found<S, E> {
        if self.state == State::Closed { Found::Closed } else { Found::NotYet }
    }

    /// Makes it free, if it is not closed; what was there is for the caller to drop.
    fn clear(&mut self) -> Left<T, S, E> {
        let item = self.take();
        if self.state != State::Closed {
            self.state = State::Free;
        }
        (item, self.answer.take(), self.waker.take())
    }
}
