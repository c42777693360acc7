fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(
            ::ayo::scope().timeout(::core::time::Duration::from_nanos(60000000000u64)),
        );
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let outer = &__ayo_run;
                match {
                    scope!(
                        timeout = 1s => | inner | { inner << fetch(url); outer <<
                        fetch(url); }
                    )
                        .await?;
                    select! {
                        x = outer << fetch(url) => {}
                    }
                    fn helper(run: &Scope) {
                        let x = 1 << 2;
                    }
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
