//! A counting allocator.
//!
//! It counts only while a [`Window`] is open; otherwise it costs one relaxed load, so that timed
//! rows can live with it. A reallocation counts as a new block beside the old one.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

static OPEN: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

/// The system's allocator, counted.
#[derive(Debug)]
pub struct Counting;

fn allocated(size: usize) {
    if OPEN.load(Ordering::Relaxed) {
        COUNT.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(size as u64, Ordering::Relaxed);
        let live = LIVE.fetch_add(size as i64, Ordering::Relaxed) + size as i64;
        PEAK.fetch_max(live, Ordering::Relaxed);
    }
}

fn freed(size: usize) {
    if OPEN.load(Ordering::Relaxed) {
        LIVE.fetch_sub(size as i64, Ordering::Relaxed);
    }
}

// SAFETY: every block comes from `System` and goes back to it, with the caller's layout; counting
// neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: `block` came from `System` with `layout`, says the caller.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        allocated(size);
        freed(layout.size());
        // SAFETY: `block` came from `System` with `layout`, and `size` is sound, says the caller.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What was allocated since it was opened, by all threads. One is open at a time.
#[derive(Debug)]
pub struct Window(());

impl Window {
    /// Starts to count, from zero.
    ///
    /// # Panics
    ///
    /// If one is open already.
    pub fn open() -> Self {
        assert!(!OPEN.load(Ordering::SeqCst), "two windows at a time");
        COUNT.store(0, Ordering::SeqCst);
        BYTES.store(0, Ordering::SeqCst);
        LIVE.store(0, Ordering::SeqCst);
        PEAK.store(0, Ordering::SeqCst);
        OPEN.store(true, Ordering::SeqCst);
        Self(())
    }

    /// Allocations.
    pub fn count(&self) -> u64 {
        COUNT.load(Ordering::SeqCst)
    }

    /// Bytes asked for.
    pub fn bytes(&self) -> u64 {
        BYTES.load(Ordering::SeqCst)
    }

    /// Bytes asked for and not given back.
    pub fn live(&self) -> i64 {
        LIVE.load(Ordering::SeqCst)
    }

    /// The most that was live.
    pub fn peak(&self) -> i64 {
        PEAK.load(Ordering::SeqCst)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        OPEN.store(false, Ordering::SeqCst);
    }
}
