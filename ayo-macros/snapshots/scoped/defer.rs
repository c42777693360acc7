async fn back_up(run: &Scope) -> Result<u32, Error> {
    let lock = take().await?;
    {
        let mut __ayo_block = ::ayo::__private::defer::frame();
        let __ayo_end = __ayo_block
            .run(
                "defer!",
                async {
                    let (__ayo_value, _) = __ayo_block
                        .body(
                            ::ayo::__private::defer::rest(async {
                                for page in pages() {
                                    let file = create(&page).await?;
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
                                                                        ayo::timeout(
                                                                            ::core::time::Duration::from_nanos(30000000000u64),
                                                                            write(&page),
                                                                        ),
                                                                    );
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
                                                            async move {
                                                                file.close(exit.is_done()).await?;
                                                                ::core::result::Result::Ok::<_, ::ayo::BoxError>(())
                                                            }
                                                                .await
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
                                    } {
                                        ::core::result::Result::Ok(__ayo_value) => __ayo_value,
                                        ::core::result::Result::Err(__ayo_value) => {
                                            return ::core::result::Result::Err(__ayo_value);
                                        }
                                    };
                                }
                                Ok(5)
                            }),
                        )
                        .await;
                    #[allow(clippy::async_yields_async)]
                    let __ayo_torn = ::ayo::__private::defer::run(async {
                            lock.release().await
                        })
                        .await;
                    ::ayo::__private::defer::both(&__ayo_block, __ayo_value, __ayo_torn)
                },
            )
            .await;
        ::ayo::__private::defer::conclude(&mut __ayo_block, __ayo_end).await
    }
}
