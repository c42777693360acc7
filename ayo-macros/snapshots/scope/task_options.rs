fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    ::ayo::__private::scope::task(&run)
                        .name("beat")
                        .background()
                        .start_now(beat());
                    let server = ::ayo::__private::scope::task(&run)
                        .main()
                        .bubble(false)
                        .cancel_timeout(
                            ::core::time::Duration::from_nanos(5000000000u64),
                        )
                        .spawn_now(serve());
                    let pump = ::ayo::__private::scope::task(&run)
                        .name(format!("pump {n}"))
                        .spawn_now(pump());
                    ::ayo::__private::scope::task(&self.scope).start_now(other());
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
