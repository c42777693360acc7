//! `defer!`: code that runs when the rest of its block has ended.
//!
//! The rest of the block is the body of a manager that has no set-up, and what was deferred is its tear-down. Here is what
//! differs from a `with!`: a block may be the whole of a function or of an `async` block, and then its end is whatever that
//! returns. The error in it stays as it is, of its own type; only where something has to be said about it beyond that (it is
//! shown to the deferred code, or that fails too) it becomes an [`Error`] and is made of one again.

use std::any::Any;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::manager::{Frame, Payload, Unplain, passed_on};
use crate::BoxError;
use crate::error::Error;
use crate::outcome::{Outcome, Plain, never};
use crate::panic::caught;
use crate::scope::future::BodyError;

/// What the error of a block with a `defer!` in it has to be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of code with a `defer!` in it",
    label = "an error of what was deferred could not be passed on",
    note = "what was deferred fails with an `ayo::Error`: implement `From<ayo::Error>` for this type, or use \
            `ayo::Error`, `anyhow::Error` or `Box<dyn Error + Send + Sync>`"
)]
pub trait BlockError: Sized {
    /// As an [`Error`] of its own.
    fn into_error(self) -> Error;
    /// Back again, or of an error that came later.
    fn from_error(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + From<Error> + 'static> BlockError for E {
    fn into_error(self) -> Error {
        as_type::<_, Error>(self).unwrap_or_else(|this| Error::failed(this.into()).passing())
    }

    fn from_error(error: Error) -> Self {
        if !is_type::<Self, BoxError>() {
            return error.into();
        }
        let source = error.unmade().unwrap_or_else(BoxError::from);
        as_type(source).unwrap_or_else(|_| unreachable!("it is the same type"))
    }
}

#[diagnostic::do_not_recommend]
impl BlockError for BodyError {
    fn into_error(self) -> Error {
        Error::failed(self.0).passing()
    }

    fn from_error(error: Error) -> Self {
        Self(error.unmade().unwrap_or_else(BoxError::from))
    }
}

fn is_type<A: 'static, B: 'static>() -> bool {
    std::any::TypeId::of::<A>() == std::any::TypeId::of::<B>()
}

/// The same value, if it is of that type.
fn as_type<A: 'static, B: 'static>(value: A) -> Result<B, A> {
    let mut slot = Some(value);
    let same = (&mut slot as &mut dyn Any).downcast_mut::<Option<B>>().and_then(Option::take);
    same.ok_or_else(|| slot.expect("only the same type takes it"))
}

/// What a block with a `defer!` in it can end with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what code with a `defer!` in it returns",
    label = "it returns a plain value, or a `Result` whose error takes an `ayo::Error`",
    note = "a `Result` with another error (`std::io::Error`): return `ayo::Error`, `anyhow::Error` or \
            `Box<dyn Error + Send + Sync>`, for what was deferred may fail; a type of your own: write `#[derive(ayo::Plain)]` on \
            it; anything else: put the `defer!` and what follows it into a block of their own"
)]
pub trait BlockOutput: Sized {
    /// Whether an error can be made to one.
    const CAN_FAIL: bool;
    /// Itself, unless it is an error.
    ///
    /// # Errors
    /// What it is.
    fn take_error(self) -> Result<Self, Error>;
    /// Of an error, if it can be one.
    fn from_error(error: Error) -> Option<Self>;
}

impl<T, E: BlockError> BlockOutput for Result<T, E> {
    const CAN_FAIL: bool = true;

    #[inline]
    fn take_error(self) -> Result<Self, Error> {
        self.map(Ok).map_err(BlockError::into_error)
    }

    fn from_error(error: Error) -> Option<Self> {
        Some(Err(E::from_error(error)))
    }
}

/// The value of a block that stands in other code, where no error can leave it.
#[derive(Debug)]
pub struct Bare<R>(pub R);

macro_rules! never_fails {
    ($output:ty $(, $parameter:ident $(: $bound:ident)?)?) => {
        #[diagnostic::do_not_recommend]
        impl$(<$parameter $(: $bound)?>)? BlockOutput for $output {
            const CAN_FAIL: bool = false;

            #[allow(unreachable_code, reason = "a value of `!`")]
            #[inline]
            fn take_error(self) -> Result<Self, Error> {
                Ok(self)
            }

            fn from_error(_: Error) -> Option<Self> {
                None
            }
        }
    };
}

never_fails!(P, P: Plain);
never_fails!(Bare<R>, R);
never_fails!(<fn() -> ! as never::Returns>::Returned);

pin_project! {
    /// The rest of a block, as the body of a frame.
    #[allow(missing_debug_implementations, reason = "it lives within one expansion")]
    pub struct Rest<F> {
        is_shown: bool,
        #[pin]
        future: F,
    }
}

/// The rest of a block whose end nobody is shown: an error in it stays as it is.
#[inline]
pub fn rest<F: Future>(future: F) -> Rest<F> {
    Rest { is_shown: false, future }
}

/// The rest of a block whose end is shown to what was deferred.
#[inline]
pub fn shown<F: Future>(future: F) -> Rest<F> {
    Rest { is_shown: true, future }
}

impl<F: Future<Output: BlockOutput>> Future for Rest<F> {
    type Output = Result<F::Output, BodyError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let output = ready!(this.future.poll(cx));
        Poll::Ready(if *this.is_shown { passed_on(output.take_error()) } else { Ok(output) })
    }
}

