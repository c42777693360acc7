//! `Monitor`: code that asks whoever drives it, from however deep, and goes on with the answer.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::roaming::Roaming;
use crate::cancel::Reason;
use crate::cancel::region::Ended;
use crate::sync::lock;

/// Lets code deep inside of a future ask whoever drives that future (asynkit's `Monitor`): a parser that needs more
/// bytes, and does not know where they come from.
///
/// Inside, [`oob`](Self::oob) hands out some data, out of band, and waits for the answer. Outside, [`drive`](Self::drive) runs
/// the future up to its next question, or to its end. Between the two may lie any number of `async fn`s that know nothing of
/// it. Clones are the same monitor.
///
/// # Example
/// ```
/// use ayo::{Monitor, Step};
/// use std::pin::pin;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// type Input = Monitor<&'static str, u32>;
///
/// async fn digit(input: &Input) -> u32 { input.oob("a digit, please").await.unwrap() }
/// async fn number(input: &Input) -> u32 { 10 * digit(input).await + digit(input).await }
///
/// let input = Input::new();
/// let mut parser = pin!(number(&input));
/// let mut digits = [4, 2].into_iter();
/// let number = loop {
///     match input.drive(parser.as_mut()).await {
///         Step::Oob(_question) => input.answer(digits.next().unwrap()),
///         Step::Done(number) => break number,
///     }
/// };
/// assert_eq!(number, 42);
/// # }
/// ```
pub struct Monitor<Out, In = (), E = Infallible> {
    shared: Arc<Shared<Out, In, E>>,
}

struct Shared<Out, In, E> {
    state: Mutex<State<Out, In, E>>,
    /// Where what is driven runs, between two drives.
    roaming: Mutex<Roaming>,
}

struct State<Out, In, E> {
    asked: VecDeque<(usize, Out)>,
    /// Those whose question was asked, or handed out.
    asking: Slab<Asking<In, E>>,
    /// The question that the driver has to answer.
    unanswered: Option<usize>,
    is_driven: bool,
    /// What was driven last has not ended.
    is_under_way: bool,
    /// It was asked to end in a drive, and has.
    has_ended: bool,
    driver: Option<Waker>,
}

impl<Out, In, E> State<Out, In, E> {
    /// Whether somebody hears a question: now, or in the next drive.
    fn has_driver(&self) -> bool {
        self.is_driven || self.is_under_way
    }
}

struct Asking<In, E> {
    answer: Option<Result<In, E>>,
    waker: Option<Waker>,
}

/// How far a driven future came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<Out, T> {
    /// It asks this, and waits for the answer.
    Oob(Out),
    /// It has ended with this.
    Done(T),
}

