fn expansion() {
    {
        ::core::compile_error! {
            "`with!` awaits the manager: leave `.await` out here, and write it behind `with!(..)`"
        }
        ::core::compile_error! {
            "`break` cannot leave a `with!` body: let the body come to its end, with a value that says what to do, and `break` behind it"
        }
        open(async |a| ::ayo::__private::with::passed_on(
            open(async |b| match {
                    for x in y {
                        break;
                    }
                    {
                        let _ = Ok(5);
                        ::core::unreachable!()
                    }
                } {
                    #[allow(unreachable_code)]
                    __ayo_value => ::ayo::__private::scope::value(__ayo_value),
                })
                .await,
        ))
    }
}
