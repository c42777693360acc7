fn expansion() {
    {
        x.open::<
                T,
                _,
            >(
            1,
            async |(mut a, _)| my::ayo::__private::with::passed_on(
                open::<
                    'static,
                    U,
                    3,
                    _,
                >(
                        "b",
                        ::core::time::Duration::from_nanos(30000000u64),
                        async |b| my::ayo::__private::with::passed_on(
                            my::ayo::__private::with::enter(
                                    &mut group,
                                    async |_| match {
                                        my::ayo::__private::scope::task(&run)
                                            .start_now(fetch(a, b));
                                    } {
                                        #[allow(unreachable_code)]
                                        __ayo_value => my::ayo::__private::scope::value(__ayo_value),
                                    },
                                )
                                .await,
                        ),
                    )
                    .await,
            ),
        )
    }
}
