//! Boxes that futures leave behind: one that never suspends needs none of its own, though nobody knows that before it is
//! pinned and polled.
//!
//! # Invariants
//!
//! 1. What lies at a place is a block of memory from the global allocator, with the layout of that place and nothing in it:
//!    as a box of any type with that layout gets it and gives it back.
//! 2. Each thread has its own shelf. Something lies there only while its `KEEPER` lives, who clears it.

use std::alloc::{Layout, dealloc};
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr::NonNull;

use crate::coro::body::Body;
use crate::coro::coroutine::Coroutine;

/// So many places there are, one for each size; a box that is larger is not kept.
const PLACES: usize = 256;

/// By how much the sizes differ; and the alignment of all of them.
const UNIT: usize = align_of::<usize>();

/// An empty block.
type Block = NonNull<u8>;

thread_local! {
    static SHELF: [Cell<Option<Block>>; PLACES] = const { [const { Cell::new(None) }; PLACES] };
    /// Apart from the shelf, so that nobody who takes from that has to look whether its destructor is registered.
    static KEEPER: Keeper = const { Keeper };
}

/// Clears the shelf when the thread ends.
struct Keeper;

impl Drop for Keeper {
    fn drop(&mut self) {
        SHELF.with(|shelf| {
            for (place, block) in shelf.iter().enumerate() {
                if let Some(block) = block.take() {
                    free(block, place);
                }
            }
        });
    }
}

/// The place for boxes of this type.
const fn place<T>() -> Option<usize> {
    let place = size_of::<T>() / UNIT;
    if align_of::<T>() == UNIT && 0 < place && place < PLACES { Some(place) } else { None }
}

/// Gives back a block from this place.
#[cold]
fn free(block: Block, place: usize) {
    let layout = Layout::from_size_align(place * UNIT, UNIT).expect("a place is that of a type");
    // SAFETY: invariant 1.
    unsafe { dealloc(block.as_ptr(), layout) };
}

/// A box, which may be one that was kept.
#[inline]
fn empty<T>() -> Box<MaybeUninit<T>> {
    let kept = const { place::<T>() }.and_then(|place| SHELF.with(|shelf| shelf[place].take()));
    match kept {
        // SAFETY: the block has the layout of this type (invariant 1), and has left the shelf.
        Some(block) => unsafe { Box::from_raw(block.cast().as_ptr()) },
        None => Box::new_uninit(),
    }
}

/// A box with this future in it.
#[inline]
pub(super) fn filled<F>(future: F) -> Coroutine<F> {
    Coroutine(Box::into_pin(Box::write(empty(), Body::new(Some(future)))))
}

/// Keeps the box of a future that has ended for the next one.
#[inline]
pub(super) fn keep<F>(Coroutine(ended): Coroutine<F>) {
    let Some(place) = (const { place::<Body<F>>() }) else { return };
    if !ended.is_void() {
        return;
    }
    // SAFETY: there is no future in it that would have to stay where it is.
    let ended = unsafe { Pin::into_inner_unchecked(ended) };
    // Nothing is in it that would have to be dropped.
    let block = NonNull::from(Box::leak(ended)).cast();
    match KEEPER.try_with(|_| SHELF.with(|shelf| shelf[place].replace(Some(block)))) {
        Ok(None) => {}
        Ok(Some(old)) => free(old, place),
        Err(_) => free(block, place),
    }
}
