fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    let mut log = open();
                    match {
                        let mut __ayo_block = ::ayo::__private::defer::frame();
                        let __ayo_end = __ayo_block
                            .run(
                                "defer!",
                                async {
                                    let (__ayo_value, __ayo_exit) = __ayo_block
                                        .body(
                                            ::ayo::__private::defer::shown(async {
                                                match {
                                                    ::ayo::__private::scope::start(
                                                        &run,
                                                        async {
                                                            {
                                                                let mut __ayo_block = ::ayo::__private::defer::frame();
                                                                let __ayo_end = __ayo_block
                                                                    .run(
                                                                        "defer!",
                                                                        async {
                                                                            let (__ayo_value, _) = __ayo_block
                                                                                .body(
                                                                                    ::ayo::__private::defer::rest(async {
                                                                                        work().await?;
                                                                                        ::core::result::Result::Ok::<_, ::ayo::BoxError>(())
                                                                                    }),
                                                                                )
                                                                                .await;
                                                                            #[allow(clippy::async_yields_async)]
                                                                            let __ayo_torn = ::ayo::__private::defer::run(async {
                                                                                    a();
                                                                                    b().await
                                                                                })
                                                                                .await;
                                                                            ::ayo::__private::defer::both(
                                                                                &__ayo_block,
                                                                                __ayo_value,
                                                                                __ayo_torn,
                                                                            )
                                                                        },
                                                                    )
                                                                    .await;
                                                                ::ayo::__private::defer::conclude(
                                                                        &mut __ayo_block,
                                                                        __ayo_end,
                                                                    )
                                                                    .await
                                                            }
                                                        },
                                                    );
                                                    log.push("end");
                                                    x
                                                } {
                                                    #[allow(unreachable_code)]
                                                    __ayo_value => ::core::result::Result::Ok(__ayo_value),
                                                }
                                            }),
                                        )
                                        .await;
                                    #[allow(clippy::async_yields_async)]
                                    let __ayo_torn = ::ayo::__private::defer::run(async {
                                            let exit = __ayo_exit;
                                            async { log.close(exit).await }.await
                                        })
                                        .await;
                                    ::ayo::__private::defer::both(
                                        &__ayo_block,
                                        __ayo_value,
                                        __ayo_torn,
                                    )
                                },
                            )
                            .await;
                        ::ayo::__private::defer::conclude(&mut __ayo_block, __ayo_end)
                            .await
                    } {
                        ::core::result::Result::Ok(__ayo_value) => __ayo_value,
                        ::core::result::Result::Err(__ayo_value) => {
                            return ::core::result::Result::Err(__ayo_value);
                        }
                    }
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
