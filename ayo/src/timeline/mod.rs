//! A timeline: what ran when, below the scopes that were asked for one, as a file that Perfetto and Chrome show.
//!
//! # Invariants
//!
//! 1. Each scope and each task below a recorded scope has one [`Track`], from its begin to its end. Slices on a track nest:
//!    the scope or task itself, in it waits and clean-up, one after the other. A [`Slice`] is what may overlap with others; one
//!    that does stands beside the track, which the writer sees to.
//! 2. A moment is read under the lock of its [`Recorder`], so events are in the order of their times.
//! 3. The file is made at the begin, so that a bad path shows then, and written once: when its scope has ended, or at the
//!    latest when the last of it is dropped. What comes later is not recorded.
//! 4. What goes wrong with the file is told, and is nothing to the program.

mod recorder;
mod write;

use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;

use scoped_tls::scoped_thread_local;

use self::recorder::{Place, Recorder, Recording, What};
use crate::cancel::Reason;
use crate::probe::{self, Wait};
use crate::scope::core::Settings;
use crate::site::Who;
use crate::sync::{AtomicBool, Ordering};

pub(crate) use self::recorder::listens;

/// The file that a timeline is written to.
pub(crate) type File = PathBuf;

/// Where a timeline can be written: whatever makes a path.
#[diagnostic::on_unimplemented(
    message = "a timeline is written to a file, and `{Self}` is no path",
    label = "not a path",
    note = "write `timeline = \"run.json\"`, or give a `PathBuf`"
)]
pub trait TimelineFile {
    #[doc(hidden)]
    fn into_file(self) -> Option<File>;
}

#[diagnostic::do_not_recommend]
impl<T: Into<PathBuf>> TimelineFile for T {
    fn into_file(self) -> Option<File> {
        Some(self.into())
    }
}

scoped_thread_local!(static HERE: Track);

/// Where the events of one scope or task go.
pub(crate) struct Track {
    recorder: Arc<Recorder>,
    place: Place,
    /// Of a scope: the names of those around it, and its own.
    path: Option<Arc<str>>,
    waits: AtomicBool,
    told: AtomicBool,
    ended: AtomicBool,
    /// Of the scope that asked for the timeline.
    own: Option<Recording>,
}

impl Track {
    /// Of something that begins.
    fn new(recorder: Arc<Recorder>, place: Place) -> Self {
        let (waits, told, ended) = Default::default();
        Self { recorder, place, path: None, waits, told, ended, own: None }
    }

    fn record(&self, what: What) {
        self.recorder.record(self.place, &what);
    }

    fn end(&self) {
        if !self.ended.swap(true, Ordering::Relaxed) {
            self.record(What::Ends);
        }
    }
}

/// What begins and ends on a track. It ends when this is dropped.
pub(crate) struct Slice {
    recorder: Arc<Recorder>,
    place: Place,
    number: u32,
}

impl Slice {
    /// Begins on this track, if there is room for one more.
    fn begin(
        track: &Track,
        kind: &'static str,
        name: String,
        site: Option<&'static Location<'static>>,
    ) -> Option<Self> {
        let (recorder, place) = (Arc::clone(&track.recorder), track.place);
        let slice = recorder.admits().then(|| Self { recorder, place, number: probe::number() })?;
        track.record(What::Begins { number: slice.number, kind, name, site });
        Some(slice)
    }
}

impl Drop for Slice {
    fn drop(&mut self) {
        self.recorder.record(self.place, &What::IsOver { number: self.number });
    }
}

impl Drop for Track {
    /// What was let go of without an end has ended now.
    fn drop(&mut self) {
        self.end();
    }
}

/// The track of the running code.
fn here(f: impl FnOnce(&Track)) {
    if HERE.is_set() {
        HERE.with(f);
    }
}

/// Where what begins now was begun.
fn origin() -> Option<Place> {
    let mut origin = None;
    here(|track| origin = Some(track.place));
    origin
}

