fn expansion() {
    {
        ::core::compile_error! {
            "the body of `scope!` starts with the name of the scope: write `|run| { .. }`"
        }
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(
            ::ayo::scope().timeout(::core::time::Duration::from_nanos(1000000000u64)),
        );
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    ::ayo::__private::scope::start(&run, fetch(url));
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
