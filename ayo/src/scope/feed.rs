//! Where `map` and `for_each` get their futures from: an iterator that is pulled one item at a time.

use std::any::Any;
use std::sync::Mutex;

use crate::panic::caught;
use crate::sync::lock;

/// An iterator with the function that makes a future of an item, shared by whoever has room for one more.
pub(crate) struct Feed<I, M>(Mutex<State<I, M>>);

struct State<I, M> {
    /// `None` once the iterator has ended or panicked.
    left: Option<(I, M)>,
    pulled: u64,
}

/// What a pull gives.
pub(crate) enum Pulled<F> {
    One(F),
    Nothing,
    Panicked(Box<dyn Any + Send>),
}

impl<I: Iterator, M: FnMut(I::Item) -> F, F> Feed<I, M> {
    pub(crate) fn new(items: I, make: M) -> Self {
        Self(Mutex::new(State { left: Some((items, make)), pulled: 0 }))
    }

    /// The next future. After the end, or a panic of the iterator or the function, there is none.
    pub(crate) fn pull(&self) -> Pulled<F> {
        let mut state = lock(&self.0);
        let Some((items, make)) = &mut state.left else { return Pulled::Nothing };
        let pulled = caught(|| items.next().map(&mut *make));
        if let Ok(Some(future)) = pulled {
            state.pulled += 1;
            return Pulled::One(future);
        }
        let left = state.left.take();
        drop(state);
        match (pulled, caught(|| drop(left))) {
            (Err(payload), _) | (_, Err(payload)) => Pulled::Panicked(payload),
            _ => Pulled::Nothing,
        }
    }

    /// Lets go of the iterator and the function; gives what their destructors panicked with.
    pub(crate) fn close(&self) -> Result<(), Box<dyn Any + Send>> {
        let left = lock(&self.0).left.take();
        caught(|| drop(left))
    }

    /// How many futures it has given.
    pub(crate) fn pulled(&self) -> u64 {
        lock(&self.0).pulled
    }
}
