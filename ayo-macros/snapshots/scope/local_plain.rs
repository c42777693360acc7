fn expansion() {
    {
        let (__ayo_scope, run) = ::ayo::__private::local::prepare(
            ::ayo::scope().local(),
        );
        ::ayo::__private::local::run(
            __ayo_scope,
            async {
                let run = run;
                let run = &run;
                match {
                    ::ayo::__private::scope::task(&run).start_now(fetch(&url));
                    let task = ::ayo::__private::scope::task(&run)
                        .spawn_now(fetch(&url));
                    ::ayo::__private::scope::task(&run)
                        .name("beat")
                        .start_now(beat(&url));
                    ::ayo::__private::scope::task(&inner).start_now(fetch(&url));
                    let other = ::core::convert::identity(&inner) << fetch(&url);
                    with_number(1 << 4);
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
