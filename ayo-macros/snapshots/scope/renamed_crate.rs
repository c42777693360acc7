fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = my::ayo::__private::scope::prepare(
            my::ayo::scope().timeout(limit()),
        );
        my::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    my::ayo::__private::scope::task(&run)
                        .main()
                        .start_now(async {
                            step()?;
                            ::core::result::Result::Ok::<_, my::ayo::BoxError>(())
                        });
                    my::ayo::__private::scope::spawn(&run, fetch(url))
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => my::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