/// Takes the error of a block that ends otherwise than by returning it.
fn fail<O: BlockOutput>(frame: &Frame, output: Option<O>) {
    if let Some(Err(error)) = output.map(O::take_error) {
        let _ = frame.failure.set(Arc::new(error));
    }
}

/// What can be deferred: code that is done with its last line, or that gives a future to wait for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what deferred code ends with",
    label = "deferred code ends with `()`, a plain value, a `Result`, or a future of one",
    note = "write `defer!(async {{ .. }})`, `defer!(clean_up())`, or `defer!({{ .. }})` for code that is not async; end it with \
            a `;` if its value does not matter"
)]
pub trait Deferrable<M> {
    /// What is waited for.
    type Future: Future<Output: Outcome>;
    /// Makes it.
    fn into_deferred(self) -> Self::Future;
}

/// Marks what is done.
#[derive(Debug)]
pub enum ByValue {}

/// Marks what is to be waited for.
#[derive(Debug)]
pub enum ByFuture {}

#[diagnostic::do_not_recommend]
impl<O: Outcome> Deferrable<ByValue> for O {
    type Future = Ready<O>;

    fn into_deferred(self) -> Ready<O> {
        ready(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F: Future<Output: Outcome>> Deferrable<ByFuture> for F {
    type Future = F;

    fn into_deferred(self) -> F {
        self
    }
}

pin_project! {
    /// What was deferred, while it runs.
    #[project = DeferredProj]
    #[allow(missing_debug_implementations, reason = "it lives within one expansion")]
    pub enum Deferred<F, N, M> {
        Code { #[pin] code: F, kind: PhantomData<fn() -> M> },
        Future { #[pin] future: N },
        Ended,
    }
}

/// How deferred code went wrong.
#[derive(Debug)]
pub enum Torn {
    /// It failed.
    Error(BoxError),
    /// It panicked.
    Panic(Payload),
}

/// Runs what was deferred; `code` evaluates it.
#[inline]
pub fn run<F, D, M>(code: F) -> Deferred<F, D::Future, M>
where
    F: Future<Output = D>,
    D: Deferrable<M>,
{
    Deferred::Code { code, kind: PhantomData }
}

impl<F, D, M> Future for Deferred<F, D::Future, M>
where
    F: Future<Output = D>,
    D: Deferrable<M>,
{
    type Output = Result<(), Torn>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = match caught(|| self.as_mut().poll_to_its_end(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(ended)) => ended.map_err(Torn::Error),
            Err(payload) => Err(Torn::Panic(payload)),
        };
        let dropped = caught(|| self.set(Self::Ended));
        Poll::Ready(ended.and(dropped.map_err(Torn::Panic)))
    }
}

impl<F, D, M> Deferred<F, D::Future, M>
where
    F: Future<Output = D>,
    D: Deferrable<M>,
{
    fn poll_to_its_end(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        loop {
            let future = match self.as_mut().project() {
                DeferredProj::Code { code, .. } => ready!(code.poll(cx)).into_deferred(),
                DeferredProj::Future { future } => {
                    let outcome = ready!(future.poll(cx));
                    return Poll::Ready(outcome.into_result().map(drop).map_err(Into::into));
                }
                DeferredProj::Ended => unreachable!("polled after its end"),
            };
            self.set(Self::Future { future });
        }
    }
}

/// Puts together what the rest of a block and what was deferred have come to.
///
/// # Errors
/// What was deferred failed.
pub fn both<O: BlockOutput>(
    frame: &Frame,
    output: Option<O>,
    torn: Result<(), Torn>,
) -> Result<Option<O>, BodyError> {
    match torn {
        Ok(()) => Ok(output),
        Err(Torn::Error(error)) if !O::CAN_FAIL && output.is_some() => {
            frame.hand_up(std::iter::empty(), Some(Error::failed(error)));
            Ok(output)
        }
        Err(torn) => {
            fail(frame, output);
            match torn {
                Torn::Error(error) => Err(BodyError(error)),
                Torn::Panic(payload) => resume_unwind(payload),
            }
        }
    }
}

/// The end of a block: what it returns, or never anything.
#[allow(missing_debug_implementations, reason = "it lives within one expansion")]
pub struct Concluded<O>(Option<O>);

impl<O> Unpin for Concluded<O> {}

impl<O> Future for Concluded<O> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<O> {
        self.0.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// Ends the block, from what all of its code came to.
#[inline]
pub fn conclude<O: BlockOutput>(frame: &mut Frame, end: Result<O, Unplain<O>>) -> Concluded<O> {
    Concluded(match end {
        Ok(output) => Some(output),
        Err(end) => conclude_unplain(frame, end),
    })
}

#[cold]
fn conclude_unplain<O: BlockOutput>(frame: &mut Frame, Unplain(end): Unplain<O>) -> Option<O> {
    let end = match end {
        Ok(Ok(Some(output))) if !frame.around_requested() => return Some(output),
        Ok(Ok(output)) => {
            fail(frame, output);
            Ok(Ok(()))
        }
        Ok(Err(error)) => Ok(Err(error)),
        Err(payload) => Err(payload),
    };
    let is_alone = frame.failure.get().is_none();
    let error = frame.conclude_badly(end);
    let error = if is_alone { error.map(Error::passing) } else { error };
    error.and_then(O::from_error)
}