/// A scope begins, in one with this track. It has one if it asked for a timeline, or if that is recorded.
pub(crate) fn scope_begins(settings: &Settings, number: u32, around: Option<&Track>) -> Option<Track> {
    let above = around.map(|track| Arc::clone(&track.recorder));
    let own = settings.timeline.as_ref().and_then(|file| Recording::begin(file, above.clone()));
    let recorder = own.as_ref().map(Recording::recorder).or(above).filter(|recorder| recorder.admits())?;
    let name = settings.name.as_deref().unwrap_or("scope");
    let path = path(around.and_then(|around| around.path.as_deref()), name);
    let what = What::Scope {
        name: name.to_owned(),
        path: Arc::clone(&path),
        site: settings.location,
        origin: origin(),
    };
    let mut track = Track::new(recorder, Place { scope: number, track: number });
    (track.path, track.own) = (Some(path), own);
    track.record(what);
    Some(track)
}

/// The name of a scope, behind those of the scopes around it; of very many, the inner end.
fn path(around: Option<&str>, name: &str) -> Arc<str> {
    const LONG: usize = 32;
    match around {
        None => name.into(),
        Some(around) if around.matches('/').count() < LONG => format!("{around}/{name}").into(),
        Some(_) => format!("…/{name}").into(),
    }
}

/// A scope is asked to end.
pub(crate) fn scope_requested(track: Option<&Track>, reason: &Reason) {
    if let Some(track) = track {
        track.record(What::Happened("cancelled", reason.to_string()));
        track.record(What::CleansUp);
    }
}

/// A scope has ended; one that asked for the timeline writes it.
pub(crate) fn scope_ends(track: Option<&Track>) {
    if let Some(track) = track {
        track.end();
        if let Some(recording) = &track.own {
            recording.write();
        }
    }
}

/// A task begins in a scope with this track, and waits.
pub(crate) fn task_begins(scope: Option<&Track>, who: &Who, wait: Wait) -> Option<Track> {
    let scope = scope.filter(|scope| scope.recorder.admits())?;
    let place = Place { track: probe::number(), ..scope.place };
    let track = Track::new(Arc::clone(&scope.recorder), place);
    track.waits.store(true, Ordering::Relaxed);
    track.record(What::Task { name: who.numbered(), site: who.label.location, origin: origin(), wait });
    Some(track)
}

/// Runs `f` on this track. If that waited, it does no more.
#[inline]
pub(crate) fn on<R>(track: Option<&Track>, f: impl FnOnce() -> R) -> R {
    let Some(track) = track else { return f() };
    if track.waits.swap(false, Ordering::Relaxed) {
        track.record(What::GoesOn);
    }
    HERE.set(track, f)
}

/// A task waits again.
pub(crate) fn waits(track: Option<&Track>, wait: Wait) {
    if let Some(track) = track
        && !track.waits.swap(true, Ordering::Relaxed)
    {
        track.record(What::Waits(wait));
    }
}

/// A task with this track lends its place to that one.
pub(crate) fn lends(track: Option<&Track>, to: &Who) -> Option<Slice> {
    Slice::begin(track?, "lent", format!("its place is lent to {}", to.numbered()), None)
}

/// A manager is being torn down here.
pub(crate) fn tears_down(name: &str, site: &'static Location<'static>) -> Option<Slice> {
    let mut slice = None;
    here(|track| slice = Slice::begin(track, "tear-down", format!("tears down {name}"), Some(site)));
    slice
}

/// What runs here is asked to end, and cleans up from now on.
#[inline]
pub(crate) fn told() {
    if listens() {
        here(|track| {
            if !track.told.swap(true, Ordering::Relaxed) {
                track.record(What::CleansUp);
            }
        });
    }
}

/// What runs here has failed.
pub(crate) fn failed(error: &dyn std::fmt::Display) {
    here(|track| track.record(What::Happened("failed", error.to_string())));
}

/// What runs here has ended because it was asked to.
pub(crate) fn cancelled(reason: &Reason) {
    here(|track| track.record(What::Happened("cancelled", reason.to_string())));
}

/// Clean-up that took too long was dropped by force.
pub(crate) fn abandoned(text: &str) {
    here(|track| track.record(What::Happened("abandoned", text.to_owned())));
}

/// A frame was dropped from outside.
pub(crate) fn leaked(what: &str, site: &Location<'_>) {
    here(|track| track.record(What::Happened("leaked", format!("the `{what}` of {site}"))));
}

/// A task has ended.
pub(crate) fn task_ends(track: Option<&Track>) {
    if let Some(track) = track {
        track.end();
    }
}
