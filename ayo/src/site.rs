//! What a piece of work is called and where it was started.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::inherit::Vars;
use crate::timeline::Track;
use crate::trace::Span;

/// The label that a task carries from its spawn on: small, `Copy`, made without a clock or a lock.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    /// The task's number within its scope, from 1.
    pub(crate) id: u32,
    /// What the task was asked to be, see [`Traits`].
    pub(crate) traits: Traits,
    /// When it was spawned, by its scope's clock.
    pub(crate) since: Since,
    /// Where it was spawned.
    pub(crate) location: &'static Location<'static>,
    /// The type name of its future; [`short_name`] makes a person's name of it.
    pub(crate) type_name: fn() -> &'static str,
}

/// A task's label with what was said of it beyond that.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) label: Label,
    pub(crate) extra: Option<Arc<Extra>>,
}

/// What only few tasks have, so that the others do not pay for it.
#[derive(Default)]
pub(crate) struct Extra {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) cancel_timeout: Option<Duration>,
    pub(crate) span: Option<Span>,
    /// Where it is recorded: of a task that is.
    pub(crate) track: Option<Track>,
    pub(crate) vars: Vars,
    /// The type name of the future itself, where something else runs it.
    pub(crate) type_name: Option<fn() -> &'static str>,
}

impl Who {
    /// The name given, else that of the function.
    pub(crate) fn name(&self) -> String {
        match self.extra.as_ref().and_then(|extra| extra.name.as_deref()) {
            Some(name) => name.to_owned(),
            None => {
                let other = self.extra.as_ref().and_then(|extra| extra.type_name);
                short_name(other.unwrap_or(self.label.type_name)())
            }
        }
    }

    /// The same with its number: `fetch #12`.
    pub(crate) fn numbered(&self) -> String {
        format!("{} #{}", self.name(), self.label.id)
    }
}

/// A moment in the life of a scope, in three bytes: exact to 16 bits, which is enough for a person's eyes and small
/// enough for every task.
#[derive(Clone, Copy, Default)]
pub(crate) struct Since([u8; 3]);

impl Since {
    /// A moment so long after the scope began.
    #[inline]
    pub(crate) fn new(after: Duration) -> Self {
        let [_, a, b, c] = (after.as_secs_f32().to_bits() >> 7).to_be_bytes();
        Self([a, b, c])
    }

    /// How long ago that is, in a scope of this age.
    pub(crate) fn age(self, scope: Duration) -> Duration {
        let [a, b, c] = self.0;
        let after = f32::from_bits(u32::from_be_bytes([0, a, b, c]) << 7);
        scope.saturating_sub(Duration::try_from_secs_f32(after).unwrap_or_default())
    }
}

/// The options of a task that are yes or no.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traits(u8);

impl Traits {
    /// Its end cancels the scope.
    pub(crate) const MAIN: Self = Self(1);
    /// It does not hold the scope open.
    pub(crate) const BACKGROUND: Self = Self(2);
    /// Its failure does not cancel the scope.
    pub(crate) const CONTAINED: Self = Self(4);
    /// Part of it may have run already: asked to end before its first poll, it is polled all the same.
    pub(crate) const BEGUN: Self = Self(8);

