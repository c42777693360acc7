//! Keeps what happened until it is written.

use std::fs::File;
use std::io::BufWriter;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::write::write;
use crate::probe::Wait;
use crate::program::print::warn;
use crate::sync::{AtomicU64, AtomicUsize, Ordering, lock};

/// How many timelines are being recorded: the one look that the core takes where none is.
static RECORDINGS: AtomicUsize = AtomicUsize::new(0);

/// So many scopes, tasks and slices in them are in one timeline; what begins after them is counted only.
const TRACKS: u64 = 200_000;

/// Whether there is a timeline at all.
#[inline(always)]
pub(crate) fn listens() -> bool {
    RECORDINGS.load(Ordering::Relaxed) != 0
}

/// Which scope, and what in it: the scope itself has its own number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) scope: u32,
    pub(super) track: u32,
}

/// Something that happened in a place.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) at: Instant,
    pub(super) place: Place,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    Scope {
        name: String,
        path: Arc<str>,
        site: &'static Location<'static>,
        origin: Option<Place>,
    },
    Task {
        name: String,
        site: &'static Location<'static>,
        origin: Option<Place>,
        wait: Wait,
    },
    Waits(Wait),
    GoesOn,
    CleansUp,
    /// Something that may overlap with others of its kind.
    Begins {
        number: u32,
        kind: &'static str,
        name: String,
        site: Option<&'static Location<'static>>,
    },
    IsOver {
        number: u32,
    },
    /// What, and why.
    Happened(&'static str, String),
    Ends,
}

/// What happened below one scope.
pub(super) struct Recorder {
    events: Mutex<Option<Vec<Event>>>,
    tracks: AtomicU64,
    /// The timeline around this one: what is in this is in that, too.
    above: Option<Arc<Self>>,
}

impl Recorder {
    /// Whether there is room for one more track or slice.
    pub(super) fn admits(&self) -> bool {
        let room = self.tracks.fetch_add(1, Ordering::Relaxed) < TRACKS;
        self.above.as_ref().is_none_or(|above| above.admits()) && room
    }

    pub(super) fn record(&self, place: Place, what: &What) {
        if let Some(events) = &mut *lock(&self.events) {
            events.push(Event { at: Instant::now(), place, what: what.clone() });
        }
        if let Some(above) = &self.above {
            above.record(place, what);
        }
    }
}

/// A timeline in the making: it is written once.
pub(super) struct Recording {
    recorder: Arc<Recorder>,
    began: Instant,
    path: PathBuf,
    file: Mutex<Option<File>>,
}

impl Recording {
    /// Makes the file. If that does not work, nothing is recorded.
    pub(super) fn begin(path: &Path, above: Option<Arc<Recorder>>) -> Option<Self> {
        let file = File::create(path).map_err(|error| cannot("made", path, &error)).ok()?;
        RECORDINGS.fetch_add(1, Ordering::Relaxed);
        let (events, tracks) = (Mutex::new(Some(Vec::new())), AtomicU64::new(0));
        let recorder = Arc::new(Recorder { events, tracks, above });
        let file = Mutex::new(Some(file));
        Some(Self { recorder, began: Instant::now(), path: path.to_owned(), file })
    }

    pub(super) fn recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.recorder)
    }

    /// Writes what there is; the first time.
    pub(super) fn write(&self) {
        let Some(file) = lock(&self.file).take() else { return };
        RECORDINGS.fetch_sub(1, Ordering::Relaxed);
        let events = lock(&self.recorder.events).take().unwrap_or_default();
        let left_out = self.recorder.tracks.load(Ordering::Relaxed).saturating_sub(TRACKS);
        if let Err(error) = write(BufWriter::new(file), &events, self.began, left_out) {
            cannot("written", &self.path, &error);
        }
        if left_out > 0 {
            let path = self.path.display();
            warn(&format!(
                "the timeline `{path}` has the first {TRACKS} scopes, tasks and slices; {left_out} are not in it"
            ));
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.write();
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) {
    warn(&format!("the timeline `{}` could not be {what}: {error}", path.display()));
}
