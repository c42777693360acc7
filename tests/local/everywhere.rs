//! Local scopes that are cancelled, or dropped, at each of their suspension points: all that was begun is cleaned up.

use std::cell::{Cell, RefCell};

use ayo::testing::{cancel_everywhere, drop_everywhere};
use ayo::{Scope, actxmgr, scope, shield, with};
use tokio::task::yield_now;

use crate::support::*;

actxmgr! {
    /// Counts those that are open.
    async fn open<'a>(count: &'a Cell<i32>) -> () {
        count.set(count.get() + 1);
        yield ();
        yield_now().await;
        count.set(count.get() - 1);
    }
}

/// Children with clean-up of each kind, in a limited scope, some parallel ones, and a scope in a child.
async fn busy(live: &Live) -> usize {
    let (count, log) = (Cell::new(0), RefCell::new(Vec::new()));
    let end = scope!(local, max_concurrency = 2, name = "busy" => |run| {
        run << async {
            let _guard = live.guard();
            with!(() = open(&count) => { turns(2).await; }).await?;
            Ok(())
        };
        run << async {
            let _guard = live.guard();
            shield(turns(2)).await;
            log.borrow_mut().push("shielded");
        };
        let guard = live.guard();
        run.spawn(async move {
            turns(2).await;
            drop(guard);
        });
        run << async {
            let _guard = live.guard();
            scope!(|sub| { sub << turns(2); }).await
        };
        let again = run.clone();
        run << async {
            let (_guard, inner) = (live.guard(), again);
            inner.spawn_ref(async { let _guard = live.guard(); turns(1).await }).await
        };
        let last = run << async {
            let _guard = live.guard();
            scope!(local => |sub| { sub << async { turns(1).await; log.borrow_mut().push("inner") }; }).await?;
            Ok(log.borrow().len())
        };
        let seen = last.await?;
        run.sleep_insert(0).await;
        seen
    })
    .await
    .unwrap();
    assert_eq!(count.get(), 0, "every manager was torn down");
    end
}

#[test]
fn cancelled_at_each_point() {
    let live = Live::new();
    let summary = cancel_everywhere(async |_: &Scope| {
        busy(&live).await;
        assert_eq!(live.now(), 0);
    });
    assert_eq!(live.now(), 0);
    assert!(summary.points() >= 10, "{summary:?}");
}

#[test]
fn dropped_at_each_point() {
    let live = Live::new();
    drop_everywhere(async |_: &Scope| {
        scope!(local, max_concurrency = 2 => |run| {
            for n in 0..4 {
                let guard = live.guard();
                run << async move { turns(n).await; drop(guard) };
            }
            let guard = live.guard();
            run.spawn(async move { turns(2).await; drop(guard) });
            turns(2).await;
        })
        .await
        .unwrap();
    });
    assert_eq!(live.now(), 0);
}

/// With `with!` in children, which cannot be torn down when dropped from outside: that is told, and nothing stays alive.
#[test]
fn what_cannot_be_torn_down_is_told() {
    let (live, count) = (Live::new(), Cell::new(0));
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop_everywhere(async |_: &Scope| {
            scope!(local => |run| {
                run << async {
                    let _guard = live.guard();
                    with!(() = open(&count) => { turns(2).await; }).await
                };
            })
            .await
            .unwrap();
        })
    }));
    drop(told);
    assert_eq!(live.now(), 0);
}