impl<Out, In, E> Monitor<Out, In, E> {
    /// A monitor that nothing is driven through yet.
    #[must_use]
    pub fn new() -> Self {
        let state = State {
            asked: VecDeque::new(),
            asking: Slab::new(),
            unanswered: None,
            is_driven: false,
            is_under_way: false,
            has_ended: false,
            driver: None,
        };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), roaming: Mutex::default() }) }
    }

    /// Inside: hands `data` to whoever drives this code, and waits for the answer. What is asked between two drives, by a task
    /// on another thread, waits for the next one.
    ///
    /// # Errors
    /// What the driver threw.
    ///
    /// # Panics
    /// At the caller, where nobody drives this code through this monitor.
    ///
    /// # Cancel safety
    /// Dropped before it was handed out, the question is taken back. An answer to one that was dropped after that is dropped.
    #[track_caller]
    pub fn oob(&self, data: Out) -> Oob<'_, Out, In, E> {
        let site = Location::caller();
        assert!(lock(&self.shared.state).has_driver(), "{NO_DRIVER}");
        Oob { shared: &self.shared, question: Some(data), key: None, site }
    }

    /// Outside: runs `future` up to its next question, or to its end.
    ///
    /// # Panics
    /// At the caller: without an answer to the last question; within another drive of the same monitor; after a drive in
    /// which the future was cancelled. And with what the future panics with.
    ///
    /// # Cancel safety
    /// Dropped, nothing is lost: the next drive goes on from there. Where the code that drives is asked to end, the future
    /// is asked too, and cleans up; it can only be dropped then.
    #[track_caller]
    pub fn drive<'a, F: Future>(&'a self, future: Pin<&'a mut F>) -> Drive<'a, F, Out, In, E> {
        {
            let state = lock(&self.shared.state);
            assert!(!state.is_driven, "`drive` within a `drive` of the same monitor");
            assert!(state.unanswered.is_none(), "`answer` or `throw` first: the last question has no answer");
            assert!(!state.has_ended, "what this monitor drove was cancelled, and has ended: `close` it");
        }
        Drive { shared: &self.shared, future, is_driving: false }
    }

    /// Answers the question that the last [`drive`](Self::drive) gave; the next one brings it in.
    ///
    /// # Panics
    /// At the caller, if no question is open.
    #[track_caller]
    pub fn answer(&self, answer: In) {
        self.reply(Ok(answer));
    }

    /// Makes the [`oob`](Self::oob) of the last question fail.
    ///
    /// # Panics
    /// At the caller, if no question is open.
    #[track_caller]
    pub fn throw(&self, error: E) {
        self.reply(Err(error));
    }

    #[track_caller]
    fn reply(&self, answer: Result<In, E>) {
        let (waker, left) = {
            let mut state = lock(&self.shared.state);
            let Some(key) = state.unanswered.take() else { panic!("no question is open: `drive` gives one") };
            match state.asking.get_mut(key) {
                Some(asking) => (asking.waker.take(), asking.answer.replace(answer)),
                None => (None, Some(answer)),
            }
        };
        drop(left);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ends what was driven: it is cancelled politely, and this waits until it has cleaned up and drops it. The monitor can
    /// drive another future then.
    ///
    /// # Panics
    /// With what it panics with in its clean-up, and at the caller, within a drive of the same monitor.
    #[track_caller]
    pub fn close<F: Future>(&self, future: F) -> impl Future<Output = ()> {
        assert!(!lock(&self.shared.state).is_driven, "`close` within a `drive` of the same monitor");
        close(&self.shared, future)
    }
}

const NO_DRIVER: &str = "`oob` where nobody drives: this code is to be run by `monitor.drive(future)`";

async fn close<Out, In, E, F: Future>(shared: &Shared<Out, In, E>, future: F) {
    let mut future = Box::pin(Some(future));
    let mut roaming = std::mem::take(&mut *lock(&shared.roaming));
    roaming.request(&Reason::Asked);
    if roaming.has_home() && !lock(&shared.state).has_ended {
        std::future::poll_fn(|cx| match future.as_mut().as_pin_mut() {
            Some(running) => roaming.poll(running, cx).map(drop),
            None => Poll::Ready(()),
        })
        .await;
    }
    roaming.end(|| future.set(None));
    let left = {
        let mut state = lock(&shared.state);
        (state.unanswered, state.is_under_way, state.has_ended) = (None, false, false);
        std::mem::take(&mut state.asked)
    };
    drop(left);
}

impl<Out, In, E> Default for Monitor<Out, In, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Out, In, E> Clone for Monitor<Out, In, E> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<Out, In, E> fmt::Debug for Monitor<Out, In, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("driven", &lock(&self.shared.state).is_driven).finish_non_exhaustive()
    }
}

/// The future of [`Monitor::oob`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Oob<'a, Out, In, E> {
    shared: &'a Shared<Out, In, E>,
    question: Option<Out>,
    key: Option<usize>,
    site: &'static Location<'static>,
}

impl<Out, In, E> Unpin for Oob<'_, Out, In, E> {}

