//! Hooks that are there at link time.
//!
//! They are collected by `inventory`: each is a static that a constructor of its object file links into a list before
//! `main`. That needs nothing of the linker but constructors, which no linker drops, on Linux, macOS and Windows alike, and
//! it works from every crate that is linked. (`linkme` gathers sections instead; those depend on how a linker treats
//! sections that nobody refers to, and lld, gold and Apple's have differed there.)

use std::sync::Arc;

use super::registry::Entry;
use super::{Event, Hook, HookFn, HookFuture};
use crate::BoxError;
use crate::program::Context;

/// A hook that is there at link time: what `#[ayo::on]` makes.
#[derive(Debug)]
pub struct Registration {
    /// When it is called.
    pub hook: Hook,
    /// The path of its function.
    pub name: &'static str,
    /// Lower ones come first.
    pub order: i32,
    /// Whose it is.
    pub context: Context,
    /// The function.
    pub call: Call,
}

/// How a function that is there at link time is called.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// At once.
    Sync(fn(&Event) -> Result<(), BoxError>),
    /// By polling.
    Async(for<'a> fn(&'a Event) -> HookFuture<'a>),
}

inventory::collect!(Registration);

/// All of them, in no order.
pub(super) fn all() -> impl Iterator<Item = Entry> {
    inventory::iter::<Registration>.into_iter().map(|linked| {
        let &Registration { hook, name, order, context, call } = linked;
        let call = Arc::new(match call {
            Call::Sync(call) => HookFn::Sync(Box::new(call)),
            Call::Async(call) => HookFn::Async(Box::new(call)),
        });
        Entry { hook, context, order, id: 0, name: name.to_owned(), call }
    })
}
