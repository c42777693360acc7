//! One execution for all who ask at once.
//!
//! Whoever asks for a key boards its flight and waits for the turn, first come first served. The one whose turn it is
//! executes the function in its own task; those who boarded before it has ended get what it came to. If it is cancelled
//! or panics, or if its result cannot be shared, it is the next one's turn, who starts anew. The last to leave
//! takes the flight away.

use std::any::type_name;
use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use tokio::sync::MutexGuard;

use super::share::Sharing;
use crate::sync::{AtomicBool, AtomicU64, Ordering, lock};

/// The executions that are under way or waited for.
pub(super) struct Flights<K, V>(Mutex<HashMap<K, Booked<V>>>);

/// A flight, and how many are on it.
struct Booked<V> {
    flight: Arc<Flight<V>>,
    seats: usize,
}

struct Flight<V> {
    /// Whoever has it executes. In it is what the last execution came to, if that can be shared.
    turn: tokio::sync::Mutex<Option<V>>,
    /// How many executions have landed.
    landed: AtomicU64,
    /// What it comes to is not to be kept: the key was removed meanwhile.
    stale: Arc<AtomicBool>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone, V> Flights<K, V> {
    /// Takes a seat on the flight for this key.
    ///
    /// # Panics
    /// In an execution for this very key: it would wait for itself.
    pub(super) fn board(&self, key: &K, name: &str) -> Seat<'_, K, V> {
        let (own, mut first) = (key.clone(), Some((key.clone(), Booked::new())));
        let flight = {
            let mut flights = lock(&self.0);
            if !flights.contains_key(key) {
                flights.extend(first.take());
            }
            let booked = flights.get_mut(key).expect("it was just there");
            booked.seats += 1;
            Arc::clone(&booked.flight)
        };
        let landed = flight.landed.load(Ordering::Acquire);
        let seat = Seat { flights: self, key: own, flight, landed };
        assert!(
            !is_aboard(seat.id()),
            "`{name}` is cached and calls itself with the same key ({}): it would wait for itself",
            type_name::<K>()
        );
        seat
    }

    /// What is under way for this key is not kept; who asks from now on starts anew.
    pub(super) fn detach<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let gone = lock(&self.0).remove_entry(key);
        if let Some((_, booked)) = &gone {
            booked.flight.stale.store(true, Ordering::Release);
        }
    }

    /// The same for all keys.
    pub(super) fn detach_all(&self) {
        let gone = std::mem::take(&mut *lock(&self.0));
        for booked in gone.values() {
            booked.flight.stale.store(true, Ordering::Release);
        }
    }

    fn leave(&self, key: &K, flight: &Arc<Flight<V>>) {
        let mut flights = lock(&self.0);
        let Some(booked) = flights.get_mut(key).filter(|booked| Arc::ptr_eq(&booked.flight, flight)) else {
            return; // it was detached
        };
        booked.seats -= 1;
        let gone = if booked.seats == 0 { flights.remove_entry(key) } else { None };
        drop(flights);
        drop(gone);
    }
}

impl<V> Booked<V> {
    fn new() -> Self {
        let flight =
            Flight { turn: tokio::sync::Mutex::new(None), landed: AtomicU64::new(0), stale: Arc::default() };
        Self { flight: Arc::new(flight), seats: 0 }
    }
}

/// One who waits, or executes.
pub(super) struct Seat<'a, K: Hash + Eq + Clone, V> {
    flights: &'a Flights<K, V>,
    key: K,
    flight: Arc<Flight<V>>,
    /// How many executions had landed when this one boarded: their results are none of its business.
    landed: u64,
}

/// What waiting came to.
pub(super) enum Turn<'a, V> {
    /// Another one has executed the function.
    Shared(V),
    /// It is for this one to execute it.
    Own(Own<'a, V>),
}

impl<K: Hash + Eq + Clone, V> Seat<'_, K, V> {
    pub(super) async fn turn(&self, sharing: Sharing<V>) -> Turn<'_, V> {
        let last = self.flight.turn.lock().await;
        if self.flight.landed.load(Ordering::Acquire) > self.landed
            && let Some(value) = last.as_ref().and_then(|value| sharing.share(value))
        {
            return Turn::Shared(value);
        }
        Turn::Own(Own { id: self.id(), flight: &self.flight, last })
    }

    fn id(&self) -> usize {
        Arc::as_ptr(&self.flight).addr()
    }
}

impl<K: Hash + Eq + Clone, V> Drop for Seat<'_, K, V> {
    fn drop(&mut self) {
        self.flights.leave(&self.key, &self.flight);
    }
}

/// The right to execute. Dropped before it has landed, it passes to the next one.
pub(super) struct Own<'a, V> {
    id: usize,
    flight: &'a Flight<V>,
    last: MutexGuard<'a, Option<V>>,
}

impl<V> Own<'_, V> {
    /// Executes the function.
    pub(super) async fn fly(&mut self, run: impl AsyncFnOnce() -> V) -> V {
        let id = self.id;
        let mut running = pin!(run());
        poll_fn(move |cx| {
            let _aboard = Aboard::enter(id);
            running.as_mut().poll(cx)
        })
        .await
    }

    pub(super) fn is_stale(&self) -> bool {
        self.flight.stale.load(Ordering::Acquire)
    }

    pub(super) fn stale(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flight.stale)
    }

    /// Leaves the result for those who wait.
    pub(super) fn land(mut self, value: &V, sharing: Sharing<V>) {
        *self.last = sharing.share(value);
        self.flight.landed.fetch_add(1, Ordering::AcqRel);
    }
}

thread_local! {
    /// The flights whose executions are being polled on this thread, from the outermost in.
    static ABOARD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

fn is_aboard(id: usize) -> bool {
    ABOARD.with_borrow(|aboard| aboard.contains(&id))
}

/// Says that this execution is being polled.
struct Aboard;

impl Aboard {
    fn enter(id: usize) -> Self {
        ABOARD.with_borrow_mut(|aboard| aboard.push(id));
        Self
    }
}

impl Drop for Aboard {
    fn drop(&mut self) {
        ABOARD.with_borrow_mut(Vec::pop);
    }
}
