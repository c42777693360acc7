//! `start`: a task that says when it is ready.

#![forbid(unsafe_code)]

mod support;

use std::future::pending;

use ayo::{ErrorKind, StartError, cancelled, scope, shield, timeout};
use support::{Boom, Count, Flag, Log, boom, both, turns};

both! {
    async fn a_task_that_is_ready_gives_a_value_and_goes_on() {
        let log = Log::new();
        scope!(|run| {
            let log = log.clone();
            let value = run.start(|ready| async move {
                turns(3).await;
                ready.ok("ready");
                turns(20).await;
                log.add("done");
            });
            assert_eq!(value.await.unwrap(), "ready");
        })
        .await
        .unwrap();
        assert_eq!(log.all(), ["done"], "the scope has waited for it");
    }

    async fn a_failure_before_is_the_starters_alone() {
        let report = scope!(|run| {
            let failed = run.start(|ready| async move {
                turns(2).await;
                Err::<u8, _>(Boom(1))?;
                ready.ok(());
                Ok::<_, Boom>(())
            });
            assert!(matches!(failed.await, Err(StartError::Failed(Boom(1)))));
            let begun = Flag::new();
            let panicked = run.start::<_, _, ()>(|ready| async move { let _ready = ready; turns(2).await; assert!(begun.is_set(), "early") });
            match panicked.await {
                Err(StartError::Panicked(panic)) => assert_eq!(panic.message(), "early"),
                other => panic!("{other:?}"),
            }
            assert!(!run.is_cancelled());
        })
        .report()
        .await;
        assert!(report.error.is_none() && report.contained.is_empty());
    }

    async fn an_error_that_is_none_of_stds_goes_on_as_ayos() {
        let error = scope!(|run| {
            let failed = run.start::<_, _, ()>(|ready| async move { drop(ready); Err::<u8, _>(anyhow::Error::new(Boom(7)).context("no port")) });
            failed.await.map_err(ayo::Error::from)?;
        })
        .await
        .unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Failed, "no port"));
        let panicked = scope!(|run| {
            let panicked = run.start::<_, _, u8>(|_ready| async { panic!("early"); #[allow(unreachable_code)] Ok::<u8, anyhow::Error>(0) });
            panicked.await.map_err(|error| ayo::Error::from(error).kind())
        });
        assert!(matches!(panicked.await, Ok(Err(ErrorKind::Panicked))));
    }

    async fn a_failure_after_is_the_scopes() {
        let error = scope!(|run| {
            let value = run.start(|ready| async move {
                ready.ok(5);
                turns(2).await;
                Err::<(), _>(Boom(2))
            });
            assert_eq!(value.await.unwrap(), 5);
            pending::<()>().await;
        })
        .await
        .unwrap_err();
        assert_eq!((error.kind(), boom(&error)), (ErrorKind::Failed, Some(2)));
    }

    async fn a_task_that_is_never_ready_says_so() {
        scope!(|run| {
            let ended = run.start::<_, _, u8>(|_ready| async { turns(2).await });
            assert!(matches!(ended.await, Err(StartError::NotReady)));
            let cut = Flag::new();
            let goes_on = run.start::<_, _, u8>(|ready| {
                let cut = cut.clone();
                async move {
                    drop(ready);
                    cancelled().await;
                    cut.set();
                }
            });
            let error = goes_on.await.unwrap_err();
            assert_eq!(error.to_string(), "the task ended without calling `ready.ok(..)`");
        })
        .await
        .unwrap();
    }

    async fn if_the_starter_is_cancelled_the_task_has_cleaned_up() {
        let (log, begun) = (Log::new(), Count::new());
        scope!(|run| {
            let task = run << {
                let (run, log, begun) = (run.clone(), log.clone(), begun.clone());
                async move {
                    let started = run.start::<_, _, ()>(|ready| async move { let _ready = ready;
                        begun.hit();
                        cancelled().await;
                        shield(async { turns(20).await; log.add("cleaned up") }).await;
                    });
                    let _ = started.await;
                    unreachable!("control does not come back");
                }
            };
            begun.reaches(1).await;
            task.cancel();
            assert!(task.await.is_err());
            assert_eq!(log.all(), ["cleaned up"]);
        })
        .await
        .unwrap();
    }

    async fn if_the_starter_gives_up_the_task_ends() {
        let (log, begun) = (Log::new(), Count::new());
        scope!(|run| {
            let starter = {
                let (log, begun) = (log.clone(), begun.clone());
                run.start::<_, _, ()>(|ready| async move { let _ready = ready;
                    begun.hit();
                    cancelled().await;
                    shield(async { turns(20).await; log.add("cleaned up") }).await;
                })
            };
            begun.reaches(1).await;
            assert!(timeout(0, starter).await.is_err());
            assert_eq!(log.all(), ["cleaned up"], "before the time-out returns");
            drop(run.start::<_, _, ()>(|_ready| pending::<()>()));
        })
        .await
        .unwrap();
    }

    async fn what_goes_wrong_when_nobody_waits_for_it_any_more_is_the_scopes() {
        for (panics, from_outside) in [(false, false), (false, true), (true, false), (true, true)] {
            let begun = Count::new();
            let report = scope!(|run| {
                let mut starter = {
                    let begun = begun.clone();
                    Box::pin(run.start(|ready| async move {
                        begun.hit();
                        cancelled().await;
                        assert!(!panics, "the last word");
                        Err::<u8, _>(Boom(1))?;
                        ready.ok(());
                        Ok::<_, Boom>(())
                    }))
                };
                assert!(futures::poll!(&mut starter).is_pending());
                begun.reaches(1).await;
                if from_outside {
                    drop(starter);
                } else {
                    assert!(timeout(0, starter).await.is_err());
                }
            })
            .report()
            .await;
            let error = report.error.expect("it is not lost");
            assert_eq!(boom(&error), (!panics).then_some(1));
            assert!(!panics || error.to_string().contains("the last word"), "{error}");
            assert!(error.others().is_empty() && report.contained.is_empty(), "it came out once");
        }
    }

    async fn on_a_scope_that_is_over_nothing_starts() {
        scope!(|run| {
            let inner = scope!(|inner| { inner.clone() }).await?;
            let refused = inner.start::<_, _, ()>(|_ready| async {});
            assert!(matches!(refused.await, Err(StartError::Cancelled(_))));
            assert_eq!(run.len(), 0);
        })
        .await
        .unwrap();
    }
}
