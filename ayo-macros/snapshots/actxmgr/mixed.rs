#[track_caller]
#[allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::type_complexity)]
fn begin<'p, __R>(
    pool: &'p Pool,
    body: impl ::core::ops::AsyncFnOnce(
        &mut Tx<'p, '_>,
    ) -> ::core::result::Result<
            __R,
            my::ayo::__private::actxmgr::BodyError,
        > + for<'__yield0, '__yield1> my::ayo::__private::actxmgr::Lends<
        &'__yield0 mut Tx<'p, '__yield1>,
        __R,
    >,
) -> impl ::core::future::Future<Output = ::core::result::Result<__R, my::ayo::Error>> {
    let __ayo_site = ::core::panic::Location::caller();
    async move {
        let mut __ayo_frame = my::ayo::__private::actxmgr::frame(__ayo_site);
        let pool = pool;
        let __ayo_end = __ayo_frame
            .run(
                "begin",
                async {
                    #[allow(unused_assignments, unused_mut)]
                    let mut __ayo_yielded = my::ayo::__private::actxmgr::not_yielded();
                    match {
                        let (): () = {
                            let exit = {
                                let __ayo_given: &mut Tx<'p, '_> = &mut pool.begin().await?;
                                let __ayo_exit;
                                (__ayo_yielded, __ayo_exit) = __ayo_frame
                                    .body(my::ayo::__private::actxmgr::lend(body, __ayo_given))
                                    .await;
                                __ayo_exit
                            };
                            log(exit);
                        };
                    } {
                        #[allow(unreachable_code)]
                        () => my::ayo::__private::actxmgr::ended(__ayo_yielded),
                    }
                },
            )
            .await;
        __ayo_frame.conclude(__ayo_end).await
    }
}
