//! Calls of `scope!`, and of `<<` in every macro body.

use std::future::Future;

pub use crate::scope::future::BodyError;

use crate::outcome::Outcome;
use crate::scope::future::Plan;
use crate::scope::spawn::Order;
use crate::scope::{AsScope, Collects, Keeps, Scope, ScopeBuilder, ScopeFuture, TaskFuture};
use crate::task::{Task, TaskBuilder};

/// A scope that has its options and waits for its body.
#[allow(missing_debug_implementations, reason = "it lives within one expression")]
pub struct Prepared<C> {
    scope: Scope<C>,
    plan: Plan,
}

/// Makes the scope, so that the body can have its handle.
pub fn prepare<C: Keeps>(builder: ScopeBuilder<C>) -> (Prepared<C>, Scope<C>) {
    let (scope, plan) = builder.prepare();
    (Prepared { scope: scope.clone(), plan }, scope)
}

/// The future of the scope.
pub fn run<C, B, R>(prepared: Prepared<C>, body: B) -> ScopeFuture<B, R, C>
where
    C: Keeps,
    B: Future<Output = Result<R, BodyError>>,
{
    ScopeFuture::new(std::sync::Arc::clone(prepared.scope.core()), prepared.plan, body)
}

/// The tail of a body; makes `?` in it work without annotation.
///
/// # Errors
/// Never: the type is for the `?` before it.
#[inline]
pub fn value<T>(value: T) -> Result<T, BodyError> {
    Ok(value)
}

/// `scope << future;`: no handle is made.
#[track_caller]
#[inline]
pub fn start<S, F>(scope: &S, future: F)
where
    S: AsScope + ?Sized,
    F: TaskFuture + Send + 'static,
    F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
    S::Kind: Collects<<F::Out as Outcome>::Value>,
{
    let keep = <S::Kind as Collects<<F::Out as Outcome>::Value>>::KEEPS;
    scope.scope().core().start(future, Order::plain().keep(keep));
}

/// `scope << future` as an expression.
#[track_caller]
#[inline]
pub fn spawn<S, F>(scope: &S, future: F) -> Task<<F::Out as Outcome>::Value>
where
    S: AsScope + ?Sized,
    F: TaskFuture + Send + 'static,
    F::Out: Outcome<Value: Send + 'static, Error: Send + 'static>,
    S::Kind: Collects<<F::Out as Outcome>::Value>,
{
    scope.scope().spawn(future)
}

/// `#[task(..)] scope << future`: the options, which end in `start_now` or `spawn_now`.
#[track_caller]
#[inline]
pub fn task<S: AsScope + ?Sized>(scope: &S) -> TaskBuilder<'_, S::Kind, ()> {
    TaskBuilder::new(scope.scope(), (), Order::plain())
}
