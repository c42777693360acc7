fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(
            ::ayo::scope()
                .max_concurrency(10)
                .recursive()
                .timeout(::core::time::Duration::from_nanos(30000000u64))
                .deadline(
                    Instant::now() + ::core::time::Duration::from_nanos(1500000000u64),
                )
                .name(format!("crawl {host}"))
                .collect::<HashMap<String, u32>>()
                .supervise()
                .on_error(|error| eprintln!("{error}"))
                .cancel_timeout(2 * ::core::time::Duration::from_nanos(1000000000u64))
                .timeline(dir.join("crawl.json"))
                .parent(&outer),
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