impl<Out, In, E> Future for Oob<'_, Out, In, E> {
    type Output = Result<In, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<In, E>> {
        let this = self.get_mut();
        let waker = Some(cx.waker().clone());
        let mut state = lock(&this.shared.state);
        if let Some(question) = this.question.take() {
            if !state.has_driver() {
                drop(state);
                panic!("{NO_DRIVER} (the `oob` of {})", this.site);
            }
            let key = state.asking.insert(Asking { answer: None, waker });
            this.key = Some(key);
            state.asked.push_back((key, question));
            let driver = state.driver.take();
            drop(state);
            if let Some(driver) = driver {
                driver.wake();
            }
            return Poll::Pending;
        }
        let Some(key) = this.key else { panic!("an `oob` was polled after its end") };
        if let Some(answer) = state.asking[key].answer.take() {
            this.key = None;
            let asking = state.asking.remove(key);
            drop(state);
            drop(asking);
            return Poll::Ready(answer);
        }
        let old = std::mem::replace(&mut state.asking[key].waker, waker);
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl<Out, In, E> Drop for Oob<'_, Out, In, E> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut state = lock(&self.shared.state);
        let asking = state.asking.remove(key);
        let place = state.asked.iter().position(|(asked, _)| *asked == key);
        let question = place.and_then(|place| state.asked.remove(place));
        drop(state);
        drop((asking, question));
    }
}

impl<Out, In, E> fmt::Debug for Oob<'_, Out, In, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oob").field("site", &self.site).finish_non_exhaustive()
    }
}

/// The future of [`Monitor::drive`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Drive<'a, F, Out, In, E> {
    shared: &'a Shared<Out, In, E>,
    future: Pin<&'a mut F>,
    is_driving: bool,
}

impl<F: Future, Out, In, E> Future for Drive<'_, F, Out, In, E> {
    type Output = Step<Out, F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.begin();
        {
            let mut state = lock(&this.shared.state);
            if state.has_ended {
                return Poll::Pending;
            }
            state.is_under_way = false; // and stays so after a panic
        }
        let polled = this.poll_future(cx);
        let waker = Some(cx.waker().clone());
        let mut state = lock(&this.shared.state);
        state.is_under_way = polled.is_pending();
        match polled {
            Poll::Ready(Ended::Ready(value)) => {
                drop(state);
                *lock(&this.shared.roaming) = Roaming::default();
                return Poll::Ready(Step::Done(value));
            }
            Poll::Ready(Ended::Dropped) => {
                state.has_ended = true;
                drop(state);
                lock(&this.shared.roaming).park();
                return Poll::Pending;
            }
            Poll::Pending => {}
        }
        if let Some((key, question)) = state.asked.pop_front() {
            state.unanswered = Some(key);
            return Poll::Ready(Step::Oob(question));
        }
        let old = std::mem::replace(&mut state.driver, waker);
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl<F: Future, Out, In, E> Drive<'_, F, Out, In, E> {
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.is_driving, true) {
            let was_driven = std::mem::replace(&mut lock(&self.shared.state).is_driven, true);
            if was_driven {
                self.is_driving = false;
                panic!("two drives of the same monitor at once");
            }
        }
    }

    /// Polls in the monitor's domain; what it panics with has taken the domain along.
    fn poll_future(&mut self, cx: &mut Context<'_>) -> Poll<Ended<F::Output>> {
        let mut roaming = std::mem::take(&mut *lock(&self.shared.roaming));
        let polled = roaming.poll(self.future.as_mut(), cx);
        *lock(&self.shared.roaming) = roaming;
        polled
    }
}

impl<F, Out, In, E> Drop for Drive<'_, F, Out, In, E> {
    /// Nobody drives it for now.
    fn drop(&mut self) {
        if self.is_driving {
            lock(&self.shared.roaming).park();
            let driver = {
                let mut state = lock(&self.shared.state);
                state.is_driven = false;
                state.driver.take()
            };
            drop(driver);
        }
    }
}

impl<F, Out, In, E> fmt::Debug for Drive<'_, F, Out, In, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").finish_non_exhaustive()
    }
}
