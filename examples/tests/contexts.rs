//! The examples of context managers: what each prints, and that it keeps its promise wherever its block is left or cut.

use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;

use ayo::{OpenScope, Report};

#[path = "contexts/file_lock.rs"]
mod file_lock;
#[path = "contexts/pool.rs"]
mod pool;
mod support;
#[path = "contexts/temp_dir.rs"]
mod temp_dir;
#[path = "../../tests/support.rs"]
mod tools;
#[path = "contexts/traced.rs"]
mod traced;
#[path = "contexts/transaction.rs"]
mod transaction;

use support::LONG;
use tools::{Flag, turns, until};

/// Runs the body on both of Tokio's runtimes, in real time: files, threads and processes know no other.
fn on_both(body: impl AsyncFn()) {
    let current_thread = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let multi_thread = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    for runtime in [current_thread, multi_thread] {
        let body = async { tokio::time::timeout(LONG, body()).await.expect("it hangs") };
        runtime.expect("a runtime").block_on(body);
    }
}

/// Code in a scope of its own.
struct Job(OpenScope);

impl Job {
    fn start(code: impl Future<Output = Result<(), ayo::Error>> + Send + 'static) -> Self {
        let scope = ayo::scope().open();
        scope.spawn(code);
        scope.finalize();
        Self(scope)
    }

    /// What becomes of it.
    async fn end(self) -> Report<()> {
        self.0.report().await
    }

    async fn cancel(self) -> Report<()> {
        self.0.cancel();
        self.end().await
    }

    /// Cancels it where something holds it, which is then let go.
    async fn cancel_while_held(self, let_go: impl AsyncFnOnce()) -> Report<()> {
        self.0.cancel();
        let mut end = pin!(self.end());
        for _ in 0..100 {
            let is_over = poll_fn(|cx| Poll::Ready(end.as_mut().poll(cx).is_ready())).await;
            assert!(!is_over, "it has ended before its clean-up had");
            turns(1).await;
        }
        let_go().await;
        end.await
    }
}

/// Holds a thread at a place in code that blocks. Dropped, it lets go: a test that fails is not to hang.
struct Hold(Arc<Place>);

/// That place.
struct Place {
    entered: Flag,
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Place {
    /// Stands there.
    fn here(&self) {
        self.entered.set();
        let is_open = self.is_open.lock().unwrap();
        drop(self.opened.wait_while(is_open, |is_open| !*is_open).unwrap());
    }
}

impl Hold {
    fn new() -> Self {
        let place = Place { entered: Flag::new(), is_open: Mutex::new(false), opened: Condvar::new() };
        Self(Arc::new(place))
    }

    fn place(&self) -> Arc<Place> {
        Arc::clone(&self.0)
    }

    /// Waits until a thread is there.
    async fn entered(&self) {
        until(|| self.0.entered.is_set()).await;
    }

    fn let_go(&self) {
        *self.0.is_open.lock().unwrap() = true;
        self.0.opened.notify_all();
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// The ends of a block other than a good one and a cancel.
const BAD_ENDS: [fn() -> Result<(), std::fmt::Error>; 2] =
    [|| Err(std::fmt::Error), || resume_unwind(Box::new("a panic"))];
