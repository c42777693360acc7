//! The code with the bugs.

use std::sync::Arc;
use std::time::Duration;

use ayo::testing::watch;
use ayo::{Scope, scope, shield};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::sleep;

use super::things::*;

pub(crate) async fn lost_permit(_: &Scope, seats: &Semaphore) {
    seats.acquire().await.unwrap().forget();
    work().await;
    seats.add_permits(1);
}

pub(crate) async fn left_busy(_: &Scope, door: &Door) {
    door.enter().await;
    work().await;
    door.leave();
}

pub(crate) async fn detached_task(_: &Scope, (): &()) {
    let (stop, stopped) = oneshot::channel::<()>();
    let beat = tokio::spawn(async move {
        // an `Err` says that nobody is there to stop it any more; it does not look
        let stopped = stopped.await;
        while stopped.is_err() {
            work().await;
        }
    });
    work().await;
    stop.send(()).unwrap();
    beat.await.unwrap();
}

pub(crate) async fn dropped_shield(_: &Scope, (): &()) {
    tokio::select! {
        biased;
        () = ayo::cancelled() => {}
        () = shield(work()) => {}
    }
}

pub(crate) async fn panic_at_cancel(run: &Scope, (): &()) {
    let (answer, answered) = oneshot::channel();
    run.spawn(async move {
        work().await;
        answer.send(7).is_ok()
    });
    run.spawn(async move {
        assert_eq!(answered.await.expect("the worker answers"), 7);
    });
}

pub(crate) async fn clean_up_that_hangs(run: &Scope, (): &()) {
    let (flush, flushed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (wants, tells) = (Arc::clone(&flush), Arc::clone(&flushed));
    let writer = run.spawn(async move {
        wants.notified().await;
        tells.notify_one();
    });
    shield(async {
        work().await;
        flush.notify_one();
        flushed.notified().await;
    })
    .await;
    let _ = writer.await;
}

pub(crate) async fn clean_up_cut_off(_: &Scope, (): &()) {
    let served = scope!(cancel_timeout = 1 => |run| {
        run << shield(async { sleep(Duration::from_secs(3)).await });
    });
    served.await.unwrap();
}

pub(crate) async fn destructor_that_panics(_: &Scope, (): &()) {
    let mut buffer = Buffer { flushed: false };
    work().await;
    buffer.flushed = true;
}

pub(crate) async fn missing_shield(_: &Scope, (): &()) {
    let bank = bank();
    work().await;
    bank.lock().unwrap()[0] -= 30;
    work().await;
    bank.lock().unwrap()[1] += 30;
}

pub(crate) async fn unshielded_tear_down(run: &Scope, (): &()) {
    let connection = Connection::open();
    run.spawn(async move {
        tokio::select! {
            biased;
            () = ayo::cancelled() => {}
            () = work() => {}
        }
        connection.close().await;
    });
}

pub(crate) async fn lost_message(_: &Scope, (): &()) {
    let queue = Queue::of(3);
    loop {
        let Some(job) = queue.left.lock().unwrap().pop() else { return };
        work().await;
        queue.done.lock().unwrap().push(job);
    }
}

pub(crate) async fn given_back_twice(_: &Scope, (): &()) {
    let seats = Arc::new(Semaphore::new(2));
    watch(&seats);
    let _seat = seats.acquire().await.unwrap();
    tokio::select! {
        biased;
        () = ayo::cancelled() => seats.add_permits(1),
        () = work() => {}
    }
}

pub(crate) async fn entry_left(_: &Scope, (): &()) {
    let registry = registry();
    registry.lock().unwrap().push("me");
    work().await;
    registry.lock().unwrap().clear();
}
