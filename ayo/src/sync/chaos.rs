//! Under `--cfg ayo_chaos`: before a step on memory that threads share, a thread may lose its turn, so that what happens
//! between two steps once in a million runs happens in each suite. (rr's chaos mode does that to whole programs.)

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::ops::{Deref, DerefMut};
use std::sync::atomic;
use std::thread::{sleep, yield_now};
use std::time::Duration;

/// One step of so many gives the turn away, and one of so many waits for up to so many microseconds.
const YIELDS: u64 = 97;
const SLEEPS: u64 = 3001;
const MICROSECONDS: u64 = 200;

thread_local! {
    static RANDOM: Cell<u64> = Cell::new(RandomState::new().hash_one(()) | 1);
}

/// Comes before each step.
pub(super) fn step() {
    // a thread that ends has none any more
    let _ = RANDOM.try_with(|random| {
        let throw = xorshift(random);
        if throw.is_multiple_of(SLEEPS) {
            sleep(Duration::from_micros(throw / SLEEPS % MICROSECONDS));
        } else if throw.is_multiple_of(YIELDS) {
            yield_now();
        }
    });
}

/// xorshift64*
fn xorshift(state: &Cell<u64>) -> u64 {
    let mut word = state.get();
    word ^= word >> 12;
    word ^= word << 25;
    word ^= word >> 27;
    state.set(word);
    word.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
}

/// An atomic, each use of which is a step.
#[derive(Debug, Default)]
pub(crate) struct Slow<A>(A);

impl<A> Deref for Slow<A> {
    type Target = A;

    fn deref(&self) -> &A {
        step();
        &self.0
    }
}

impl<A> DerefMut for Slow<A> {
    fn deref_mut(&mut self) -> &mut A {
        &mut self.0
    }
}

macro_rules! slow {
    ($($name:ident of $value:ty,)*) => {$(
        pub(crate) type $name = Slow<atomic::$name>;

        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }
        }
    )*};
}

slow! {
    AtomicBool of bool,
    AtomicU8 of u8,
    AtomicU32 of u32,
    AtomicU64 of u64,
    AtomicUsize of usize,
}

pub(crate) type AtomicPtr<T> = Slow<atomic::AtomicPtr<T>>;

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(value: *mut T) -> Self {
        Self(atomic::AtomicPtr::new(value))
    }
}
