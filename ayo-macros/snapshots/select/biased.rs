fn expansion() {
    {
        let __ayo_chosen = other::ayo::__private::select::select(
                (
                    other::ayo::__private::select::branch(true, f(), |_| true),
                    other::ayo::__private::select::branch(
                        true,
                        g(),
                        |__ayo_output| match *__ayo_output {
                            #[allow(unreachable_patterns)]
                            END => true,
                            #[allow(unreachable_patterns)]
                            _ => false,
                        },
                    ),
                ),
                true,
            )
            .await;
        match __ayo_chosen {
            ::core::option::Option::Some(
                other::ayo::__private::select::One::A(::core::option::Option::Some(x)),
            ) => x,
            ::core::option::Option::Some(
                other::ayo::__private::select::One::B(::core::option::Option::Some(END)),
            ) => 0,
            ::core::option::Option::None => other::ayo::__private::select::nothing_left(),
            #[allow(unreachable_patterns)]
            _ => ::core::unreachable!(),
        }
    }
}
