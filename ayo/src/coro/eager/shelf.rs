//! Boxes that futures leave behind: one that never suspends needs none of its own, though nobody knows that before it is
//! pinned and polled.

use std::any::Any;
use std::cell::Cell;

use crate::coro::coroutine::Coroutine;

/// So many boxes a thread keeps, each for futures of one type.
const BOXES: usize = 8;

/// A box that is larger is not kept.
const LARGE: usize = 4096;

thread_local! {
    static SHELF: [Cell<Option<Box<dyn Any>>>; BOXES] = const { [const { Cell::new(None) }; BOXES] };
}

/// A place on the shelf, by type. Two types may have the same one.
#[inline]
fn place<F: 'static>() -> usize {
    let name: fn() -> &'static str = std::any::type_name::<F>;
    (name as usize >> 4) % BOXES
}

/// A box with this future in it.
#[inline]
pub(super) fn filled<F: 'static>(future: F) -> Box<Coroutine<F>> {
    let left = SHELF.try_with(|shelf| shelf[place::<F>()].take()).ok().flatten();
    match left.map(Box::<dyn Any>::downcast::<Coroutine<F>>) {
        Some(Ok(mut left)) => {
            left.renew(future);
            left
        }
        _ => Box::new(Coroutine::new(Some(future))),
    }
}

/// Keeps an empty box for the next one.
#[inline]
pub(super) fn keep<F: 'static>(empty: Box<Coroutine<F>>) {
    if size_of::<F>() > LARGE {
        return;
    }
    let old = SHELF.try_with(|shelf| shelf[place::<F>()].replace(Some(empty)));
    drop(old);
}
