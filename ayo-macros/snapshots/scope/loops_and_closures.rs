fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    for url in urls {
                        ::ayo::__private::scope::start(&run, fetch(url));
                    }
                    let each = |url| {
                        ::ayo::__private::scope::start(&run, fetch(url));
                    };
                    urls.iter().for_each(each);
                    ::ayo::__private::scope::start(
                        &run,
                        async move {
                            ::ayo::__private::scope::task(&inner).start_now(fetch(url));
                        },
                    );
                    loop {
                        ::ayo::__private::scope::start(
                            &run,
                            serve(listener.accept().await?),
                        );
                    }
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
