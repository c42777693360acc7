//! Where `map` and `for_each` get their futures from: an iterator that is pulled one item at a time.

use std::any::Any;
use std::sync::{Arc, Mutex};

use crate::inherit::{inherit, inherited};
use crate::panic::caught;
use crate::site::Extra;
use crate::sync::{Apart, lock};

/// An iterator with the function that makes a future of an item, shared by whoever has room for one more.
pub(crate) struct Feed<I, M> {
    state: Apart<Mutex<State<I, M>>>,
    /// What was handed down by the code that asked for it, to the iterator, the function and the futures.
    pub(crate) extra: Option<Arc<Extra>>,
}

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
        let state = Apart(Mutex::new(State { left: Some((items, make)), pulled: 0 }));
        Self { state, extra: inherit(None) }
    }

    /// The next future. After the end, or a panic of the iterator or the function, there is none.
    pub(crate) fn pull(&self) -> Pulled<F> {
        inherited(self.extra.as_ref(), || self.pull_here())
    }

    fn pull_here(&self) -> Pulled<F> {
        let mut state = lock(&self.state.0);
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
        let left = lock(&self.state.0).left.take();
        caught(|| inherited(self.extra.as_ref(), || drop(left)))
    }

    /// How many futures it has given.
    pub(crate) fn pulled(&self) -> u64 {
        lock(&self.state.0).pulled
    }
}
