//! The driver: the Tokio task that sleeps until a schedule is due.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, Sleep};

use super::entry::{later, ring, unschedule};
use super::timetable::Next;
use super::wall;
use crate::cancel::Listening;
use crate::cancel::domain::Marks;
use crate::scope::core::Core;

/// How often the wall clock is looked at while something waits for it. It may be set at any time, and while the machine
/// sleeps it goes on and Tokio's clock does not; nothing portable tells of either. A second is as fine as people write
/// dates, and a look a second costs about a hundred-thousandth of one core.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) struct Driver {
    core: Arc<Core>,
    /// Woken when the scope is asked to stop or to end.
    listening: Listening,
    timer: Option<Pin<Box<Sleep>>>,
    /// Another one may be driving by now.
    over: bool,
}

impl Driver {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, listening: Listening::default(), timer: None, over: false }
    }

    /// Ends every schedule that is left.
    fn close(&mut self) {
        self.over = true;
        while let Some(plan) = self.core.timetable().pop() {
            unschedule(&self.core, &plan);
        }
    }

    /// Sets the timer to the first moment at which something may be due, and waits for it.
    fn poll_timer(
        &mut self,
        clock: Option<Instant>,
        date: Option<SystemTime>,
        now: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let look = date.map(|date| {
            let wall = wall::now();
            let left = date.duration_since(wall.at).unwrap_or_default();
            later(now, if wall.is_steady { left } else { left.min(LOOK) })
        });
        let Some(at) = clock.into_iter().chain(look).min() else { return Poll::Pending };
        match &mut self.timer {
            Some(timer) if timer.deadline() == at => {}
            Some(timer) => timer.as_mut().reset(at),
            none => *none = Some(Box::pin(tokio::time::sleep_until(at))),
        }
        self.timer.as_mut().expect("it was just set").as_mut().poll(cx)
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let core = Arc::clone(&this.core);
        if this.listening.poll_with(|| Some(core.as_node()), Marks::WINDING_DOWN, cx).is_ready() {
            this.close();
            return Poll::Ready(());
        }
        let mut batches = 0;
        loop {
            let now = Instant::now();
            let wall = core.timetable().has_dates().then(wall::now);
            match core.timetable().next(now, wall, cx.waker()) {
                Next::Nothing => {
                    this.over = true;
                    return Poll::Ready(());
                }
                Next::Wait { clock, wall } => ready!(this.poll_timer(clock, wall, now, cx)),
                Next::Ring(rung) => {
                    rung.iter().for_each(|(due, plan)| ring(&core, plan, *due, now));
                    batches += 1;
                    if batches == 8 {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl Drop for Driver {
    /// The runtime shut down under it, if anything is left.
    fn drop(&mut self) {
        if !self.over {
            self.close();
        }
    }
}
