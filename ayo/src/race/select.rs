//! What `select!` awaits: several branches of any types, of which one is chosen.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::crew::Crew;
use super::one_of::{Nobody, One};
use super::set::FutureSet;
use crate::cancel::Reason;
use crate::scope::ByTuple;

pin_project! {
    /// A branch: comes to `None` if it is not to be chosen.
    #[allow(missing_debug_implementations, reason = "it lives within one expression")]
    pub struct Branch<F, M> {
        #[pin]
        future: F,
        is_enabled: bool,
        matches: M,
    }
}

/// A branch of a `select!`.
pub fn branch<F: Future, M: Fn(&F::Output) -> bool>(is_enabled: bool, future: F, matches: M) -> Branch<F, M> {
    Branch { future, is_enabled, matches }
}

impl<F: Future, M: Fn(&F::Output) -> bool> Future for Branch<F, M> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        if !*this.is_enabled {
            return Poll::Ready(None);
        }
        let output = ready!(this.future.poll(cx));
        Poll::Ready((this.matches)(&output).then_some(output))
    }
}

/// Whether a branch is to be chosen.
pub trait Choice {
    /// Whether it has something.
    fn is_some(&self) -> bool;
}

impl<T> Choice for Option<T> {
    fn is_some(&self) -> bool {
        Option::is_some(self)
    }
}

impl Choice for Nobody {
    fn is_some(&self) -> bool {
        match *self {}
    }
}

macro_rules! choice {
    ($($name:ident)*) => {
        impl<$($name: Choice),*> Choice for One<$($name),*> {
            fn is_some(&self) -> bool {
                match self {
                    $(One::$name(output) => output.is_some(),)*
                }
            }
        }
    };
}

choice!(A B C D E F G H I J K L);

/// The first branch that is ready and matches, when the others have cleaned up and ended; `None`: there is none. They are polled
/// first in their order, or, unless that `is_biased`, from another one on each time.
pub fn select<S>(branches: S, is_biased: bool) -> Select<S::Future>
where
    S: FutureSet<ByTuple, Future: Future<Output: Choice>>,
{
    let first = |len| if is_biased { 0 } else { turn() % len };
    Select { crew: Crew::beginning_with(branches.into_futures(), first), chosen: None }
}

/// A number that is another one each time; the same ones on each thread, so that a test is the same each time.
fn turn() -> usize {
    thread_local! {
        static STATE: Cell<u64> = const { Cell::new(0x9e37_79b9_7f4a_7c15) };
    }
    // Marsaglia's xorshift64: short, and all that fairness needs.
    let mut x = STATE.get();
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    STATE.set(x);
    (x >> 32) as usize
}

/// The future of [`select`].
#[must_use = "futures do nothing unless you `.await` them"]
#[allow(missing_debug_implementations, reason = "it lives within one expression")]
pub struct Select<F: Future> {
    crew: Crew<F>,
    chosen: Option<F::Output>,
}

impl<F: Future> Unpin for Select<F> {}

impl<F: Future<Output: Choice>> Future for Select<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { crew, chosen } = self.get_mut();
        while chosen.is_none() {
            let Some((_, output)) = ready!(crew.poll_next(cx)) else { return Poll::Ready(None) };
            if output.is_some() {
                *chosen = Some(output);
                crew.end(&Reason::Lost);
            }
        }
        ready!(crew.poll_end(cx));
        Poll::Ready(chosen.take())
    }
}

/// All branches are disabled, and there is no `else`.
#[track_caller]
pub fn nothing_left() -> ! {
    panic!("all branches of this `select!` are disabled, and it has no `else`")
}
