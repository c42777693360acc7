fn expansion() {
    {
        ::core::compile_error! {
            "the body of `scope!` gets one thing, the scope: write `|run|`"
        }
        ::core::compile_error! {
            "unknown option `timout`, did you mean `timeout`? the options of `scope!` are `max_concurrency`, `recursive`, `timeout`, `deadline`, `name`, `collect`, `supervise`, `eager`, `on_error`, `cancel_timeout`, `timeline`, `parent`, `local`, `crate`"
        }
        ::core::compile_error! {
            "`max_concurrency` is a whole number, at least 1: write `max_concurrency = 10`, or leave it out"
        }
        ::core::compile_error! {
            "a duration cannot be negative: leave the `-` out"
        }
        ::core::compile_error! {
            "`supervise` takes no value: write `supervise`, or leave it out"
        }
        ::core::compile_error! {
            "`name` is given twice: keep one"
        }
        ::core::compile_error! {
            "the tail of a `scope!` body is the value itself: write `v` instead of `Ok(v)`"
        }
        ::core::compile_error! {
            "unknown unit `sec`: did you mean `s`? the units are `ns`, `us`, `ms`, `s`, `m` and `h`"
        }
        ::core::compile_error! {
            "unknown option `nmae`, did you mean `name`? the options of `#[task]` are `name`, `main`, `bubble`, `background`, `cancel_timeout`"
        }
        ::core::compile_error! {
            "`#[task]` stands before `scope << future`, which starts a task; without `<<`, write `scope.task(future).name(\"beat\").start()`"
        }
        ::core::compile_error! {
            "`return` cannot leave a `scope!` body; to fail, write `Err(e)?` instead of `return Err(e)`"
        }
        let (__ayo_scope, __ayo_run) = ::ayo::__private::scope::prepare(
            ::ayo::scope()
                .max_concurrency(1)
                .timeout(::core::time::Duration::from_nanos(0u64))
                .supervise()
                .name("a")
                .collect::<_>(),
        );
        ::ayo::__private::scope::run(
            __ayo_scope,
            async {
                let __ayo_run = __ayo_run;
                let run = &__ayo_run;
                match {
                    ::ayo::__private::scope::task(&run)
                        .start_now(sleep(::core::time::Duration::from_nanos(0u64)));
                    #[cfg(all())] other();
                    if done {
                        {
                            let _ = Stop;
                            ::core::unreachable!()
                        };
                    }
                    5
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                }
            },
        )
    }
}
