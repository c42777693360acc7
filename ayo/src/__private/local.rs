//! Calls of `scope!(local => ..)`.

use std::future::Future;

pub use crate::scope::future::BodyError;

use crate::local::{Kind, LocalBody, LocalBuilder, LocalScope};
use crate::scope::future::Plan;
use crate::scope::{Keeps, ScopeFuture};

/// A scope that has its options and waits for its body.
#[allow(missing_debug_implementations, reason = "it lives within one expression")]
pub struct Prepared<'env, K: Kind, C> {
    scope: LocalScope<'env, K, C>,
    plan: Plan,
}

/// Makes the scope, so that the body can have its handle.
pub fn prepare<'env, K: Kind, C: Keeps>(
    builder: LocalBuilder<K, C>,
) -> (Prepared<'env, K, C>, LocalScope<'env, K, C>) {
    let (plan, scope) = builder.prepare();
    (Prepared { scope: scope.clone(), plan }, scope)
}

/// The future of the scope.
pub fn run<'env, K, C, B, R>(
    prepared: Prepared<'env, K, C>,
    body: B,
) -> ScopeFuture<LocalBody<'env, K, B, R>, R, C>
where
    K: Kind,
    C: Keeps,
    B: Future<Output = Result<R, BodyError>>,
{
    crate::local::run(prepared.plan, &prepared.scope, body)
}
