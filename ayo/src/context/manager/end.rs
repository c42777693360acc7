//! The end of a manager: what its `with!` awaits to, or what goes up where control does not return.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::failure;
use super::frame::{BodyPlace, Frame, Payload, Phase};
use super::run::Unplain;
use crate::cancel::ambient;
use crate::cancel::domain::{Above, Fault, Link, report};
use crate::context::held::Verdict;
use crate::error::{Error, ErrorKind};
use crate::panic::Panic;
use crate::scope::core::Core;
use crate::scope::future::BodyError;
use crate::sync::lock;
use crate::{probe, trace};

/// The last future of a manager: ready at once, or never.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Concluded<R> {
    result: Option<Result<R, Error>>,
}

impl<R> Unpin for Concluded<R> {}

impl<R> Future for Concluded<R> {
    type Output = Result<R, Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.result.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Frame {
    /// Ends the manager, from what its code came to.
    #[inline]
    pub fn conclude<R>(&mut self, end: Result<R, Unplain<R>>) -> Concluded<R> {
        let result = match end {
            Ok(value) => Some(Ok(value)),
            Err(end) => self.conclude_unplain(end),
        };
        Concluded { result }
    }

    #[cold]
    fn conclude_unplain<R>(&mut self, Unplain(end): Unplain<R>) -> Option<Result<R, Error>> {
        match end {
            Ok(Ok(Some(value))) if !self.around_requested() => Some(Ok(value)),
            end => self.conclude_badly(end.map(|end| end.map(drop))).map(Err),
        }
    }

    /// Whether it became a frame, and the code around is asked to end. One that never suspended is ordinary code.
    pub(in crate::context) fn around_requested(&self) -> bool {
        let requested =
            |place: &Arc<BodyPlace>| lock(&place.links).frame.as_ref().is_some_and(Link::above_requested);
        self.place.get().is_some_and(requested)
    }

    /// Where it is a frame, or could be one.
    fn above(&self) -> Option<Above> {
        let registered =
            |place: &Arc<BodyPlace>| lock(&place.links).frame.as_ref().map(|link| link.above().clone());
        self.place.get().and_then(registered).or_else(|| ambient::node().map(Above::from))
    }

    /// Every end but a good one. `None`: control does not return.
    pub(in crate::context) fn conclude_badly(
        &mut self,
        end: Result<Result<(), BodyError>, Payload>,
    ) -> Option<Error> {
        let returns = self.phase() != Phase::TearDown || !self.around_requested();
        let (failed, panicked) = match end {
            Ok(end) => (end.err().map(failure::of), None),
            Err(payload) => (None, Some(payload)),
        };
        let error = match (self.take_failure(), failed) {
            (Some(first), second) => Some(first.beside(second)),
            (None, second) => second,
        };
        let mut panics = self.take_panic().into_iter().chain(panicked);
        let goes_on = if returns { panics.next() } else { None };
        let (answer, beside) = if returns && goes_on.is_none() {
            (error, None)
        } else {
            (None, error.and_then(Verdict::beyond))
        };
        match goes_on {
            Some(payload) => {
                self.contain(panics, beside);
                self.leave();
                resume_unwind(payload)
            }
            None => {
                self.hand_up(panics, beside);
                self.leave();
                answer
            }
        }
    }

    fn take_failure(&mut self) -> Option<Error> {
        let shared = self.failure.take()?;
        Some(Arc::try_unwrap(shared).unwrap_or_else(|shared| Error::shared(&shared)))
    }

    fn take_panic(&self) -> Option<Payload> {
        self.place.get().and_then(|place| lock(&place.panic).take())
    }

    /// What goes wrong where control does not return is for the scope around, as a failure.
    pub(in crate::context) fn hand_up(&self, panics: impl Iterator<Item = Payload>, error: Option<Error>) {
        let news = error.filter(|error| error.kind() != ErrorKind::Cancelled || !error.others().is_empty());
        let faults = panics.map(Fault::Panic).chain(news.map(|error| Fault::Error(error.passing().into())));
        for fault in faults {
            match self.above() {
                Some(above) => report(&above, fault),
                None => probe::unheard(&fault),
            }
        }
    }

    /// What comes beside a panic that goes on is told to the scope around, and fails nobody: the panic does.
    fn contain(&self, panics: impl Iterator<Item = Payload>, error: Option<Error>) {
        let core = self.above().and_then(|above| Core::around(above.node));
        let panics = panics.map(|payload| Error::panicked(&Panic::new(payload)));
        for error in error.into_iter().chain(panics) {
            match &core {
                Some(core) => core.contain(error),
                None => trace::contained(&error),
            }
        }
    }

    /// The code around lets go of its places.
    fn leave(&self) {
        if let Some(place) = self.place.get() {
            place.leave();
        }
    }
}

impl Drop for Frame {
    /// Dropped from outside in the tear-down, it still knows what the body failed with.
    #[inline]
    fn drop(&mut self) {
        if self.place.get().is_some() || self.failure.get().is_some() {
            self.drop_unplain();
        }
    }
}

impl Frame {
    #[cold]
    fn drop_unplain(&mut self) {
        let (panic, error) = (self.take_panic(), self.take_failure().and_then(Verdict::beyond));
        self.hand_up(panic.into_iter(), error);
        self.leave();
    }
}
