//! Calling hooks, and what becomes of one that fails.
//!
//! An error or a panic is told and ends nothing, and the hooks behind it are called all the same. Only `starting` is
//! different: there it is the program's.

use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::registry::{self, Entry};
use super::{Event, HookFn};
use crate::BoxError;
use crate::panic::{Panic, caught};
use crate::program::print;

/// Calls the hooks of an event that is sync.
pub(crate) fn now(event: &Event) {
    for entry in registry::of(event.hook(), event.context()) {
        if let HookFn::Sync(call) = &*entry.call {
            match caught(|| call(event)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tell(event, &entry, &Failure::Error(error)),
                Err(payload) => tell(event, &entry, &Failure::Panic(Panic::new(payload))),
            }
        }
    }
}

/// Calls the hooks of an event, one after the other; together they may take this long.
pub(crate) async fn within(event: &Event, limit: Duration) {
    let end = Instant::now().checked_add(limit);
    for entry in registry::of(event.hook(), event.context()) {
        let left = end.map_or(limit, |end| end.saturating_duration_since(Instant::now()));
        let mut cut = Cut(Some((event, &entry)));
        let result = crate::timeout(left, call(event, &entry)).await;
        cut.0 = None;
        match result {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tell(event, &entry, &failure),
            Err(_) => tell(event, &entry, &Failure::Late(limit)),
        }
    }
}

/// Calls the `starting` hooks. The first that fails is the last that is called.
pub(crate) async fn starting(event: &Event) -> Result<(), HookFailed> {
    for entry in registry::of(event.hook(), event.context()) {
        let mut cut = Cut(Some((event, &entry)));
        let result = call(event, &entry).await;
        cut.0 = None;
        match result {
            Ok(()) => {}
            Err(Failure::Panic(panic)) => resume_unwind(panic.into_payload()),
            Err(failure) => {
                let Failure::Error(source) = failure else { unreachable!("nothing limits its time") };
                return Err(HookFailed { hook: event.hook().name(), name: entry.name.clone(), source });
            }
        }
    }
    Ok(())
}

/// Calls one, as a value.
async fn call(event: &Event, entry: &Entry) -> Result<(), Failure> {
    let made = match &*entry.call {
        HookFn::Sync(call) => return flat(caught(|| call(event))),
        HookFn::Async(call) => caught(|| call(event)),
    };
    let mut future = made.map_err(|payload| Failure::Panic(Panic::new(payload)))?;
    let result = poll_fn(|cx| match caught(|| future.as_mut().poll(cx)) {
        Ok(polled) => polled.map(Ok),
        Err(payload) => Poll::Ready(Err(payload)),
    });
    let result = result.await;
    match caught(|| drop(future)) {
        Ok(()) => flat(result),
        Err(payload) => Err(Failure::Panic(Panic::new(payload))),
    }
}

fn flat(result: Result<Result<(), BoxError>, Box<dyn std::any::Any + Send>>) -> Result<(), Failure> {
    match result {
        Ok(result) => result.map_err(Failure::Error),
        Err(payload) => Err(Failure::Panic(Panic::new(payload))),
    }
}

/// How a hook can go wrong.
enum Failure {
    Error(BoxError),
    Panic(Panic),
    Late(Duration),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => {
                write!(f, "failed: {error}")?;
                let mut next = error.source();
                while let Some(source) = next {
                    write!(f, ": {source}")?;
                    next = source.source();
                }
                Ok(())
            }
            Self::Panic(panic) => panic.fmt(f),
            Self::Late(limit) => write!(f, "was cut off: it took longer than the grace of {limit:?}"),
        }
    }
}

fn tell(event: &Event, entry: &Entry, what: &impl fmt::Display) {
    print::warn(&format!("the `{}` hook `{}` {what}", event.hook(), entry.name));
}

/// Tells of a hook whose future is dropped before its end.
struct Cut<'a>(Option<(&'a Event, &'a Entry)>);

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        if let Some((event, entry)) = self.0 {
            tell(event, entry, &"was cut off by the cancel");
        }
    }
}

/// A `starting` hook failed, so the program does not run.
#[derive(Debug)]
pub(crate) struct HookFailed {
    hook: &'static str,
    name: String,
    source: BoxError,
}

impl fmt::Display for HookFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the `{}` hook `{}` failed", self.hook, self.name)
    }
}

impl std::error::Error for HookFailed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