    #[inline]
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    #[inline]
    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The name of an `async fn` as written, out of the type name of its future.
///
/// `site::fetch<u32>::{{closure}}` is `fetch`; a block inside of it, `site::fetch::{{closure}}::{{closure}}`,
/// is `fetch{async}`; any other future keeps the last segment of its type's name.
///
/// What a wrapper of ours calls has the name of its function; a closure has that of the function around it,
/// `main{closure}`, unless it makes the future of an `async fn`.
pub(crate) fn short_name(type_name: &str) -> String {
    if let Some(made) = made(type_name) {
        return short_name(made);
    }
    if let Some(called) = called(type_name) {
        if called.starts_with("fn(") {
            return "fn".to_owned();
        }
        let function = called.trim_end_matches("::{{closure}}");
        let name = short_name(function);
        return if function == called { name } else { format!("{name}{{closure}}") };
    }
    let mut rest = type_name;
    let mut closures = 0;
    while let Some(outer) = rest.strip_suffix("::{{closure}}") {
        rest = outer;
        closures += 1;
    }
    let plain = without_generics(rest);
    let name = plain.rsplit("::").next().unwrap_or(plain.as_str());
    if closures > 1 { format!("{name}{{async}}") } else { name.to_owned() }
}

/// The future of `spawn_with`: a closure, and what that makes.
const DEFERRED: &str = "ayo::scope::deferred::Deferred<";

/// The function that a future of ours calls: the first argument of its type.
fn called(type_name: &str) -> Option<&str> {
    const WRAPPERS: [&str; 5] = [
        "ayo::blocking::work::Work<",
        DEFERRED,
        "ayo::scope::start::Starting<",
        "ayo::time::tick::Entry<",
        "ayo::time::tick::Tick<",
    ];
    let arguments = WRAPPERS.iter().find_map(|wrapper| type_name.strip_prefix(wrapper))?;
    Some(first_of(arguments).0)
}

/// The future of an `async fn` that a closure makes; a block in the closure goes by the closure's name.
fn made(type_name: &str) -> Option<&str> {
    let (closure, rest) = first_of(type_name.strip_prefix(DEFERRED)?);
    let (future, _) = first_of(rest);
    (future.ends_with("::{{closure}}") && !future.starts_with(closure)).then_some(future)
}

/// The first argument of a type, and those behind it.
fn first_of(arguments: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    let end = arguments.char_indices().find(|&(at, c)| {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' if arguments[..at].ends_with('-') => {}
            '>' | ')' | ']' if depth > 0 => depth -= 1,
            ',' | '>' => return depth == 0,
            _ => {}
        }
        false
    });
    let (first, rest) = end.map_or((arguments, ""), |(at, _)| arguments.split_at(at));
    (first, rest.trim_start_matches([',', ' ']))
}

fn without_generics(path: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Since, short_name};
    use std::time::Duration;

    #[test]
    fn a_moment_is_exact_enough() {
        let hour = Duration::from_secs(3600);
        for after in [0, 1, 20, 999, 60_000, 3_599_000].map(Duration::from_millis) {
            let age = Since::new(after).age(hour);
            assert!(
                age.abs_diff(hour - after) < after / 30_000 + Duration::from_nanos(1),
                "{after:?}: {age:?}"
            );
        }
    }

    #[test]
    fn names_read_as_written() {
        assert_eq!(short_name("site::fetch::{{closure}}"), "fetch");
        assert_eq!(short_name("site::fetch<alloc::vec::Vec<u8>>::{{closure}}"), "fetch");
        assert_eq!(short_name("<site::Client as site::Get>::get::{{closure}}"), "get");
        assert_eq!(short_name("site::main::{{closure}}::{{closure}}"), "main{async}");
        assert_eq!(short_name("tokio::time::sleep::Sleep"), "Sleep");
        assert_eq!(short_name("ayo::time::tick::Tick<site::beat, ayo::ByFuture, F>"), "beat");
        assert_eq!(
            short_name("ayo::scope::deferred::Deferred<site::main::{{closure}}::{{closure}}, F>"),
            "main{closure}"
        );
        let deferred = |future: &str| {
            let closure = "site::main::{{closure}}::{{closure}}";
            short_name(&format!("ayo::scope::deferred::Deferred<{closure}, {future}>"))
        };
        assert_eq!(deferred("site::fetch<(u8, Vec<u8>)>::{{closure}}"), "fetch");
        assert_eq!(deferred("site::main::{{closure}}::{{closure}}::{{closure}}"), "main{closure}");
        assert_eq!(deferred("tokio::time::sleep::Sleep"), "main{closure}");
        assert_eq!(
            short_name("ayo::scope::deferred::Deferred<site::fetch, site::fetch::{{closure}}>"),
            "fetch"
        );
        assert_eq!(short_name("ayo::time::tick::Entry<fn((u8, u8)) -> Vec<u8>, M>"), "fn");
        assert_eq!(short_name("core::pin::Pin<alloc::boxed::Box<dyn core::future::Future>>"), "Pin");
    }
}
