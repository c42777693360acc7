//! Polls a manager's code, and the body in the middle of it.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::failure;
use super::frame::{Frame, Inside, Payload, Phase};
use crate::cancel::ambient;
use crate::cancel::domain::{Marks, Node};
use crate::cancel::region::may_drop;
use crate::context::Exit;
use crate::context::held::Verdict;
use crate::panic::caught;
use crate::probe;
use crate::scope::future::BodyError;
use crate::sync::lock;

impl Frame {
    /// Runs the code of the manager of this name, which runs the body.
    #[inline]
    pub fn run<F>(&self, name: &'static str, code: F) -> Running<'_, F> {
        Running { inside: Inside { name, frame: self }, code: Some(code) }
    }

    /// Runs the body, where the manager yields.
    #[inline]
    pub fn body<F>(&self, body: F) -> Yielded<'_, F> {
        Yielded { frame: self, body: Some(body) }
    }
}

pin_project! {
    /// The future of a manager's code.
    #[allow(missing_debug_implementations, reason = "it lives within one expansion")]
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Running<'a, F> {
        inside: Inside<'a>,
        #[pin]
        code: Option<F>,
    }

    impl<F> PinnedDrop for Running<'_, F> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            if this.code.is_some() {
                this.dropped_from_outside();
            }
        }
    }
}

impl<F> Running<'_, F> {
    /// Drops the code in its phase. From the body on, that is too early.
    #[cold]
    fn dropped_from_outside(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Inside { name, frame } = *this.inside;
        if matches!(frame.phase(), Phase::Body | Phase::TearDown) {
            probe::leaked(name, frame.site);
        }
        ambient::enter(this.inside, || this.code.set(None));
    }
}

/// Every end of a manager's code but a plain one; to be concluded.
#[allow(missing_debug_implementations, reason = "it lives within one expansion")]
pub struct Unplain<R>(pub(in crate::context) Result<Result<Option<R>, BodyError>, Payload>);

impl<R, F: Future<Output = Result<Option<R>, BodyError>>> Future for Running<'_, F> {
    /// The value of a body that reached its end without suspending, as tear-down did; or whatever else.
    type Output = Result<R, Unplain<R>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Inside { name, frame } = *this.inside;
        let code = this.code.as_mut().as_pin_mut().expect("polled after its end");
        let end = ready!(poll_code(this.inside, code, cx));
        this.code.set(None);
        match end {
            Ok(Ok(Some(value))) if frame.place.get().is_none() => Poll::Ready(Ok(value)),
            Ok(Ok(None)) if frame.phase() == Phase::SetUp => not_yielded(name, frame.site),
            end => Poll::Ready(Err(Unplain(end))),
        }
    }
}

#[cold]
fn not_yielded(name: &str, site: &Location<'_>) -> ! {
    panic!("the manager `{name}` came to its end without a `yield`; it was called at {site}")
}

#[inline]
fn poll_code<F: Future>(
    inside: &Inside<'_>,
    code: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<Result<F::Output, Payload>> {
    let frame = inside.frame;
    if frame.phase() == Phase::New {
        if ambient::is_requested() {
            return Poll::Pending;
        }
        frame.enter(Phase::SetUp);
    }
    match caught(|| ambient::enter(inside, || code.poll(cx))) {
        Ok(Poll::Pending) => {
            if frame.phase() == Phase::TearDown {
                ambient::here(|around| inside.suspended(around));
            }
            Poll::Pending
        }
        Ok(Poll::Ready(end)) => Poll::Ready(Ok(end)),
        Err(payload) => Poll::Ready(Err(payload)),
    }
}

pin_project! {
    /// The future of a `yield`: it runs the body, and tells how that ended.
    #[allow(missing_debug_implementations, reason = "it lives within one expansion")]
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Yielded<'a, F> {
        frame: &'a Frame,
        #[pin]
        body: Option<F>,
    }
}

impl<'a, R, F> Future for Yielded<'a, F>
where
    F: Future<Output = Result<R, BodyError>>,
{
    type Output = (Option<R>, Exit<'a>);

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let frame = *this.frame;
        frame.enter(Phase::Body);
        let before = frame.place.get().map_or(Marks::NONE, |place| place.domain().marks());
        let mut output = None;
        let polled = caught(|| {
            let body = this.body.as_mut().as_pin_mut().expect("polled after its end");
            if let Poll::Ready(ready) = body.poll(cx) {
                output = Some(ready);
                this.body.set(None);
            }
        });
        let end = match (polled, output) {
            (Ok(()), Some(Ok(value))) => (Some(value), Exit::Done),
            (Ok(()), None) => {
                ready!(frame.suspended(before, cx));
                (None, frame.cut(|| this.body.set(None)))
            }
            (polled, output) => {
                (None, frame.spoilt(polled, output.and_then(Result::err), || this.body.set(None)))
            }
        };
        frame.enter(Phase::TearDown);
        Poll::Ready(end)
    }
}

impl Frame {
    /// The body has suspended; ready when it is to be dropped.
    fn suspended(&self, before: Marks, cx: &Context<'_>) -> Poll<()> {
        let place = ambient::node().expect("a manager polls its body");
        place.domain().set_waker(cx.waker());
        may_drop(before, place.domain(), cx)
    }

    /// Drops a body that is asked to end.
    fn cut(&self, drop_body: impl FnOnce()) -> Exit<'_> {
        match caught(drop_body) {
            Ok(()) => Exit::Cancelled,
            Err(payload) => self.panicked(payload),
        }
    }

    /// The body failed or panicked; a destructor in it may have panicked, too.
    #[cold]
    fn spoilt(
        &self,
        polled: Result<(), Payload>,
        failed: Option<BodyError>,
        drop_body: impl FnOnce(),
    ) -> Exit<'_> {
        if let Some(error) = failed {
            let _ = self.failure.set(Arc::new(failure::of(error)));
        }
        let dropped = caught(drop_body);
        match (polled, dropped, self.failure.get()) {
            (Err(payload), ..) | (_, Err(payload), _) => self.panicked(payload),
            (_, _, Some(error)) => Verdict::exit(error),
            (_, _, None) => Exit::Done,
        }
    }

    /// The same for a manager that is held.
    pub(crate) fn verdict(&self, exit: Exit<'_>) -> Verdict {
        match (exit, self.failure.get()) {
            (Exit::Failed(_), Some(error)) => Verdict::Failed(Arc::clone(error)),
            (Exit::Panicked, _) => Verdict::Panicked,
            (Exit::Cancelled, _) => Verdict::Cancelled,
            (Exit::Done | Exit::Failed(_), _) => Verdict::Done,
        }
    }

    fn panicked(&self, payload: Payload) -> Exit<'_> {
        *lock(&self.place().panic) = Some(payload);
        Exit::Panicked
    }
}
