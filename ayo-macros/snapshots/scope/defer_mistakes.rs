fn expansion() {
    {
        ::core::compile_error! {
            "`defer!` is a statement: it stands by itself in a block, before what it follows"
        }
        ::core::compile_error! {
            "`defer!` has no attributes: put it, and what follows it, into a block that has them"
        }
        ::core::compile_error! {
            "write `|exit|` to see how the block ended, or no closure: `defer!(async { .. })`"
        }
        ::core::compile_error! {
            "`continue` cannot leave a block past a `defer!`: let the block come to its end, with a value that says what to do, and `continue` behind it"
        }
        ::core::compile_error! {
            "`return` cannot leave a `scope!` body; let its tail be the value: use `if` and `else`, or a block with a label around it and `break 'label value`; to fail, write `Err(e)?`; to stop the tasks, `cancel()` the scope"
        }
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(::ayo::scope());
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    let value = ();
                    for x in y {
                        match {
                            let mut __ayo_block = ::ayo::__private::defer::frame();
                            let __ayo_end = __ayo_block
                                .run(
                                    "defer!",
                                    async {
                                        let (__ayo_value, _) = __ayo_block
                                            .body(
                                                ::ayo::__private::defer::rest(async {
                                                    match {
                                                        if x {
                                                            ::core::unreachable!();
                                                        }
                                                        for z in x {
                                                            break;
                                                        }
                                                    } {
                                                        #[allow(unreachable_code)]
                                                        __ayo_value => ::core::result::Result::Ok(__ayo_value),
                                                    }
                                                }),
                                            )
                                            .await;
                                        #[allow(clippy::async_yields_async)]
                                        let __ayo_torn = ::ayo::__private::defer::run(async { d() })
                                            .await;
                                        ::ayo::__private::defer::both(
                                            &__ayo_block,
                                            __ayo_value,
                                            __ayo_torn,
                                        )
                                    },
                                )
                                .await;
                            ::ayo::__private::defer::conclude(
                                    &mut __ayo_block,
                                    __ayo_end,
                                )
                                .await
                        } {
                            ::core::result::Result::Ok(__ayo_value) => __ayo_value,
                            ::core::result::Result::Err(__ayo_value) => {
                                return ::core::result::Result::Err(__ayo_value);
                            }
                        };
                    }
                    {
                        let _ = 5;
                        ::core::unreachable!()
                    };
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
