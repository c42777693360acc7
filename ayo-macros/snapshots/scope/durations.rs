fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    run.every(::core::time::Duration::from_nanos(200000000u64), tick);
                    sleep(::core::time::Duration::from_nanos(1500000000u64)).await;
                    let total = 2 * ::core::time::Duration::from_nanos(60000000000u64)
                        + ::core::time::Duration::from_nanos(10800000000000u64);
                    wait(
                        ::core::time::Duration::from_nanos(250000u64),
                        ::core::time::Duration::from_nanos(7u64),
                        5,
                        5u64,
                    );
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
