//! Calls of `scope!`, and of `<<` in every macro body.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

pub use crate::scope::future::BodyError;

use crate::local::{Kind, LocalScope, LocalTaskBuilder};
use crate::outcome::Outcome;
use crate::scope::future::Plan;
use crate::scope::spawn::Order;
use crate::scope::{
    AsScope, Collects, Discard, Keeps, OpenScope, Scope, ScopeBuilder, ScopeFuture, TaskFuture,
};
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

/// `#[task(..)] scope << future`: the options, which end in `start_now` or `spawn_now`. Without options, the same for
/// what may be a scope of any kind.
#[track_caller]
#[inline]
pub fn task<S: Starts + ?Sized>(scope: &S) -> S::Task<'_> {
    scope.task_at(Location::caller())
}

/// Whatever leads to a scope that starts tasks: an ordinary one, or one whose tasks borrow.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "expected a `Scope` or `&Scope`",
    note = "what stands left of `<<` is a scope: the name that the body has (`run`), or a clone of it"
)]
pub trait Starts {
    /// A task before its start.
    type Task<'a>
    where
        Self: 'a;

    fn task_at(&self, location: &'static Location<'static>) -> Self::Task<'_>;
}

#[diagnostic::do_not_recommend]
impl<C> Starts for Scope<C> {
    type Task<'a>
        = TaskBuilder<'a, C, ()>
    where
        C: 'a;

    #[inline]
    fn task_at(&self, location: &'static Location<'static>) -> Self::Task<'_> {
        TaskBuilder::new(self, (), Order::at(location))
    }
}

#[diagnostic::do_not_recommend]
impl<'env, K: Kind, C> Starts for LocalScope<'env, K, C> {
    type Task<'a>
        = LocalTaskBuilder<'a, 'env, K, C>
    where
        Self: 'a;

    #[inline]
    fn task_at(&self, location: &'static Location<'static>) -> Self::Task<'_> {
        self.task_ref_at(location)
    }
}

#[diagnostic::do_not_recommend]
impl Starts for OpenScope {
    type Task<'a> = TaskBuilder<'a, Discard, ()>;

    #[inline]
    fn task_at(&self, location: &'static Location<'static>) -> Self::Task<'_> {
        self.scope().task_at(location)
    }
}

macro_rules! through {
    ($($pointer:ty),*) => {
        $(#[diagnostic::do_not_recommend]
        impl<S: Starts + ?Sized> Starts for $pointer {
            type Task<'a> = S::Task<'a> where Self: 'a;

            #[inline]
            fn task_at(&self, location: &'static Location<'static>) -> Self::Task<'_> {
                (**self).task_at(location)
            }
        })*
    };
}

through!(&S, Arc<S>);
