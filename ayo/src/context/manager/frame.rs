//! What the phases of one manager share, and which code is running in which of them.

use std::any::Any;
use std::panic::Location;
use std::sync::{Arc, Mutex, OnceLock};

use crate::cancel::ambient::{self, Ambient, Around};
use crate::cancel::domain::{Domain, Link, Node, TornDown};
use crate::error::Error;
use crate::probe::{self, Slice};
use crate::sync::{AtomicU8, Ordering, lock};

/// What a panic carries.
pub(in crate::context) type Payload = Box<dyn Any + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    New,
    SetUp,
    Body,
    TearDown,
}

impl Phase {
    const ALL: [Self; 4] = [Self::New, Self::SetUp, Self::Body, Self::TearDown];
}

/// What the phases of one manager share. It is `Sync`, so that the manager's code can hold a reference to it and be `Send`;
/// but only one thread at a time uses it. It is part of every manager's future, so it is kept small.
#[allow(missing_debug_implementations, reason = "it lives within one expansion")]
pub struct Frame {
    pub(super) site: &'static Location<'static>,
    phase: AtomicU8,
    /// What the body failed with.
    pub(in crate::context) failure: OnceLock<Arc<Error>>,
    /// Made when something suspends, panics, or asks for its place.
    pub(super) place: OnceLock<Arc<BodyPlace>>,
}

/// Where the body runs, with what else a manager needs once it needs a place.
pub(super) struct BodyPlace {
    domain: Domain,
    /// Where the tear-down runs.
    tear_down: OnceLock<Arc<dyn Node>>,
    /// Once one that has no place of its own has suspended.
    torn_down: OnceLock<TornDown>,
    pub(super) links: Mutex<Links>,
    /// What the body panicked with.
    pub(super) panic: Mutex<Option<Payload>>,
}

/// Where the tear-down runs.
struct TearDownPlace {
    domain: Domain,
    manager: TornDown,
}

impl Node for TearDownPlace {
    fn domain(&self) -> &Domain {
        &self.domain
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.domain
    }

    fn torn_down(&self) -> Option<TornDown> {
        Some(self.manager)
    }
}

/// Where the two places of a manager hang.
#[derive(Default)]
pub(super) struct Links {
    /// The first that is made: a frame of the code around until the manager has ended.
    pub(super) frame: Option<Link>,
    /// The other one, below the first.
    below: Option<Link>,
    /// From when the tear-down has suspended.
    torn_down: Option<Slice>,
}

impl Node for BodyPlace {
    fn domain(&self) -> &Domain {
        &self.domain
    }

    fn domain_mut(&mut self) -> &mut Domain {
        &mut self.domain
    }

    fn torn_down(&self) -> Option<TornDown> {
        self.torn_down.get().copied()
    }
}

impl BodyPlace {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            domain: Domain::new(),
            tear_down: OnceLock::new(),
            torn_down: OnceLock::new(),
            links: Mutex::default(),
            panic: Mutex::new(None),
        })
    }

    /// The code around lets go of them.
    pub(super) fn leave(&self) {
        let links = std::mem::take(&mut *lock(&self.links));
        drop(links);
    }
}

impl Frame {
    /// Of a manager that was called at this place.
    #[inline]
    #[must_use]
    pub fn new(site: &'static Location<'static>) -> Self {
        Self {
            site,
            phase: AtomicU8::new(Phase::New as u8),
            failure: OnceLock::new(),
            place: OnceLock::new(),
        }
    }

    /// Of something without set-up: it starts in code that is asked to end, too.
    #[inline]
    #[must_use]
    pub(crate) fn without_set_up(site: &'static Location<'static>) -> Self {
        let frame = Self::new(site);
        frame.enter(Phase::Body);
        frame
    }

    #[inline]
    pub(super) fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Ordering::Relaxed) & 3)]
    }

    #[inline]
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn place(&self) -> &Arc<BodyPlace> {
        self.place.get_or_init(BodyPlace::new)
    }

    /// Whether it is a frame of the code around.
    pub(super) fn is_registered(&self) -> bool {
        self.place.get().is_some_and(|place| lock(&place.links).frame.is_some())
    }
}

