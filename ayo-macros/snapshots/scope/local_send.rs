fn expansion() {
    {
        let (__ayo_scope, run) = ::ayo::__private::local::prepare(
            ::ayo::scope()
                .timeout(::core::time::Duration::from_nanos(30000000u64))
                .collect::<_>()
                .local_send(),
        );
        ::ayo::__private::local::run(
            __ayo_scope,
            async {
                let run = run;
                let run = &run;
                match {
                    ::ayo::__private::scope::task(&run).start_now(fetch(&url));
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
