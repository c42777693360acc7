/// A transaction.
#[track_caller]
#[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
pub fn transaction<__R>(
    pool: &Pool,
    body: impl ::core::ops::AsyncFnOnce(
        &mut Tx,
    ) -> ::core::result::Result<__R, ::ayo::__private::actxmgr::BodyError>,
) -> impl ::core::future::Future<Output = ::core::result::Result<__R, ::ayo::Error>> {
    let __ayo_site = ::core::panic::Location::caller();
    async move {
        let mut __ayo_frame = ::ayo::__private::actxmgr::frame(__ayo_site);
        let pool = pool;
        let __ayo_end = __ayo_frame
            .run(
                "transaction",
                async {
                    #[allow(unused_assignments, unused_mut)]
                    let mut __ayo_yielded = ::ayo::__private::actxmgr::not_yielded();
                    match {
                        let (): () = {
                            let mut tx = pool.begin().await?;
                            match ({
                                let __ayo_given: &mut Tx = &mut tx;
                                let __ayo_exit;
                                (__ayo_yielded, __ayo_exit) = __ayo_frame
                                    .body(body(__ayo_given))
                                    .await;
                                __ayo_exit
                            }) {
                                Exit::Done => tx.commit().await?,
                                Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => {
                                    tx.rollback().await?
                                }
                            }
                        };
                    } {
                        #[allow(unreachable_code)]
                        () => ::ayo::__private::actxmgr::ended(__ayo_yielded),
                    }
                },
            )
            .await;
        __ayo_frame.conclude(__ayo_end).await
    }
}
