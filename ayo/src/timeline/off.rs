//! Timelines without their feature: nothing.

use std::panic::Location;

use crate::cancel::Reason;
use crate::probe::Wait;
use crate::scope::core::Settings;
use crate::site::Who;

/// No scope has one.
pub(crate) type File = std::convert::Infallible;

/// A track that there is none of.
pub(crate) type Track = std::convert::Infallible;

/// Where a timeline can be written; without the feature `timeline`, nowhere.
#[diagnostic::on_unimplemented(
    message = "`timeline` needs the feature `timeline` of ayo",
    label = "this would be the file of a timeline",
    note = "turn it on in `Cargo.toml`: `ayo = {{ version = \"0.1\", features = [\"timeline\"] }}`, or `cargo add ayo --features timeline`"
)]
pub trait TimelineFile {
    #[doc(hidden)]
    fn into_file(self) -> Option<File>;
}

#[inline(always)]
pub(crate) fn listens() -> bool {
    false
}

pub(crate) fn scope_begins(_: &Settings, _: u32, _: Option<&Track>) -> Option<Track> {
    None
}

pub(crate) fn task_begins(_: Option<&Track>, _: &Who, _: Wait) -> Option<Track> {
    None
}

#[inline(always)]
pub(crate) fn on<R>(_: Option<&Track>, f: impl FnOnce() -> R) -> R {
    f()
}

/// A part of a track.
pub(crate) type Slice = std::convert::Infallible;

pub(crate) fn lends(_: Option<&Track>, _: &Who) -> Option<Slice> {
    None
}

pub(crate) fn tears_down(_: &str, _: &'static Location<'static>) -> Option<Slice> {
    None
}

pub(crate) fn scope_requested(_: Option<&Track>, _: &Reason) {}

pub(crate) fn scope_ends(_: Option<&Track>) {}

pub(crate) fn waits(_: Option<&Track>, _: Wait) {}

#[inline(always)]
pub(crate) fn told() {}

pub(crate) fn failed(_: &dyn std::fmt::Display) {}

pub(crate) fn cancelled(_: &Reason) {}

pub(crate) fn abandoned(_: &str) {}

pub(crate) fn leaked(_: &str, _: &Location<'_>) {}

pub(crate) fn task_ends(_: Option<&Track>) {}
