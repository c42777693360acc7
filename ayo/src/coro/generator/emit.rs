//! `Emitter`: the end of a generator that items go in at.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::channel::{Answer, Channel, Found};

/// Gives items to whoever reads its [`Generator`](crate::Generator): the body has one, and so has whomever that hands a clone
/// to, other tasks too.
///
/// `T` are the items, `S` is what [`send`](crate::Generator::send) answers, `E` what [`throw`](crate::Generator::throw) does.
pub struct Emitter<T, S = (), E = Infallible> {
    channel: Arc<Channel<T, S, E>>,
}

impl<T, S, E> Emitter<T, S, E> {
    pub(super) fn new(channel: Arc<Channel<T, S, E>>) -> Self {
        Self { channel }
    }

    /// Gives an item, and waits until the reader comes back: with nothing (`next`), an answer (`send`), or an error
    /// (`throw`).
    ///
    /// # Errors
    /// [`EmitError::Thrown`] with what the reader threw; [`EmitError::Closed`] if nobody reads any more. The body itself does
    /// not see the latter but in its clean-up: a generator that is closed cancels it.
    ///
    /// # Panics
    /// Polled first in the generator's body and then elsewhere.
    ///
    /// # Cancel safety
    /// Dropped before the item was read, it takes the item back. After that, an answer goes to nobody.
    pub fn emit(&self, item: T) -> Emit<'_, T, S, E> {
        Emit { channel: &self.channel, state: State::New(item) }
    }
}

impl<T, S, E> Clone for Emitter<T, S, E> {
    fn clone(&self) -> Self {
        Self { channel: Arc::clone(&self.channel) }
    }
}

impl<T, S, E> fmt::Debug for Emitter<T, S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").finish_non_exhaustive()
    }
}

/// The future of [`Emitter::emit`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Emit<'a, T, S, E> {
    channel: &'a Channel<T, S, E>,
    state: State<T>,
}

enum State<T> {
    New(T),
    AtDesk,
    /// In line, under this key.
    InLine(usize),
    Over,
}

impl<T, S, E> Unpin for Emit<'_, T, S, E> {}

impl<T, S, E> Emit<'_, T, S, E> {
    #[inline(always)]
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer<S, E>, EmitError<E>>> {
        let found = match &self.state {
            State::New(_) => return self.bring(cx),
            State::AtDesk => self.channel.look(cx),
            State::InLine(key) => self.channel.look_in_line(*key, cx),
            State::Over => polled_again(),
        };
        let end = match found {
            Found::NotYet => return Poll::Pending,
            Found::Answered(answer) => Ok(answer),
            Found::Closed => Err(EmitError::Closed),
        };
        self.state = State::Over;
        Poll::Ready(end)
    }

    #[inline(always)]
    fn bring<R>(&mut self, cx: &Context<'_>) -> Poll<Result<R, EmitError<E>>> {
        let State::New(item) = std::mem::replace(&mut self.state, State::AtDesk) else {
            return Poll::Pending;
        };
        match self.channel.bring(item, cx) {
            Ok(()) => Poll::Pending,
            Err(item) => self.stand_in_line(item, cx),
        }
    }

    #[cold]
    fn stand_in_line<R>(&mut self, item: T, cx: &Context<'_>) -> Poll<Result<R, EmitError<E>>> {
        self.state = State::Over;
        match self.channel.stand_in_line(item, cx) {
            Some(key) => {
                self.state = State::InLine(key);
                Poll::Pending
            }
            None => Poll::Ready(Err(EmitError::Closed)),
        }
    }
}

#[cold]
fn polled_again() -> ! {
    panic!("an `emit` was polled after its end")
}

impl<T, S, E> Future for Emit<'_, T, S, E> {
    type Output = Result<Option<S>, EmitError<E>>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let end = ready!(self.get_mut().poll_answer(cx));
        Poll::Ready(end.and_then(|answer| answer.map_err(EmitError::Thrown)))
    }
}

impl<T, S, E> Drop for Emit<'_, T, S, E> {
    #[inline]
    fn drop(&mut self) {
        match self.state {
            State::AtDesk => self.channel.withdraw(),
            State::InLine(key) => self.channel.leave_line(key),
            State::New(_) | State::Over => {}
        }
    }
}

impl<T, S, E> fmt::Debug for Emit<'_, T, S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emit").finish_non_exhaustive()
    }
}

/// Why an [`emit`](Emitter::emit) was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmitError<E> {
    /// The reader threw this.
    Thrown(E),
    /// Nobody reads any more.
    Closed,
}

impl<E: fmt::Display> fmt::Display for EmitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thrown(error) => error.fmt(f),
            Self::Closed => f.write_str("nobody reads the generator any more"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for EmitError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Thrown(error) => error.source(),
            Self::Closed => None,
        }
    }
}
