//! Both kinds of tasks in one block, and scopes of one kind in the other.

use std::cell::{Cell, RefCell};

use ayo::{Scope, scope};
use futures::future::pending;
use tokio::task::yield_now;

use crate::support::*;

both! {
    async fn in_one_block_both_kinds() {
        let names = vec!["a".to_owned(), "bb".to_owned()];
        let total = Cell::new(0);
        let parallel = Count::new();
        scope!(local => |run| {
            for name in &names {
                let counted = parallel.clone();
                let len = run.spawn(async move { yield_now().await; counted.hit(); 10 });
                run << async {
                    let ten = len.await?;
                    total.set(total.get() + ten * name.len());
                    Ok(())
                };
            }
        })
        .await
        .unwrap();
        assert_eq!((total.get(), parallel.get()), (30, 2));
    }

    async fn a_failure_of_one_kind_cancels_the_other() {
        let live = Live::new();
        let error = scope!(local => |run| {
            let guard = live.guard();
            run.spawn(async move { pending::<()>().await; drop(guard) });
            let guard = live.guard();
            run << async move { pending::<()>().await; drop(guard) };
            run << async { turns(3).await; Err(Boom(1)) };
        })
        .await
        .unwrap_err();
        assert_eq!((boom(&error), live.now()), (Some(1), 0));
        let error = scope!(local => |run| {
            let guard = live.guard();
            run << async move { pending::<()>().await; drop(guard) };
            run.spawn(async { turns(3).await; Err::<(), _>(Boom(2)) });
        })
        .await
        .unwrap_err();
        assert_eq!((boom(&error), live.now()), (Some(2), 0));
    }

    async fn spawned_scopes_in_children_and_local_scopes_in_tasks() {
        let seen = RefCell::new(Vec::new());
        scope!(local => |run| {
            run << async {
                let three = scope!(|sub| {
                    let (a, b) = (sub << async { yield_now().await; 1 }, sub << async { 2 });
                    a.await? + b.await?
                })
                .await?;
                seen.borrow_mut().push(three);
                Ok(())
            };
            let four = run.spawn(async {
                let words = ["on".to_owned(), "to".to_owned()];
                let len = std::sync::atomic::AtomicUsize::new(0);
                scope!(local = Send => |inner| {
                    for word in &words {
                        inner << async { len.fetch_add(word.len(), std::sync::atomic::Ordering::Relaxed); };
                    }
                })
                .await?;
                Ok::<_, ayo::Error>(len.into_inner())
            });
            let four = four.await?;
            seen.borrow_mut().push(four);
        })
        .await
        .unwrap();
        let mut seen = seen.into_inner();
        seen.sort_unstable();
        assert_eq!(seen, [3, 4]);
    }

    async fn an_ordinary_scope_inside_starts_borrowing_children_of_the_one_around() {
        let log = RefCell::new(Vec::new());
        scope!(local => |run| {
            scope!(|sub| {
                run << async { log.borrow_mut().push("here") };
                sub << async { yield_now().await };
            })
            .await?;
            scope!(local => |sub| {
                run << async { log.borrow_mut().push("around") };
                sub << async { log.borrow_mut().push("inside") };
            })
            .await?;
        })
        .await
        .unwrap();
        let mut log = log.into_inner();
        log.sort_unstable();
        assert_eq!(log, ["around", "here", "inside"]);
    }

    async fn it_hangs_below_the_scope_around_and_is_cancelled_with_it() {
        let live = Live::new();
        scope!(|outer| {
            let guard = live.guard();
            let handle: Scope = outer.clone();
            scope!(local => |run| {
                run << async move { pending::<()>().await; drop(guard) };
                run << async { turns(2).await; handle.cancel(); pending::<()>().await };
            })
            .await?;
            unreachable!("control does not come back");
        })
        .await
        .unwrap_err();
        assert_eq!(live.now(), 0);
    }

    async fn the_free_functions_work_in_children() {
        let word = String::from("x");
        let outcome = scope!(local => |run| {
            let won = run << async {
                ayo::race((async { yield_now().await; word.len() }, async { pending::<usize>().await })).await
            };
            let all = run << async { ayo::gather((async { word.len() }, async { yield_now().await; word.len() })).await };
            (won.await?, all.await?)
        });
        assert_eq!(outcome.await.unwrap(), (1, (1, 1)));
    }
}
