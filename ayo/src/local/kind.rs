//! The two kinds of borrowing scopes, and which values a collecting one keeps.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use crate::scope::core::Core;
use crate::scope::kept::Kept;
use crate::scope::{Collect, Collects, Discard};
use crate::sync::lock;
use crate::task::handle::Repr;

/// Which futures a borrowing scope takes: [`ThisThread`] any, [`AnyThread`] those that are `Send`.
pub trait Kind: fmt::Debug + 'static {
    /// A child of it.
    #[doc(hidden)]
    type Child<'env>: Future<Output = ()> + Unpin;

    /// What keeps two apart who look at its queue.
    #[doc(hidden)]
    type Guarded<T>: Guarded<T>;
}

/// `scope!(local => ..)`: tasks need not be `Send`, and the scope is not.
#[derive(Debug)]
pub enum ThisThread {}

/// `scope!(local = Send => ..)`: tasks are `Send`, and so is the scope.
#[derive(Debug)]
pub enum AnyThread {}

impl Kind for ThisThread {
    type Child<'env> = Pin<Box<dyn Future<Output = ()> + 'env>>;
    type Guarded<T> = RefCell<T>;
}

impl Kind for AnyThread {
    type Child<'env> = Pin<Box<dyn Future<Output = ()> + Send + 'env>>;
    type Guarded<T> = Mutex<T>;
}

/// A value that one at a time looks at; no foreign code runs meanwhile.
pub trait Guarded<T> {
    fn new(value: T) -> Self;

    fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R;
}

impl<T> Guarded<T> for RefCell<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(&mut self.borrow_mut())
    }
}

impl<T> Guarded<T> for Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(&mut lock(self))
    }
}

/// Takes a value that nobody reads.
pub(super) type Keeper<V> = fn(&Core, u32, V);

/// What a scope of this kind does with the values of borrowing tasks that nobody reads.
#[diagnostic::on_unimplemented(
    message = "this scope collects other values than `{V}`",
    label = "a task with a value of type `{V}`",
    note = "all tasks of a collecting scope have one type of value; its values are `Send` and borrow nothing"
)]
pub trait Keep<V>: Collects<V> {
    #[doc(hidden)]
    fn keep(core: &dyn Any, id: u32, value: V);
}

impl<V> Keep<V> for Discard {
    fn keep(_: &dyn Any, _: u32, _: V) {}
}

impl<T: Send + 'static> Keep<T> for Collect<T> {
    fn keep(core: &dyn Any, id: u32, value: T) {
        if let Some(kept) = core.downcast_ref::<Core>().and_then(Kept::<T>::of) {
            kept.leave(id, Repr::of(Ok(value)));
        }
    }
}

/// What keeps the values of a scope of kind `C`, if it does.
pub(super) fn keeper<V, C: Keep<V>>() -> Option<Keeper<V>> {
    C::KEEPS.then_some(|core: &Core, id: u32, value: V| C::keep(core, id, value))
}
