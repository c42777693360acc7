fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    ::ayo::__private::scope::start(
                        &run,
                        async move {
                            ::core::result::Result::Ok::<
                                _,
                                ::ayo::BoxError,
                            >(step().await?)
                        },
                    );
                    ::ayo::__private::scope::start(
                        &run,
                        async {
                            step().await?;
                            ::core::result::Result::Ok::<_, ::ayo::BoxError>(())
                        },
                    );
                    ::ayo::__private::scope::start(
                        &run,
                        async {
                            if bad {
                                ::core::result::Result::Err::<
                                    _,
                                    ::ayo::BoxError,
                                >(::core::convert::Into::into("bad"))
                            } else {
                                ::core::result::Result::Ok::<_, ::ayo::BoxError>(1)
                            }
                        },
                    );
                    ::ayo::__private::scope::start(
                        &run,
                        async {
                            ::core::result::Result::Err::<
                                (),
                                ::ayo::BoxError,
                            >(::core::convert::Into::into(MyError))
                        },
                    );
                    ::ayo::__private::scope::start(
                        &run,
                        async {
                            if false {
                                return ::core::result::Result::Ok::<
                                    (),
                                    ::ayo::BoxError,
                                >(());
                            }
                            loop {
                                step().await?;
                            }
                        },
                    );
                    ::ayo::__private::scope::start(
                        &run,
                        async {
                            step().await?;
                            other().await
                        },
                    );
                    ::ayo::__private::scope::start(
                        &run,
                        async {
                            if bad {
                                return ::core::result::Result::Err::<
                                    _,
                                    ::ayo::BoxError,
                                >(::core::convert::Into::into(MyError));
                            }
                            for x in list {
                                use_up(x)?;
                            }
                            ::core::result::Result::Ok::<_, ::ayo::BoxError>(())
                        },
                    );
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
