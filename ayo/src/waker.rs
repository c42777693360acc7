//! Wakers that point into an allocation which many of them share.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What a waker points to: a part of something shared.
///
/// # Safety
/// `whole` is always the same: what `Arc::as_ptr` gave for the [`Arc`] by which the whole is shared. The part stays where it is
/// for as long as that is alive, and who can get at the part holds a reference to the whole.
pub(crate) unsafe trait Part: Send + Sync + 'static {
    type Whole: Send + Sync;

    fn whole(&self) -> *const Self::Whole;

    fn wake(&self, whole: &Self::Whole);

    /// What [`vtable`] made for this type: a `static`, so that two wakers of one part are seen to be the same.
    fn vtable() -> &'static RawWakerVTable;
}

/// A waker that counts for no reference, for as long as its part is borrowed.
pub(crate) struct Lent<'a> {
    waker: ManuallyDrop<Waker>,
    part: PhantomData<&'a ()>,
}

impl Deref for Lent<'_> {
    type Target = Waker;

    #[inline]
    fn deref(&self) -> &Waker {
        &self.waker
    }
}

/// The waker of this part. A clone counts for one reference to the whole.
#[inline]
pub(crate) fn lend<P: Part>(part: &P) -> Lent<'_> {
    let data = std::ptr::from_ref(part).cast();
    // SAFETY: the table is for pointers to a `P`. That lives for as long as its whole, to which who lends it here holds a
    // reference; a clone, which may live longer, counts for one of its own. This waker does not, so it is never dropped.
    let waker = ManuallyDrop::new(unsafe { Waker::new(data, P::vtable()) });
    Lent { waker, part: PhantomData }
}

/// What wakers do. Each function is called with a pointer to a part whose whole is alive: wakers count for a reference to it, or
/// are lent by who has one.
pub(crate) const fn vtable<P: Part>() -> RawWakerVTable {
    RawWakerVTable::new(clone_waker::<P>, wake::<P>, wake_by_ref::<P>, drop_waker::<P>)
}

/// # Safety
/// `data` is of a waker of such a part.
unsafe fn part<'a, P: Part>(data: *const ()) -> &'a P {
    // SAFETY: it points to a `P`, which is alive; callers keep the reference for no longer than the waker.
    unsafe { &*data.cast::<P>() }
}

unsafe fn clone_waker<P: Part>(data: *const ()) -> RawWaker {
    // SAFETY: the caller's promise is passed on.
    let whole = unsafe { part::<P>(data) }.whole();
    // SAFETY: it came from `Arc::as_ptr`, and that `Arc` is alive.
    unsafe { Arc::increment_strong_count(whole) };
    RawWaker::new(data, P::vtable())
}

unsafe fn wake<P: Part>(data: *const ()) {
    // SAFETY: the caller's promise is passed on, and this waker is used no more.
    unsafe { wake_by_ref::<P>(data) };
    // SAFETY: the same.
    unsafe { drop_waker::<P>(data) };
}

unsafe fn wake_by_ref<P: Part>(data: *const ()) {
    // SAFETY: the caller's promise is passed on.
    let part = unsafe { part::<P>(data) };
    // SAFETY: it came from `Arc::as_ptr`, and that `Arc` is alive.
    part.wake(unsafe { &*part.whole() });
}

unsafe fn drop_waker<P: Part>(data: *const ()) {
    // SAFETY: the caller's promise is passed on.
    let whole = unsafe { part::<P>(data) }.whole();
    // SAFETY: it came from `Arc::as_ptr`, and this waker counts for one reference.
    unsafe { Arc::decrement_strong_count(whole) };
}
