fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    ::ayo::__private::scope::task(&run, beat())
                        .name("beat")
                        .background()
                        .start();
                    let server = ::ayo::__private::scope::task(&run, serve())
                        .main()
                        .bubble(false)
                        .cancel_timeout(
                            ::core::time::Duration::from_nanos(5000000000u64),
                        )
                        .spawn();
                    let pump = ::ayo::__private::scope::task(&run, pump())
                        .name(format!("pump {n}"))
                        .spawn();
                    ::ayo::__private::scope::task(&self.scope, other()).start();
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
