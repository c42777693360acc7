fn expansion() {
    {
        let __ayo_chosen = ::ayo::__private::select::select(
                (
                    ::ayo::__private::select::branch(
                        open,
                        jobs.recv(),
                        |__ayo_output| match *__ayo_output {
                            #[allow(unreachable_patterns)]
                            Some(_) => true,
                            #[allow(unreachable_patterns)]
                            _ => false,
                        },
                    ),
                    ::ayo::__private::select::branch(
                        true,
                        sleep(::core::time::Duration::from_nanos(5000000000u64)),
                        |_| true,
                    ),
                    ::ayo::__private::select::branch(
                        true,
                        pair(),
                        |__ayo_output| match *__ayo_output {
                            #[allow(unreachable_patterns)]
                            (_, &0) | (_, &1) => true,
                            #[allow(unreachable_patterns)]
                            _ => false,
                        },
                    ),
                    ::ayo::__private::select::branch(
                        true,
                        state,
                        |__ayo_output| match *__ayo_output {
                            #[allow(unreachable_patterns)]
                            State::Done(_) => true,
                            #[allow(unreachable_patterns)]
                            _ => false,
                        },
                    ),
                ),
                false,
            )
            .await;
        match __ayo_chosen {
            ::core::option::Option::Some(
                ::ayo::__private::select::One::A(
                    ::core::option::Option::Some(Some(mut job)),
                ),
            ) => handle(&mut job).await,
            ::core::option::Option::Some(
                ::ayo::__private::select::One::B(::core::option::Option::Some(())),
            ) => {
                ::ayo::__private::scope::task(&run).start_now(beat());
            }
            ::core::option::Option::Some(
                ::ayo::__private::select::One::C(
                    ::core::option::Option::Some((n, &0) | (n, &1)),
                ),
            ) => n,
            ::core::option::Option::Some(
                ::ayo::__private::select::One::D(
                    ::core::option::Option::Some(State::Done(ref x)),
                ),
            ) => {
                match x {
                    _ => return,
                }
            }
            ::core::option::Option::None => panic!(),
            #[allow(unreachable_patterns)]
            _ => ::core::unreachable!(),
        }
    }
}
