//! The same code without them.

use std::sync::Arc;
use std::time::Duration;

use ayo::testing::watch;
use ayo::{Scope, scope, shield};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::sleep;

use super::things::*;

pub(crate) async fn lost_permit(_: &Scope, seats: &Semaphore) {
    let _seat = seats.acquire().await.unwrap();
    work().await;
}

pub(crate) async fn left_busy(_: &Scope, door: &Door) {
    door.enter().await;
    let _inside = Inside(door);
    work().await;
}

pub(crate) async fn detached_task(run: &Scope, (): &()) {
    let beat = run.spawn(async { loop_of_work().await });
    work().await;
    beat.cancel();
}

async fn loop_of_work() {
    loop {
        work().await;
    }
}

pub(crate) async fn dropped_shield(_: &Scope, (): &()) {
    shield(work()).await;
}

pub(crate) async fn panic_at_cancel(run: &Scope, (): &()) {
    let (answer, answered) = oneshot::channel();
    run.spawn(async move {
        work().await;
        answer.send(7).is_ok()
    });
    run.spawn(async move {
        if let Ok(answer) = answered.await {
            assert_eq!(answer, 7);
        }
    });
}

pub(crate) async fn clean_up_that_hangs(run: &Scope, (): &()) {
    let (flush, mut wants) = mpsc::channel::<oneshot::Sender<()>>(1);
    let writer = run.spawn(async move {
        while let Some(tells) = wants.recv().await {
            let _ = tells.send(());
        }
    });
    shield(async {
        work().await;
        let (tells, flushed) = oneshot::channel();
        let _ = flush.send(tells).await;
        let _ = flushed.await; // an error, if the writer is gone
    })
    .await;
    drop(flush);
    let _ = writer.await;
}

pub(crate) async fn clean_up_cut_off(_: &Scope, (): &()) {
    let served = scope!(cancel_timeout = 5 => |run| {
        run << shield(async { sleep(Duration::from_secs(3)).await });
    });
    served.await.unwrap();
}

pub(crate) async fn destructor_that_panics(_: &Scope, (): &()) {
    work().await; // comes before: while there is a buffer, nothing suspends
    let mut buffer = Buffer { flushed: false };
    buffer.flushed = true;
}

pub(crate) async fn missing_shield(_: &Scope, (): &()) {
    let bank = bank();
    work().await;
    let mut bank = bank.lock().unwrap();
    bank[0] -= 30;
    bank[1] += 30;
}

pub(crate) async fn unshielded_tear_down(run: &Scope, (): &()) {
    let connection = Connection::open();
    run.spawn(async move {
        tokio::select! {
            biased;
            () = ayo::cancelled() => {}
            () = work() => {}
        }
        shield(async { connection.close().await }).await;
    });
}

pub(crate) async fn lost_message(_: &Scope, (): &()) {
    let queue = Queue::of(3);
    while let Some(job) = { queue.left.lock().unwrap().last().copied() } {
        work().await;
        queue.left.lock().unwrap().pop();
        queue.done.lock().unwrap().push(job);
    }
}

pub(crate) async fn given_back_twice(_: &Scope, (): &()) {
    let seats = Arc::new(Semaphore::new(2));
    watch(&seats);
    let _seat = seats.acquire().await.unwrap();
    work().await;
}

pub(crate) async fn entry_left(_: &Scope, (): &()) {
    struct Entry(Arc<std::sync::Mutex<Vec<&'static str>>>);
    impl Drop for Entry {
        fn drop(&mut self) {
            self.0.lock().unwrap().clear();
        }
    }
    let registry = registry();
    registry.lock().unwrap().push("me");
    let _entry = Entry(registry);
    work().await;
}