/// The code of a manager as an ambient, which changes with the phase.
pub(super) struct Inside<'a> {
    pub(super) name: &'static str,
    pub(super) frame: &'a Frame,
}

/// Hangs a place below the code around, which has its own then.
fn hang_below(around: Around<'_>, place: &Arc<dyn Node>) -> Option<Link> {
    ambient::settle();
    around.hang(place)
}

impl Inside<'_> {
    /// The place of the body, hung below the code around.
    fn body(&self, around: Around<'_>) -> Arc<dyn Node> {
        let place = self.frame.place();
        let node = Arc::clone(place) as Arc<dyn Node>;
        if place.domain.parent().is_none() {
            let link = hang_below(around, &node);
            lock(&place.links).frame = link;
        }
        node
    }

    /// The place of the tear-down: below that of the body, if this hangs somewhere, so that the code around has one frame.
    fn tear_down(&self, around: Around<'_>) -> Arc<dyn Node> {
        let place = self.frame.place();
        let node = place.tear_down.get_or_init(|| {
            let place_of_its_own = TearDownPlace { domain: Domain::shield(), manager: self.torn_down() };
            let node = Arc::new(place_of_its_own) as Arc<dyn Node>;
            if self.frame.is_registered() {
                let body = Arc::clone(place) as Arc<dyn Node>;
                lock(&place.links).below = Some(Link::new(&body, &node, false));
            } else {
                let link = hang_below(around, &node);
                lock(&place.links).frame = link;
            }
            node
        });
        Arc::clone(node)
    }

    fn torn_down(&self) -> TornDown {
        TornDown { name: self.name, site: self.frame.site }
    }

    /// The tear-down has suspended: from now on it is a frame of the code around, and shows in the tree.
    pub(super) fn suspended(&self, around: Around<'_>) {
        if self.frame.is_registered() {
            let _ = self.frame.place().torn_down.set(self.torn_down());
        } else {
            self.tear_down(around);
        }
        if probe::takes_slices() {
            ambient::waits_in_tear_down();
            self.waits_in_tear_down();
        }
    }

    /// The place of the phase, if it is there already.
    fn made(&self) -> Option<Arc<dyn Node>> {
        let place = self.frame.place.get()?;
        match self.frame.phase() {
            Phase::New | Phase::SetUp => None,
            Phase::Body => Some(Arc::clone(place) as Arc<dyn Node>),
            Phase::TearDown => place.tear_down.get().cloned(),
        }
    }
}

impl Ambient for Inside<'_> {
    fn node(&self, around: Around<'_>) -> Arc<dyn Node> {
        let above = match self.frame.phase() {
            Phase::New | Phase::SetUp => around.node(),
            Phase::TearDown => return self.tear_down(around),
            Phase::Body => None,
        };
        above.unwrap_or_else(|| self.body(around))
    }

    fn nearest(&self, around: Around<'_>) -> Arc<dyn Node> {
        self.made().or_else(|| around.nearest()).unwrap_or_else(|| self.node(around))
    }

    fn hang(&self, frame: &Arc<dyn Node>, around: Around<'_>) -> Link {
        let above = match self.frame.phase() {
            Phase::New | Phase::SetUp => around.hang(frame),
            Phase::Body | Phase::TearDown => None,
        };
        above.unwrap_or_else(|| Link::new(&self.node(around), frame, true))
    }

    fn waits_in_tear_down(&self) {
        if self.frame.phase() == Phase::TearDown {
            let slice = || probe::tears_down(self.name, self.frame.site);
            let mut links = lock(&self.frame.place().links);
            links.torn_down = links.torn_down.take().or_else(slice);
        }
    }

    fn is_settled(&self, around: Around<'_>) -> bool {
        around.is_settled()
    }

    fn is_requested(&self, around: Around<'_>) -> bool {
        match self.frame.phase() {
            Phase::TearDown => false,
            Phase::Body if let Some(place) = self.frame.place.get() => place.domain.marks().requested(),
            _ => around.is_requested(),
        }
    }
}
