fn expansion() {
    {
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    let first = ::ayo::__private::scope::spawn(&run, head(url));
                    let second = (::ayo::__private::scope::spawn(&run, tail(url)))
                        .await?;
                    let other = ::core::convert::identity(&self.scope) << fetch(url);
                    let shifted = (bits << 3) | (1 << n)
                        | (::core::convert::identity(&bits) << n);
                    first.await?.min(second) + shifted
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
